/** Tests that text people can read is found (P15): each kind of file, with the text in the order that people see. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CFB, utils, write } from '@e965/xlsx';
import iconv from 'iconv-lite';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, test } from '@jest/globals';
import {
  makeArchive,
  makeAsianPdf,
  makeDocx,
  makePdf,
  makePptx,
  makeRelations,
  shape,
  toPdf,
  words,
} from '../../test/harness/documents.ts';
import { encryptPackage, encryptWorkbook, obfuscateWorkbook } from '../../test/harness/encrypted-office.ts';
import { SyncError } from '../../domain/errors.ts';
import { legible } from './extract/pdf-scans.ts';
import { readableJson } from './extract/json.ts';
import { joinPages } from './extract/pdf-pages.ts';
import { memoryOf, withDocument } from './extract/pdfium.ts';
import { extractPicture } from './extract/picture.ts';
import { extractSpreadsheet } from './extract/spreadsheet.ts';
import { fileReader } from '../../test/harness/file-reader.ts';

const { read, textOf, refusalOf } = fileReader();

describe('encodings', () => {
  const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
  /** "Паром идёт в полдень", as written by old Windows and old Unix systems. */
  const windows1251 = bytesOf('cf e0 f0 ee ec 20 e8 e4 b8 f2 20 e2 20 ef ee eb e4 e5 ed fc');
  const koi8 = bytesOf('f0 c1 d2 cf cd 20 c9 c4 a3 d4 20 d7 20 d0 cf cc c4 c5 ce d8');
  const iso8859 = bytesOf('bf d0 e0 de dc 20 d8 d4 f1 e2 20 d2 20 df de db d4 d5 dd ec');
  const around = (before: string, bytes: Uint8Array, after: string): Uint8Array =>
    Buffer.concat([Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')]);

  test('lines in another encoding than the others of their text, whichever of them are more', async () => {
    const greeting = 'Grüße aus München, schöne Fähre.\n';
    const footer = 'Geschäftsführer: Müller\n';
    const utf8 = Buffer.from(greeting);
    const latin = Buffer.from(footer, 'latin1');
    const all = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat([Buffer.from('Log\n'), ...parts]);
    expect(await textOf('a.log', all(utf8, latin, utf8))).toBe(`Log\n${greeting}${footer}${greeting}`.trim());
    expect(await textOf('a.log', all(latin, latin, latin, utf8))).toBe(`Log\n${footer.repeat(3)}${greeting}`.trim());
    const cyrillic = all(Buffer.from('Последний паром\n'), windows1251);
    expect(await textOf('a.log', cyrillic)).toBe('Log\nПоследний паром\nПаром идёт в полдень');
    const mail = Buffer.concat([Buffer.from('Subject: a\nContent-Type: text/plain; charset=utf-8\n\n'), utf8, latin]);
    expect(await textOf('a.eml', mail)).toBe(`Subject: a\n\n${greeting}${footer}`.trim());
  });

  test('Japanese of old systems is not torn by a line that may be read as UTF-8', async () => {
    const line = '最終の渡し船は十時に出ます。';
    const bytes = iconv.encode(`${line}\n`.repeat(3), 'shift_jis');
    // Half-width katakana in Shift JIS, and also one letter in UTF-8.
    expect(await textOf('a.txt', Buffer.concat([bytes, Buffer.from([0xc4, 0xb0, 0x0a])]))).toBe(
      `${line}\n${line}\n${line}\nﾄｰ`,
    );
  });

  const wide = (name: 'utf16le' | 'utf16be' | 'utf32le', text: string): Uint8Array => {
    if (name === 'utf32le') {
      const points = Uint32Array.from(text.match(/./gu) ?? [], (character) => character.codePointAt(0) ?? 0);
      return new Uint8Array(points.buffer);
    }
    const little = Buffer.from(text, 'utf16le');
    return name === 'utf16le' ? little : little.swap16();
  };

  test.each([
    ['windows-1251 in HTML', 'a.html', around('<meta charset="windows-1251"><p>', windows1251, '</p>')],
    [
      'KOI8-R in an old HTML declaration',
      'a.html',
      around('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>', koi8, '</p>'),
    ],
    [
      'ISO 8859-5 in an XML declaration',
      'a.xml',
      around('<?xml version="1.0" encoding="ISO-8859-5"?><a>', iso8859, '</a>'),
    ],
  ])('declared by the text: %s', async (_kind, name, bytes) => {
    expect(await textOf(name, bytes)).toContain('Паром идёт в полдень');
  });

  test.each([
    ['windows-1251', windows1251, 'Паром идёт в полдень'],
    ['KOI8-R', Buffer.concat([koi8, bytesOf('20'), koi8]), 'Паром идёт в полдень'],
    ['Shift JIS', bytesOf('91 44 96 bc 2c 8e 9e 8d 8f 0a 82 dd 82 c8 82 c6 8a db 2c 8f 5c 8e 9e 0a'), 'みなと丸'],
    [
      'EUC-KR',
      bytesOf('b8 b6 c1 f6 b8 b7 20 b9 e8 b4 c2 20 bf ad 20 bd c3 bf a1 20 b6 b0 b3 ad b4 d9 2e'),
      '마지막 배는 열 시에 떠난다.',
    ],
    [
      'GB 18030',
      bytesOf('c4 a9 b0 e0 b6 c9 c2 d6 ca ae b5 e3 bf aa a1 a3 b4 ac c6 b1 d4 da c2 eb cd b7 b3 f6 ca db a1 a3'),
      '末班渡轮十点开',
    ],
    ['UTF-8 with a zero byte', 'before\u0000after', 'beforeafter'],
    ['UTF-8 with a zero byte after each word', 'ferry\u0000berth\u0000quay\u0000', 'ferryberthquay'],
    ['UTF-16 without a mark', Buffer.from('The last ferry leaves at ten.', 'utf16le'), 'The last ferry leaves at ten.'],
    [
      'UTF-16, big end first, without a mark',
      Buffer.from('The last ferry leaves at ten.', 'utf16le').swap16(),
      'The last ferry leaves at ten.',
    ],
    ...(['utf16le', 'utf16be', 'utf32le'] as const).map(
      (name) =>
        [`Russian in ${name} without a mark`, wide(name, 'Паром идёт в полдень каждый день.'), 'Паром идёт'] as const,
    ),
    ['Japanese in UTF-16 without a mark', wide('utf16le', '最終のフェリーは午後十時に出発します。'), '午後十時'],
    ['ISO 2022 (JIS)', bytesOf('1b 24 42 3a 47 3d 2a 24 4e 1b 28 42'), '最終の'],
    [
      'Latin-1',
      Buffer.from('Die Fähre fährt täglich, außer sonntags, um zwölf Uhr über die Förde.', 'latin1'),
      'Fähre fährt täglich',
    ],
  ])('detected from the text: %s', async (_encoding, bytes, expected) => {
    expect(await textOf('a.txt', bytes)).toContain(expected);
  });

  test('an 8-bit mail that declares no encoding', async () => {
    const mail = around('From: a@example.com\r\nContent-Type: text/plain\r\n\r\n', windows1251, '');
    expect(await textOf('a.eml', mail)).toContain('Паром идёт в полдень');
  });

  test('numbers of two or four bytes each are not text', async () => {
    const small = Uint16Array.from({ length: 4000 }, (_, i) => (i * 7919) % 200);
    const floats = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i));
    for (const bytes of [new Uint8Array(small.buffer), new Uint8Array(floats.buffer)])
      expect(await refusalOf('data', bytes)).toMatchObject({ code: 'unsupported_type' });
  });

  test('a page that declares one encoding but is UTF-8', async () => {
    expect(await textOf('a.html', '<meta charset="iso-8859-1"><p>Grüße aus Hårby</p>')).toBe('Grüße aus Hårby');
  });
});

describe('HTML as browsers read it', () => {
  test('a link around an empty block, or around one with text', async () => {
    const link = (before: string, block: string): string =>
      `<div>${before} <a href="https://x.org/"> <div>${block}</div>Home</a></div>`;
    expect(await textOf('a.html', link('', ''))).toBe('[Home](https://x.org/)');
    expect(await textOf('a.html', link('Go to', ''))).toBe('Go to\n\nHome');
    expect(await textOf('a.html', link('', 'Pier'))).toBe('Pier\n\nHome');
  });

  test.each([
    ['no html element', '<head><title>T</title></head><body><p>High water.</p></body>'],
    ['a header before the body', '<!DOCTYPE html><html><header></header><body><p>High water.</p></body></html>'],
    ['capitals', '<HTML><BODY><P>High water.</P></BODY></HTML>'],
    [
      'a comment and an XML declaration first',
      '<!-- saved --><?xml version="1.0"?><html><body><p>High water.</p></body></html>',
    ],
    ['a script that is not closed', '<p>High water.</p><script>var a = "<p>"'],
    ['frames', '<html><frameset><frame src=a></frameset><noframes><body><p>High water.</p></body></noframes></html>'],
  ])('%s', async (_kind, html) => {
    expect(await textOf('a.html', html)).toBe('High water.');
  });

  test('equations keep their signs, also those of OpenDocument; their sources are not shown', async () => {
    const [half, source] = ['<mfrac><mn>1</mn><mn>2</mn></mfrac>', '<annotation>\\frac12</annotation>'];
    const equation = `<semantics><mrow>${half}<mo>+</mo><msqrt><mi>x</mi></msqrt><mi>log</mi><mi>x</mi></mrow>${source}</semantics>`;
    expect(await textOf('a.html', `<p>So <math>${equation}</math>.</p>`)).toBe('So 1/2+√x log x.');
    const office = makeArchive({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'content.xml': `<o:document-content xmlns:o="o" xmlns:t="t" xmlns:d="d" xmlns:x="x"><o:body><t:p>So <d:object x:href="./O"/>.</t:p></o:body></o:document-content>`,
      'O/content.xml': `<math>${equation}</math>`,
    });
    expect(await textOf('a.odt', office)).toBe('So 1/2+√x log x.');
  });

  test('the numbers of a list are those that a browser shows', async () => {
    const list = (of: string, ...items: readonly string[]): string => `<ol ${of}>${items.join('')}</ol>`;
    const clauses = list('type="a"', '<li>by length</li>', '<li><p>by day</p></li>');
    const html = `${list('start="4"', '<li>Berths</li>', `<li>Dues${clauses}</li>`, '<li value="9">Ice</li>', '<li>Fog</li>')}${list('type="I"', '<li>Harbour</li>')}<p>End</p>${list('start="x"', '<li>One</li>')}`;
    expect(await textOf('a.html', html)).toBe(
      '4. Berths\n5. Dues\n  a. by length\n  b. by day\n9. Ice\n10. Fog\n\nI. Harbour\n\nEnd\n\n1. One',
    );
  });

  test('a layout table is read as its contents', async () => {
    const html =
      '<table><tr><td><h1>Newsletter</h1><p>The ferry is late.</p><p>Read more.</p><ul><li>one</li><li>two</li></ul><table><tr><td>Mon</td><td>09:00</td></tr><tr><td>Tue</td><td>10:00</td></tr></table></td></tr></table>';
    expect(await textOf('a.html', html)).toBe(
      '# Newsletter\n\nThe ferry is late.\n\nRead more.\n\n- one\n- two\n\nMon | 09:00\nTue | 10:00',
    );
  });

  test('a data table names its columns in each row, and an empty cell keeps its column', async () => {
    const html =
      '<table><tr><th>Name</th><th>Jan</th><th>Feb</th></tr><tr><td>Ana</td><td></td><td>7</td></tr><tr><td>Bo</td><td>8</td><td></td></tr></table>';
    expect(await textOf('a.html', html)).toBe('Name | Jan | Feb\nName: Ana | Feb: 7\nName: Bo | Jan: 8');
  });

  test('cells with readings, fields and choices', async () => {
    const ruby = '<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>';
    const field = '<input value="Marit"><input type="hidden" value="x7">';
    const choice = '<select><option>East<option>West</select><figure>Map</figure>of it';
    const html = `<table><tr><th>Ship<th>Pier</tr><tr><td>${ruby}<td>40</tr><tr><td>${field}<td>${choice}</tr></table>`;
    expect(await textOf('a.html', html)).toBe(
      'Ship | Pier\nShip: 漢字 | Pier: 40\nShip: Marit | Pier: East West Map of it',
    );
  });

  test('cells that span rows and columns', async () => {
    const html =
      '<table><tr><th>Pier</th><th>Ship</th><th>Due</th></tr><tr><td rowspan=2>North</td><td>Ana</td><td>7</td></tr><tr><td>Bo</td><td>8</td></tr></table>';
    expect(await textOf('a.html', html)).toContain('Pier: North | Ship: Bo | Due: 8');
  });

  test('lists in lists, definitions, code, forms', async () => {
    const html =
      '<ul><li>one<ul><li>inner</li></ul></li></ul><dl><dt>Tide<dd>at noon</dl><pre>a  b\n  c</pre><textarea>Note</textarea><select><option>North</select>';
    const text = await textOf('a.html', html);
    expect(text).toContain('- one\n  - inner');
    expect(text).toContain('```\na  b\n  c\n```');
    for (const word of ['Tide', 'at noon', 'Note', 'North']) expect(text).toContain(word);
  });
});

describe('tables of characters', () => {
  test.each([
    ['a vertical bar', 'ship|length|due\nMarit|12|40\n', 'ship: Marit | length: 12 | due: 40'],
    ['a first line that declares it', 'sep=;\nship;length\nMarit;12\n', 'ship: Marit | length: 12'],
    ['a semicolon in quotation marks', '"Name; surname",Size\n"Marit",12\n', 'Name; surname: Marit | Size: 12'],
    ['a tab in quotation marks', '"Name\t(full)",Size\nMarit,12\n', 'Name\t(full): Marit | Size: 12'],
    ['decimal commas', 'ship;due\nMarit;1,5\nAna;2,5\n', 'ship: Marit | due: 1,5'],
  ])('%s', async (_dialect, csv, row) => {
    expect(await textOf('a.csv', csv)).toContain(row);
  });

  test('a title is separate, and the row below it names the columns', async () => {
    expect(await textOf('a.csv', 'Harbour dues 2026,,\nShip,Length,Due\nMarit,12,40\n')).toBe(
      'Harbour dues 2026\n\nShip | Length | Due\nShip: Marit | Length: 12 | Due: 40',
    );
  });

  test('the name of an empty column is not lost', async () => {
    expect(await textOf('a.csv', 'Ship,Remark,Due\nMarit,,40\n')).toMatch(/^Ship \| Remark \| Due\n/);
  });

  test('a long table loses no row to repeated column names', async () => {
    const rows = Array.from(
      { length: 50_000 },
      (_, i) => `${i},Operator ${i % 997},Harbour street ${i},Town ${i % 300}`,
    );
    const { text, metadata } = await read('a.csv', ['id,operator,street of the harbour,town', ...rows].join('\n'));
    expect(metadata).not.toHaveProperty('truncated');
    expect(text).toContain('Harbour street 49999');
  });

  test('a name of 32,000 characters over 16,700 rows keeps about its length', async () => {
    const csv = `${'x'.repeat(32_000)}\n${'1\n'.repeat(16_700)}`;
    expect((await textOf('a.csv', csv)).length).toBeLessThan(3 * csv.length);
  });

  test('JSON with one string of millions of characters', () => {
    for (const long of ['x'.repeat(8_000_000), '\\n'.repeat(4_000_000)])
      expect(readableJson(`{"a":"${long}","b":1}`).endsWith('",\n "b": 1\n}')).toBe(true);
    expect(readableJson('{"a":"\\"","b":"')).toMatch(/^\{\n "a": "{3},\n "b": "$/);
  });

  test('JSON keeps its numbers as written', async () => {
    const text = await textOf('a.json', '{"id": 12345678901234567890, "price": 1.10, "dup": 1, "dup": 2}');
    for (const part of ['12345678901234567890', '1.10', '"dup": 1', '"dup": 2']) expect(text).toContain(part);
  });
});

describe('spreadsheets, as the application shows them', () => {
  const cell = (value: number, format: string) => ({ t: 'n' as const, v: value, z: format });
  const book = (rows: readonly (readonly unknown[])[], bookType: 'xlsx' | 'biff8' | 'ods' | 'xlsm' = 'xlsx') => {
    const made = utils.book_new();
    utils.book_append_sheet(made, utils.aoa_to_sheet(rows.map((row) => [...row])), 'Dues');
    return new Uint8Array(write(made, { type: 'array', bookType }) as ArrayBuffer);
  };

  test('times, dates, durations and percentages', async () => {
    const rows = [
      ['kind', 'value'],
      ['time', cell(0.604_166_666_7, 'h:mm')],
      ['date', cell(46_082, 'dd.mm.yyyy')],
      ['duration', cell(1.5, '[h]:mm')],
      ['share', cell(0.125, '0.0%')],
      ['money', cell(1234.5, '#,##0.00')],
    ];
    const text = await textOf('a.xlsx', book(rows));
    for (const shown of ['14:30', '01.03.2026', '36:00', '12.5%', '1,234.50'])
      expect(text).toContain(`value: ${shown}`);
  });

  test('50,000 rows are read within seconds', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => [i, `Operator ${i % 997}`, `Town ${i % 300}`]);
    const sheet = book([['id', 'operator', 'town'], ...rows]);
    const started = process.cpuUsage();
    expect(await textOf('a.xlsx', sheet)).toContain('id: 49999 | operator: Operator 149 | town: Town 199');
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(8);
  });

  test('a title is separate from the row that names the columns', async () => {
    const rows = [['Harbour dues 2026'], [], ['Ship', 'Due', 'Remark'], ['Marit', 40], ['Ana', 50]];
    expect(await textOf('a.xlsx', book(rows))).toBe(
      '# Dues\n\nHarbour dues 2026\n\nShip | Due | Remark\nShip: Marit | Due: 40\nShip: Ana | Due: 50',
    );
  });

  test('tables below each other have their own names, also in CSV', async () => {
    const rows = [
      ['Ship', 'Due'],
      ['Marit', 40],
      [],
      ['Depths in May'],
      ['Pier', 'Depth'],
      ['North', 7],
      [],
      ['Pier', 'Depth'],
      ['South', 9],
    ];
    const expected =
      'Ship | Due\nShip: Marit | Due: 40\n\nDepths in May\n\nPier | Depth\nPier: North | Depth: 7\n\nPier | Depth\nPier: South | Depth: 9';
    expect(await textOf('a.xlsx', book(rows))).toBe(`# Dues\n\n${expected}`);
    for (const empty of ['', ',']) {
      const csv = rows.map((row) => row.join(',') || empty).join('\n');
      expect(await read('a.csv', csv)).toMatchObject({ text: expected, metadata: { rows: 3 } });
    }
  });

  test('what follows an empty row goes on with the table above, unless it names its columns', async () => {
    const rows = [
      ['Ship', 'Town', 'Due'],
      ['Marit', 'Hamburg', 40],
      [],
      ['Ana', 'Bergen'],
      ['Ole', 'Oslo', 50],
      [],
      ['Per', 'Oslo', 'none'],
      ['Liv', 'Oslo', 'none'],
      [],
      ['Kim', 'Oslo', 'n/a'],
      ['Total', '', 90],
    ];
    expect(await textOf('a.xlsx', book(rows))).toBe(
      '# Dues\n\nShip | Town | Due\nShip: Marit | Town: Hamburg | Due: 40\nShip: Ana | Town: Bergen\nShip: Ole | Town: Oslo | Due: 50\nShip: Per | Town: Oslo | Due: none\nShip: Liv | Town: Oslo | Due: none\nShip: Kim | Town: Oslo | Due: n/a\nShip: Total | Due: 90',
    );
  });

  test('a table of words below another one has its own names if they cannot be those above', async () => {
    const ships = [['Ship', 'Due'], ['Marit', 40], ['Ana', 50], []];
    const below = async (rows: readonly (readonly unknown[])[]): Promise<string> =>
      await textOf('a.xlsx', book([...ships, ...rows]));
    const people = [
      ['Person', 'Town'],
      ['Per', 'Oslo'],
      ['Liv', 'Bergen'],
    ];
    expect(await below(people)).toContain('\n\nPerson | Town\nPerson: Per | Town: Oslo\nPerson: Liv | Town: Bergen');
    const repeated = [['Crew'], ['Person', 'Ship'], ['Per', '2x']];
    expect(await below(repeated)).toContain('\n\nCrew\n\nPerson | Ship\nPerson: Per | Ship: 2x');
    const wider = [
      ['Person', 'Town', 'Mail'],
      ['Per', 'Oslo', 'per@x'],
      ['Liv', '', 'liv@x'],
    ];
    expect(await below(wider)).toContain('Person: Per | Town: Oslo | Mail: per@x\nPerson: Liv | Mail: liv@x');
    const goesOn = [
      ['Per', 'paid'],
      ['Liv', 'waived'],
      ['Kim', 'paid'],
    ];
    expect(await below(goesOn)).toContain('Ship: Per | Due: paid\nShip: Liv | Due: waived\nShip: Kim | Due: paid');
  });

  test('what is formatted as a table in Excel is one, with the title above it', async () => {
    const rows = [['Ship', 'Port'], ['Marit', 'Oslo'], [], ['Suppliers'], ['Firm', 'Town'], ['Tau & Tov', 'Bergen']];
    const parts = unzipSync(book(rows));
    parts['xl/worksheets/_rels/sheet1.xml.rels'] = strToU8(makeRelations([['table', '../tables/table1.xml']]));
    parts['xl/tables/table1.xml'] = strToU8('<table id="1" name="T" displayName="T" ref="A5:B6"/>');
    expect(await textOf('a.xlsx', zipSync(parts))).toBe(
      '# Dues\n\nShip | Port\nShip: Marit | Port: Oslo\n\nSuppliers\n\nFirm | Town\nFirm: Tau & Tov | Town: Bergen',
    );
  });

  test.each([
    ['a.xls', 'biff8'],
    ['a.xlsm', 'xlsm'],
    ['a.ods', 'ods'],
    ['an old one named a.xlsx', 'biff8'],
  ] as const)('%s', async (name, kind) => {
    expect(
      await textOf(
        name.split(' ').at(-1) ?? '',
        book(
          [
            ['Ship', 'Due'],
            ['Marit', 40],
          ],
          kind,
        ),
      ),
    ).toContain('Ship: Marit | Due: 40');
  });

  test('a workbook that Excel opens without asking for a password is read; one with a password is not', async () => {
    const sheet = utils.aoa_to_sheet([['Ship', 'Due'], ...Array.from({ length: 300 }, (_, i) => [`Marit ${i}`, i])]);
    const saved = (bookType: 'xlsx' | 'biff8'): Uint8Array =>
      new Uint8Array(write(utils.book_new(sheet, 'Dues'), { type: 'array', bookType }) as ArrayBuffer);
    const ask = 'VelvetSweatshop';
    for (const [name, encrypt, plain] of [
      ['a.xlsx', encryptPackage, saved('xlsx')],
      ['a.xls', encryptWorkbook, saved('biff8')],
    ] as const) {
      expect(await textOf(name, encrypt(plain, ask))).toContain('Ship: Marit 299 | Due: 299');
      expect(await refusalOf(name, encrypt(plain, 'Ana'))).toMatchObject({ code: 'encrypted' });
    }
  });

  test('a key of a size that does not exist is not looked for', async () => {
    const encrypted = Buffer.from(encryptPackage(book([['Ship']]), 'VelvetSweatshop'));
    const bytes = Buffer.from(encrypted.toString('latin1').replaceAll('keyBits="256"', 'keyBits="9e9"'), 'latin1');
    expect(bytes.equals(encrypted)).toBe(false);
    expect(await refusalOf('a.xlsx', bytes)).toMatchObject({ code: 'encrypted' });
  });

  test('a workbook that Excel 95 has changed with that password is read; one with another password says so', async () => {
    const plain = book([['Ship'], ...Array.from({ length: 300 }, (_, i) => [`Marit ${i}`])], 'biff8');
    const bytes = Buffer.from(obfuscateWorkbook(plain));
    expect(await textOf('a.xls', bytes)).toContain('Marit 299');
    const sum = bytes.indexOf(Buffer.from([0x2f, 0, 6, 0, 0, 0])) + 8;
    bytes.writeUInt16LE(0x0403, sum);
    expect(await refusalOf('a.xls', bytes)).toMatchObject({ code: 'encrypted' });
  });

  test('a file that is neither is not a spreadsheet', async () => {
    const bytes = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1500)]);
    expect(await refusalOf('a.xlsx', bytes)).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('as a spreadsheet'),
    });
  });
});

describe('Word', () => {
  test('headers, footers, notes, comments, equations, text boxes', async () => {
    const box = `<w:p><w:r><w:txbxContent>${words('In the box')}</w:txbxContent></w:r></w:p>`;
    const equation = '<w:p><w:r><w:t>The area is </w:t></w:r><m:oMath><m:r><m:t>A=πr</m:t></m:r></m:oMath></w:p>';
    const docx = makeDocx(`${words('The pier is closed.')}${equation}${box}`, {
      'header1.xml': words('Harbour board'),
      'header2.xml': words('Harbour board'),
      'footer1.xml': words('Reference HB-117'),
      'footnotes.xml': words('See the tide table'),
      'comments.xml': `<w:comment w:author="Ana">${words('Check before Friday')}</w:comment>`,
    });
    expect(await textOf('a.docx', docx)).toBe(
      'Harbour board\n\nThe pier is closed.\n\nThe area is A=πr\n\nIn the box\n\n## Footnotes\n\nSee the tide table\n\n## Comments\n\nAna:\n\nCheck before Friday\n\nReference HB-117',
    );
  });

  test('headings by their styles, lists, tables in tables', async () => {
    const heading = '<w:p><w:pPr><w:pStyle w:val="Titel1"/></w:pPr><w:r><w:t>Rules</w:t></w:r></w:p>';
    const item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>';
    const row = (...cells: string[]): string => `<w:tr>${cells.map((cell) => `<w:tc>${cell}</w:tc>`).join('')}</w:tr>`;
    const inner = `<w:tbl>${row(words('Day'), words('Time'))}${row(words('Mon'), words('09:00'))}</w:tbl>`;
    const outer = `<w:tbl>${row(words('First line', 'Second line'), words('Total') + inner)}</w:tbl>`;
    const bytes = makeArchive({
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${heading}${item}${outer}${words('snake_case [note] *star*')}</w:body></w:document>`,
      'word/styles.xml':
        '<w:styles xmlns:w="w"><w:style w:styleId="Titel1"><w:name w:val="heading 1"/></w:style></w:styles>',
    });
    expect(await textOf('a.docx', bytes)).toBe(
      '# Rules\n\n  - item\n\nFirst line\n\nSecond line\n\nTotal\n\nDay | Time\nDay: Mon | Time: 09:00\n\nsnake_case [note] *star*',
    );
  });

  test('headings by the styles that theirs are based on, and by their own level', async () => {
    const style = (id: string, base: string, rest = ''): string =>
      `<w:style w:styleId="${id}"><w:name w:val="${id}"/><w:basedOn w:val="${base}"/>${rest}</w:style>`;
    const contents = style('Contents', 'H1', '<w:pPr><w:outlineLvl w:val="9"/></w:pPr>');
    const paragraph = (properties: string, text: string): string =>
      `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;
    const of = (id: string): string => `<w:pStyle w:val="${id}"/>`;
    const bytes = makeArchive({
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${paragraph(of('Blue'), 'Rules')}${paragraph(of('Contents'), 'Contents')}${paragraph('<w:outlineLvl w:val="1"/>', 'Dues')}${paragraph(of('Loop'), 'Text')}</w:body></w:document>`,
      'word/styles.xml': `<w:styles xmlns:w="w">${style('Blue', 'Own')}${style('Own', 'H1')}<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>${contents}${style('Loop', 'Loop')}</w:styles>`,
    });
    expect(await textOf('a.docx', bytes)).toBe('# Rules\n\nContents\n\n## Dues\n\nText');
  });

  describe('numbers that Word counts', () => {
    const lvl = (at: number, format: string, text: string, rest = ''): string =>
      `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="${format}"/>${rest}<w:lvlText w:val="${text}"/></w:lvl>`;
    const kind = (id: number, ...levels: readonly string[]): string =>
      `<w:abstractNum w:abstractNumId="${id}">${levels.join('')}</w:abstractNum>`;
    const list = (id: number, of: number, rest = ''): string =>
      `<w:num w:numId="${id}"><w:abstractNumId w:val="${of}"/>${rest}</w:num>`;
    const place = (id: number, level = 0): string =>
      `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${id}"/></w:numPr>`;
    const style = (id: string): string => `<w:pStyle w:val="${id}"/>`;
    const paragraph = (properties: string, text: string): string =>
      `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;

    test('of headings whose styles are numbered, and of clauses below them', async () => {
      const kinds = kind(
        0,
        lvl(0, 'upperRoman', '%1.', style('H1')),
        lvl(1, 'decimal', '%1.%2', `${style('H2')}<w:isLgl/>`),
        lvl(2, 'lowerLetter', '(%3)'),
      );
      const heading = (id: string, level: number): string =>
        `<w:style w:styleId="${id}"><w:name w:val="heading ${level}"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>`;
      const docx = makeDocx(
        [
          paragraph(style('H1'), 'Berths'),
          paragraph(style('H2'), 'Ships'),
          paragraph(style('Blue'), 'Dues'),
          paragraph(place(1, 2), 'by length'),
          paragraph(place(1, 2), 'by day'),
          paragraph(style('H1'), 'Winter'),
          paragraph(style('H2') + place(0), 'Preface'),
          paragraph(style('H2'), 'Ice'),
          paragraph(place(1, 2), 'from November'),
        ].join(''),
        {
          'styles.xml': `${heading('H1', 1)}${heading('H2', 2)}<w:style w:styleId="Blue"><w:basedOn w:val="H2"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>`,
          'numbering.xml': kinds + list(1, 0),
        },
      );
      expect(await textOf('a.docx', docx)).toBe(
        [
          '# I. Berths',
          '## 1.1 Ships',
          '## 1.2 Dues',
          '    (a) by length\n    (b) by day',
          '# II. Winter',
          '## Preface',
          '## 2.1 Ice',
          '    (a) from November',
        ].join('\n\n'),
      );
    });

    test('of lists that go on, start anew, count empty lines, never restart, or have bullets', async () => {
      const kinds = [
        kind(0, lvl(0, 'lowerLetter', '%1)'), lvl(1, 'bullet', '•')),
        kind(1, lvl(0, 'decimal', '%1.'), lvl(1, 'lowerRoman', '%2.', '<w:lvlRestart w:val="0"/>')),
      ].join('');
      const anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>';
      const docx = makeDocx(
        [
          paragraph(place(1), 'first'),
          paragraph(place(1, 1), 'bullet'),
          paragraph(place(2), ''),
          paragraph(place(2), 'third'),
          words('Text'),
          paragraph(place(3), 'fifth'),
          paragraph(place(3), 'sixth'),
          words('Text'),
          paragraph(place(4), 'one'),
          paragraph(place(4, 1), 'i'),
          paragraph(place(4), 'two'),
          paragraph(place(4, 1), 'ii'),
          paragraph(place(9), 'unknown'),
        ].join(''),
        { 'numbering.xml': kinds + list(1, 0) + list(2, 0) + list(3, 0, anew) + list(4, 1) },
      );
      expect(await textOf('a.docx', docx)).toBe(
        'a) first\n  - bullet\nc) third\n\nText\n\ne) fifth\nf) sixth\n\nText\n\n1. one\n  i. i\n2. two\n  ii. ii\n- unknown',
      );
    });

    test('are short, whatever a file asks for', async () => {
      const far = '<w:start w:val="2000000000"/>';
      const kinds = kind(0, lvl(0, 'lowerLetter', '%1'.repeat(5000), far), lvl(1, 'upperRoman', '%2', far));
      const docx = makeDocx(paragraph(place(1), 'a') + paragraph(place(1, 1), 'b'), {
        'numbering.xml': kinds + list(1, 0),
      });
      const text = await textOf('a.docx', docx);
      expect(text.length).toBeLessThan(200);
      expect(text).toMatch(/2000000000 b$/);
    });
  });

  const letters = (text: string): string => `<m:r><m:t>${text}</m:t></m:r>`;
  const part = (name: string, inside: string, signs: Readonly<Record<string, string>> = {}): string => {
    const stated = Object.entries(signs).map(([sign, value]) => `<m:${sign} m:val="${value}"/>`);
    return `<m:${name}><m:${name}Pr>${stated.join('')}</m:${name}Pr>${inside}</m:${name}>`;
  };
  const of = (name: string, text: string): string => `<m:${name}>${letters(text)}</m:${name}>`;
  test.each([
    ['a fraction', part('f', of('num', '1') + of('den', '2')), '1/2'],
    ['a function', part('func', of('fName', 'log') + of('e', 'x')), 'log x'],
    ['brackets', letters('f') + part('d', of('e', 'x') + of('e', 'y'), { sepChr: ',' }), 'f(x,y)'],
    ['other brackets', part('d', of('e', 'x'), { begChr: '[', endChr: '' }), '[x'],
    ['a root', part('rad', of('deg', '3') + of('e', '8')), '3√8'],
    ['a sum', part('nary', of('sub', 'i=1') + of('sup', '9') + of('e', 'i'), { chr: '∑' }), '∑ i=1 9 i'],
    ['a matrix', part('m', `<m:mr>${of('e', '1')}${of('e', '2')}</m:mr><m:mr>${of('e', '3')}</m:mr>`), '1 2 3'],
    ['an exponent', part('sSup', of('e', 'm') + of('sup', '2')), 'm2'],
  ])('the signs of an equation, also on a slide: %s', async (_name, equation, expected) => {
    const both = `<m:oMath>${equation}</m:oMath><m:oMath>${letters('x=y')}</m:oMath>`;
    expect(await textOf('a.docx', makeDocx(`<w:p>${both}</w:p>`))).toBe(`${expected}\nx=y`);
    const slide = `<a:p><m:oMath>${equation}</m:oMath></a:p>`;
    expect(await textOf('a.pptx', makePptx([{ part: 1, body: slide }]))).toBe(`# Slide 1\n\n${expected}`);
  });

  test('the large first letter of a paragraph is part of its first word', async () => {
    const frame = '<w:p><w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr><w:r><w:t>T</w:t></w:r></w:p>';
    expect(await textOf('a.docx', makeDocx(`${frame}${words('ides turn.', 'Next')}`))).toBe('Tides turn.\n\nNext');
  });

  test('a tracked change of the format keeps the new one', async () => {
    const style = (name: string): string => `<w:pStyle w:val="${name}"/>`;
    const was = (properties: string): string => `<w:pPrChange><w:pPr>${properties}</w:pPr></w:pPrChange>`;
    const paragraph = (properties: string, text: string): string =>
      `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;
    const cell = (properties: string, text: string): string =>
      `<w:tc><w:tcPr>${properties}</w:tcPr>${words(text)}</w:tc>`;
    const span = '<w:gridSpan w:val="2"/><w:tcPrChange><w:tcPr><w:gridSpan w:val="3"/></w:tcPr></w:tcPrChange>';
    const table = `<w:tbl><w:tr>${cell('', 'Ship')}${cell('', 'Pier')}${cell('', 'Due')}</w:tr><w:tr>${cell(span, 'Marit')}${cell('', '40')}</w:tr></w:tbl>`;
    const bytes = makeArchive({
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${paragraph(`${style('H')}${was(`${style('N')}<w:numPr/>`)}`, 'Rules')}${paragraph(`${style('N')}${was(style('H'))}`, 'Text')}${table}</w:body></w:document>`,
      'word/styles.xml': `<w:styles xmlns:w="w"><w:style w:styleId="H"><w:pPr><w:outlineLvl w:val="0"/>${was('<w:outlineLvl w:val="3"/>')}</w:pPr></w:style></w:styles>`,
    });
    expect(await textOf('a.docx', bytes)).toBe('# Rules\n\nText\n\nShip | Pier | Due\nShip: Marit | Due: 40');
  });

  test('no readings inside words; letters of the font Symbol; what was chosen from a list', async () => {
    const run = (inside: string): string => `<w:r>${inside}</w:r>`;
    const text = (inside: string): string => run(`<w:t>${inside}</w:t>`);
    const ruby = run(`<w:ruby><w:rt>${text('かんじ')}</w:rt><w:rubyBase>${text('漢字')}</w:rubyBase></w:ruby>`);
    const symbol = (code: string): string => run(`<w:sym w:font="Symbol" w:char="${code}"/>`);
    const list =
      '<w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="East"/><w:listEntry w:val="West"/></w:ddList></w:ffData></w:fldChar>';
    const docx = makeDocx(
      `<w:p>${ruby}${text('です')}</w:p><w:p>${symbol('F061')}${symbol('F0B3')}${text('2')}</w:p><w:p>${text('Pier: ')}${run(list)}</w:p>`,
    );
    expect(await textOf('a.docx', docx)).toBe('漢字です\n\nα≥2\n\nPier: West');
  });

  test('the columns of a header stay apart', async () => {
    const run = (text: string): string => `<w:r><w:t>${text}</w:t></w:r>`;
    const gap = '<w:r><w:ptab w:relativeTo="margin" w:alignment="center" w:leader="none"/></w:r>';
    const docx = makeDocx(words('Text'), {
      'header1.xml': `<w:p>${run('Harbour board')}${gap}${run('Minutes')}${gap}${run('May')}</w:p>`,
    });
    expect(await textOf('a.docx', docx)).toBe('Harbour board\tMinutes\tMay\n\nText');
  });

  test('a protected file says so', async () => {
    const container = CFB.utils.cfb_new();
    CFB.utils.cfb_add(container, '/EncryptedPackage', Buffer.alloc(5000));
    const bytes = CFB.write(container, { type: 'buffer' }) as Uint8Array;
    expect(await refusalOf('a.docx', bytes)).toMatchObject({ code: 'encrypted' });
  });
});

describe('slides', () => {
  test('in the order they are shown, each with its own notes, tables and charts', async () => {
    const cell = (text: string): string => `<a:tc><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
    const table = `<a:tbl><a:tr>${cell('Ship')}${cell('Due')}</a:tr><a:tr>${cell('Marit')}${cell('40')}</a:tr></a:tbl>`;
    const chart =
      '<c:ser><c:tx><c:v>Passengers</c:v></c:tx><c:cat><c:v>East</c:v></c:cat><c:val><c:v>19.2</c:v></c:val></c:ser>';
    const pptx = makePptx([
      { part: 4, body: shape('Last became first', 'title'), notes: 'Note of the first' },
      { part: 1, body: `${shape('Dues &#8217;26', 'title')}${table}`, chart, notes: 'Note of the second' },
    ]);
    const { text, metadata } = await read('a.pptx', pptx);
    expect(text).toBe(
      '# Slide 1: Last became first\n\nNotes:\n\nNote of the first\n\n\f# Slide 2: Dues ’26\n\nShip | Due\nShip: Marit | Due: 40\n\nPassengers | East | 19.2\n\nNotes:\n\nNote of the second',
    );
    expect(metadata).toMatchObject({ slides: 2 });
  });

  test.each([
    [
      'commentAuthors',
      '<p:cmAuthor id="0" name="Ana"/><p:cmAuthor id="1" name="Ole"/>',
      '<p:cm authorId="0"><p:text>Too long</p:text></p:cm><p:cm authorId="1"><p:text>Agreed</p:text></p:cm>',
    ],
    [
      'authors',
      '<p:author id="{A}" name="Ana"/><p:author id="{B}" name="Ole"/>',
      `<p:cm authorId="{B}"><p:replyLst><p:reply authorId="{A}"><p:txBody><a:p><a:r><a:t>Too long</a:t></a:r></a:p></p:txBody></p:reply></p:replyLst><p:txBody><a:p><a:r><a:t>Agreed</a:t></a:r></a:p></p:txBody></p:cm>`,
    ],
  ])('comments name their authors: %s', async (kind, authors, comments) => {
    const xml = (body: string): string => `<p:list xmlns:p="p" xmlns:a="a">${body}</p:list>`;
    const pptx = makeArchive({
      'ppt/presentation.xml': '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldId r:id="rId1"/></p:presentation>',
      'ppt/_rels/presentation.xml.rels': makeRelations([
        ['slide', 'slides/slide1.xml'],
        [kind, 'who.xml'],
      ]),
      'ppt/who.xml': xml(authors),
      'ppt/slides/slide1.xml': xml(shape('Dues', 'title')),
      'ppt/slides/_rels/slide1.xml.rels': makeRelations([['comments', '../comments/comment1.xml']]),
      'ppt/comments/comment1.xml': `<p:cmLst xmlns:p="p" xmlns:a="a">${comments}</p:cmLst>`,
    });
    expect(await textOf('a.pptx', pptx)).toBe('# Slide 1: Dues\n\nComments:\n\nAna:\n\nToo long\n\nOle:\n\nAgreed');
  });
});

describe('PDF', () => {
  const prose = 'The harbour master decides about berths in winter and tells the ships by radio at which';

  test('lines become paragraphs, pages are separated, running heads occur once, broken words are joined', async () => {
    const page = (i: number): string[] => [
      'Tariffs of the harbour',
      `${prose} hour of the day they may come, and that is page ${'ABCD'[i]} of the har-`,
      'bour rules.',
      `Page ${i + 1} of 4`,
    ];
    const { text, metadata } = await read('a.pdf', makePdf([0, 1, 2, 3].map(page)));
    expect(metadata).toMatchObject({ pages: 4 });
    const pages = text.split('\f');
    expect(pages).toHaveLength(4);
    expect(text.match(/Tariffs of the harbour/g)).toHaveLength(1);
    expect(pages[2]).toMatch(/page C of the harbour rules\./);
  });

  test('numbers that count something else than the pages stay; page numbers behind a cover do not', () => {
    const invoice = (i: number): string => `Invoice ${1001 + i}\nShip ${'ABCD'[i]}\nBerth\nDue\n${2001 + i}`;
    const invoices = joinPages([0, 1, 2, 3].map(invoice), []);
    for (const number of [1001, 1002, 1003, 1004, 2001, 2002, 2003, 2004]) expect(invoices).toContain(String(number));
    const book = ['Cover', 'Contents', ...[1, 2, 3, 4].map((i) => `Tides\nShip ${'ABCD'[i - 1]}\nBerth\nDue\n${i}`)];
    expect(joinPages(book, [])).not.toMatch(/\d/);
  });

  test('bookmarks are its headings', async () => {
    const pdf = makePdf(
      [
        ['Berths', 'Ships anchor.'],
        ['Winter', 'Ice.'],
      ],
      [
        { title: 'Berths', page: 0 },
        { title: 'Winter', page: 1 },
      ],
    );
    expect(await textOf('a.pdf', pdf)).toBe('# Berths\n\nShips anchor.\n\n\f# Winter\n\nIce.');
  });

  test('pages without text are counted; without any it is a scan', async () => {
    expect(await read('a.pdf', makePdf([['Words'], []]))).toMatchObject({ metadata: { pagesWithoutText: 1 } });
    expect(await refusalOf('a.pdf', makePdf([[], []]))).toMatchObject({ code: 'no_text' });
  });

  test.each([
    ['Japanese', 'UniJIS-UTF16-H', 'Japan1', '6700 7d42 306e 30d5 30a7 30ea 30fc', '最終のフェリー'],
    ['Japanese in Shift JIS', '90ms-RKSJ-H', 'Japan1', '8dc5 8f49 82cc', '最終の'],
    ['Chinese', 'UniGB-UTF16-H', 'GB1', '672b 73ed 6e21 8f6e', '末班渡轮'],
    ['Chinese in GBK', 'GBK-EUC-H', 'GB1', 'c4a9 b0e0 b6c9 c2d6', '末班渡轮'],
    ['Chinese in Big5', 'ETen-B5-H', 'CNS1', 'a5bd', '末'],
    ['Korean', 'UniKS-UTF16-H', 'Korea1', 'b9c8 c9c0 b9c9', '마지막'],
    ['Korean in UHC', 'KSCms-UHC-H', 'Korea1', 'b8b6 c1f6 b8b7', '마지막'],
  ])('%s whose font is not in the file', async (_kind, encoding, collection, hex, expected) => {
    const line = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(await textOf('a.pdf', makeAsianPdf(encoding, collection, line))).toContain(expected);
  });

  test.each([
    ['a ligature that its font states as two letters', ['0645', '06440627', '0633'], 'سلام'],
    ['a ligature that its font states as one character', ['0645', 'FEFB', '0633'], 'سلام'],
    ['a word with a mark behind its letter', ['0627', '0636', '064B', '0020', '064A', '0623'], 'أيضًا'],
  ])('Arabic in the order of reading: %s', async (_kind, glyphs, expected) => {
    const shown = glyphs.map((_glyph, i) => (i + 1).toString(16).padStart(4, '0'));
    const content = `BT /F1 14 Tf 50 700 Td <${shown.join('')}> Tj ET`;
    const lines = glyphs.map((glyph, i) => `<${shown[i]}> <${glyph}>`).join('\n');
    const map = `1 begincodespacerange <0000> <ffff> endcodespacerange ${glyphs.length} beginbfchar ${lines} endbfchar`;
    const pdf = toPdf(
      [
        '<</Type/Catalog/Pages 2 0 R>>',
        '<</Type/Pages/Count 1/Kids[3 0 R]>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 7 0 R>>',
        '<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/DescendantFonts[5 0 R]/ToUnicode 6 0 R>>',
        '<</Type/Font/Subtype/CIDFontType2/BaseFont/Arial/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 600>>',
        `<</Length ${map.length}>>stream\n${map}\nendstream`,
        `<</Length ${content.length}>>stream\n${content}\nendstream`,
      ],
      1,
    );
    expect(await textOf('a.pdf', pdf)).toBe(expected);
  });

  /** A PDF of one page, with these lines of PDF in its page and its catalog, and further objects from number 6 on. */
  const pdfWith = (content: string, parts: { page?: string; root?: string; objects?: readonly string[] }): Uint8Array =>
    toPdf(
      [
        `<</Type/Catalog/Pages 2 0 R${parts.root ?? ''}>>`,
        '<</Type/Pages/Count 1/Kids[3 0 R]>>',
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R${parts.page ?? ''}>>`,
        '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
        `<</Length ${content.length}>>stream\n${content}\nendstream`,
        ...(parts.objects ?? []),
      ],
      1,
    );
  const line = (text: string): string => `BT /F1 11 Tf 50 700 Td (${text}) Tj ET`;

  test('attached files are read below their names; of a portfolio without a text they are all there is', async () => {
    const csv = 'ship,due\nMarit,40\nAna,50\n';
    const attached = {
      root: '/Names<</EmbeddedFiles<</Names[(dues.csv) 6 0 R]>>>>',
      objects: [
        '<</Type/Filespec/F(dues.csv)/UF(dues.csv)/EF<</F 7 0 R>>>>',
        `<</Type/EmbeddedFile/Length ${csv.length}>>stream\n${csv}\nendstream`,
      ],
    };
    const table = '## dues.csv\n\nship | due\nship: Marit | due: 40\nship: Ana | due: 50';
    expect(await textOf('a.pdf', pdfWith(line('See the table.'), attached))).toBe(`See the table.\n\n${table}`);
    expect(await textOf('a.pdf', pdfWith('', attached))).toBe(table);
  });

  test('of a list in a form, what people see of what was chosen', async () => {
    const field = (options: string, value: string): string =>
      `<</Type/Annot/Subtype/Widget/FT/Ch/T(f)/Ff 2097152/Rect[50 600 200 660]/Opt[${options}]/V ${value}>>`;
    const form = {
      page: '/Annots[6 0 R]',
      root: '/AcroForm<</Fields[6 0 R]>>',
      objects: [field('[(p1)(North pier)][(p2)(South pier)][(p3)(Mole)]', '[(p1)(p3)]')],
    };
    expect(await textOf('a.pdf', pdfWith(line('Berths:'), form))).toBe('Berths:\nNorth pier\nMole');
  });

  test('of a dynamic form, its texts and what was filled in', async () => {
    const stream = (xml: string): string => `<</Length ${Buffer.byteLength(xml)}>>stream\n${xml}\nendstream`;
    const template =
      '<template xmlns="t"><subform><draw><value><text>Harbour dues</text></value></draw><field name="Ship"><caption><value><exData><body><p>Name of</p><p>the ship</p></body></exData></value></caption><items><text>unseen</text></items><event><script>x = 1</script></event></field></subform></template>';
    const data = '<xfa:datasets xmlns:xfa="x"><xfa:data><form1><Ship>Marit</Ship></form1></xfa:data></xfa:datasets>';
    const page = 'BT /F1 11 Tf 50 700 Td (Please wait) Tj ET';
    const objects = (needsRendering: string): string[] => [
      `<</Type/Catalog/Pages 2 0 R${needsRendering}/AcroForm<</Fields[]/XFA[(template)6 0 R(datasets)7 0 R]>>>>`,
      '<</Type/Pages/Count 1/Kids[3 0 R]>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>',
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
      stream(page),
      stream(template),
      stream(data),
    ];
    expect(await textOf('a.pdf', toPdf(objects('/NeedsRendering true'), 1))).toBe(
      'Please wait\n\nHarbour dues\nName of the ship\nShip: Marit',
    );
    expect(await textOf('a.pdf', toPdf(objects(''), 1))).toBe('Please wait');
  });

  test('encrypted for the owners of certificates is not damaged', async () => {
    const file = Buffer.from(makePdf([['Text']])).toString('latin1');
    const locked = '/Encrypt<</Filter/Adobe.PubSec/V 4/R 131105/SubFilter/adbe.pkcs7.s5>>/ID[<00><00>]';
    const bytes = Buffer.from(file.replace('trailer<<', `trailer<<${locked}`), 'latin1');
    expect(await refusalOf('a.pdf', bytes)).toMatchObject({ code: 'encrypted' });
  });

  test('is read although an earlier one has destroyed the memory of PDFium', async () => {
    const plain = pdfWith(line('The last ferry'), {});
    memoryOf(await withDocument(plain, (pdfium) => pdfium)).fill(255);
    expect(await textOf('a.pdf', plain)).toBe('The last ferry');
  });

  test.each([
    ['is found damaged', new SyncError('unreadable', { code: 'corrupt', message: 'Damaged.' })],
    ['stops the reading', new RangeError('offset is out of bounds')],
  ])('is read if it %s only in the memory of an earlier one', async (_what, failure) => {
    const plain = pdfWith(line('The last ferry'), {});
    const used = await withDocument(plain, (pdfium) => pdfium);
    const result = await withDocument(plain, (pdfium) => {
      if (pdfium === used) throw failure;
      return 'read';
    });
    expect(result).toBe('read');
  });

  test('leaves nothing in the memory that PDFium keeps for the next one', async () => {
    const plain = pdfWith(line('The last ferry'), {});
    const end = async () =>
      await withDocument(plain, ({ pdfium: { wasmExports } }) => {
        const at = wasmExports.malloc(1_000_000);
        wasmExports.free(at);
        return at;
      });
    const readOften = async () => {
      for (let i = 0; i < 500; i++) await read('a.pdf', plain);
    };
    await readOften();
    const before = await end();
    await readOften();
    expect(await end()).toBe(before);
  });

  test('letters that are numbers of glyphs are not text; a broken word or a damaged character is', () => {
    const glyph = String.fromCharCode(3);
    expect(legible(['7KH', 'ODVW', 'IHUU\\', 'OHDYHV', 'DW', 'WHQ'].join(glyph))).toBe('');
    const hyphen = String.fromCharCode(2);
    for (const text of [
      `The last fer${hyphen}\nry lea${hyphen}\nves at ten${hyphen}\nor la${hyphen}ter.`,
      `At ten${glyph}`,
    ])
      expect(legible(text)).toBe(text);
  });

  test.each(['password-aes-256.pdf', 'password-rc4-40.pdf'])('%s says that it is protected', async (name) => {
    const bytes = readFileSync(join(import.meta.dirname, '..', '..', 'test', 'harness', 'files', name));
    expect(await refusalOf(name, bytes)).toMatchObject({
      kind: 'unreadable',
      code: 'encrypted',
      message: expect.stringContaining('password'),
    });
  });

  test('joining pages takes time with their number, not with its square', () => {
    const page = Array.from({ length: 45 }, (_line, j) => `${prose} ${j}`).join('\n');
    const started = process.cpuUsage();
    expect(
      joinPages(
        Array.from({ length: 5000 }, () => page),
        [],
      ).split('\f'),
    ).toHaveLength(5000);
    // By the text so far it took 1.3 s for 1,000 pages.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(8);
  });

  test('hundreds of dense pages take seconds', async () => {
    const dense = Array.from({ length: 300 }, (_page, i) =>
      Array.from({ length: 45 }, (_line, j) => `${prose} ${i} ${j}`),
    );
    const started = process.cpuUsage();
    expect((await read('a.pdf', makePdf(dense))).metadata).toMatchObject({ pages: 300 });
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(15);
  });
});

describe('mail', () => {
  const mail = (...lines: string[]): string => lines.join('\r\n');

  test('a group is named, and so are its members', async () => {
    const text = await textOf(
      'a.eml',
      mail('From: a@example.com', 'To: Crew: Chris <c@example.com>, joe@example.com;', '', 'Hello.'),
    );
    expect(text).toContain('To: Crew: Chris <c@example.com>, joe@example.com');
  });

  test('a forwarded mail, a delivery report, an invitation', async () => {
    const part = (type: string, ...lines: string[]): string => mail('--B', `Content-Type: ${type}`, '', ...lines);
    const text = await textOf(
      'a.eml',
      mail(
        'From: a@example.com',
        'Content-Type: multipart/report; boundary=B',
        '',
        part('text/plain', 'It came back.'),
        part('message/delivery-status', 'Final-Recipient: rfc822; joe@example.com', 'Action: failed'),
        part('message/rfc822', 'From: c@example.com', 'Subject: The contract', '', 'The price is 400 euro.'),
        part(
          'text/calendar',
          'BEGIN:VCALENDAR',
          'BEGIN:VEVENT',
          'SUMMARY:Pier inspection',
          'LOCATION:North pier',
          'END:VEVENT',
        ),
        '--B--',
      ),
    );
    for (const found of [
      'It came back.',
      'Action: failed',
      'The contract',
      'The price is 400 euro.',
      'Pier inspection',
      'Where: North pier',
    ])
      expect(text).toContain(found);
  });

  test('parts that do not end, or have no boundary, still have text', async () => {
    expect(
      await textOf(
        'a.eml',
        mail(
          'From: a@example.com',
          'Content-Type: multipart/mixed; boundary=B',
          '',
          '--B',
          'Content-Type: text/plain',
          '',
          'Not closed.',
        ),
      ),
    ).toContain('Not closed.');
    expect(
      await textOf(
        'a.eml',
        mail(
          'From: a@example.com',
          'Content-Type: multipart/mixed',
          '',
          '--B',
          'Content-Type: text/plain',
          '',
          'No boundary.',
        ),
      ),
    ).toContain('No boundary.');
  });

  test('a mail that is one invitation', async () => {
    const event = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'SUMMARY:Pier inspection', 'END:VEVENT', 'END:VCALENDAR'];
    const text = await textOf(
      'a.eml',
      mail('From: a@example.com', 'Content-Type: text/calendar; method=REQUEST', '', ...event),
    );
    expect(text).toContain('Pier inspection');
  });

  test.each(['enveloped-data', 'signed-data'])('a sealed mail (%s) says that it is sealed', async (type) => {
    const text = await textOf(
      'a.eml',
      mail(
        'From: a@example.com',
        'Subject: Secret',
        `Content-Type: application/pkcs7-mime; smime-type=${type}; name=smime.p7m`,
        'Content-Transfer-Encoding: base64',
        '',
        'MIIB',
      ),
    );
    expect(text).toContain('encrypted or sealed (S/MIME)');
  });

  test('winmail.dat: its text and the names of its attachments', async () => {
    const attribute = (level: number, id: number, value: Buffer): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUInt8(level);
      head.writeUInt32LE(id, 1);
      head.writeUInt32LE(value.length, 5);
      return Buffer.concat([head, value, Buffer.alloc(2)]);
    };
    const text16 = Buffer.from('The ferry is late.\0', 'utf16le');
    const property = Buffer.alloc(16);
    property.writeUInt32LE(1, 0);
    property.writeUInt16LE(0x1f, 4);
    property.writeUInt16LE(0x1000, 6);
    property.writeUInt32LE(1, 8);
    property.writeUInt32LE(text16.length, 12);
    const tnef = Buffer.concat([
      Buffer.from('789f3e220100', 'hex'),
      attribute(1, 0x00018004, Buffer.from('Timetable\0')),
      attribute(1, 0x00069003, Buffer.concat([property, text16, Buffer.alloc(2)])),
      attribute(2, 0x00018010, Buffer.from('tides.pdf\0')),
    ]);
    const text = await textOf(
      'a.eml',
      mail(
        'From: a@example.com',
        'Content-Type: application/ms-tnef; name=winmail.dat',
        'Content-Transfer-Encoding: base64',
        '',
        tnef.toString('base64'),
      ),
    );
    for (const found of ['Timetable', 'The ferry is late.', 'tides.pdf']) expect(text).toContain(found);
  });

  test('a mailbox is read mail by mail', async () => {
    const one = (i: number): string =>
      `From a@example.com Mon Jan  5 10:00:00 2026\nFrom: a@example.com\nSubject: Mail ${i}\n\nWords of ${i}.\n\n`;
    const { text, metadata } = await read('a.mbox', one(1) + one(2));
    expect(metadata).toMatchObject({ mails: 2 });
    expect(text).toMatch(/# Mail 1[^]*Words of 1\.[^]*# Mail 2[^]*Words of 2\./);
    expect(metadata).not.toHaveProperty('truncated');
  });

  test('a page saved as one file', async () => {
    expect(
      await textOf(
        'a.mhtml',
        mail(
          'Subject: Tides',
          'Content-Type: multipart/related; boundary=B',
          '',
          '--B',
          'Content-Type: text/html',
          '',
          '<h1>High</h1><p>Water.</p>',
          '--B--',
        ),
      ),
    ).toBe('# High\n\nWater.');
  });
});

describe('other kinds', () => {
  const odf = (kind: string, body: string): Uint8Array =>
    makeArchive({
      mimetype: `application/vnd.oasis.opendocument.${kind}`,
      'content.xml': `<o:d xmlns:o="o" xmlns:t="t"><o:body>${body}</o:body></o:d>`,
    });
  const presentation = (): Uint8Array => {
    const atom = Buffer.alloc(8);
    const text = Buffer.from('High water', 'utf16le');
    atom.writeUInt16LE(0x0fa0, 2);
    atom.writeUInt32LE(text.length, 4);
    const container = CFB.utils.cfb_new();
    CFB.utils.cfb_add(container, '/PowerPoint Document', Buffer.concat([atom, text]));
    return CFB.write(container, { type: 'buffer' }) as Uint8Array;
  };
  const epub = makeArchive({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="b/p.opf"/></rootfiles></container>',
    'b/p.opf':
      '<package><metadata><title>Tides</title></metadata><manifest><item id="1" href="one.xhtml"/><item id="2" href="two.xhtml"/></manifest><spine><itemref idref="2"/><itemref idref="1"/></spine></package>',
    'b/one.xhtml': '<html><body><p>at noon</p></body></html>',
    'b/two.xhtml': '<html><body><h1>High water</h1></body></html>',
  });

  test.each([
    [
      'a.rtf',
      strToU8(
        String.raw`{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\f0 High \b water\b0  \'ef\'e0\'f0\u1086?\'ec.\par}`,
      ),
      'High water паром.',
    ],
    [
      'a.odt',
      odf('text', '<t:h t:outline-level="2">Tides</t:h><t:p>High<t:s/>water<t:note>n</t:note></t:p>'),
      '## Tides\n\nHigh water',
    ],
    [
      'a.odp',
      odf('presentation', '<d:page xmlns:d="d"><t:p>One</t:p></d:page><d:page xmlns:d="d"><t:p>Two</t:p></d:page>'),
      '\f# Slide 2\n\nTwo',
    ],
    ['a.epub', epub, '# High water\n\nat noon'],
    ['a.ppt', presentation(), 'High water'],
    [
      'a.ics',
      strToU8(
        'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Pier insp\r\n ection\r\nDTSTART:20260301T143000Z\r\nATTENDEE;CN="Ana":mailto:ana@example.com\r\nEND:VEVENT',
      ),
      '## Pier inspection\nBegins: 2026-03-01 14:30 UTC\nWith: Ana <ana@example.com>',
    ],
    [
      'a.srt',
      strToU8(
        '1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>High water</i>\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nat noon\r\n',
      ),
      'High water\nat noon',
    ],
    ['a.vtt', strToU8('WEBVTT\n\n00:01.000 --> 00:02.000\nHigh water\n'), 'High water'],
    [
      'a.ipynb',
      strToU8(
        JSON.stringify({
          cells: [
            { cell_type: 'markdown', source: ['# Tides'] },
            { cell_type: 'code', source: 'tide()', outputs: [{ text: ['noon'] }] },
          ],
        }),
      ),
      '# Tides\n\n```\ntide()\n```\nnoon',
    ],
    [
      'a.tex',
      strToU8(
        String.raw`\documentclass{article}\begin{document}\section{Tides} High \textbf{water} 5\% % not this` +
          '\n' +
          String.raw`\end{document}`,
      ),
      '## Tides\n\nHigh water 5%',
    ],
    ['a.org', strToU8('#+TITLE: Tides\n* High\n** Water\n'), '# High\n## Water'],
    [
      'a.md',
      strToU8('---\ntitle: Ferry\n---\n\nTides\n=====\n\nHigh.\n\nMoorings\n--------\n'),
      '# Tides\n\nHigh.\n\n## Moorings',
    ],
    ['code.zig', strToU8('pub fn pier() void {}'), 'pub fn pier() void {}'],
    ['README', strToU8('High water at noon.'), 'High water at noon.'],
  ])('%s', async (name, bytes, expected) => {
    expect(await textOf(name, bytes)).toContain(expected);
  });

  test('macro-enabled files, templates and shows are read as their base formats', async () => {
    for (const name of ['a.docm', 'a.dotx'])
      expect(await textOf(name, makeDocx(words('High water')))).toBe('High water');
    for (const name of ['a.pptm', 'a.ppsx'])
      expect(await textOf(name, makePptx([{ part: 1, body: shape('High water') }]))).toContain('High water');
  });
});

describe('the content counts, not the name', () => {
  test('a PDF named .txt, a letter without an extension, a page named .txt', async () => {
    expect(await textOf('a.txt', makePdf([['High water']]), 'text/plain')).toBe('High water');
    expect(await textOf('letter', makeDocx(words('High water')))).toBe('High water');
    expect(await textOf('a.txt', '<!DOCTYPE html><p>High water</p>')).toBe('High water');
  });

  test.each([
    ...['a.md', 'a.txt', 'a.py', 'a.html', 'a.csv', 'a.tex'].map((name) => [name, 'See %PDF-1.7\nin the manual.']),
    ['a.json', '{"start": "%PDF-1.7", "in": "the manual"}'],
    ['a.eml', 'From: a@example.com\nSubject: %PDF-1.7\n\nIt is in the manual.'],
  ])('%s may mention how a PDF begins', async (name, content) => {
    expect(await textOf(name, content)).toContain('the manual');
  });

  test('a PDF after white space, and one in a print job; an archive that contains one', async () => {
    const pdf = Buffer.from(makePdf([['High water']]));
    expect(await textOf('a.txt', Buffer.concat([Buffer.from('\uFEFF\r\n'), pdf]))).toBe('High water');
    expect(await textOf('a.pdf', Buffer.concat([Buffer.from('@PJL ENTER LANGUAGE=PDF\r\n'), pdf]))).toBe('High water');
    const archive = zipSync({ 'a.pdf': [pdf, { level: 0 }] });
    expect(await refusalOf('a.zip', archive)).toMatchObject({ message: expect.stringMatching(/Archives/) });
  });

  test.each([
    'ID3 tags are read by players',
    'OggS is the mark of a page.',
    'fLaC, four letters.',
    'MThd begins a song.',
    'RIFF, or WAVE files',
    'Rar! they cried.',
    'LZIP is a program.',
    'GIF89a is a format.',
    'BM is short for Bergmeister; it is a title.',
    '8BPS, says the header',
    '!BDN is its mark',
    'ITSF help',
    'AT&TFORM is how it begins',
    '#!AMR is a mark',
    'FORM? An AIFF file',
    'the ftypisom box',
    'wxyzStandard Jet DB is its mark',
    'SQLite format 3 is a format.',
    'HWP Document File V3 is a format.',
  ])('a text may begin like a file of another kind: %s', async (text) => {
    expect(await textOf('a.md', text)).toBe(text);
  });

  test.each([
    [
      'a recording named .txt',
      'a.txt',
      Buffer.from('ID3\u0003\0\0\0\0\u000fvTIT2\0\0\0\u0005\0\0\0Tide', 'latin1'),
      /Audio/,
    ],
    ['a picture named .md', 'a.md', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), /Images/],
    ['an archive named .txt', 'a.txt', makeArchive({ 'a.txt': 'x' }), /Archives/],
    [
      'a program without an extension',
      'tool',
      Buffer.concat([Buffer.from('7f454c4602', 'hex'), Buffer.alloc(200)]),
      /type/,
    ],
  ])('%s is recognized by its content', async (_kind, name, bytes, reason) => {
    expect(await refusalOf(name, bytes)).toMatchObject({
      kind: 'unsupported',
      code: 'unsupported_type',
      message: expect.stringMatching(reason),
    });
  });

  test('broken relations leave the rest readable', async () => {
    const bytes = makeArchive({
      '_rels/.rels': makeRelations([['officeDocument', 'word/document.xml']]),
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${words('High water')}</w:body></w:document>`,
      'word/_rels/document.xml.rels': makeRelations([['header', 'gone.xml']]),
    });
    expect(await textOf('a.docx', bytes)).toBe('High water');
  });
});

test('what stops a reader says where in the code, and nothing of the file', async () => {
  expect(await refusalOf('a.pptx', 'PK\u0003\u0004 a harbour')).toMatchObject({
    code: 'corrupt',
    operatorMessage: expect.stringMatching(/^pptx: \w+ at .+:\d+\)?$/),
  });
});

describe('what is too long says that it is cut', () => {
  test('a PDF whose pages become shorter when they are joined', async () => {
    // Not one run of blanks: once a process has compiled many expressions, V8 compiles further ones without its optimizations, and
    // then a run of some four million characters is more than an expression may take in.
    const comment = ['a', 'b', 'c', 'd'].join(' '.repeat(1_700_000));
    const objects = [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[5 0 R]>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[6 0 R]>>',
      `<</Type/Annot/Subtype/FreeText/Rect[50 600 200 660]/Contents(${comment})>>`,
      '<</Type/Annot/Subtype/FreeText/Rect[50 600 200 660]/Contents(The last page)>>',
    ];
    expect(await read('a.pdf', toPdf(objects, 1))).toMatchObject({ text: 'a b c d', metadata: { truncated: true } });
  });

  test('a sheet of more than 200,000 rows', async () => {
    const sheet = (rows: number): Uint8Array => {
      const made = utils.book_new();
      const cells = utils.aoa_to_sheet([['Ship'], ['Marit']]);
      cells[`A${rows}`] = { t: 's', v: 'Ana' };
      cells['!ref'] = `A1:A${rows}`;
      utils.book_append_sheet(made, cells, 'Dues');
      return new Uint8Array(write(made, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer);
    };
    expect(await read('a.xlsx', sheet(200_001))).toMatchObject({
      text: expect.not.stringContaining('Ana'),
      metadata: { truncated: true },
    });
    const whole = await read('a.xlsx', sheet(200_000));
    expect(whole.text).toContain('Ana');
    expect(whole.metadata).not.toHaveProperty('truncated');
  }, 30_000);

  test('a workbook whose sheets are too large to be read at once has all of them', () => {
    const made = utils.book_new();
    const ships = ['Marit', 'Ana', 'Solveig'];
    for (const ship of ships) utils.book_append_sheet(made, utils.aoa_to_sheet([['Ship'], [ship]]), `Of ${ship}`);
    const bytes = new Uint8Array(write(made, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer);
    const expected = { text: expect.stringContaining('# Of Solveig\n\nShip\nShip: Solveig'), metadata: { sheets: 3 } };
    const whole = extractSpreadsheet(bytes);
    expect(whole).toMatchObject(expected);
    expect(extractSpreadsheet(bytes, 1)).toEqual(whole);
  });

  test('a mailbox of more than 2,000 mails', async () => {
    const mail = 'From a@example.com Mon Jan  5 10:00:00 2026\nSubject: Tides\n\nHigh water.\n\n';
    expect(await read('a.mbox', mail.repeat(2001))).toMatchObject({ metadata: { mails: 2000, truncated: true } });
  });

  test('a mail with more than 50 attached documents', async () => {
    const mail = (files: number): string =>
      [
        'From: a@example.com',
        'Content-Type: multipart/mixed; boundary=B',
        '',
        ...Array.from({ length: files }, (_, i) =>
          ['--B', 'Content-Type: text/plain', `Content-Disposition: attachment; filename=${i}.txt`, '', 'Tide'].join(
            '\n',
          ),
        ),
        '--B--',
      ].join('\n');
    expect(await read('a.eml', mail(51))).toMatchObject({ metadata: { truncated: true } });
    expect((await read('a.eml', mail(50))).metadata).not.toHaveProperty('truncated');
  });

  test('a fax of more than 1,000 pages', () => {
    const fax = Buffer.alloc(8 + 1001 * 6);
    fax.write('II*\0', 'latin1');
    for (let at = 4; at < fax.length - 6; at = at === 4 ? 10 : at + 6) fax.writeUInt32LE(at === 4 ? 8 : at + 4, at);
    expect(extractPicture(fax, [])).toMatchObject({ metadata: { pages: 1000, truncated: true } });
  });

  test('printed pages of Windows, more than 10,000', async () => {
    const names = Array.from({ length: 10_001 }, (_, i) => `<PageContent Source="/${i}.fpage"/>`);
    const file = makeArchive({
      'a.fdseq': '<a><DocumentReference Source="/a.fdoc"/></a>',
      'a.fdoc': `<a>${names.join('')}</a>`,
      '0.fpage': '<a><Glyphs UnicodeString="High water"/></a>',
    });
    expect(await read('a.xps', file)).toMatchObject({ metadata: { pages: 10_000, truncated: true } });
  });
});
