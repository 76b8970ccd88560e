/** Tests documents of programs that describe their format in part or not at all: Apple's, Hangul, OneNote. */

import { CFB } from '@e965/xlsx';
import { strToU8, zipSync } from 'fflate';
import { deflateRawSync } from 'node:zlib';
import { compress } from 'snappyjs';
import { describe, expect, test } from '@jest/globals';
import { makeArchive, makePdf } from '../../test/harness/documents.ts';
import { extractDocument } from './extract-document.ts';

const read = async (name: string, bytes: Uint8Array) => await extractDocument({ bytes, mimeType: '', name });
const textOf = async (...args: Parameters<typeof read>): Promise<string> => (await read(...args)).text;
const refusalOf = async (...args: Parameters<typeof read>) => await read(...args).catch((error: unknown) => error);

describe('Pages, Numbers and Keynote', () => {
  const varint = (value: number): Buffer =>
    value < 0x80
      ? Buffer.from([value])
      : Buffer.concat([Buffer.from([(value % 0x80) | 0x80]), varint(Math.floor(value / 0x80))]);
  /** A field of a message: a number, a text or other bytes. */
  const field = (number: number, value: number | string | Uint8Array): Buffer => {
    if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
    const bytes = Buffer.from(value);
    return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
  };
  const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
  const reference = (number: number, id: number): Buffer => field(number, field(1, id));
  const object = (id: number, type: number, content: Buffer): Buffer => {
    const head = message(field(1, id), field(2, message(field(1, type), field(3, content.length))));
    return Buffer.concat([varint(head.length), head, content]);
  };
  const part = (...objects: readonly Buffer[]): Uint8Array => {
    const block = compress(new Uint8Array(Buffer.concat(objects)));
    const header = Buffer.alloc(4);
    header.writeUIntLE(block.length, 1, 3);
    return Buffer.concat([header, block]);
  };
  const text = (id: number, content: string, kind = 0): Buffer =>
    object(id, 2001, message(field(1, kind), field(3, content)));

  test('Pages: the body, notes and boxes, once, without what an anchor or a style says', async () => {
    const file = zipSync({
      'Index/Document.iwa': part(text(1, 'High water\u2029at noon.\uFFFC'), text(2, 'A cell', 5), text(3, 'A note', 2)),
      'Index/DocumentStylesheet.iwa': part(text(4, 'Lorem ipsum')),
    });
    for (const name of ['a.pages', 'without extension'])
      expect(await textOf(name, file)).toBe('High water\n\nat noon.\n\nA note');
    const folder = zipSync({
      'Report.pages/Index.zip': zipSync({ 'Index/Document.iwa': part(text(1, 'High water.')) }),
    });
    expect(await textOf('Report.pages.zip', folder)).toBe('High water.');
  });

  test('Keynote: slides in the order in which they are shown', async () => {
    const slide = (id: number, content: string): Uint8Array =>
      part(object(id, 5, message(reference(5, 9))), text(id + 1, content));
    const node = (id: number, shown: number): Buffer => object(id, 4, reference(2, shown));
    const file = zipSync({
      'Index/Document.iwa': part(
        object(1, 2, field(3, message(reference(2, 61), reference(2, 60)))),
        node(60, 10),
        node(61, 20),
      ),
      'Index/Slide-1.iwa': slide(10, 'The end'),
      'Index/Slide-2.iwa': slide(20, 'The beginning'),
      'Index/MasterSlide.iwa': part(text(99, 'Click to edit')),
    });
    expect(await read('a.key', file)).toMatchObject({
      text: '# Slide 1\n\nThe beginning\n\n\f# Slide 2\n\nThe end',
      metadata: { slides: 2 },
    });
  });

  /** A cell in the form of 2017: its kind, and the flags of the values that follow. */
  const cell = (kind: number, flags: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(12);
    head.writeUInt8(5);
    head.writeUInt8(kind, 1);
    head.writeUInt32LE(flags, 8);
    return Buffer.concat([head, value]);
  };
  const decimal = (digits: number, exponent: number): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(digits);
    bytes.writeUInt16LE((exponent + 0x1820) << 1, 14);
    return bytes;
  };
  const key = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const double = (value: number): Buffer => Buffer.from(Float64Array.of(value).buffer);
  const row = (index: number, ...cells: readonly Buffer[]): Buffer => {
    const offsets = Buffer.alloc(cells.length * 2 + 2, 0xff);
    cells.forEach((_, i) => offsets.writeInt16LE(Buffer.concat(cells.slice(0, i)).length, i * 2));
    return field(5, message(field(1, index), field(6, Buffer.concat(cells)), field(7, offsets)));
  };
  const strings = ['Ship', 'Due', 'Marit'].map((one, i) => field(3, message(field(1, i + 1), field(3, one))));
  const named = (i: number): Buffer => cell(3, 8, key(i));
  const sheet = (...rows: readonly Buffer[]): Uint8Array =>
    zipSync({
      'Index/Document.iwa': part(
        object(1, 2, message(field(1, 'Dues'), reference(2, 2))),
        object(2, 6000, reference(2, 3)),
        object(
          3,
          6001,
          message(
            field(4, message(field(3, field(1, message(field(1, 0), reference(2, 4)))), reference(4, 5))),
            field(8, 'Berths'),
          ),
        ),
      ),
      'Index/Tables/Tile.iwa': part(object(4, 6002, message(...rows))),
      'Index/Tables/DataList.iwa': part(object(5, 6005, message(field(1, 1), ...strings))),
    });

  test('Numbers: tables below the names of their sheets, with numbers, dates and durations as people see them', async () => {
    const file = sheet(
      row(0, named(1), named(2), named(2), named(2), named(2)),
      row(
        1,
        named(3),
        cell(2, 1, decimal(4050, -2)),
        cell(5, 4, double(86_400)),
        cell(6, 2, double(1)),
        cell(7, 2, double(3725)),
      ),
    );
    expect(await textOf('a.numbers', file)).toBe(
      '# Dues\n\n## Berths\n\nShip | Due | Due | Due | Due\nShip: Marit | Due: 40.5 | Due: 2001-01-02 | Due: TRUE | Due: 1:02:05',
    );
  });

  test('Numbers: of cells in an older form, the texts are listed; damaged ones are empty', async () => {
    const old = row(0, Buffer.alloc(12, 4));
    expect(await textOf('a.numbers', sheet(old))).toBe('# Dues\n\n## Berths\n\nShip\nDue\nMarit');
    const damaged = row(1, cell(3, 8, Buffer.alloc(0)), cell(2, 1, Buffer.alloc(3)), named(77));
    expect(await textOf('a.numbers', sheet(row(0, named(1)), damaged))).toContain('Ship');
  });

  test('until 2009: the text of the XML, without that of styles and master slides', async () => {
    const xml =
      '<ls:document xmlns:sf="sf" xmlns:sfa="sfa"><sf:stylesheet><sf:p>Style</sf:p></sf:stylesheet><sf:tabular-model sf:name="Berths"/><sf:ct sfa:s="Marit"/><sf:n sf:v="40"/><sf:p>High<sf:br/>water</sf:p></ls:document>';
    expect(await textOf('a.numbers', makeArchive({ 'index.xml': xml }))).toBe('Berths\n\nMarit\n\n40\n\nHigh\nwater');
  });

  test('the preview is preferred, because it has pages; a password and a file without text are named', async () => {
    const preview = {
      'Index/Document.iwa': part(text(1, 'High water.')),
      'preview.pdf': makePdf([['High water at noon.']]),
    };
    expect(await read('a.pages', zipSync(preview))).toMatchObject({
      text: 'High water at noon.',
      metadata: { pages: 1 },
    });
    expect(await refusalOf('a.pages', zipSync({ 'Index/Document.iwa': part(), '.iwpv2': strToU8('x') }))).toMatchObject(
      { code: 'encrypted' },
    );
    expect(await refusalOf('a.key', zipSync({ 'Index/Document.iwa': part() }))).toMatchObject({
      code: 'unsupported_type',
      message: expect.stringContaining('Export it as PDF'),
    });
    expect(await textOf('server.key', strToU8('-----BEGIN CERTIFICATE-----'))).toContain('CERTIFICATE');
  });

  test('a block that claims to be large, a message without end and an object inside itself cost nothing', async () => {
    const claims = Buffer.from([0, 6, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    expect(await refusalOf('a.pages', zipSync({ 'Index/Document.iwa': claims }))).toMatchObject({ code: 'corrupt' });
    const endless = part(Buffer.alloc(100, 0xff));
    expect(await refusalOf('a.pages', zipSync({ 'Index/Document.iwa': endless }))).toMatchObject({
      code: 'unsupported_type',
    });
    const circle = part(
      object(1, 2, field(3, reference(1, 60))),
      object(60, 4, message(reference(1, 60), reference(1, 60))),
    );
    const began = process.threadCpuUsage();
    expect(await refusalOf('a.key', zipSync({ 'Index/Document.iwa': circle }))).toMatchObject({
      code: 'unsupported_type',
    });
    expect(process.threadCpuUsage(began).user / 1000).toBeLessThan(1000);
  });
});

describe('Hangul', () => {
  const record = (tag: number, content: Buffer): Buffer => {
    const header = Buffer.alloc(content.length < 0xfff ? 4 : 8);
    header.writeUInt32LE((tag | (Math.min(content.length, 0xfff) << 20)) >>> 0);
    if (header.length > 4) header.writeUInt32LE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  const paragraph = (text: string): Buffer => record(0x43, Buffer.from(text, 'utf16le'));
  const hwp = (flags: number, parts: Readonly<Record<string, Buffer>>): Uint8Array => {
    const head = Buffer.alloc(256);
    head.write('HWP Document File');
    head.writeUInt32LE(flags, 36);
    const file = CFB.utils.cfb_new();
    for (const [name, content] of Object.entries({ FileHeader: head, ...parts }))
      CFB.utils.cfb_add(file, `/${name}`, content);
    return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
  };
  /** A table's anchor: a control with seven units of its own. */
  const anchor = '\u000Btbl!!!\u000B';

  test('HWP: paragraphs of all sections, compressed or not, without what controls refer to', async () => {
    const long = '항구 '.repeat(1500).trim();
    const sections = [
      Buffer.concat([
        record(0x42, Buffer.alloc(24)),
        paragraph(`만조는${anchor} 정오다\u000A둘째 줄\u000D`),
        paragraph('칸\u000D'),
      ]),
      paragraph(long),
    ];
    const expected = `만조는 정오다\n둘째 줄\n\n칸\n\n${long}`;
    const parts = (pack: (section: Buffer) => Buffer) =>
      Object.fromEntries(sections.map((section, i) => [`BodyText/Section${i}`, pack(section)]));
    for (const name of ['a.hwp', 'without extension']) {
      expect(
        await textOf(
          name,
          hwp(
            1,
            parts((section) => deflateRawSync(section)),
          ),
        ),
      ).toBe(expected);
      expect(
        await textOf(
          name,
          hwp(
            0,
            parts((section) => section),
          ),
        ),
      ).toBe(expected);
    }
  });

  test('HWP: a password; a document for distribution, of which the preview is read; a damaged one; an old one', async () => {
    const preview = { PrvText: Buffer.from('미리보기', 'utf16le') };
    expect(await refusalOf('a.hwp', hwp(2, preview))).toMatchObject({ code: 'encrypted' });
    expect(await read('a.hwp', hwp(5, preview))).toMatchObject({ text: '미리보기', metadata: { previewOnly: true } });
    expect(await refusalOf('a.hwp', hwp(1, { 'BodyText/Section0': Buffer.from('x') }))).toMatchObject({
      code: 'corrupt',
    });
    const old = Buffer.concat([Buffer.from('HWP Document File V3.00 \u001A'), Buffer.alloc(40, 1)]);
    expect(await refusalOf('a.hwp', old)).toMatchObject({
      code: 'unsupported_type',
      message: expect.stringContaining('HWPX or PDF'),
    });
  });

  test('HWPX: paragraphs, and the cells of a row in one line', async () => {
    const p = (content: string): string => `<hp:p><hp:run>${content}</hp:run></hp:p>`;
    const t = (content: string): string => `<hp:t>${content}</hp:t>`;
    const tc = (content: string): string => `<hp:tc><hp:subList>${p(t(content))}</hp:subList></hp:tc>`;
    const table = `<hp:tbl><hp:tr>${tc('배')}${tc('요금')}</hp:tr><hp:tr>${tc('마리트')}${tc('40')}</hp:tr></hp:tbl>`;
    const section = (body: string): string => `<hs:sec xmlns:hs="s" xmlns:hp="p">${body}</hs:sec>`;
    const file = makeArchive({
      mimetype: 'application/hwp+zip',
      'Contents/section0.xml': section(p(t('만조는<hp:lineBreak/>정오다')) + p(`${t('표')}${table}`)),
      'Contents/section1.xml': section(p(t('끝'))),
    });
    for (const name of ['a.hwpx', 'without extension'])
      expect(await textOf(name, file)).toBe('만조는\n정오다\n\n표\n\n배 | 요금\n마리트 | 40\n\n끝');
  });
});

describe('OneNote', () => {
  const unicode = 0x1c001c22;
  const ascii = 0x1c003498;
  const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');
  const withLength = (value: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    return Buffer.concat([length, value]);
  };
  /** The number of the properties, their ids, their values. */
  const set = (...properties: readonly (readonly [id: number, value: Buffer])[]): Buffer => {
    const head = Buffer.alloc(2 + properties.length * 4);
    head.writeUInt16LE(properties.length);
    properties.forEach(([id], i) => head.writeUInt32LE(id, 2 + i * 4));
    return Buffer.concat([head, ...properties.map(([, value]) => value)]);
  };
  const section = (...sets: readonly Buffer[]): Uint8Array =>
    Buffer.concat([Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex'), Buffer.alloc(1008), ...sets]);

  test('the texts of all pages, each once, and of links what people see', async () => {
    const file = section(
      set([0x08001c04, Buffer.alloc(0)], [0x14001c3b, Buffer.alloc(4)], [unicode, withLength(utf16('만조는 정오다'))]),
      set(
        [unicode, withLength(utf16('\uFDDFHYPERLINK "https://example.com"Tide table'))],
        [0x1c001c09, withLength(utf16('en'))],
      ),
      set([ascii, withLength(Buffer.from('Caf\u00e9 at noon', 'latin1'))]),
      set([unicode, withLength(utf16('만조는 정오다'))]),
    );
    for (const name of ['a.one', 'without extension'])
      expect(await textOf(name, file)).toBe('만조는 정오다\n\nTide table\n\nCafé at noon');
  });

  test('bytes that only look like a text are left out, and nothing is read beyond the end', async () => {
    const id = Buffer.alloc(4);
    id.writeUInt32LE(unicode);
    const lies = Buffer.concat([Buffer.from([1, 0]), id, Buffer.from('ffffff7f', 'hex'), Buffer.alloc(8)]);
    const many = Buffer.concat(Array.from({ length: 5000 }, () => id));
    for (const bytes of [section(lies), section(many), section(id), section()])
      expect(await refusalOf('a.one', bytes)).toMatchObject({ code: 'no_text' });
  });
});
