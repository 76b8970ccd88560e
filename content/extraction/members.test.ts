import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { createTar } from 'nanotar';
import { makeDocx, makePdf, makeScan, words } from '../../test/harness/documents.ts';
import { configSchemas } from '../transformations/configs.ts';
import type { Transformation, TransformationType } from '../../domain/transformations.ts';
import { extractDocument } from './extract-document.ts';
import { transformDocument } from './transform-document.ts';

const read = async (name: string, bytes: Uint8Array) =>
  await extractDocument({ bytes, name, mimeType: 'application/octet-stream', readsArchives: true });
const refusalOf = async (name: string, bytes: Uint8Array): Promise<unknown> =>
  await read(name, bytes).catch((error: unknown) => error);

const files = {
  'notes/tide.md': strToU8('# Tides\n\nHigh water at noon.'),
  'contract.docx': makeDocx(words('The price is 400 euro.')),
  'tariffs.pdf': makePdf([['Berths are paid in advance.']]),
};
/** The texts of the members by their paths. */
const textsOf = async (name: string, bytes: Uint8Array) =>
  Object.fromEntries(((await read(name, bytes)).members ?? []).map(({ path, text }) => [path, text]));

describe('archives, if they are enabled', () => {
  const tar = createTar(Object.entries(files).map(([name, data]) => ({ name, data })));
  test.each([
    ['a.zip', zipSync(files)],
    ['a.tar', tar],
    ['a.tar.gz', gzipSync(tar)],
    ['a.tgz', gzipSync(tar)],
    ['an archive without an extension', zipSync(files)],
  ])('%s: each member is a document of its own, and the archive is the list of their names', async (name, bytes) => {
    const { text, metadata, members } = await read(name, bytes);
    expect(text).toBe('notes/tide.md\ncontract.docx\ntariffs.pdf');
    expect(metadata).toMatchObject({ format: 'archive', members: 3 });
    expect(members).toMatchObject([
      { path: 'notes/tide.md', text: '# Tides\n\nHigh water at noon.', mimeType: 'text/markdown', size: 28 },
      { path: 'contract.docx', text: 'The price is 400 euro.', metadata: { format: 'docx' } },
      { path: 'tariffs.pdf', text: 'Berths are paid in advance.', metadata: { format: 'pdf', pages: 1 } },
    ]);
  });

  test.each([
    [
      'a.tar.bz2',
      'QlpoOTFBWSZTWf92XlIAAJvfgcqUQAX9gABCCEBu49+AABAICCAAkoapkyAGgGgBoZNqCSRT1HkjIekZNGINNDTS75SPYbcwAS1pIRXPIYoCddRtIiEMgvco59295Z7GsJAqqBwIxxeI7aiHDoM/jCB15XkiKMloAuHNb9XOqImTHMl+cLeOaCU0/QneGGMFqBISodH9M0IU3CQfxdyRThQkP92XlIA=',
    ],
    [
      'a.txz',
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AJ1dADcbyu7mWy8AVYR777CXk+HplZKzzhwr6OqUjGYonj0TJHAM5Rg4UcXXX6ItgxsOTZpiQhU12QhwpPbWfh2tWUtIyvtoJ3bpchDNDurdVFmFQ2uMIddlAmm6pe6v3Vp9VMq14lTg2mvTZhC1TiOlaGD/Ps94w79fwqFMwewLKQwNCxaucAxMYJ2Ct7RtyXoAOF0QWaqD0l5yj5FR5wEAAAAAO5pAZ/Md8hQAAbkBgFAAAFsnFUKxxGf7AgAAAAAEWVo=',
    ],
  ])('%s, made by other programs', async (name, base64) => {
    expect(await textsOf(name, Buffer.from(base64, 'base64'))).toEqual({
      'notes/tide.md': 'High water at noon.',
      'dues.csv': 'ship | due\nship: Marit | due: 40',
    });
  });

  test('a single file that was compressed', async () => {
    const document = await read('tide.txt.gz', gzipSync('High water at noon.'));
    expect(document.text).toBe('High water at noon.');
    expect(document.members).toBeUndefined();
  });

  test('archives in archives, up to three', async () => {
    const inner = zipSync({ 'a.txt': strToU8('in the inner one') });
    const middle = zipSync({ 'inner.zip': inner });
    const outer = zipSync({ 'middle.zip': middle });
    expect(await textsOf('a.zip', outer)).toEqual({ 'middle.zip/inner.zip/a.txt': 'in the inner one' });
    expect(await refusalOf('a.zip', zipSync({ 'outer.zip': outer }))).toMatchObject({ code: 'no_text' });
  });

  test('unreadable members do not affect the others and are counted; files added by programs are ignored', async () => {
    const bytes = zipSync({
      'broken.docx': strToU8('PK\u0003\u0004 and no more'),
      'photo.png': strToU8('x'),
      'tool.exe': strToU8('MZ'),
      'scan.pdf': makeScan([strToU8('P5\n2 2\n255\n0000')]),
      '__MACOSX/._note.txt': strToU8('x'),
      'folder/': new Uint8Array(),
      'note.txt': strToU8('High water.'),
    });
    expect(await read('a.zip', bytes)).toMatchObject({
      text: 'broken.docx\nphoto.png\ntool.exe\nscan.pdf\nnote.txt',
      members: [{ path: 'note.txt', text: 'High water.' }],
      metadata: { members: 1, membersNotRead: 4 },
    });
  });

  test('names in old encodings are decoded', async () => {
    const bytes = Buffer.from(zipSync({ xxxxxxxxxxxxxxxxxx: strToU8('x') }, { level: 0 }));
    // Encoded in Windows-1251.
    const legacy = Buffer.from([
      0xef, 0xf0, 0xe8, 0xf7, 0xe0, 0xeb, 0x20, 0xe8, 0x20, 0xef, 0xe0, 0xf0, 0xee, 0xec, 0x2e, 0x74, 0x78, 0x74,
    ]);
    for (let at = bytes.indexOf('xxxxxxxxxxxxxxxxxx'); at >= 0; at = bytes.indexOf('xxxxxxxxxxxxxxxxxx'))
      legacy.copy(bytes, at);
    expect(await textsOf('a.zip', bytes)).toEqual({ 'причал и паром.txt': 'x' });
  });
});

describe('transformations apply to each file of an archive', () => {
  const rule = (type: TransformationType, config: object): Transformation => ({
    name: type,
    type,
    config: configSchemas[type].parse(config),
  });
  const facts = {
    sourceType: 'local_folder',
    itemType: 'file',
    name: 'Board.zip',
    path: 'papers/Board.zip',
    mimeType: 'application/zip',
    size: 10,
    modifiedAt: null,
  } as const;
  const transform = async (...transformations: readonly Transformation[]) => {
    const board = {
      'may/minutes.md': strToU8('Write to ana@example.com.'),
      'tide.txt': strToU8('High water at noon.'),
    };
    return await transformDocument({ document: await read('Board.zip', zipSync(board)), facts, transformations });
  };
  const membersOf = (result: Awaited<ReturnType<typeof transform>>) =>
    'document' in result
      ? Object.fromEntries((result.document.members ?? []).map(({ path, chunks }) => [path, chunks[0]?.text]))
      : result;

  test('what is redacted in one leaves the others', async () => {
    const result = await transform(rule('redact', { emails: true }));
    expect(membersOf(result)).toEqual({
      'may/minutes.md': expect.not.stringContaining('ana@'),
      'tide.txt': 'High water at noon.',
    });
  });

  test('a filter sees the path, name and type of each', async () => {
    const excluding = (pattern: string) => rule('filter', { action: 'exclude', paths: [pattern] });
    expect(membersOf(await transform(excluding('papers/Board.zip!/may/**')))).toEqual({
      'tide.txt': 'High water at noon.',
    });
    expect(await transform(excluding('**'))).toHaveProperty('excluded');
  });
});

describe('hostile archives', () => {
  test('names become paths that can be stored and lead nowhere else', async () => {
    const bytes = zipSync({
      '../../etc/passwd.txt': strToU8('one'),
      '/etc/passwd.txt': strToU8('two'),
      'C:\\notes\\.\\a.txt': strToU8('three'),
      'a\0b\n c.txt': strToU8('four'),
      [`${'ä'.repeat(400)}.txt`]: strToU8('five'),
    });
    const texts = await textsOf('a.zip', bytes);
    expect(Object.values(texts)).toEqual(['one', 'two', 'three', 'four', 'five']);
    const paths = Object.keys(texts);
    expect(paths.slice(0, 4)).toEqual(['etc/passwd.txt', 'etc/passwd.txt (2)', 'C:/notes/a.txt', 'ab c.txt']);
    expect(paths[4]).toMatch(/^[0-9a-f]{8}…ä+\.txt$/);
    expect(Buffer.byteLength(paths[4] ?? '')).toBeLessThanOrEqual(500);
  });

  test('two thousand members of one name take no time, and the last of equal names in a tar file counts', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`${'/'.repeat(i + 1)}a.txt`, strToU8('x')]),
    );
    const cpu = process.cpuUsage();
    const paths = Object.keys(await textsOf('a.zip', zipSync(many, { level: 0 })));
    expect(paths).toHaveLength(2000);
    expect(paths.at(-1)).toBe('a.txt (2000)');
    expect(process.cpuUsage(cpu).user).toBeLessThan(5_000_000);
    const tar = createTar(['old', 'new'].map((text) => ({ name: 'a.txt', data: text })));
    expect(await textsOf('a.tar', tar)).toEqual({ 'a.txt': 'new' });
  });

  test('the texts of all members together are bounded', async () => {
    const long = strToU8('High water at noon. '.repeat(150_000));
    const { metadata, members = [] } = await read(
      'a.zip',
      zipSync({ 'a.txt': long, 'b.txt': long, 'c.txt': long }, { level: 1 }),
    );
    expect(metadata).toMatchObject({ members: 2, membersNotRead: 1 });
    expect(members.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
  });

  test('a bomb is stopped by a limit over all nested archives', async () => {
    const half = gzipSync(new Uint8Array(110 * 1024 * 1024), { level: 1 });
    const bomb = zipSync({ 'a.txt.gz': half, 'b.txt.gz': half }, { level: 0 });
    expect(bomb.byteLength).toBeLessThan(2 * 1024 * 1024);
    expect(await refusalOf('a.zip', bomb)).toMatchObject({ kind: 'unreadable', code: 'unpacks_too_large' });
    expect(await refusalOf('a.zip', zipSync({ 'inner.zip': bomb }, { level: 0 }))).toMatchObject({
      code: 'unpacks_too_large',
    });
    const stated = Buffer.from(zipSync({ 'a.txt': strToU8('x') }, { level: 0 }));
    stated.writeUInt32LE(2 ** 31, stated.indexOf('PK\u0001\u0002') + 24);
    expect(await refusalOf('a.zip', stated)).toMatchObject({ code: 'unpacks_too_large' });
  }, 60_000);

  test('too many members, a password, no readable member: each has its own error', async () => {
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`${i}.txt`, strToU8('x')]));
    expect(await refusalOf('a.zip', zipSync(many, { level: 0 }))).toMatchObject({ code: 'too_many_members' });
    const locked = Buffer.from(zipSync({ 'a.txt': strToU8('secret') }, { level: 0 }));
    const entry = locked.indexOf('PK\u0001\u0002');
    locked.writeUInt16LE(locked.readUInt16LE(entry + 8) | 1, entry + 8);
    expect(await refusalOf('a.zip', locked)).toMatchObject({ code: 'encrypted' });
    expect(await refusalOf('a.zip', zipSync({ 'a.exe': strToU8('MZ') }))).toMatchObject({ code: 'no_text' });
    expect(await refusalOf('a.zip', strToU8('PK\u0003\u0004 and no more'))).toMatchObject({ code: 'corrupt' });
  });
});
