/** Converts Notion's enhanced Markdown to plain Markdown: without tags, colors and addresses that expire. */

import { notProvided } from './blocks.ts';
import { toId } from './config.ts';

/** Code, which is literal, and the tags that stand for blocks without Markdown (docs/vendors/notion.md#content). */
const apart = /(```[^]*?```|(?<!\\)`[^`\n]+`|(?<!\\)<unknown\b[^<>]*>)/;
const address = /https?:\/\/[^\s<>"')\]]+/g;
/**
 * Addresses of files that Notion stores: they are valid for an hour and differ at every reading
 * (docs/vendors/notion.md#content).
 */
const signed = /X-Amz-Signature=|X-Amz-Credential=|prod-files-secure|secure\.notion-static\.com|file\.notion\.so/;
// An escaped `\<` is what somebody wrote. No tag contains another one, so a search ends at the next `<`: otherwise many
// tags that do not end take quadratic time.
const fileTag = /(?<!\\)<(file|pdf|video|audio|image|embed)\b([^<>]*)>([^<]*)<\/\1>/g;
const fileAddress = /\b(?:src|source)="([^"]*)"/;
/** A mention of a date has no text but its attributes (docs/vendors/notion.md#content). */
const dateTag = /(?<!\\)<mention-date\b([^<>]*)>/g;
const attribute = /\b([a-z]+)="([^"]*)"/gi;
/** A mention may come without the name of what it mentions, which people see. */
const namelessTag = /(?<!\\)<mention-(?:user|page|database|data-source)\b[^<>]*\/>/g;
/** The attributes of a block, at the end of its first line. */
const attributeList = / ?(?<!\\)\{(?:(?:color|toggle)="[^"{}]*" ?){1,2}\}/g;
/** Callouts are written as tags or between fences. */
const fence = /^[ \t]*:{3,}(?: callout(?: \{[^{}\n]*\})?)?[ \t]*(?:\n|$)/gm;
const rowTag = /<\/t[dh]>\s*<t[dh][^<>]*>/g;
const tag =
  /(?<!\\)<\/?(?:page|database|data-source|callout|details|summary|columns?|table|colgroup|col|t[rdh]|thead|tbody|span|synced_block(?:_reference)?|mention-[a-z-]+|unknown|empty-block|table_of_contents|meeting-notes|notes|transcript|tabs?|audio|video|file|pdf|image|embed)\b[^<>]*>/g;
/** Why the contents of a synced block are not shown. */
const noticeTag = /(?<!\\)<synced_block_reference\b[^<>]*\bnotice="([^"<>]+)"[^<>]*>/g;

const none: ReadonlyMap<string, string> = new Map();

/**
 * @param blocks the text of blocks without Markdown, by their tags
 * @param mentions the names that mentions without one stand for, by their tags
 */
export function toPlainMarkdown(markdown: string, blocks = none, mentions = none): string {
  const parts = markdown.split(apart);
  return parts
    .map((part, i) =>
      i % 2 === 0 ? plain(part, mentions) : withoutSigned(isUnknown(part) ? textOf(part, blocks) : part),
    )
    .join('');
}

/** Returns the tags of blocks without Markdown, such as bookmarks, each once. Breadcrumbs contain nothing to read. */
export function unknownTags(markdown: string): string[] {
  const tags = markdown
    .split(apart)
    .filter((part, i) => i % 2 === 1 && isUnknown(part) && typeOf(part) !== 'breadcrumb');
  return [...new Set(tags)];
}

/** Returns the tags of mentions without a name, each once. */
export function mentionTags(markdown: string): string[] {
  const texts = markdown.split(apart).filter((_part, i) => i % 2 === 0);
  return [...new Set(texts.flatMap((text) => [...text.matchAll(namelessTag)].map(([found]) => found)))];
}

/** @returns the id in the fragment of the address that the tag contains, or null if there is none */
export function blockIdOf(unknown: string): string | null {
  return toId(/#([0-9a-f-]{32,36})"/i.exec(unknown)?.[1] ?? '');
}

function isUnknown(part: string): boolean {
  return part.startsWith('<unknown');
}

function typeOf(unknown: string): string {
  return /\balt="([^"]*)"/.exec(unknown)?.[1] ?? '';
}

function textOf(unknown: string, blocks: ReadonlyMap<string, string>): string {
  const type = typeOf(unknown);
  return type === 'breadcrumb' ? '' : (blocks.get(unknown) ?? notProvided(type === 'unsupported' ? '' : type));
}

/** Replaces an address that expires with the name of its file. */
export function withoutSigned(text: string): string {
  return text.replace(address, (url) => (signed.test(url) ? fileName(url) : url));
}

function plain(text: string, mentions: ReadonlyMap<string, string>): string {
  return withoutSigned(text)
    .replace(fileTag, fileText)
    .replace(namelessTag, (mention) => escape(mentions.get(mention) ?? ''))
    .replace(dateTag, (_all, attributes: string) => dateText(attributes))
    .replace(noticeTag, '($1)')
    .replace(rowTag, ' | ')
    .replace(/<br\s*\/?>/g, '\n')
    .replace(tag, '')
    .replace(attributeList, '')
    .replace(fence, '')
    .replace(/\\([\\*~`$[\]<>{}|^])/g, '$1');
}

function escape(text: string): string {
  return text.replaceAll(/[\\*~`$[\]<>{}|^]/g, String.raw`\$&`);
}

function dateText(attributes: string): string {
  const values = [...attributes.matchAll(attribute)].map(([, name = '', value = '']) => [name.toLowerCase(), value]);
  const { start, starttime, end, endtime, timezone } = Object.fromEntries(values) as Partial<Record<string, string>>;
  const moments = [
    [start, starttime],
    [end, endtime],
  ].map((moment) => moment.filter(Boolean).join(' '));
  const zone = timezone ? ` (${timezone})` : '';
  return `${moments.filter((moment) => moment !== '').join(' to ')}${zone}`;
}

/** An address is the name of its file by now. */
function fileText(all: string, _tag: string, attributes: string, caption: string): string {
  const name = fileAddress.exec(attributes)?.[1];
  if (name === undefined) return all;
  return caption === '' ? name : `${caption} (${name})`;
}

function fileName(url: string): string {
  const name = url.split('?')[0]?.split('/').at(-1) ?? 'file';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
