/** Tests how the lines of pages become one text. */

import { describe, expect, test } from '@jest/globals';
import { joinPages } from './pdf-pages.ts';

const ships = ['Marit', 'Solveig', 'Ingrid', 'Astrid', 'Ragna'];
/** Pages of a long enough text, each with these lines below. */
const pagesWith = (footOf: (page: number) => readonly string[]): string =>
  joinPages(
    ships.map((ship, i) =>
      [`Report of ${ship}`, `She sailed to ${ship}havn`, 'and came back.', ...footOf(i + 1)].join('\n'),
    ),
    [],
  );

describe('running heads', () => {
  test.each([
    ['a number of all pages behind it', (page: number) => `Page ${page} of 5`],
    ['a number in its middle', (page: number) => `Nephrology, page ${page + 40}, 14/09/2018 10:37`],
    ['a number between dashes', (page: number) => `- ${page} -`],
    ['a number within an address', (page: number) => `https://example.org/?p=7 ${page}/5 27/06/08`],
  ])('%s', (_name, foot) => {
    const text = pagesWith((page) => [foot(page)]);
    expect(text).not.toContain(foot(3));
    expect(text).not.toContain(foot(5));
  });

  test('a row that has the number of its page in its middle is none', () => {
    const text = pagesWith((page) =>
      ['a', 'b', 'c', 'd'].map((berth, i) => `Berth ${berth} of lot ${page} has ${i} ships`),
    );
    for (let page = 1; page <= 5; page++) expect(text).toContain(`Berth d of lot ${page} has 3 ships`);
  });

  test('a foot of five lines, as letters have, is kept once', () => {
    const foot = ['Ferry Ltd', 'Quay 4', 'Svolvær', 'IBAN NO93 8601 1117 947', 'ferry@example.org'];
    const text = pagesWith(() => foot);
    for (const line of foot) expect(text.split(line)).toHaveLength(2);
    for (const ship of ships) expect(text).toContain(`${ship}havn`);
  });

  test('amounts and numbers of their own are no foot, although each page has the same', () => {
    const text = pagesWith((page) => ['Total 40.00', 'Paid 40.00', `Member ${page + 300}`, 'Ferry Ltd']);
    expect(text.split('Total 40.00')).toHaveLength(6);
    expect(text.split('Paid 40.00')).toHaveLength(6);
    for (let page = 1; page <= 5; page++) expect(text).toContain(`Member ${page + 300}`);
    expect(text.split('Ferry Ltd')).toHaveLength(2);
  });
});

describe('signs that fill a line', () => {
  test('dots that lead to a page are three, and each entry stays a line', () => {
    const contents = [
      'Contents of the whole report about ferries',
      `1. Why ferries sail in winter${'.'.repeat(90)}4`,
      `2. How many ships there are ${'. '.repeat(40)}12`,
      `3. What people pay ${'…'.repeat(20)} xii`,
    ];
    expect(joinPages([contents.join('\n')], [])).toBe(
      [
        contents[0],
        '1. Why ferries sail in winter ... 4',
        '2. How many ships there are ... 12',
        '3. What people pay ... xii',
      ].join('\n'),
    );
  });

  test('lines to write on are short; three dots and a Chinese ellipsis stay', () => {
    expect(joinPages(['Name: ______________\nAnd then... so on\n他说……好'], [])).toBe(
      'Name: ___\nAnd then... so on\n他说……好',
    );
  });

  test('Chinese that is set apart', () => {
    expect(joinPages(['关 于 红 军 作 战\n年 月 日'], [])).toBe('关于红军作战\n年 月 日');
  });
});
