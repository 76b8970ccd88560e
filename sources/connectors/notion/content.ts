import type { z } from 'zod';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Content, ItemRef } from '../../../domain/source.ts';
import { contentsNotProvided, cutNote, lineOf, readBlocks } from './blocks.ts';
import { pageSize } from './client.ts';
import { followCursors } from '../cursor-trail.ts';
import { tooLargeToRead } from '../too-large.ts';
import { endlessList } from './errors.ts';
import { nextOf } from './lists.ts';
import { blockIdOf, mentionTags, toPlainMarkdown, unknownTags } from './markdown.ts';
import { readMentions } from './mentions.ts';
import { type NotionListing, orLeftOut, orNull, type PageTry } from './places.ts';
import { readProperties } from './properties.ts';
import { block, commentsPage, markdown } from './wire.ts';

/** Maximum number of parts of one page that are fetched separately. */
const maxParts = 100;
const maxCommentCalls = 10;
/** How Notion refuses a part of a page: it leaves a note. */
const refused = ['not_found', 'unsupported', 'forbidden'] as const;

interface Reading {
  readonly maxBytes: number;
  readonly pageTry: PageTry;
}

/**
 * Returns a page as Markdown: its title, the properties of a row, its text, and its comments if the config includes
 * them.
 */
export async function fetchContent(
  listing: NotionListing,
  ref: ItemRef,
  { maxBytes, isLastTry }: { readonly maxBytes: number; readonly isLastTry: boolean },
): Promise<Content> {
  const { externalId: id } = ref;
  const pageTry: PageTry = { isLast: isLastTry, isIncomplete: false };
  const properties = ref.fetchHints?.['row'] === undefined ? '' : await readProperties(listing, id, pageTry);
  const body = await readBody(listing, id, { maxBytes, pageTry });
  const comments = listing.config.includeComments ? await readComments(listing, id) : '';
  const parts = [`# ${ref.name.replaceAll('\n', ' ')}`, properties, body, comments];
  const bytes = Buffer.from(`${parts.filter((part) => part.trim() !== '').join('\n\n')}\n`);
  if (bytes.byteLength > maxBytes) throw tooLargeToRead('page', maxBytes);
  const { kind, value } = ref.fingerprint;
  // The next listing that shows the page finds a difference, and the page is fetched again.
  const unfinished = pageTry.isIncomplete ? { fingerprint: { kind, value: `${value} incomplete` } } : {};
  return { bytes, mimeType: 'text/markdown', ...unfinished };
}

/**
 * Most pages need one call. If Notion cannot render a page as Markdown, its blocks are read list by list. It may say so
 * by failing or needing too long each time, which looks like a temporary error until the last try.
 */
async function readBody(listing: NotionListing, id: string, { maxBytes, pageTry }: Reading): Promise<string> {
  try {
    const text = await readMarkdown(listing, id, maxBytes);
    const blocks = await readUnknown(listing, unknownTags(text), pageTry);
    return toPlainMarkdown(text, blocks, await readMentions(listing, mentionTags(text), pageTry));
  } catch (error) {
    const isFailed = pageTry.isLast && isFailure(error);
    if (!isOfMarkdown(error) && !isFailed) throw error;
    if (isFailed) pageTry.isIncomplete = true;
    return await readBlocks(listing, id, maxBytes).catch((again: unknown) => {
      throw isRefusal(again) ? pageRefused() : again;
    });
  }
}

/** Whether Notion refuses the Markdown. It may provide the blocks all the same. */
function isOfMarkdown(error: unknown): boolean {
  return isRefusal(error) || (isSyncError(error) && (error.kind === 'forbidden' || error.kind === 'not_found'));
}

function isRefusal(error: unknown): boolean {
  return isSyncError(error) && (error.kind === 'unsupported' || error.kind === 'invalid_input');
}

/** If Notion names a wait, or something else answers in its place, reading in another way gives nothing. */
function isFailure(error: unknown): boolean {
  return (
    isSyncError(error) &&
    error.kind === 'unavailable' &&
    error.code !== 'unexpected_answer' &&
    error.retryAfterMs === undefined
  );
}

/** Notion's refusals depend on its API rather than on the page, so later syncs try again. */
function pageRefused(): SyncError {
  return new SyncError('invalid_input', {
    code: 'page_refused',
    scope: 'item',
    message:
      'Notion provides neither the text nor the blocks of this page. The version synced before is kept, and later syncs try again.',
  });
}

/**
 * Reads the Markdown. Parts that did not fit into the answer are listed in it and requested separately
 * (docs/vendors/notion.md#content).
 * @throws SyncError `page_refused` if the answer is cut and does not say what is missing
 */
async function readMarkdown({ call, signal }: NotionListing, id: string, maxBytes: number): Promise<string> {
  const subject = { scope: 'item', call: 'pages.markdown' } as const;
  const read = async (part: string) => {
    const found = await call(subject, markdown, signal, (notion) =>
      notion.pages.retrieveMarkdown({ page_id: part, include_transcript: true }),
    );
    if (found.truncated === true && found.unknown_block_ids.length === 0) throw pageRefused();
    return found;
  };
  const whole = await read(id);
  let text = whole.markdown;
  const missing = [...whole.unknown_block_ids];
  const asked = new Set([id]);
  for (let parts = 0; missing.length > 0; parts++) {
    const part = missing.shift() ?? '';
    if (text.length > maxBytes) throw tooLargeToRead('page', maxBytes);
    if (parts >= maxParts) return `${text}\n\n${cutNote}`;
    const isRepeated = asked.has(part);
    const found = isRepeated ? null : await orNull(read(part), refused);
    asked.add(part);
    text = putInPlace(text, part, found?.markdown ?? (isRepeated ? '' : contentsNotProvided));
    missing.push(...(found?.unknown_block_ids ?? []));
  }
  return text;
}

/** Reads blocks that have no Markdown, such as bookmarks. One that Notion refuses, or one too many, leaves a note. */
async function readUnknown(
  { call, signal }: NotionListing,
  tags: readonly string[],
  pageTry: PageTry,
): Promise<ReadonlyMap<string, string>> {
  const subject = { scope: 'item', call: 'blocks.retrieve' } as const;
  const lines = new Map<string, string>();
  for (const tag of tags.slice(0, maxParts)) {
    const id = blockIdOf(tag);
    if (id === null) continue;
    const found = await orLeftOut(
      call(subject, block, signal, (notion) => notion.blocks.retrieve({ block_id: id })),
      pageTry,
    );
    if (found !== null) lines.set(tag, lineOf(found));
  }
  return lines;
}

const unknownTag = /<unknown [^<>]*\/>/g;

/** Inserts a part at its marker, or at the end if there is none. */
function putInPlace(text: string, blockId: string, part: string): string {
  const id = blockId.replaceAll('-', '');
  const [gap] = [...text.matchAll(unknownTag)].filter(([tag]) => tag.includes(id));
  return gap === undefined
    ? `${text}\n\n${part}`
    : `${text.slice(0, gap.index)}${part}${text.slice(gap.index + gap[0].length)}`;
}

async function readComments({ call, signal }: NotionListing, id: string): Promise<string> {
  const subject = { scope: 'item', call: 'comments.list' } as const;
  const lines: string[] = [];
  const follow = followCursors(() => endlessList(subject));
  let cursor: string | null = null;
  for (let calls = 0; calls < maxCommentCalls; calls++) {
    const from: { readonly start_cursor?: string } = cursor === null ? {} : { start_cursor: cursor };
    const list: z.output<typeof commentsPage> | null = await commentsOrNull(
      call(
        subject,
        commentsPage,
        signal,
        async (notion) => await notion.comments.list({ block_id: id, page_size: pageSize, ...from }),
      ),
    );
    for (const comment of list?.results.read ?? [])
      lines.push(`- ${comment.display_name?.resolved_name || 'Somebody'}: ${comment.rich_text}`);
    cursor = list === null ? null : follow(nextOf(list, subject));
    if (cursor === null) break;
  }
  return lines.length === 0 ? '' : `## Comments\n\n${lines.join('\n')}`;
}

/** A page of which Notion knows no comments has none. */
async function commentsOrNull<T>(list: Promise<T>): Promise<T | null> {
  return await orNull(list).catch((error: unknown) => {
    throw isSyncError(error) && error.kind === 'forbidden' ? commentsRefused() : error;
  });
}

/** Notion says the same of one page and of a connection without the permission, so the refusal is that page's. */
function commentsRefused(): SyncError {
  return new SyncError('forbidden', {
    code: 'comments_not_allowed',
    scope: 'item',
    message:
      'The connection may not read comments. Enable “Read comments” among its capabilities in Notion, or set includeComments to false.',
  });
}
