/** Tests that the text of a message is found in all places where Slack stores it. */

import { describe, expect, test } from '@jest/globals';
import { toPlain } from './text.ts';
import { message } from './wire.ts';

const ts = '1767607200.000200';
const names = new Map([
  ['U1', 'Ana Okoye'],
  ['C1', 'general'],
]);
const app = { ts, text: '', bot_id: 'B1' };
const written = (fields: object): string => toPlain(message.parse({ ...app, ...fields }).written, names);
const richText = (...elements: object[]) => ({ blocks: [{ type: 'rich_text', elements }] });
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });
const text = (words: string) => ({ type: 'text', text: words });
const mrkdwn = (words: string) => ({ type: 'mrkdwn', text: words });
const plain = (words: string) => ({ type: 'plain_text', text: words });

describe('cases of public reports', () => {
  test('case 7: a number as an attachment’s title is read as text', () => {
    expect(written({ attachments: [{ title: 4711, text: 'x' }] })).toBe('4711\nx');
  });

  test('case 9: blocks in an attachment are read, and "[no preview available]" is not', () => {
    const block = { type: 'section', text: mrkdwn('Disk of host harbour-7 is full') };
    const attachments = [{ fallback: '[no preview available]', blocks: [block] }];
    expect(written({ attachments })).toBe('Disk of host harbour-7 is full');
  });

  test('case 9: fields of an attachment and of a section', () => {
    const fields = [
      { title: 'Host', value: 'harbour-7', short: true },
      { title: 'Free', value: 0 },
    ];
    expect(written({ attachments: [{ fallback: 'an alert', fields }] })).toBe('Host: harbour-7\nFree: 0');
    expect(written({ blocks: [{ type: 'section', fields: [mrkdwn('*Host*'), plain('harbour-7')] }] })).toBe(
      '*Host*\nharbour-7',
    );
  });

  test('line 16: a message of blocks alone is not "This content can\'t be displayed"', () => {
    const fields = {
      text: "This content can't be displayed.",
      blocks: [{ type: 'section', text: mrkdwn('Berth 4 is free') }],
    };
    expect(written(fields)).toBe('Berth 4 is free');
    expect(written({ text: 'This content can’t be displayed.', attachments: [{ text: 'Tide' }] })).toBe('Tide');
  });
});

describe('every kind of block', () => {
  test.each<[string, object, string]>([
    ['header', { type: 'header', text: plain('Tides & winds <today>') }, 'Tides & winds <today>'],
    [
      'context',
      { type: 'context', elements: [{ type: 'image', alt_text: 'a gull' }, mrkdwn('by <@U1>')] },
      'a gull by @Ana Okoye',
    ],
    [
      'image',
      { type: 'image', title: plain('The quay'), alt_text: 'a photograph of the quay' },
      'The quay\na photograph of the quay',
    ],
    [
      'a section’s picture',
      { type: 'section', text: plain('See'), accessory: { type: 'image', alt_text: 'a chart' } },
      'See\na chart',
    ],
    [
      'a section’s button',
      { type: 'section', text: plain('See'), accessory: { type: 'button', text: plain('Open') } },
      'See\nOpen',
    ],
    [
      'actions',
      { type: 'actions', elements: [{ type: 'button', text: plain('Approve'), value: 'v1' }, { type: 'datepicker' }] },
      'Approve',
    ],
    ['input', { type: 'input', label: plain('Your berth'), element: { type: 'plain_text_input' } }, 'Your berth'],
    [
      'video',
      {
        type: 'video',
        title: plain('Docking'),
        description: plain('How to dock'),
        alt_text: 'a boat',
        author_name: 'Bo',
        title_url: 'https://x.example/v',
      },
      'Docking\nHow to dock\na boat\nBo\nhttps://x.example/v',
    ],
    ['file', { type: 'file', external_id: 'plan-7', source: 'remote' }, 'plan-7'],
    [
      'call',
      { type: 'call', call: { v1: { name: 'Stand-up', join_url: 'https://x.example/c' } } },
      'Stand-up\nhttps://x.example/c',
    ],
    ['markdown', { type: 'markdown', text: '## Berths\n- four' }, '## Berths\n- four'],
    [
      'table',
      {
        type: 'table',
        rows: [
          [
            { type: 'raw_text', text: 'Berth' },
            { type: 'raw_text', text: 'Boat' },
          ],
          [
            { type: 'rich_text', elements: [section(text('4'))] },
            { type: 'raw_text', text: 'Alke' },
          ],
        ],
      },
      'Berth | Boat\n4 | Alke',
    ],
    [
      'data table',
      {
        type: 'data_table',
        caption: 'Berths',
        rows: [
          [
            { type: 'raw_text', text: 'Berth' },
            { type: 'raw_number', value: 4, text: '4' },
          ],
          [
            { type: 'raw_text', text: 'Depth' },
            { type: 'raw_number', value: 2.5 },
          ],
        ],
      },
      'Berths\nBerth | 4\nDepth | 2.5',
    ],
    [
      'options that one can tick',
      {
        type: 'actions',
        elements: [
          {
            type: 'checkboxes',
            options: [
              { text: plain('Lamps checked'), description: plain('all four'), value: '1' },
              { text: mrkdwn('Oil *checked*'), value: '2' },
            ],
          },
        ],
      },
      'Lamps checked: all four\nOil *checked*',
    ],
    [
      'a menu',
      {
        type: 'section',
        text: plain('Berth'),
        accessory: {
          type: 'static_select',
          placeholder: plain('Choose'),
          initial_option: { text: plain('Pier 2'), value: '2' },
          options: [{ text: plain('Pier 1'), value: '1' }],
        },
      },
      'Berth\nPier 2',
    ],
    [
      'an input with options',
      {
        type: 'input',
        label: plain('Tide'),
        element: { type: 'radio_buttons', options: [{ text: plain('High') }, { text: plain('Low') }] },
      },
      'Tide\nHigh\nLow',
    ],
    [
      'a container of blocks',
      {
        type: 'container',
        title: plain('Watch'),
        child_blocks: [{ type: 'rich_text', elements: [section(text('by '), { type: 'user', user_id: 'U1' })] }],
      },
      'Watch\nby @Ana Okoye',
    ],
    ['divider', { type: 'divider' }, ''],
  ])('%s', (_name, block, expected) => expect(written({ blocks: [block] })).toBe(expected));

  test('of an unknown kind, every text in it', () => {
    const card = {
      type: 'card',
      id: 'x1',
      title: plain('Ferry'),
      body: [{ deep: { text: 'leaves at nine' } }],
      url: 'https://no',
      rich: { type: 'rich_text', elements: [section(text('from pier 2'))] },
    };
    expect(written({ blocks: [card] })).toBe('Ferry\nleaves at nine\nfrom pier 2');
  });

  test('a value of no known shape is ignored, and the others are read', () => {
    expect(written({ blocks: [null, 7, 'x', [], { type: 'section', text: 'a mere text' }, { type: 9 }] })).toBe(
      'a mere text',
    );
    expect(written({ text: 'a', blocks: 'none', attachments: { title: 'b' } })).toBe('a');
  });
});

describe('rich text', () => {
  test('lists, quotations, code, and everything within a line', () => {
    const item = (words: string) => section(text(words));
    const fields = richText(
      section(
        text('Ask '),
        { type: 'user', user_id: 'U1' },
        text(' in '),
        { type: 'channel', channel_id: 'C1' },
        text(': '),
        { type: 'link', url: 'https://x.example/a?b=1&c=2', text: 'the <log>' },
        text(' '),
        { type: 'link', url: 'https://y.example' },
        text(' '),
        { type: 'emoji', name: 'tada' },
        text(' '),
        { type: 'broadcast', range: 'here' },
        text(' '),
        { type: 'usergroup', usergroup_id: 'S1' },
        text(' '),
        { type: 'date', timestamp: 1767607200, format: '{date}', fallback: 'Monday' },
        text(' '),
        { type: 'date', timestamp: 1767607200 },
        text(' '),
        { type: 'color', value: '#00ff00' },
      ),
      { type: 'rich_text_list', style: 'bullet', indent: 0, elements: [item('ropes'), item('lamps')] },
      { type: 'rich_text_list', style: 'ordered', indent: 1, offset: 2, elements: [item('third')] },
      { type: 'rich_text_quote', elements: [text('so they say')] },
      { type: 'rich_text_preformatted', elements: [text('if (a < b) <x>')] },
    );
    expect(written(fields)).toBe(
      'Ask @Ana Okoye in #general: [the <log>](https://x.example/a?b=1&c=2) https://y.example 🎉 @here @subteam Monday 2026-01-05 10:00 UTC #00ff00\n' +
        '- ropes\n- lamps\n  3. third\n> so they say\n```\nif (a < b) <x>\n```',
    );
  });
});

describe('text and blocks of one message', () => {
  test('text typed by a person is in both, and is read once', () => {
    const blocks = richText(section(text('Berth 4 '), { type: 'emoji', name: 'tada' }));
    expect(toPlain(message.parse({ ts, user: 'U1', text: 'Berth 4 :tada:', ...blocks }).written, names)).toBe(
      'Berth 4 🎉',
    );
  });

  test('of an app, the longer one, or both if each adds something', () => {
    const block = { type: 'section', text: mrkdwn('Deploy 12 of harbour finished after 3 minutes') };
    expect(written({ text: 'Deploy 12 finished', blocks: [block] })).toBe(
      'Deploy 12 of harbour finished after 3 minutes',
    );
    expect(written({ text: 'Ana deployed', blocks: [block] })).toBe(
      'Ana deployed\nDeploy 12 of harbour finished after 3 minutes',
    );
  });

  test('a forwarded message, with its blocks; a link preview is not somebody’s text', () => {
    const quote = { message: { blocks: richText(section(text('from the quote'))).blocks } };
    const attachments = [
      {
        is_msg_unfurl: true,
        from_url: 'https://x.slack.com/archives/C1/p1',
        author_name: 'Bo',
        message_blocks: [quote],
        footer: 'Posted in #general',
      },
      { from_url: 'https://page.example', title: 'A page', text: 'a preview' },
    ];
    expect(written({ text: 'look', attachments })).toBe('look\nBo\nfrom the quote\nPosted in #general');
  });

  test('pretext, author, buttons and footer; the fallback only if there is nothing else', () => {
    const rest = {
      pretext: 'New',
      author_name: 'CI',
      title: 'Build 7',
      text: 'ok',
      footer: 'harbour',
      actions: [{ type: 'button', text: 'Rerun' }],
    };
    expect(written({ attachments: [{ fallback: 'short', ...rest }] })).toBe('New\nCI\nBuild 7\nok\nRerun\nharbour');
    expect(written({ attachments: [{ fallback: 'short', image_url: 'https://x' }] })).toBe('short');
  });
});
