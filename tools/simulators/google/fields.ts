/** Partial responses: `a,b(c,d/e)` leaves out everything else. */

interface Selector {
  readonly [name: string]: Selector | true;
}

/** Applies a `fields` parameter to an answer. `*` selects everything. */
export function applyFields(value: unknown, fields: string): unknown {
  return select(value, parse(fields));
}

function select(value: unknown, selector: Selector | true): unknown {
  if (selector === true || selector['*'] !== undefined) return value;
  if (Array.isArray(value)) return value.map((item) => select(item, selector));
  if (typeof value !== 'object' || value === null) return value;
  const picked: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(selector)) {
    const child = (value as Record<string, unknown>)[name];
    if (child !== undefined) picked[name] = select(child, inner);
  }
  return picked;
}

const parsed = new Map<string, Selector>();

function parse(fields: string): Selector {
  let selector = parsed.get(fields);
  if (selector === undefined) {
    selector = parseList(fields.split(/([(),/])/).filter((token) => token.trim() !== ''));
    parsed.set(fields, selector);
  }
  return selector;
}

function parseList(tokens: string[]): Selector {
  const selector: Record<string, Selector | true> = {};
  while (tokens.length > 0 && tokens[0] !== ')') {
    const name = tokens.shift()?.trim() ?? '';
    if (name === ',') continue;
    if (tokens[0] === '(') {
      tokens.shift();
      selector[name] = parseList(tokens);
      tokens.shift();
    } else if (tokens[0] === '/') {
      tokens.shift();
      selector[name] = { [tokens.shift()?.trim() ?? '']: true };
    } else selector[name] = true;
  }
  return selector;
}
