/** Converts light markup to Markdown, which chunking understands. */

import type { ExtractedText } from './extracted-text.ts';

const maxTitle = 200;

/**
 * Converts underlined headings to headings with number signs; a title in the front matter becomes the document's title.
 */
export function extractMarkdown(text: string): ExtractedText {
  const matter = /^\uFEFF?---\r?\n([^]{0,5000}?)\r?\n---\r?\n/.exec(text)?.[1] ?? '';
  const title = /^title:[ \t]*(.+)$/m
    .exec(matter)?.[1]
    ?.trim()
    .replace(/^(["'])(.*)\1$/, '$2');
  return { text: withHeadings(withoutPictures(text)), ...(title ? { title: title.slice(0, maxTitle) } : {}) };
}

/** The bytes of a picture, written as an address. They may be megabytes without a single word. */
const picture = String.raw`data:[\w.+-]{1,100}\/[\w.+-]{1,100}(?:;[\w.+=-]{1,100}){0,5};base64,[\w+\/=-]{64,}`;
const definition = new RegExp(
  String.raw`^[ \t]{0,3}\[([^\][\n]{1,100})\]:[ \t]*<?${picture}>?[^\n]{0,200}\n?\n?`,
  'gm',
);
const anyPicture = new RegExp(picture, 'g');

/** Google Docs exports pictures at the end of the text, and refers to them by name; a description stays as text. */
function withoutPictures(text: string): string {
  if (!text.includes(';base64,')) return text;
  const names = new Set<string>();
  const words = text.replace(definition, (_all, name: string) => {
    names.add(name);
    return '';
  });
  return words
    .replace(/!\[([^\][\n]{0,1000})\]\[([^\][\n]{1,100})\]/g, (all, described: string, name: string) =>
      names.has(name) ? described : all,
    )
    .replace(anyPicture, '');
}

function withHeadings(text: string): string {
  const lines = text.split(/\r\n?|\n/);
  const out: string[] = [];
  let fenced = false;
  lines.forEach((line, i) => {
    if (/^(```|~~~)/.test(line)) fenced = !fenced;
    const before = out.at(-1) ?? '';
    const level = fenced || i === 0 ? null : underlined(line);
    const isTitle = before.trim() !== '' && !/^([#>|`~-]|\d+\.|\s)/.test(before) && before.length <= maxTitle;
    if (level !== null && isTitle && (lines[i - 2] ?? '').trim() === '')
      out[out.length - 1] = `${level} ${before.trim()}`;
    else out.push(line);
  });
  return out.join('\n');
}

function underlined(line: string): string | null {
  if (/^={2,}[ \t]*$/.test(line)) return '#';
  return /^-{2,}[ \t]*$/.test(line) ? '##' : null;
}

/** Reads Org mode: stars are headings, blocks are code. */
export function extractOrg(text: string): ExtractedText {
  const title = /^#\+title:[ \t]*(.+)$/im.exec(text)?.[1]?.trim();
  const markdown = text
    .replace(
      /^(\*{1,6})[ \t]+(?:(?:TODO|DONE)[ \t]+)?(.*)$/gm,
      (_all, stars: string, words: string) => `${'#'.repeat(stars.length)} ${words}`,
    )
    .replace(/^#\+(begin|end)_(src|example).*$/gim, '```')
    .replace(/^[ \t]*:PROPERTIES:[ \t]*\n(?:[ \t]*:[\w+-]{1,50}:.*\n){0,50}[ \t]*:END:[ \t]*\n?/gm, '')
    .replace(/^#\+(?:begin|end)_(?:quote|center|verse)\b.*\n?/gim, '')
    .replace(/\[\[([^\][]{1,500})\]\[([^\][]{1,500})\]\]/g, '[$2]($1)');
  return { text: markdown, ...(title ? { title: title.slice(0, maxTitle) } : {}) };
}

/** Reads plain text without the colors of terminals. */
export function extractPlain(text: string): ExtractedText {
  const escape = String.fromCharCode(27);
  if (!text.includes(escape)) return { text };
  return {
    text: text.replaceAll(new RegExp(`${escape}\\[[0-9;?]{0,30}[ -/]?[@-~]|${escape}\\][^\\x07]{0,300}\\x07`, 'g'), ''),
  };
}

const cueTime = /^(?:\d+:)?\d+:\d+[.,]\d+\s*(?:-->|,\s*(?:\d+:)?\d+:\d+[.,]\d+\s*$)/;

/** Reads SubRip, WebVTT, SubViewer and SubStation: the spoken text, without numbers, times and styles. */
export function extractSubtitles(text: string): ExtractedText {
  const all = text.split(/\r\n?|\n/).map((line) => line.trim());
  const lines = all.some((line) => line.startsWith('Dialogue:')) ? dialogues(all) : cues(all);
  const said = lines.map((line) =>
    line
      .replace(/<v(?:\.[\w.]{0,50})?\s+([^<>]{1,100})>/gi, '$1: ')
      .replace(/<\/?[a-z][^<>]{0,200}>|<\d[\d:.]{3,20}>|\{\\[^{}]{0,100}\}/gi, '')
      .trim(),
  );
  return { text: said.filter((line, i) => line !== '' && line !== said[i - 1]).join('\n') };
}

/** A line directly above a time is the number or the name of its cue; notes and styles end at an empty line. */
function cues(lines: readonly string[]): string[] {
  let isSilent = false;
  return lines.filter((line, i) => {
    if (line === '') isSilent = false;
    if (/^(WEBVTT|NOTE|STYLE|REGION)\b/.test(line) && (lines[i - 1] ?? '') === '') isSilent = true;
    return !isSilent && !cueTime.test(line) && !(cueTime.test(lines[i + 1] ?? '') && (lines[i - 1] ?? '') === '');
  });
}

/** The text is the last field, and the last line of formats names the fields. */
function dialogues(lines: readonly string[]): string[] {
  const fields = (lines.findLast((line) => line.startsWith('Format:')) ?? '').split(',').length;
  return lines
    .filter((line) => line.startsWith('Dialogue:'))
    .map((line) =>
      line
        .split(',')
        .slice(fields - 1)
        .join(',')
        .replaceAll(/\\[Nnh]/g, ' '),
    );
}
