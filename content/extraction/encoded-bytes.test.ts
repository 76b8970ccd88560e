import { expect, test } from '@jest/globals';
import { fileReader } from '../../test/harness/file-reader.ts';

const { textOf } = fileReader();
/** Bytes of a picture that are the same at each run. */
const bytes = Buffer.from(Uint8Array.from({ length: 6000 }, (_, i) => (i * i * 31 + (i >> 3) * 7) % 256)).toString(
  'base64',
);
const lines = (bytes.match(/.{1,76}/g) ?? []).join('\n');
const start = `${bytes.slice(0, 40)}…`;

test.each([
  ['a.json', JSON.stringify({ image: `data:image/png;base64,${bytes}`, text: 'High water' })],
  ['a.json', JSON.stringify({ image: bytes, text: 'High water' }).replaceAll('/', String.raw`\/`)],
  ['a.yaml', `logo: ${bytes}\ntext: High water\n`],
  ['a.yaml', `logo: |\n${lines.replaceAll(/^/gm, '    ')}\ntext: High water\n`],
  ['a.xml', `<?xml version="1.0"?><r><logo>${bytes}</logo><text>High water</text></r>`],
  ['a.csv', `photo,text\n${bytes},High water\n`],
  ['a.css', `.a { background: url(data:image/png;base64,${bytes}) } /* High water */`],
  ['a.txt', `begin\n${lines}\nend, High water\n`],
])('bytes as letters are short, all else stays: %s', async (name, content) => {
  const text = await textOf(name, content);
  expect(text).toContain('High water');
  expect(text).toContain(start.slice(0, 20));
  expect(text.length).toBeLessThan(300);
});

test('what people may read or look for stays', async () => {
  for (const content of [
    `-----BEGIN CERTIFICATE-----\n${lines.slice(0, 1500)}\n-----END CERTIFICATE-----`,
    `Genes: ${'ACGT'.repeat(2000)}`,
    `Pi: 3.${'1415926535'.repeat(500)}`,
    `${'donaudampfschifffahrt'.repeat(400)} 1 A`,
    `${'A'.repeat(5000)} is filling`,
  ])
    expect(await textOf('a.txt', content)).toBe(content);
});
