/** Makes blocks from lines of text, in the API's form and as enhanced Markdown. */

import { randomUUID } from 'node:crypto';

export interface SimBlock {
  readonly id: string;
  readonly type: string;
  /** The object under the type's name in the API, without the text. */
  readonly value: object;
  readonly text: string | null;
  readonly children: SimBlock[];
}

export function block(type: string, text: string | null, value: object = {}, children: SimBlock[] = []): SimBlock {
  return { id: randomUUID(), type, text, value, children };
}

/** Longer text is split into several pieces. */
const maxText = 2000;

const lineTypes: readonly (readonly [RegExp, string])[] = [
  [/^# /, 'heading_1'],
  [/^## /, 'heading_2'],
  [/^### /, 'heading_3'],
  [/^- /, 'bulleted_list_item'],
  [/^\d+\. /, 'numbered_list_item'],
  [/^> /, 'quote'],
];

export function toBlocks(content: string): SimBlock[] {
  return content
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [mark, type] = lineTypes.find(([pattern]) => pattern.test(line)) ?? [/^/, 'paragraph'];
      return block(type, line.replace(mark, ''));
    });
}

export function richText(text: string): object[] {
  const pieces = text.match(new RegExp(`[^]{1,${maxText}}`, 'g')) ?? [];
  return pieces.map((piece) => ({
    type: 'text',
    text: { content: piece, link: null },
    annotations: {
      bold: false,
      italic: false,
      strikethrough: false,
      underline: false,
      code: false,
      color: 'default',
    },
    plain_text: piece,
    href: null,
  }));
}

const marks: Readonly<Record<string, string>> = {
  heading_1: '# ',
  heading_2: '## ',
  heading_3: '### ',
  bulleted_list_item: '- ',
  numbered_list_item: '1. ',
  to_do: '- [ ] ',
  quote: '> ',
};

/** Subtrees that do not fit are left out and named. */
export interface MarkdownLimit {
  readonly maxBlocks: number;
  used: number;
  readonly unknown: string[];
  readonly withTranscripts: boolean;
}

/** These have no Markdown [https://developers.notion.com/guides/data-apis/working-with-markdown-content]. */
const withoutMarkdown = new Set(['bookmark', 'embed', 'link_preview', 'breadcrumb', 'template', 'unsupported']);

function unknownTag({ id, type }: SimBlock): string {
  return `<unknown url="https://www.notion.so/x#${id.replaceAll('-', '')}" alt="${type}"/>`;
}

/** Children are indented by a tab [Notion: enhanced Markdown]. @param fileUrl signs a file's address */
export function toMarkdown(
  blocks: readonly SimBlock[],
  limit: MarkdownLimit,
  fileUrl: (name: string) => string,
  indent = '',
): string {
  const lines: string[] = [];
  for (const each of blocks) {
    limit.used++;
    if (limit.used > limit.maxBlocks) {
      limit.unknown.push(each.id);
      lines.push(`${indent}${unknownTag(each)}`);
      continue;
    }
    lines.push(`${indent}${each.type === 'transcription' ? meetingNotes(each, limit) : lineOf(each, fileUrl)}`);
    if (each.children.length === 0) continue;
    if (each.type === 'toggle') lines.push(toMarkdown(each.children, limit, fileUrl, `${indent}\t`), '</details>');
    else lines.push(toMarkdown(each.children, limit, fileUrl, `${indent}\t`));
  }
  return lines.join('\n');
}

/** The transcript is included only on request [https://developers.notion.com/reference/retrieve-page-markdown]. */
function meetingNotes({ text, value }: SimBlock, { withTranscripts }: MarkdownLimit): string {
  const { notes, transcript } = value as { readonly notes: string; readonly transcript: string };
  const spoken = withTranscripts ? `\n\t<transcript>\n\t\t${escape(transcript)}\n\t</transcript>` : '';
  return `<meeting-notes>\n\t${escape(text ?? '')}\n\t<notes>\n\t\t${escape(notes)}\n\t</notes>${spoken}\n</meeting-notes>`;
}

function lineOf(each: SimBlock, fileUrl: (name: string) => string): string {
  const text = escape(each.text ?? '');
  if (withoutMarkdown.has(each.type)) return unknownTag(each);
  switch (each.type) {
    case 'code':
      return `\`\`\`\n${each.text ?? ''}\n\`\`\``;
    case 'toggle':
      return `<details>\n<summary>${text}</summary>`;
    case 'callout':
      return `<callout icon="!" color="gray_bg">\n${text}\n</callout>`;
    case 'file':
    case 'pdf':
      return `<${each.type} src="${fileUrl(nameOf(each))}">${text}</${each.type}>`;
    case 'image':
      return `![${text}](${fileUrl(nameOf(each))})`;
    default:
      return `${marks[each.type] ?? ''}${text}${mentionTag(each)}`;
  }
}

/** What a paragraph mentions at its end, whose name the Markdown does not contain. */
export interface SimMention {
  readonly kind: 'user' | 'page' | 'database' | 'data-source';
  readonly id: string;
}

function mentionTag({ value }: SimBlock): string {
  if (!('mention' in value)) return '';
  const { kind, id } = value.mention as SimMention;
  const url = kind === 'user' ? `user://${id}` : `https://www.notion.so/${id.replaceAll('-', '')}`;
  return ` <mention-${kind} url="${url}"/>`;
}

export function nameOf({ value }: SimBlock): string {
  return 'name' in value && typeof value.name === 'string' ? value.name : 'file';
}

function escape(text: string): string {
  return text.replaceAll(/[\\*~`$[\]<>{}|^]/g, '\\$&');
}
