/** Tests kinds of files that few people have, each made as small as it can be, and the reasons given for others. */

import { type BookType, CFB, utils, write } from '@e965/xlsx';
import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { makeArchive, makeDocx, makePptx, makeRelations, words } from '../../test/harness/documents.ts';
import { fileReader } from '../../test/harness/file-reader.ts';

const { read, textOf, refusalOf } = fileReader();

describe('spreadsheets of the past', () => {
  const book = (bookType: BookType, rows: readonly (readonly unknown[])[]): Buffer => {
    const made = utils.book_new(utils.aoa_to_sheet(rows.map((row) => [...row])), 'Dues');
    return Buffer.from(write(made, { type: 'array', bookType }) as ArrayBuffer);
  };
  const rows = [
    ['Ship', 'Due'],
    ['Marit', 40],
  ];

  test.each([
    ['dues.wk1', 'wk1'],
    ['dues.wk3', 'wk3'],
    ['a Lotus sheet without an extension', 'wk1'],
  ] as const)('%s', async (name, kind) => {
    const text = await textOf(name, book(kind as BookType, rows));
    expect(text).toMatch(/Ship[^]*Due[^]*Marit[^]*40/i);
  });

  test('a table of dBASE', async () => {
    const column = (name: string, length: number): Buffer => {
      const bytes = Buffer.alloc(32);
      bytes.write(name);
      bytes.write('C', 11);
      bytes.writeUInt8(length, 16);
      return bytes;
    };
    const head = Buffer.from([3, 126, 11, 27, 1, 0, 0, 0, 97, 0, 10, 0, ...Buffer.alloc(20)]);
    const row = Buffer.from(' Marit40  \u001A');
    expect(
      await textOf('dues.dbf', Buffer.concat([head, column('SHIP', 5), column('DUE', 4), Buffer.from('\r'), row])),
    ).toBe('# Sheet1\n\nSHIP | DUE\nSHIP: Marit | DUE: 40');
  });

  test('in the code page that they state', async () => {
    let file = book('biff5', [
      ['Qwert', 'Asdf'],
      ['Zxcvb', 40],
    ]).toString('latin1');
    for (const [placeholder, word] of Object.entries({ Qwert: 'Судно', Asdf: 'Сбор', Zxcvb: 'Марит' }))
      file = file.replaceAll(placeholder, iconv.encode(word, 'windows-1251').toString('latin1'));
    // The record states 1252 and becomes 1251.
    file = file.replace('\u0042\0\u0002\0\u00E4\u0004', '\u0042\0\u0002\0\u00E3\u0004');
    expect(await textOf('a.xls', Buffer.from(file, 'latin1'))).toContain('Судно: Марит | Сбор: 40');
  });

  test('of OpenOffice before OpenDocument', async () => {
    const row = (...cells: readonly string[]): string =>
      `<t:table-row>${cells.map((cell) => `<t:table-cell><x:p>${cell}</x:p></t:table-cell>`).join('')}</t:table-row>`;
    const file = makeArchive({
      mimetype: 'application/vnd.sun.xml.calc',
      'content.xml': `<o:c xmlns:o="o" xmlns:t="t" xmlns:x="x"><o:body><t:table>${row('Ship', 'Due')}${row('Marit', '40')}</t:table></o:body></o:c>`,
    });
    expect(await textOf('a.sxc', file)).toContain('Ship: Marit | Due: 40');
  });
});

describe('drawings and printed pages', () => {
  test('Visio: the texts of each page below its name', async () => {
    const shape = (text: string): string => `<Shapes><Shape><Text><cp IX="0"/>${text}</Text></Shape></Shapes>`;
    const page = (name: string, id: string): string => `<Page NameU="${name}"><Rel r:id="${id}"/></Page>`;
    const file = makeArchive({
      'visio/pages/pages.xml': `<Pages xmlns:r="r">${page('Harbour', 'rId2')}${page('Lighthouse', 'rId1')}</Pages>`,
      'visio/pages/_rels/pages.xml.rels':
        '<r><Relationship Id="rId1" Type="t/page" Target="page1.xml"/><Relationship Id="rId2" Type="t/page" Target="page2.xml"/></r>',
      'visio/pages/page1.xml': `<PageContents>${shape('Lamp')}</PageContents>`,
      'visio/pages/page2.xml': `<PageContents>${shape('Quay &amp; crane')}</PageContents>`,
      'visio/masters/master1.xml': `<MasterContents>${shape('Copy me')}</MasterContents>`,
    });
    expect(await read('a.vsdx', file)).toMatchObject({
      text: '# Harbour\n\nQuay & crane\n\n\f# Lighthouse\n\nLamp',
      metadata: { pages: 2, format: 'visio' },
    });
    const flat = `<?xml version="1.0"?><VisioDocument><Masters><Master>${shape('Copy me')}</Master></Masters><Pages><Page Name="Harbour">${shape('Quay')}</Page></Pages></VisioDocument>`;
    expect(await textOf('a.vdx', flat)).toBe('# Harbour\n\nQuay');
  });

  test('XPS: runs at one height are a line, and pages are in their order', async () => {
    const run = (text: string, y: number): string => `<Glyphs OriginX="1" OriginY="${y}" UnicodeString="${text}"/>`;
    const file = makeArchive({
      'FixedDocSeq.fdseq':
        '<FixedDocumentSequence><DocumentReference Source="/Documents/1/FixedDoc.fdoc"/></FixedDocumentSequence>',
      'Documents/1/FixedDoc.fdoc':
        '<FixedDocument><PageContent Source="Pages/2.fpage"/><PageContent Source="Pages/1.fpage"/></FixedDocument>',
      'Documents/1/Pages/1.fpage': `<FixedPage>${run('Second', 10)}${run('page', 10)}</FixedPage>`,
      'Documents/1/Pages/2.fpage': `<FixedPage>${run('{}{High}', 10)}${run('water', 10)}${run('at noon', 30)}</FixedPage>`,
    });
    expect(await read('a.xps', file)).toMatchObject({
      text: '{High} water\nat noon\n\n\fSecond page',
      metadata: { pages: 2 },
    });
    const pictures = makeArchive({
      'a.fdseq': '<s><DocumentReference Source="/a.fdoc"/></s>',
      'a.fdoc': '<d><PageContent Source="1.fpage"/><PageContent Source="2.fpage"/></d>',
      '1.fpage': '<FixedPage/>',
    });
    expect(await refusalOf('a.xps', pictures)).toMatchObject({ code: 'no_text' });
  });
});

describe('books of Mobipocket and Kindle', () => {
  const book = (text: Buffer, more: { readonly compression?: number; readonly encryption?: number } = {}): Buffer => {
    const head = Buffer.alloc(300);
    head.writeUInt16BE(more.compression ?? 1, 0);
    head.writeUInt16BE(1, 8);
    head.writeUInt16BE(more.encryption ?? 0, 12);
    head.write('MOBI', 16);
    head.writeUInt32BE(232, 20);
    head.writeUInt32BE(65_001, 28);
    head.writeUInt32BE(290, 84);
    head.writeUInt32BE(5, 88);
    head.write('Tides', 290);
    // Each record ends with an entry of three bytes, and with a character that the next one goes on with.
    head.writeUInt16BE(3, 242);
    const record = Buffer.concat([text, Buffer.from([0]), Buffer.from([0x58, 0x58, 0x83])]);
    const file = Buffer.alloc(78 + 2 * 8);
    file.write('BOOKMOBI', 60);
    file.writeUInt16BE(2, 76);
    file.writeUInt32BE(file.length, 78);
    file.writeUInt32BE(file.length + head.length, 86);
    return Buffer.concat([file, head, record]);
  };

  test('packed or not, with the title', async () => {
    const plain = Buffer.from('<html><body><p>High wäter at noon</p></body></html>');
    expect(await read('a.mobi', book(plain))).toMatchObject({ title: 'Tides', text: 'High wäter at noon' });
    // A blank with a letter is one byte, and the second "tide" is five bytes that were there before.
    const packed = Buffer.concat([
      Buffer.from('<p>tide'),
      Buffer.from([0xe1]),
      Buffer.from('nd'),
      Buffer.from([0x80, 0x41]),
    ]);
    const distance = 8;
    packed.writeUInt16BE(0x8000 | (distance << 3) | (4 - 3), packed.length - 2);
    expect(await textOf('a book without an extension', book(packed, { compression: 2 }))).toMatch(/^tide and/);
  });

  test('one with a password, one that is packed otherwise, and a damaged one', async () => {
    expect(await refusalOf('a.mobi', book(Buffer.from('x'), { encryption: 2 }))).toMatchObject({ code: 'encrypted' });
    expect(await refusalOf('a.mobi', book(Buffer.from('x'), { compression: 17_480 }))).toMatchObject({
      code: 'unsupported_type',
      message: expect.stringContaining('EPUB'),
    });
    expect(await refusalOf('a.mobi', book(Buffer.from('x')).subarray(0, 100))).toMatchObject({ code: 'corrupt' });
  });
});

describe('messages of Outlook for others', () => {
  const attribute = (level: number, id: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUInt8(level);
    head.writeUInt32LE(id, 1);
    head.writeUInt32LE(value.length, 5);
    return Buffer.concat([head, value, Buffer.alloc(2)]);
  };
  const tnef = Buffer.concat([
    Buffer.from('789f3e220100', 'hex'),
    attribute(1, 0x0001_8004, Buffer.from('Dues\0')),
    attribute(1, 0x0002_800c, Buffer.from('As discussed.\0')),
    attribute(2, 0x0006_9002, Buffer.alloc(14)),
    attribute(2, 0x0001_8010, Buffer.from('dues.csv\0')),
    attribute(2, 0x0006_800f, Buffer.from('ship,due\nMarit,40\nAna,50\n')),
  ]);

  test('winmail.dat as a file: its text, and what is attached', async () => {
    for (const name of ['winmail.dat', 'a.tnef'])
      expect(await textOf(name, tnef)).toBe(
        'Dues\n\nAs discussed.\n\nAttachments: dues.csv\n\n## dues.csv\n\nship | due\nship: Marit | due: 40\nship: Ana | due: 50',
      );
  });

  test('winmail.dat in a mail that was saved', async () => {
    const mail = `From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Disposition: attachment; filename="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n${tnef.toString('base64')}\r\n`;
    const text = await textOf('a.eml', mail);
    expect(text).toContain('As discussed.');
    expect(text.match(/ship: Marit \| due: 40/g)).toHaveLength(1);
  });

  test('a mail whose attachments are written as they are', async () => {
    const head =
      'From: a@example.com\r\nTo: b@example.com\r\nSubject: Dues\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nAs discussed.\r\n--B\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: binary\r\n\r\n';
    const file = Buffer.concat([
      Buffer.from(head),
      Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 7) % 251)),
      Buffer.from('\r\n--B--\r\n'),
    ]);
    expect(await textOf('a.eml', file)).toContain('As discussed.');
  });
});

describe('a part that a file names many times is read once', () => {
  const many = 5000;
  const relation = (i: number, type: string, target: string): string =>
    `<Relationship Id="r${i}" Type="t/${type}" Target="${target}"/>`;
  const relations = (type: string, target: string): string =>
    `<r>${Array.from({ length: many }, (_, i) => relation(i, type, target)).join('')}</r>`;
  const paragraph = '<a:p><a:r><a:t>High water</a:t></a:r></a:p>';

  test.each([
    [
      'a.docx',
      {
        'word/document.xml': `<w:document>${words('Body')}</w:document>`,
        'word/_rels/document.xml.rels': relations('chart', 'chart.xml'),
        'word/chart.xml': '<c:chart><c:v>High water</c:v></c:chart>',
      },
    ],
    [
      'a.pptx',
      {
        'ppt/presentation.xml': `<p>${Array.from({ length: many }, (_, i) => `<sldId r:id="r${i}"/>`).join('')}</p>`,
        'ppt/_rels/presentation.xml.rels': relations('slide', 'slides/slide1.xml'),
        'ppt/slides/slide1.xml': `<p:sld><p:sp>${paragraph}</p:sp></p:sld>`,
      },
    ],
    [
      'a.vsdx',
      {
        'visio/pages/pages.xml': `<Pages>${Array.from({ length: many }, (_, i) => `<Page Name="Quay"><Rel r:id="r${i}"/></Page>`).join('')}</Pages>`,
        'visio/pages/_rels/pages.xml.rels': relations('page', 'page1.xml'),
        'visio/pages/page1.xml': '<PageContents><Text>High water</Text></PageContents>',
      },
    ],
    [
      'a.xps',
      {
        'a.fdseq': '<s><DocumentReference Source="/a.fdoc"/></s>',
        'a.fdoc': `<d>${'<PageContent Source="1.fpage"/>'.repeat(many)}</d>`,
        '1.fpage': '<FixedPage><Glyphs UnicodeString="High water"/></FixedPage>',
      },
    ],
    [
      'a.epub',
      {
        'META-INF/container.xml': '<c><rootfile full-path="a.opf"/></c>',
        'a.opf': `<p><item id="c" href="c.xhtml"/>${'<itemref idref="c"/>'.repeat(many)}</p>`,
        'c.xhtml': '<p>High water</p>',
      },
    ],
  ])('%s', async (name, parts) => {
    expect((await textOf(name, makeArchive(parts))).match(/High water/g)).toHaveLength(1);
  });

  test.each([
    [
      'a.docx',
      {
        '_rels/.rels': relations('officeDocument', 'word/document.xml'),
        'word/document.xml': `<w:d xmlns:w="w">${words('Low tide')}</w:d>`,
        'word/_rels/document.xml.rels': makeRelations([
          ['image', 'media/50%.png'],
          ['image', 'http://[gone'],
          ['header', '100% sure.xml'],
          ['footer', 'h%C3%A4fen.xml'],
        ]),
        'word/100% sure.xml': `<w:h xmlns:w="w">${words('High')}</w:h>`,
        'word/häfen.xml': `<w:h xmlns:w="w">${words('water')}</w:h>`,
      },
      'High\n\nLow tide\n\nwater',
    ],
    [
      'a.xps',
      {
        'a.fdseq': '<s><DocumentReference Source="/a.fdoc"/></s>',
        'a.fdoc': '<d><PageContent Source="http://[gone"/><PageContent Source="50%.fpage"/></d>',
        '50%.fpage': '<FixedPage><Glyphs UnicodeString="High water"/></FixedPage>',
      },
      'High water',
    ],
    [
      'a.epub',
      {
        'META-INF/container.xml': '<c><rootfile full-path="a.opf"/></c>',
        'a.opf':
          '<p><item id="a" href="http://[gone"/><item id="b" href="50%.xhtml"/><itemref idref="a"/><itemref idref="b"/></p>',
        '50%.xhtml': '<p>High water</p>',
      },
      'High water',
    ],
  ])('%s: a malformed reference leaves the rest readable', async (name, parts, text) => {
    expect(await textOf(name, makeArchive(parts))).toBe(text);
  });
});

test('Office files whose parts are named in other cases than they are referred to', async () => {
  const renamed = (file: Uint8Array, from: string, to: string): Uint8Array =>
    Buffer.from(Buffer.from(file).toString('latin1').replaceAll(from, to), 'latin1');
  expect(await textOf('a.docx', renamed(makeDocx(words('High water')), 'word/document.xml', 'Word/Document.xml'))).toBe(
    'High water',
  );
  const slide = makePptx([
    { part: 1, body: '<p:sp><p:txBody><a:p><a:r><a:t>High water</a:t></a:r></a:p></p:txBody></p:sp>' },
  ]);
  expect(await textOf('a.pptx', renamed(slide, 'ppt/slides/slide1.xml', 'ppt/slides/Slide1.xml'))).toContain(
    'High water',
  );
});

describe('files that are not read say which kind they are, and what to do', () => {
  const container = (part: string): Uint8Array => {
    const file = CFB.utils.cfb_new();
    CFB.utils.cfb_add(file, `/${part}`, Buffer.alloc(64));
    return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
  };
  const starting = (start: string): Uint8Array => Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(200, 1)]);

  test.each([
    ['a data file of Outlook', starting('!BDN'), /Save the mails in it/],
    ['a database', starting('SQLite format 3\0'), /CSV/],
    ['a drawing of Visio before 2013', container('VisioDocument'), /VSDX or PDF/],
    ['a plan of Project', container('Props14/x'), /XML or PDF/],
    ['a brochure of Publisher', container('Quill/QuillSub/CONTENTS'), /Publisher.*PDF/],
    ['a letter of StarOffice', container('StarWriterDocument'), /OpenDocument or PDF/],
    ['WordPerfect', starting('\u00FFWPC'), /DOCX or PDF/],
    ['DjVu', starting('AT&TFORM'), /PDF/],
    ['PostScript', starting('%!PS-Adobe-3.0\n'), /PDF/],
    ['a picture of Photoshop', starting('8BPS\0\u0001'), /Supported types are PNG/],
    ['a metafile of Windows', starting('\u00D7\u00CD\u00C6\u009A\0\0'), /Supported types are PNG/],
    ['a picture of a phone', starting('\0\0\0\u0018ftypheic'), /Save this one as one of them/],
    ['ARJ', starting('\u0060\u00EA\u0020\0\u001E\u0006\u0001\0\u0010\0'), /Supported kinds are zip/],
  ])('%s', async (_kind, bytes, reason) => {
    expect(await refusalOf('unnamed', bytes)).toMatchObject({
      code: 'unsupported_type',
      message: expect.stringMatching(reason),
    });
  });
});
