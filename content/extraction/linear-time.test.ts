import { strToU8 } from 'fflate';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ItemFacts } from '../../domain/transformations.ts';
import { extractDocument } from './extract-document.ts';
import { transformDocument } from './transform-document.ts';

const kilobyte = 1024;
/** In milliseconds. */
const alwaysFastMs = 150;
/** A time that grows with the square of the size would be four times as long. */
const maxGrowth = 3.5;
const maxRounds = 8;
const facts: ItemFacts = {
  sourceType: 'local_folder',
  itemType: 'file',
  name: 'a',
  path: 'a',
  mimeType: null,
  size: null,
  modifiedAt: null,
};

/** Inputs that could make readers slow, by file name: `(size in bytes) => content`. */
/** Names and two rows of numbers, of this length in all. */
const wideTable = (length: number): string => {
  const line = (cell: (i: number) => string): string =>
    `${Array.from({ length: length / 20 }, (_, i) => cell(i)).join(',')}\n`;
  return line((i) => `name ${i}`) + line(String).repeat(2);
};

const shapes: Readonly<Record<string, readonly [name: string, make: (size: number) => string]>> = {
  'blanks inside one line': ['a.txt', (n) => `a${' '.repeat(n)}b`],
  'only spaces and line ends': ['a.txt', (n) => `a${'\n \t'.repeat(n / 3)}b`],
  'one word': ['a.txt', (n) => 'x'.repeat(n)],
  'one word without an alphabet': ['a.txt', (n) => '漢'.repeat(n / 3)],
  'accents on one letter': ['a.txt', (n) => `a${'\u0301\u0316'.repeat(n / 4)}`],
  'no empty lines': ['a.log', (n) => '2026-01-13T08:12:01 INFO station=7 price=40\n'.repeat(n / 44)],
  'thousands of headings': ['a.md', (n) => '# Tides\n'.repeat(n / 8)],
  'one endless heading above many paragraphs': [
    'a.md',
    (n) => `# ${'x '.repeat(n / 4)}\n\n${'word\n\n'.repeat(n / 12)}`,
  ],
  'pictures that are none': ['a.md', (n) => 'data:image/png;a=b;base64,x '.repeat(n / 28)],
  'one name of a picture after the other': ['a.md', (n) => '![x][y'.repeat(n / 6)],
  'fences that open and close': ['a.md', (n) => '```\n'.repeat(n / 4)],
  'a name of a column as long as half the file': ['a.csv', (n) => `${'x'.repeat(n / 2)}\n${'1\n'.repeat(n / 4)}`],
  'one row of a table': ['a.csv', (n) => '12,'.repeat(n / 3)],
  'as many columns as rows': ['a.csv', (n) => `${'x,'.repeat(n / 4)}\n${'1\n'.repeat(n / 4)}`],
  'quotation marks': ['a.csv', (n) => '"'.repeat(n)],
  'brackets in brackets': ['a.json', (n) => '['.repeat(n / 2) + ']'.repeat(n / 2)],
  'boxes in boxes': ['a.html', (n) => `${'<div>'.repeat(n / 5)}x`],
  'lists in lists': ['a.html', (n) => '<ul><li>x'.repeat(n / 9)],
  'tables in tables': ['a.html', (n) => '<table><tr><td>x'.repeat(n / 16)],
  'bold in bold': ['a.html', (n) => '<b>x'.repeat(n / 4)],
  'blanks in code': ['a.html', (n) => `<pre>a${' '.repeat(n)}b</pre>`],
  'character data that does not end': ['a.xhtml', (n) => `<?xml version="1.0"?><p>x</p>${'<![CDATA['.repeat(n / 9)}`],
  'blanks in a cell': ['a.csv', (n) => `ship,due\n"x${' '.repeat(n)}y",1\n`],
  'almost a number, as long as the file': ['a.csv', (n) => `${'1'.repeat(n)}x,due\nMarit,40\n`],
  'a line of dashes in a mail': ['a.eml', (n) => `From: a\r\n\r\nx\n${'-'.repeat(n)}x\n`],
  'empty lines of a letter': ['a.rtf', (n) => `{\\rtf1 x${'\\par'.repeat(n / 4)} y}`],
  'brackets that are not links': ['a.html', (n) => '<'.repeat(n)],
  'groups in a letter': ['a.rtf', (n) => `{\\rtf1 ${'{x'.repeat(n / 2)}`],
  'folded lines of a calendar': ['a.ics', (n) => `BEGIN:VEVENT\nSUMMARY:x${'\n y'.repeat(n / 3)}`],
  'runs that are almost long enough for bytes': ['a.txt', (n) => `${'aB3'.repeat(666)} `.repeat(n / 1999)],
  'lines that are almost enough for bytes': [
    'a.txt',
    (n) => `${`${'aB3d'.repeat(16)}\n`.repeat(24)}.\n`.repeat(n / 1562),
  ],
  'items and lines of TeX': ['a.tex', (n) => '\\item x\\\\ '.repeat(n / 10)],
  'many blocks below a wide table': [
    'a.csv',
    (n) => `${wideTable(n / 2)}${'\nwho,where\nperson,town\nperson,town\n'.repeat(n / 80)}`,
  ],
  'formulas without an end in a macro of TeX': ['a.tex', (n) => `\\newcommand{\\a}{${'\\[x'.repeat(n / 3)}}\\a`],
  'beginnings of a document in TeX': ['a.tex', (n) => `\\title{x}${'\\begin{document}'.repeat(n / 16)}`],
  'formulas of TeX without an end': ['a.tex', (n) => '\\[x$\\begin{math}'.repeat(n / 17)],
  'notes in notes of TeX': ['a.tex', (n) => '\\footnote{x'.repeat(n / 13) + '}'.repeat(n / 13)],
  'commands of TeX': ['a.tex', (n) => '\\x{y'.repeat(n / 4)],
  'quotations in a mail': ['a.eml', (n) => `From: a\r\n\r\n${'> yes\n'.repeat(n / 6)}`],
  'headers of a mail': ['a.eml', (n) => `${'X: y\r\n'.repeat(n / 6)}\r\nx`],
  'elements in elements': ['a.xml', (n) => `<?xml version="1.0"?>${'<a>x'.repeat(n / 9)}${'</a>'.repeat(n / 9)}`],
  'attributes of elements': ['a.xml', (n) => `<?xml version="1.0"?><r>${'<a b="c"/>'.repeat(n / 10)}</r>`],
  'tags that end themselves': ['a.xhtml', (n) => `<?xml version="1.0"?><p>x</p>${'<a '.repeat(n / 3)}`],
  'escapes of JSON': ['a.json', (n) => `"${'\\u00e4'.repeat(n / 6)}"`],
  'folded lines of contacts': ['a.vcf', (n) => `BEGIN:VCARD\nFN:x\nNOTE;QUOTED-PRINTABLE:${'=\n='.repeat(n / 3)}`],
  'escapes of a manual': ['a.1', (n) => `.TH A 1\n.SH B\n${'\\f(x\\['.repeat(n / 6)}`],
  'requests of a manual': ['a', (n) => `${'.TH A 1\n'.repeat(n / 8)}x`],
  'accents of TeX': ['a.tex', (n) => '\\verb|\\"{'.repeat(n / 9)],
  'almost the headers of a mail': ['a', (n) => 'From: b\n c\n'.repeat(n / 11)],
  'cues of subtitles': ['a.srt', (n) => '1\n00:00:01,000 --> 00:00:02,000\n'.repeat(n / 32)],

  'addresses of a mail': ['a.eml', (n) => `To: ${'a,'.repeat(n / 2)}\r\n\r\nx`],
};

/** Measures CPU time in milliseconds, so that a crowded machine does not matter. */
async function timeOf(name: string, content: string): Promise<{ readonly ms: number; readonly chunks: number }> {
  const bytes = strToU8(content);
  const started = process.cpuUsage();
  const document = await extractDocument({ bytes, mimeType: '', name });
  const result = await transformDocument({ document, facts, transformations: [] });
  const { user, system } = process.cpuUsage(started);
  return { ms: (user + system) / 1000, chunks: 'document' in result ? result.document.chunks.length : 0 };
}

/**
 * Returns the fastest of three runs, because the first may compile.
 * @param enoughMs a run that is faster is the last one, because more runs cannot change the verdict
 */
async function fastest(name: string, content: string, enoughMs = 0): ReturnType<typeof timeOf> {
  let best = await timeOf(name, content);
  for (let i = 1; i < 3 && best.ms >= enoughMs; i++) {
    const next = await timeOf(name, content);
    if (next.ms < best.ms) best = next;
  }
  return best;
}

/**
 * Measures 64 and 128 KB in turn, so that what else the machine does slows down both, and returns the shortest times. More
 * rounds follow only while the verdict is bad. Of a time that is too short to measure, twice says nothing.
 */
async function compare(name: string, make: (size: number) => string) {
  const best = { short: Infinity, long: Infinity };
  for (let round = 0; round < maxRounds; round++) {
    best.long = Math.min(best.long, (await timeOf(name, make(128 * kilobyte))).ms);
    if (best.long < alwaysFastMs) break;
    best.short = Math.min(best.short, (await timeOf(name, make(64 * kilobyte))).ms);
    if (round > 0 && best.long < maxGrowth * best.short) break;
  }
  return best;
}

// Loads the readers first, so that their loading time does not count.
beforeAll(async () => {
  for (const [name, make] of Object.values(shapes)) await timeOf(name, make(2 * kilobyte));
}, 60_000);

describe.each(Object.entries(shapes))('%s', (_shape, [name, make]) => {
  test('takes less than a second at 64 KB, and makes no more chunks than fit the text', async () => {
    const { ms, chunks } = await fastest(name, make(64 * kilobyte), 1000);
    expect(ms).toBeLessThan(1000);
    expect(chunks).toBeLessThan(500);
  });

  test('takes at most about twice as long when it is twice as long', async () => {
    const { short, long } = await compare(name, make);
    expect(long).toBeLessThan(Math.max(alwaysFastMs, maxGrowth * short));
  });
});

test.each([
  [
    'csv',
    Array.from({ length: 45_000 }, (_, i) => `${i},Operator ${i % 997},Brand,Street,Station ${i},Town`).join('\n'),
  ],
  ['log', '2026-01-13T08:12:01 INFO station=7 price=40 name=Harbour street 12\n'.repeat(41_000)],
  ['html', '<a href="https://example.org/ships/marit/timetable">Marit</a> '.repeat(60_000)],
  ['xml', `<r>Ships: ${'<i>Marit</i> and '.repeat(200_000)}</r>`],
  [
    'json',
    JSON.stringify(Array.from({ length: 22_000 }, (_, i) => ({ id: i, name: `Station ${i}`, tags: ['a', 'b'] }))),
  ],
])('a .%s of megabytes without an empty line is read and cut within seconds', async (ending, content) => {
  expect((await timeOf(`a.${ending}`, content)).ms).toBeLessThan(8000);
});
