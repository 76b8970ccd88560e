import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { extractDocument } from './extract-document.ts';
import { createExtractor } from './extractor.ts';

const samples = join(import.meta.dirname, '..', '..', 'tools', 'local', 'sample-folder');
const octets = 'application/octet-stream';
const extractor = createExtractor({ processes: 1, timeoutMs: 1500 });
afterAll(async () => await extractor[Symbol.asyncDispose]());

const textOf = async (bytes: Uint8Array, name: string, mimeType = octets): Promise<string> =>
  (await extractDocument({ bytes, mimeType, name })).text;

describe('text of every format', () => {
  test.each([
    ['Welcome.md', /harbour/i],
    ['Ferry timetable.html', /ferry/i],
    ['Rules of the harbour.pdf', /harbour/i],
    ['notes.txt', /\w/],
  ])('%s of the sample folder', async (file, words) => {
    expect(await textOf(readFileSync(join(samples, file)), file)).toMatch(words);
  });

  test('HTML: the text and its structure, no script, no style', async () => {
    const html =
      '<html><head><title>T</title><style>p{}</style></head><body><h1>Head</h1><script>evil()</script><p>Body &amp; soul</p><table><tr><td>a</td><td>b</td></tr></table></body></html>';
    const text = await textOf(strToU8(html), 'a.html');
    expect(text).toMatch(/# Head/);
    expect(text).toContain('Body & soul');
    expect(text).not.toMatch(/evil|p\{\}/);
  });

  test('Markdown: pictures within the text, as Google Docs exports them, are no words', async () => {
    const picture = `data:image/png;base64,${Buffer.alloc(3000, 7).toString('base64')}`;
    const markdown = [
      '# Plan',
      '',
      'Before ![The jetty][image1] after, ![][image2]and ![logo](' + picture + ') here; see [the rules][rules].',
      '',
      `[image1]: <${picture}>`,
      '',
      `[image2]: ${picture}`,
      '',
      '[rules]: https://example.com/rules',
    ].join('\n');
    expect(await textOf(strToU8(markdown), 'Plan', 'text/markdown')).toBe(
      '# Plan\n\nBefore The jetty after, and ![logo]() here; see [the rules][rules].\n\n[rules]: https://example.com/rules',
    );
  });

  test('CSV: rows keep their columns', async () => {
    const text = await textOf(strToU8('name,size\n"Smith, J.",7\nÄrger,8\n'), 'a.csv');
    expect(text).toMatch(/Smith, J\./);
    expect(text).toMatch(/Ärger/);
  });

  test('email: subject, sender and body, with mail encodings', async () => {
    const mail =
      'From: Ana <ana@example.com>\r\nTo: bob@example.com\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSch=C3=B6nen Tag!\r\n';
    const text = await textOf(strToU8(mail), 'a.eml');
    expect(text).toMatch(/Grüße/);
    expect(text).toMatch(/Schönen Tag!/);
    expect(text).toMatch(/ana@example\.com/);
  });

  test('slides: the text of each, numbers as written', async () => {
    const slide =
      '<p:sld xmlns:a="a" xmlns:p="p"><a:p><a:r><a:t>Tide table </a:t></a:r><a:r><a:t>007</a:t></a:r></a:p></p:sld>';
    const pptx = zipSync({ 'ppt/slides/slide1.xml': strToU8(slide), '[Content_Types].xml': strToU8('<Types/>') });
    expect(await textOf(pptx, 'a.pptx')).toContain('Tide table 007');
  });

  test('text in other encodings, with a byte order mark, with NUL bytes', async () => {
    expect(await textOf(Uint8Array.from([0xff, 0xfe, ...Buffer.from('häßlich', 'utf16le')]), 'a.txt')).toBe('häßlich');
    expect(await textOf(Buffer.from('caf\u00e9', 'latin1'), 'a.txt')).toMatch(/^caf/);
    expect(await textOf(strToU8('\ufeffwith a mark'), 'a.txt')).toBe('with a mark');
    expect(await textOf(strToU8('nul\u0000byte'), 'a.txt')).not.toContain('\u0000');
  });
});

describe('hostile files cost one item (P3, P9)', () => {
  test.each([
    ['a PDF that is not one', strToU8('%PDF-1.7\ngarbage'), 'a.pdf', 'unreadable'],
    ['a zip that is not a document', zipSync({ 'a.txt': strToU8('x') }), 'a.docx', 'unreadable'],
    ['a truncated document', zipSync({ 'word/document.xml': strToU8('x') }).slice(0, 40), 'a.docx', 'unreadable'],
    ['a spreadsheet of noise', Buffer.alloc(500, 7), 'a.xlsx', 'unreadable'],
    ['only spaces', strToU8('  \n\t \n'), 'a.md', 'unreadable'],
    ['an unknown format', strToU8('x'), 'a.exe', 'unsupported'],
  ])('%s', async (_name, bytes, name, kind) => {
    const refused = extractDocument({ bytes, mimeType: octets, name });
    await expect(refused).rejects.toMatchObject({ name: 'SyncError', kind, remedy: 'skip_item' });
  });

  test('a zip bomb is refused by its unpacked size, before it is unpacked', async () => {
    const bomb = zipSync(
      { 'word/document.xml': new Uint8Array(300 * 1024 * 1024), '[Content_Types].xml': strToU8('<Types/>') },
      { level: 9 },
    );
    expect(bomb.byteLength).toBeLessThan(2 * 1024 * 1024);
    await expect(textOf(bomb, 'bomb.docx')).rejects.toMatchObject({ code: 'unpacks_too_large' });
  }, 30_000);

  test('a billion laughs in XML are not expanded', async () => {
    const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const slide = `<!DOCTYPE x [<!ENTITY l0 "ha">${entities}]><p:sld xmlns:a="a" xmlns:p="p"><a:p><a:t>&l9;</a:t></a:p></p:sld>`;
    const pptx = zipSync({ 'ppt/slides/slide1.xml': strToU8(slide) });
    const outcome = await textOf(pptx, 'a.pptx').catch((error: unknown) => error);
    if (typeof outcome === 'string') expect(outcome.length).toBeLessThan(10_000);
    else expect(outcome).toMatchObject({ name: 'SyncError', remedy: 'skip_item' });
  });

  test('a file that takes too long is stopped after the time limit, and the next one is read', async () => {
    const deep = strToU8(`${'<div>'.repeat(60_000)}x${'</div>'.repeat(60_000)}`);
    const signal = new AbortController().signal;
    const outcome = await extractor
      .extract({ bytes: deep, mimeType: 'text/html', name: 'deep.html' }, signal, 'ana')
      .catch((error: unknown) => error);
    if (Error.isError(outcome)) expect(outcome).toMatchObject({ name: 'SyncError', remedy: 'skip_item' });
    const next = await extractor.extract(
      { bytes: strToU8('fine'), mimeType: 'text/plain', name: 'a.txt' },
      signal,
      'ana',
    );
    expect(next.text).toBe('fine');
  }, 30_000);

  test('a reader’s message never quotes the document (P7)', async () => {
    const bytes = strToU8('{"secret": "xyloquartz", broken');
    const outcome = await extractDocument({ bytes, mimeType: octets, name: 'a.json' }).catch((error: unknown) => error);
    expect(JSON.stringify(outcome)).not.toContain('xyloquartz" broken');
    if (Error.isError(outcome)) expect(outcome.message).not.toContain('xyloquartz');
  });
});
