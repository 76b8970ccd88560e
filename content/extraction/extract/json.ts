/** Deeper levels are not indented further: brackets nested 30,000 deep would become gigabytes of blanks. */
const deepestIndent = 8;

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
  return `\n${' '.repeat(Math.min(depth, deepestIndent))}`;
}
