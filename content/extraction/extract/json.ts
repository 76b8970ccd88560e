import type { ExtractedText } from './extracted-text.ts';

/** Deeper levels are not indented further: brackets nested 30,000 deep would become gigabytes of blanks. */
const maxIndentDepth = 8;

/**
 * JSON with a line for each value, so that it has lines to cut at. Nothing is parsed: numbers stay as they are written,
 * names may stand twice, and what is no JSON after all is still text.
 */
export function indentJson(text: string): string {
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s"[\]{},:]+/g);
  const parts: string[] = [];
  let depth = 0;
  let opened = false;
  for (const [token] of tokens) {
    const opens = token === '{' || token === '[';
    const closes = token === '}' || token === ']';
    if (closes) depth = Math.max(0, depth - 1);
    if (opened !== closes && (opened || closes)) parts.push(lineAt(depth));
    if (opens) depth++;
    parts.push(token === ':' ? ': ' : token);
    if (token === ',') parts.push(lineAt(depth));
    opened = opens;
  }
  return parts.join('');
}

function lineAt(depth: number): string {
  return `\n${' '.repeat(Math.min(depth, maxIndentDepth))}`;
}

/** Jupyter: words and code of each cell, and what the code printed. */
export function extractNotebook(text: string): ExtractedText {
  try {
    const { cells, worksheets } = JSON.parse(text) as Notebook;
    const all = cells ?? worksheets?.flatMap((sheet) => sheet.cells ?? []) ?? [];
    return { text: all.map(cellText).join('\n\n') };
  } catch {
    return { text: indentJson(text) };
  }
}

type Lines = string | readonly string[] | undefined;

interface Cell {
  readonly cell_type?: string;
  readonly source?: Lines;
  readonly input?: Lines;
  readonly outputs?: readonly { readonly text?: Lines; readonly data?: { readonly 'text/plain'?: Lines } }[];
}

interface Notebook {
  readonly cells?: readonly Cell[];
  readonly worksheets?: readonly { readonly cells?: readonly Cell[] }[];
}

function cellText({ cell_type: type, source, input, outputs }: Cell): string {
  const own = joined(source ?? input);
  if (type !== 'code') return own;
  const printed = (outputs ?? []).map((output) => joined(output.text ?? output.data?.['text/plain']));
  return ['```', own, '```', ...printed].filter((part) => part.trim() !== '').join('\n');
}

function joined(lines: Lines): string {
  return typeof lines === 'string' ? lines : Array.isArray(lines) ? lines.join('') : '';
}
