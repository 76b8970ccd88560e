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
  return { text: withHeadings(text), ...(title ? { title: title.slice(0, maxTitle) } : {}) };
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
    .replace(/^:(PROPERTIES|END):[ \t]*$/gm, '')
    .replace(/\[\[([^\][]{1,500})\]\[([^\][]{1,500})\]\]/g, '[$2]($1)');
  return { text: markdown, ...(title ? { title: title.slice(0, maxTitle) } : {}) };
}

const sections: Readonly<Record<string, string>> = {
  part: '#',
  chapter: '#',
  section: '##',
  subsection: '###',
  subsubsection: '####',
};

/**
 * Reads the text of a TeX body. Comments are dropped, sections become headings, commands are replaced by their
 * arguments.
 */
export function extractTex(text: string): ExtractedText {
  const title = /\\title\{([^{}]{1,200})\}/.exec(text)?.[1];
  const words = text
    .replace(/(^|[^\\])%[^\n]*/g, '$1')
    .replace(
      /\\(part|chapter|section|subsection|subsubsection)\*?\{([^{}\n]{1,300})\}/g,
      (_all, kind: string, name: string) => `\n\n${sections[kind] ?? '#'} ${name}\n\n`,
    )
    .replace(/\\item\b/g, '\n- ')
    .replace(
      /\\(documentclass|usepackage|begin|end|label|ref|cite[a-z]*|includegraphics|input|bibliography[a-z]*|vspace|hspace)\*?(\[[^\]\n]{0,300}\])?(\{[^{}\n]{0,300}\})?/g,
      ' ',
    )
    .replace(/\\\\/g, '\n')
    .replace(/\\([%&#$_{}])/g, '$1')
    .replace(/\\[a-zA-Z]+\*?(\[[^\]\n]{0,300}\])?/g, ' ')
    .replace(/[{}~]/g, ' ')
    .replace(/[ \t]{2,}/g, ' ');
  return { text: words, ...(title === undefined ? {} : { title }) };
}

/** Reads SubRip and WebVTT: the spoken text, without numbers and times. */
export function extractSubtitles(text: string): ExtractedText {
  const lines = text
    .split(/\r\n?|\n/)
    .filter((line) => !/^(WEBVTT|NOTE\b|\d+$|(\d+:)?\d+:\d+[.,]\d+\s+-->)/.test(line.trim()));
  const said = lines.map((line) => line.replace(/<\/?[a-z][^<>]{0,200}>|\{\\[^{}]{0,100}\}/gi, '').trim());
  return { text: said.filter((line, i) => line !== '' && line !== said[i - 1]).join('\n') };
}
