/** Tests that articles and manuals in XML are read as texts, and that small errors of XML do not leave its tags. */

import { describe, expect, test } from '@jest/globals';
import { extractXml } from './xml-text.ts';

const read = (xml: string) => extractXml(new TextEncoder().encode(xml));
const textOf = (xml: string): string => read(xml).text;

describe('articles', () => {
  test('DocBook: titles of sections are headings; code, items, rows and characters with names', () => {
    const code = '<programlisting>cast off\n  the rope</programlisting>';
    const row = (...cells: readonly string[]): string =>
      `<row>${cells.map((cell) => `<entry><para>${cell}</para></entry>`).join('')}</row>`;
    const table = `<table><title>Dues</title><tgroup><tbody>${row('Marit', '40')}${row('Ana', '7')}</tbody></tgroup></table>`;
    const list =
      '<itemizedlist><listitem><para>Ropes</para></listitem><listitem><para>Fenders</para></listitem></itemizedlist>';
    const chapter = `<chapter id="c"><title>Mooring</title><para>High&nbsp;water,\n a <emphasis>ste</emphasis>rn line.${list}</para><sect1><title>Ropes</title>${code}${table}</sect1></chapter>`;
    expect(
      read(
        `<?xml version="1.0"?><!DOCTYPE book PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "d"><book><bookinfo><title>Harbour</title></bookinfo>${chapter}</book>`,
      ),
    ).toEqual({
      title: 'Harbour',
      text: [
        '# Harbour',
        '## Mooring',
        'High water, a stern line.',
        '- Ropes',
        '- Fenders',
        '### Ropes',
        '```\ncast off\n  the rope\n```',
        'Dues',
        'Marit | 40\nAna | 7',
      ].join('\n\n'),
    });
  });

  test('JATS: names stand apart, and a citation is one line', () => {
    const front =
      '<front><article-meta><title-group><article-title>Tides</article-title></title-group><contrib><name><surname>Berg</surname><given-names>Ana</given-names></name></contrib></article-meta></front>';
    const citation =
      '<ref-list><title>References</title><ref><element-citation><name><surname>Lie</surname></name><article-title>Waves</article-title><year>2019</year></element-citation></ref></ref-list>';
    expect(
      textOf(
        `<article>${front}<body><sec><title>Methods</title><p>CO<sub>2</sub> was measured.</p></sec></body><back>${citation}</back></article>`,
      ),
    ).toBe('# Tides\n\nBerg Ana\n\n## Methods\n\nCO2 was measured.\n\n## References\n\nLie Waves 2019');
  });

  test.each([
    [
      'TEI',
      '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Log</title></titleStmt></fileDesc></teiHeader><text><body><div><head>May</head><p>Calm.</p></div></body></text></TEI>',
    ],
    [
      'DITA',
      '<!DOCTYPE topic PUBLIC "-//OASIS//DTD DITA Topic//EN" "t"><topic id="a"><title>Log</title><topic id="b"><title>May</title><body><p>Calm.</p></body></topic></topic>',
    ],
  ])('%s', (_name, xml) => {
    expect(textOf(xml)).toBe('# Log\n\n## May\n\nCalm.');
  });

  test('data whose root has such a name keeps the names of its values', () => {
    expect(textOf('<article><number>117</number><price>40</price></article>')).toBe('number: 117\nprice: 40');
  });
});

describe('XML that is nearly well-formed is not read with its tags', () => {
  test.each([
    ['a character with a name of HTML', '<r><a>High&ndash;water &own;</a></r>', 'a: High–water &own;'],
    ['several roots', '<e><m>Marit sailed</m></e>\n<e><m>Ana sailed</m></e>', 'm: Marit sailed\nm: Ana sailed'],
    ['an attribute twice', '<r><a x="1" x="1">Marit</a></r>', 'x: 1\na: Marit'],
  ])('%s', (_name, xml, expected) => {
    expect(textOf(xml)).toBe(expected);
  });
});
