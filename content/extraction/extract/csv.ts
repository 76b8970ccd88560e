import { parse } from 'csv-parse/sync';
import type { ExtractedText } from './extracted-text.ts';
import { tableToText, toTables } from './tables.ts';

/** Number of characters examined to find the column separator. */
const sampleLength = 64 * 1024;
const sampleLines = 50;
const delimiters = [',', ';', '\t', '|', '^', '~'] as const;

/** Reads delimited tables of any dialect. A file that turns out not to be a table is still text. */
export function extractCsv(text: string): ExtractedText {
  const declared = /^\uFEFF?sep=(.)\r?\n/i.exec(text.slice(0, 10));
  const body = declared === null ? text : text.slice(declared[0].length);
  const delimiter = declared?.[1] ?? findDelimiter(body);
  if (delimiter === null) return { text };
  try {
    const cells = parse(body, {
      delimiter,
      bom: true,
      relaxColumnCount: true,
      relaxQuotes: true,
    });
    const tables = toTables(cells);
    return {
      text: tables.map(tableToText).join('\n\n'),
      metadata: { rows: tables.reduce((sum, { rows }) => sum + rows.length, 0) },
    };
  } catch {
    return { text };
  }
}

/**
 * Returns the delimiter that occurs equally often in most of the first lines, outside quotation marks. Null if there is
 * none.
 */
function findDelimiter(text: string): string | null {
  const counts = countInLines(text.slice(0, sampleLength));
  const scores = delimiters.map((delimiter, i) => {
    const perLine = counts.map((line) => line[i] ?? 0);
    const usual = perLine[0] ?? 0;
    const agreeing = perLine.filter((count) => count > 0 && count === usual).length;
    const any = perLine.filter((count) => count > 0).length;
    return { delimiter, score: (agreeing + any / 10) / Math.max(1, perLine.length) };
  });
  const best = scores.toSorted((a, b) => b.score - a.score)[0];
  return best === undefined || best.score === 0 ? ',' : best.delimiter;
}

/** Counts each delimiter in each of the first lines. */
function countInLines(text: string): number[][] {
  const lines: number[][] = [];
  let line = delimiters.map(() => 0);
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    const at = delimiters.indexOf(character as ',');
    if (at >= 0) line[at] = (line[at] ?? 0) + 1;
    if (character !== '\n') continue;
    lines.push(line);
    if (lines.length >= sampleLines) return lines;
    line = delimiters.map(() => 0);
  }
  return [...lines, line];
}
