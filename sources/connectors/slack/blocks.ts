/**
 * Extracts the text of Slack's blocks (docs/vendors/slack.md#messages-and-threads), in the markup of a message's text.
 * For an unknown kind of block, it collects every text in it.
 */

import { type Fields, fieldsOf, lines, listOf, stringOf } from '../loose.ts';

/** Maximum depth of nested blocks. */
const maxDepth = 40;

export function textOfBlocks(blocks: unknown): string {
  return lines(listOf(blocks).map((block) => textOfBlock(fieldsOf(block))));
}

/** Returns the text of buttons and pictures in a row. */
export function textOfElements(elements: unknown): string {
  return listOf(elements)
    .map((element) => textOfElement(fieldsOf(element)))
    .filter((text) => text !== '')
    .join(' ');
}

const byType: Readonly<Record<string, (block: Fields) => string>> = {
  divider: () => '',
  rich_text: ({ elements }) => textOfSections(elements),
  section: ({ text, fields, accessory }) =>
    lines([textOf(text), ...listOf(fields).map(textOf), textOfElement(fieldsOf(accessory))]),
  header: ({ text }) => textOf(text),
  context: ({ elements }) => textOfElements(elements),
  actions: ({ elements }) => textOfElements(elements),
  image: ({ title, alt_text: alt }) => differing(textOf(title), literal(stringOf(alt))),
  input: ({ label, element, hint }) => lines([textOf(label), textOfElement(fieldsOf(element)), textOf(hint)]),
  video: ({ title, description, alt_text: alt, author_name: author, title_url: url }) =>
    lines([
      textOf(title),
      textOf(description),
      differing('', literal(stringOf(alt))),
      literal(stringOf(author)),
      linkTo(stringOf(url), ''),
    ]),
  file: ({ file, external_id: externalId }) =>
    literal(stringOf(fieldsOf(file)['title']) || stringOf(fieldsOf(file)['name']) || stringOf(externalId)),
  call: ({ call }) => textOfCall(fieldsOf(fieldsOf(call)['v1'])),
  markdown: ({ text }) => literal(stringOf(text)),
  table: ({ rows }) => textOfRows(rows),
  data_table: ({ caption, rows }) => lines([literal(stringOf(caption)), textOfRows(rows)]),
};

function textOfBlock(block: Fields): string {
  const read = byType[stringOf(block['type'])];
  return read === undefined ? textsIn(block, 0) : read(block);
}

/** Reads a text object, plain or with markup; some apps send a plain string instead. */
function textOf(object: unknown): string {
  if (typeof object !== 'object') return literal(stringOf(object));
  const { type, text } = fieldsOf(object);
  return type === 'mrkdwn' ? stringOf(text) : literal(stringOf(text));
}

/**
 * Returns the text of one element: a text itself, a picture's description, a button's label, or what a field shows
 * before anybody uses it.
 */
function textOfElement(element: Fields): string {
  const { type, text, alt_text: alt } = element;
  if (type === 'mrkdwn' || type === 'plain_text') return textOf(element);
  if (type === 'image') return literal(stringOf(alt));
  if (text !== undefined && text !== null) return textOf(text);
  const field = textOfField(element);
  if (field !== '') return field;
  return type === undefined ? '' : lines(listOf(element['elements']).map((each) => textOfElement(fieldsOf(each))));
}

/** All options of check boxes and radio buttons are visible; a menu shows only what is chosen, else its placeholder. */
function textOfField({ type, options, initial_option: chosen, initial_options: several, ...field }: Fields): string {
  if (type === 'checkboxes' || type === 'radio_buttons') return lines(listOf(options).map(textOfOption));
  const shown = lines([textOfOption(chosen), ...listOf(several).map(textOfOption)]);
  return shown || literal(stringOf(field['initial_value'])) || textOf(field['placeholder']);
}

function textOfOption(option: unknown): string {
  const { text, description } = fieldsOf(option);
  return [textOf(text), textOf(description)].filter((part) => part !== '').join(': ');
}

function textOfCall(call: Fields): string {
  const { name, display_id: displayId, join_url: url } = call;
  return lines([literal(stringOf(name) || stringOf(displayId)), linkTo(stringOf(url), '')]);
}

function textOfRows(rows: unknown): string {
  return lines(listOf(rows).map((row) => listOf(row).map(textOfCell).join(' | ')));
}

function textOfCell(cell: unknown): string {
  const { type, text, elements, value } = fieldsOf(cell);
  const words = type === 'rich_text' ? textOfSections(elements) : textOf(text ?? value);
  return words.replaceAll('\n', ' ');
}

/** Returns the sections, lists, quotations and code of a rich text. */
function textOfSections(sections: unknown): string {
  return lines(listOf(sections).map((section) => textOfSection(fieldsOf(section))));
}

function textOfSection(section: Fields): string {
  const words = listOf(section['elements'])
    .map((element) => textOfInline(fieldsOf(element)))
    .join('');
  switch (section['type']) {
    case 'rich_text_list':
      return textOfList(section);
    case 'rich_text_quote':
      return words.replaceAll(/^/gm, '&gt; ');
    case 'rich_text_preformatted':
      return `\`\`\`\n${words}\n\`\`\``;
    default:
      // For an unknown section type, all texts in its elements are used.
      return words === '' ? textsIn(section, 0) : words;
  }
}

function textOfList({ elements, style, indent, offset }: Fields): string {
  const first = typeof offset === 'number' ? offset + 1 : 1;
  const margin = '  '.repeat(typeof indent === 'number' ? Math.min(Math.max(indent, 0), 20) : 0);
  return lines(
    listOf(elements).map((element, i) => {
      const words = textOfSection(fieldsOf(element));
      return words === '' ? '' : `${margin}${style === 'ordered' ? `${first + i}.` : '-'} ${words}`;
    }),
  );
}

const inline: Readonly<Record<string, (element: Fields) => string>> = {
  text: ({ text }) => literal(stringOf(text)),
  link: ({ url, text }) => linkTo(stringOf(url), stringOf(text)),
  user: ({ user_id: id }) => mark('@', id),
  channel: ({ channel_id: id }) => mark('#', id),
  usergroup: ({ usergroup_id: id }) => mark('!subteam^', id),
  team: ({ team_id: id }) => literal(stringOf(id)),
  emoji: ({ name, skin_tone: tone }) => `:${stringOf(name)}:${typeof tone === 'number' ? `:skin-tone-${tone}:` : ''}`,
  broadcast: ({ range }) => mark('!', range),
  date: ({ fallback, timestamp }) => literal(stringOf(fallback) || dateOf(timestamp)),
  color: ({ value }) => literal(stringOf(value)),
};

function textOfInline(element: Fields): string {
  const read = inline[stringOf(element['type'])];
  return read === undefined ? textsIn(element, 0) : read(element);
}

/** Formats the time in UTC if Slack provides no text for a date. */
function dateOf(seconds: unknown): string {
  const date = new Date(typeof seconds === 'number' ? seconds * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function mark(kind: string, id: unknown): string {
  const name = stringOf(id);
  return name === '' ? '' : `<${kind}${name}>`;
}

function linkTo(url: string, words: string): string {
  if (url === '') return literal(words);
  return words === '' || words === url ? `<${url}>` : `<${url}|${literal(words).replaceAll('|', '¦')}>`;
}

/** Drops a picture's second description if it equals the first, as it often does. */
function differing(title: string, description: string): string {
  return description === title ? title : lines([title, description]);
}

/** Escapes plain text, so that nothing in it is taken for markup. */
function literal(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Fields that contain text written by people, in any kind of object; ids, URLs and form values do not count. */
const textFields = new Set([
  'text',
  'title',
  'subtitle',
  'body',
  'alt_text',
  'label',
  'description',
  'hint',
  'details',
  'name',
  'fallback',
]);

function textsIn(value: unknown, depth: number): string {
  if (depth > maxDepth) return '';
  if (Array.isArray(value)) return lines(value.map((each) => textsIn(each, depth + 1)));
  if (typeof value !== 'object' || value === null) return '';
  // Blocks may contain blocks, such as those of a container.
  const read = depth === 0 ? undefined : byType[stringOf(fieldsOf(value)['type'])];
  if (read !== undefined) return read(fieldsOf(value));
  return lines(
    Object.entries(value).map(([name, each]: [string, unknown]) => {
      if (typeof each === 'string') return textFields.has(name) ? literal(each) : '';
      const { type } = fieldsOf(each);
      if (type === 'mrkdwn' || type === 'plain_text') return textOf(each);
      return type === 'rich_text' ? textOfSections(fieldsOf(each)['elements']) : textsIn(each, depth + 1);
    }),
  );
}
