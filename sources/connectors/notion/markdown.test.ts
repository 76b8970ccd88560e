import { describe, expect, test } from '@jest/globals';
import { toPlainMarkdown } from './markdown.ts';

describe('Notion’s Markdown as plain Markdown', () => {
  test.each([
    ['<pdf color="red" src="https://x/a.pdf">The plan</pdf>', 'The plan (https://x/a.pdf)'],
    ['<file source="a.zip" name="b"></file>', 'a.zip'],
    ['<embed src="https://file.notion.so/f/chart.html?expirationTimestamp=1">Chart</embed>', 'Chart (chart.html)'],
    [
      '<synced_block_reference url="https://x#1" notice="You do not have access.">\n</synced_block_reference>',
      '(You do not have access.)\n',
    ],
    ['<td>a</td> <td color="x">b</td>', 'a | b'],
    ['a<br/>b {color="red"}', 'a\nb'],
    ['## Plan {toggle="true"}\n## More {toggle="true" color="red"}', '## Plan\n## More'],
    ['{color} \\{toggle="true"\\}', '{color} {toggle="true"}'],
    ['a\n::: callout {icon="💡" color="gray_bg"}\n\tOil it\n:::\nb ::: c', 'a\n\tOil it\nb ::: c'],
    ['`<page>` \\<page\\>', '`<page>` <page>'],
    ['by <mention-date start="2026-07-12"/>.', 'by 2026-07-12.'],
    ['<mention-date start="2026-07-12" end="2026-07-14"/>', '2026-07-12 to 2026-07-14'],
    [
      '<mention-date start="2026-07-12" startTime="09:00" end="2026-07-12" endTime="10:30" timeZone="Europe/Paris"/>',
      '2026-07-12 09:00 to 2026-07-12 10:30 (Europe/Paris)',
    ],
    [
      '<mention-date start="2026-07-12T09:00:00Z"></mention-date> \\<mention-date start="x"/>',
      '2026-07-12T09:00:00Z <mention-date start="x"/>',
    ],
  ])('%s', (markdown, expected) => expect(toPlainMarkdown(markdown)).toBe(expected));

  test.each([
    '<file ',
    '<file src="',
    '<pdf src="a"',
    '<page ',
    '<mention-date start="',
    'a="b" ',
    '</td> <td ',
    '</td>   ',
    '`a',
    '```',
    ' {color="',
    ' {toggle="true" ',
    '\n:::',
    ':::',
    '::: callout {',
    '<mention-user ',
    '<br ',
    '<synced_block_reference notice="',
  ])('64 KB of %j take milliseconds, also inside a tag that does not end', (part) => {
    const text = part.repeat(Math.ceil(65_536 / part.length));
    const started = performance.now();
    toPlainMarkdown(text);
    toPlainMarkdown(`<file ${text}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
