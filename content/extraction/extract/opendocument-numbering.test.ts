/** Tests that headings and items of OpenDocument have the numbers that office programs show. */

import { describe, expect, test } from '@jest/globals';
import { makeArchive } from '../../../test/harness/documents.ts';
import { extractOpenDocument } from './opendocument.ts';

const namespaces = 'xmlns:o="o" xmlns:t="t" xmlns:style="s" xmlns:table="table"';

const outlineLevel = (level: number, format: string, more = ''): string =>
  `<t:outline-level-style t:level="${level}" style:num-format="${format}" ${more}/>`;
const outlineStyle = `<t:outline-style style:name="Outline">${[
  outlineLevel(1, 'A', 'style:num-prefix="Part " style:num-suffix=":"'),
  outlineLevel(2, '1', 't:display-levels="2" t:start-value="3"'),
  outlineLevel(3, ''),
].join('')}</t:outline-style>`;
const listLevel = (level: number, format: string, more: string): string =>
  `<t:list-level-style-number t:level="${level}" style:num-format="${format}" ${more}/>`;
const clauses = `<t:list-style style:name="Clauses">${[
  listLevel(1, '1', 'style:num-suffix="."'),
  listLevel(2, 'a', 'style:num-prefix="(" style:num-suffix=")"'),
  listLevel(3, '1', 'style:num-list-format="§%1%-%3%"'),
].join('')}</t:list-style>`;
const bullets =
  '<t:list-style style:name="Dots"><t:list-level-style-bullet t:level="1" t:bullet-char="•"/></t:list-style>';
const plain =
  '<style:style style:name="Plain" style:family="paragraph" style:list-style-name=""/><style:style style:name="Own" style:family="paragraph" style:parent-style-name="Plain"/><style:style style:name="Clause" style:family="paragraph" style:list-style-name="Clauses"/>';

/** Returns the blocks of a text with this body. */
function blocksOf(body: string): string[] {
  const bytes = makeArchive({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'styles.xml': `<o:s ${namespaces}><o:styles>${outlineStyle}</o:styles></o:s>`,
    'content.xml': `<o:d ${namespaces}><o:automatic-styles>${clauses}${bullets}${plain}</o:automatic-styles><o:body>${body}</o:body></o:d>`,
  });
  return extractOpenDocument(bytes).text.split('\n\n');
}

const heading = (level: number, text: string, more = ''): string =>
  `<t:h t:outline-level="${level}" ${more}>${text}</t:h>`;
const item = (content: string, more = ''): string => `<t:list-item ${more}>${content}</t:list-item>`;
const p = (text: string): string => `<t:p>${text}</t:p>`;
const list = (more: string, ...items: readonly string[]): string => `<t:list ${more}>${items.join('')}</t:list>`;

describe('headings', () => {
  test('have the numbers of the outline, also of the levels above', () => {
    const body = [
      heading(1, 'Ships'),
      heading(2, 'Ferries'),
      heading(2, 'Tugs'),
      heading(3, 'Small ones'),
      heading(1, 'Piers'),
      heading(2, 'North'),
      heading(2, 'South', 't:restart-numbering="true" t:start-value="9"'),
    ];
    expect(blocksOf(body.join(''))).toEqual([
      '# Part A: Ships',
      '## A.3 Ferries',
      '## A.4 Tugs',
      '### Small ones',
      '# Part B: Piers',
      '## B.3 North',
      '## B.9 South',
    ]);
  });

  test('have none if they, or their style, say so', () => {
    const body = [
      heading(1, 'Contents', 't:is-list-header="true"'),
      heading(1, 'Preface', 't:style-name="Own"'),
      heading(1, 'Ships'),
    ];
    expect(blocksOf(body.join(''))).toEqual(['# Contents', '# Preface', '# Part A: Ships']);
  });
});

describe('items', () => {
  test('have numbers of their levels, once each; bullets stay', () => {
    const inner = list('', item(p('Adults') + p('from 16')), item(p('Children') + list('', item(p('Infants')))));
    const body =
      list('t:style-name="Clauses"', item(p('Fares') + inner), item(p('Dogs'))) +
      list('t:style-name="Dots"', item(p('Rope')));
    expect(blocksOf(body)).toEqual([
      '1. Fares',
      '  (a) Adults',
      '  - from 16',
      '  (b) Children',
      '    §1-1 Infants',
      '2. Dogs',
      '- Rope',
    ]);
  });

  test('go on behind other text where the list says so, and start again where it does not', () => {
    const body = [
      list('t:style-name="Clauses" xml:id="first"', item(p('Fares'))),
      p('Between'),
      list('t:style-name="Clauses" t:continue-numbering="true"', item(list('', item(p('Adults')))), item(p('Dogs'))),
      list('t:style-name="Clauses"', item(p('Rules')), item(p('Fines'), 't:start-value="7"')),
      list('t:style-name="Clauses" t:continue-list="first"', item(p('Bikes'))),
      list('', item('<t:p t:style-name="Clause">Of its paragraph</t:p>')),
    ];
    expect(blocksOf(body.join(''))).toEqual([
      '1. Fares',
      'Between',
      '  (a) Adults',
      '2. Dogs',
      '1. Rules',
      '7. Fines',
      '3. Bikes',
      '1. Of its paragraph',
    ]);
  });

  test('a heading in a list has the number of the list', () => {
    expect(blocksOf(list('t:style-name="Clauses"', item(heading(2, 'Liability'))))).toEqual(['## 1. Liability']);
  });
});
