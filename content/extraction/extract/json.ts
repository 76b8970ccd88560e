import type { ExtractedText } from './extracted-text.ts';

/** Deeper levels are not indented further: brackets nested 30,000 deep would become gigabytes of spaces. */
const maxIndentDepth = 8;

/**
 * Returns JSON as people read it: one line per value, or one line per record if each line is a value of its own (JSON
 * Lines), and characters in place of their escapes.
 */
export function readableJson(text: string): string {
  const [first = '', second = ''] = text.trimStart().split('\n', 2);
  if (second.trim() === '' || !isValue(first)) return unescaped(indentJson(text), '\n');
  return text
    .split('\n')
    .map((line) => unescaped(line, ' '))
    .join('\n');
}

function isValue(line: string): boolean {
  try {
    JSON.parse(line);
    return /^\s*[[{]/.test(line);
  } catch {
    return false;
  }
}

const escapes: Readonly<Record<string, string>> = { '"': '"', '/': '/', '\\': '\\', t: '\t', r: '', b: '', f: ' ' };

function unescaped(text: string, lineEnd: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi,
    (all, code: string | undefined, one: string | undefined) =>
      code === undefined
        ? one === 'n'
          ? lineEnd
          : (escapes[one ?? ''] ?? all)
        : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/**
 * Formats JSON with one line per value, so that it can be cut at lines. Nothing is parsed: numbers stay as written,
 * names may repeat, and invalid JSON is still text.
 */
function indentJson(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  let opened = false;
  for (const token of tokensOf(text)) {
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

/** A single expression for strings would exceed its stack at a few million characters. */
function* tokensOf(text: string): Generator<string> {
  const start = /["[\]{},:]|[^\s"[\]{},:]+/g;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    if (found[0] === '"') start.lastIndex = endOfString(text, found.index);
    yield text.slice(found.index, start.lastIndex);
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at++;
  }
  return text.length;
}

function lineAt(depth: number): string {
  return `\n${' '.repeat(Math.min(depth, maxIndentDepth))}`;
}

/** Reads a Jupyter notebook: the text and code of each cell, and the code's printed output. */
export function extractNotebook(text: string): ExtractedText {
  try {
    const { cells, worksheets } = JSON.parse(text) as Notebook;
    const all = cells ?? worksheets?.flatMap((sheet) => sheet.cells ?? []) ?? [];
    return { text: all.map(cellText).join('\n\n') };
  } catch {
    return { text: readableJson(text) };
  }
}

type Lines = string | readonly string[] | undefined;

interface Cell {
  readonly cell_type?: string;
  readonly source?: Lines;
  readonly input?: Lines;
  readonly outputs?: readonly Output[];
}

interface Output {
  readonly text?: Lines;
  readonly data?: { readonly 'text/plain'?: Lines; readonly 'text/markdown'?: Lines };
  /** An error's name and message. */
  readonly ename?: string;
  readonly evalue?: string;
}

interface Notebook {
  readonly cells?: readonly Cell[];
  readonly worksheets?: readonly { readonly cells?: readonly Cell[] }[];
}

function cellText({ cell_type: type, source, input, outputs }: Cell): string {
  const own = joined(source ?? input);
  if (type !== 'code') return own;
  const printed = (outputs ?? []).map(printedBy);
  return ['```', own, '```', ...printed].filter((part) => part.trim() !== '').join('\n');
}

function printedBy({ text, data, ename, evalue }: Output): string {
  if (ename !== undefined) return `${ename}: ${evalue ?? ''}`;
  return joined(text ?? data?.['text/markdown'] ?? data?.['text/plain']);
}

function joined(lines: Lines): string {
  return typeof lines === 'string' ? lines : Array.isArray(lines) ? lines.join('') : '';
}
