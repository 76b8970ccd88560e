/**
 * Collects the text of one message from all its places: its text, its blocks, its attachments and their contents. It
 * keeps Slack's own markup (`<@U1>`, `&amp;`); `text.ts` converts that to names and characters.
 */

import { textOfBlocks, textOfElements } from './blocks.ts';
import { fieldsOf, listOf, lines, type Fields, stringOf } from '../loose.ts';

export interface Written {
  readonly text: string | undefined;
  readonly blocks: unknown;
  readonly attachments: unknown;
  /** Apps send a short notification text beside their blocks, while the text that a person types is in both. */
  readonly isByApp: boolean;
  readonly comments: readonly (string | undefined)[];
}

/** Placeholders that clients show if they cannot display the blocks. */
const placeholders =
  /^\s*(this content can[’']t be displayed\.?|\[no preview available\]|this message contains interactive elements\.?)\s*$/i;

export function writtenIn({ text = '', blocks, attachments, isByApp, comments }: Written): string {
  const inBlocks = textOfBlocks(blocks);
  const own = text !== '' && !isByApp && isTyped(blocks) ? text : joinWords(text, inBlocks);
  const more = lines([
    ...listOf(attachments).filter(isWritten).map(textOfAttachment),
    ...comments.map((comment) => comment ?? ''),
  ]);
  return placeholders.test(own) && more !== '' ? more : lines([own, more]);
}

/** Text typed by a person is also in the message's text, with the same markup. */
function isTyped(blocks: unknown): boolean {
  return listOf(blocks).every((block) => fieldsOf(block)['type'] === 'rich_text');
}

/** Joins two versions of one message, one of which often repeats the other. */
export function joinWords(first: string, second: string): string {
  if (placeholders.test(first)) return second === '' ? first : second;
  const [ofFirst, ofSecond] = [wordsOf(first), wordsOf(second)];
  if (isWithin(ofFirst, ofSecond)) return second;
  return isWithin(ofSecond, ofFirst) ? first : lines([first, second]);
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((word) => all.has(word));
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

/** A link preview is not somebody's text, but a forwarded message is. */
function isWritten(attachment: unknown): boolean {
  return !fieldsOf(attachment)['from_url'] || isForwarded(attachment);
}

/** Whether the attachment is another message that somebody forwarded, or linked to. */
export function isForwarded(attachment: unknown): boolean {
  const { is_share: isShare, is_msg_unfurl: isQuote } = fieldsOf(attachment);
  return isShare === true || isQuote === true;
}

/** The fallback summarizes the other fields, so it is used only if there are none. */
function textOfAttachment(attachment: unknown): string {
  const parts = fieldsOf(attachment);
  const said = lines([
    ...['pretext', 'author_name', 'title'].map((name) => stringOf(parts[name])),
    joinWords(stringOf(parts['text']), lines([textOfBlocks(parts['blocks']), textOfQuote(parts)])),
    ...listOf(parts['fields']).map(textOfField),
    textOfElements(parts['actions']),
    stringOf(parts['footer']),
  ]);
  const fallback = stringOf(parts['fallback']);
  return said === '' && !placeholders.test(fallback) ? fallback : said;
}

/** Returns the blocks of a forwarded message. */
function textOfQuote(parts: Fields): string {
  return lines(
    listOf(parts['message_blocks']).map((each) => textOfBlocks(fieldsOf(fieldsOf(each)['message'])['blocks'])),
  );
}

function textOfField(field: unknown): string {
  const { title, value } = fieldsOf(field);
  const [name, text] = [stringOf(title), stringOf(value)];
  return name === '' || text === '' ? name + text : `${name}: ${text}`;
}
