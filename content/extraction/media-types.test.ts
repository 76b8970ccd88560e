import { describe, expect, test } from '@jest/globals';
import { ineligible, mediaTypeOf } from './media-types.ts';

const limits = { maxBytes: 1024, readsPictures: true, readsArchives: false };

const reasonFor = (name: string, mimeType: string | null = null): string | null =>
  ineligible({ itemType: 'file', name, mimeType, size: 10 }, limits)?.message ?? null;

describe('what is left out before it is fetched says why in words', () => {
  test.each([
    ['photos.zip', /Archives are not unpacked/],
    ['backup.tar.gz', /Archives are not unpacked/],
    ['voice.m4a', /Sound is not transcribed/],
    ['party.mov', /Video is not transcribed/],
    ['scan.HEIC', /Pictures of this type are not read/],
    ['program.exe', /Files of this type are not read/],
  ])('%s', (name, reason) => {
    expect(reasonFor(name)).toMatch(reason);
  });

  test.each([
    ['application/zip', 'unsupported_type', /Archives/],
    ['application/x-7z-compressed', 'unsupported_type', /Archives/],
    ['image/heic', 'unsupported_type', /Pictures/],
    ['audio/ogg', 'unsupported_type', /Sound/],
    ['video/mp4', 'unsupported_type', /Video/],
  ])('%s under a name that says nothing: %s', (mimeType, code, words) => {
    const reason = ineligible({ itemType: 'file', name: 'attachment', mimeType, size: 10 }, limits);
    expect([reason?.code, reason?.message]).toEqual([code, expect.stringMatching(words)]);
  });

  test('pictures are taken only where their text is recognised', () => {
    const picture = { itemType: 'file', name: 'scan.png', mimeType: null, size: 10 } as const;
    expect(ineligible(picture, limits)).toBeNull();
    expect(ineligible(picture, { ...limits, readsPictures: false })?.message).toMatch(/recognition is switched off/);
  });

  test('a mail that lies in a folder is read; what hangs on it is named, not opened', () => {
    expect(reasonFor('Lighthouse.eml', 'message/rfc822')).toBeNull();
  });

  test('the stated type decides where the name says nothing', () => {
    expect(reasonFor('attachment', 'audio/mpeg')).toMatch(/Sound/);
    expect(reasonFor('attachment', 'text/plain')).toBeNull();
  });

  test('size is named in the units people use', () => {
    expect(
      ineligible(
        { itemType: 'file', name: 'a.md', mimeType: null, size: 5_242_880 },
        { ...limits, maxBytes: 1_048_576 },
      )?.message,
    ).toBe('The file has 5.0 MB; up to 1.0 MB are read.');
    expect(ineligible({ itemType: 'file', name: 'a.md', mimeType: null, size: 0 }, limits)?.code).toBe('empty_file');
  });
});

test.each([
  'macro.xlsm letter.docm template.dotx talk.pptm show.ppsx letter.rtf letter.odt sheet.ods talk.odp book.epub old.doc old.xls old.ppt',
  'mail.msg invite.ics mails.mbox film.srt film.vtt notes.ipynb page.mhtml paper.tex notes.org code.zig Makefile README .gitignore',
])('are fetched: %s', (names) => {
  expect(names.split(' ').filter((name) => reasonFor(name) !== null)).toEqual([]);
});

test.each([
  ['application/octet-stream', 'Größe.MD', 'text/markdown'],
  ['', 'Letter.eml', 'message/rfc822'],
  ['application/octet-stream', 'table.csv', 'text/csv'],
  ['application/octet-stream', 'mystery', 'application/octet-stream'],
  ['text/plain', 'notes.md', 'text/plain'],
])('a source that says %j of %s is believed only where it says something: %s', (mimeType, name, type) => {
  expect(mediaTypeOf(mimeType, name)).toBe(type);
});

test('a thread that is called like a calendar file is read', () => {
  const thread = { itemType: 'message', name: 'who opens invite.ics', mimeType: 'text/markdown', size: null } as const;
  expect(ineligible(thread, limits)).toBeNull();
});
