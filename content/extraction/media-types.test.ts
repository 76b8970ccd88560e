import { describe, expect, test } from '@jest/globals';
import { ineligible, mediaTypeOf } from './media-types.ts';

const limits = { maxBytes: 1024, readsPictures: true, readsArchives: false };

const reasonFor = (name: string, mimeType: string | null = null): string | null =>
  ineligible({ itemType: 'file', name, mimeType, size: 10 }, limits)?.message ?? null;

describe('files skipped before they are fetched have a reason in words', () => {
  test.each([
    ['photos.zip', /Archives are not unpacked/],
    ['backup.tar.gz', /Archives are not unpacked/],
    ['voice.m4a', /Audio is not transcribed/],
    ['party.mov', /Video is not transcribed/],
    ['scan.HEIC', /Images of this type cannot be read/],
    ['program.exe', /Files of this type cannot be read/],
    ['mails.pst', /Save the mails in it as \.msg or \.eml files/],
    ['plan.mpp', /Save this one as XML or PDF/],
    ['old.vsd', /Save this one as VSDX or PDF/],
    ['book.djvu', /Save this one as PDF/],
    ['members.accdb', /Export the tables as CSV files/],
    ['parts.rar', /Supported kinds are zip/],
  ])('%s', (name, reason) => {
    expect(reasonFor(name)).toMatch(reason);
  });

  test.each([
    ['application/zip', 'unsupported_type', /Archives/],
    ['application/x-7z-compressed', 'unsupported_type', /Archives/],
    ['image/heic', 'unsupported_type', /Images/],
    ['audio/ogg', 'unsupported_type', /Audio/],
    ['video/mp4', 'unsupported_type', /Video/],
  ])('%s under an uninformative name: %s', (mimeType, code, words) => {
    const reason = ineligible({ itemType: 'file', name: 'attachment', mimeType, size: 10 }, limits);
    expect([reason?.code, reason?.message]).toEqual([code, expect.stringMatching(words)]);
  });

  test('images are accepted only if text recognition is on', () => {
    const picture = { itemType: 'file', name: 'scan.png', mimeType: null, size: 10 } as const;
    expect(ineligible(picture, limits)).toBeNull();
    expect(ineligible(picture, { ...limits, readsPictures: false })?.message).toMatch(/recognition is switched off/);
  });

  test('a mail in a folder is read; its attachments are listed, not opened', () => {
    expect(reasonFor('Lighthouse.eml', 'message/rfc822')).toBeNull();
  });

  test('the stated type decides if the name says nothing', () => {
    expect(reasonFor('attachment', 'audio/mpeg')).toMatch(/Audio/);
    expect(reasonFor('attachment', 'text/plain')).toBeNull();
  });

  test('the size is given in common units', () => {
    expect(
      ineligible(
        { itemType: 'file', name: 'a.md', mimeType: null, size: 5_242_880 },
        { ...limits, maxBytes: 1_048_576 },
      )?.message,
    ).toBe('The file is 5.0 MB, larger than the limit of 1.0 MB for reading.');
    expect(ineligible({ itemType: 'file', name: 'a.md', mimeType: null, size: 0 }, limits)?.code).toBe('empty_file');
  });
});

test.each([
  'macro.xlsm letter.docm template.dotx talk.pptm show.ppsx letter.rtf letter.odt sheet.ods talk.odp book.epub old.doc old.xls old.ppt',
  'mail.msg invite.ics mails.mbox film.srt film.vtt notes.ipynb page.mhtml paper.tex notes.org code.zig Makefile README .gitignore',
  'drawing.vsdx old.vdx print.xps book.mobi book.azw3 winmail.dat old.wk3 old.123 old.qpw table.dbf letter.sxw sheet.sxc',
])('are fetched: %s', (names) => {
  expect(names.split(' ').filter((name) => reasonFor(name) !== null)).toEqual([]);
});

test.each([
  ['application/octet-stream', 'Größe.MD', 'text/markdown'],
  ['', 'Letter.eml', 'message/rfc822'],
  ['application/octet-stream', 'table.csv', 'text/csv'],
  ['application/octet-stream', 'mystery', 'application/octet-stream'],
  ['text/plain', 'notes.md', 'text/plain'],
])('a source that states %j for %s is believed only if that says something: %s', (mimeType, name, type) => {
  expect(mediaTypeOf(mimeType, name)).toBe(type);
});

test('words in a name say nothing about the kind of a file', () => {
  for (const name of ['Zip codes', 'Notes on compressed air', 'Literar', 'djvu and PostScript'])
    expect(reasonFor(name)).toBeNull();
  for (const name of ['Board.7z', 'app.js.map', 'Zip codes.rar']) expect(reasonFor(name)).not.toBeNull();
});

test('a thread named like a calendar file is read', () => {
  const thread = { itemType: 'message', name: 'who opens invite.ics', mimeType: 'text/markdown', size: null } as const;
  expect(ineligible(thread, limits)).toBeNull();
});
