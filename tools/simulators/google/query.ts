/** Parses the search terms of Drive that a listing may use (docs/vendors/google-drive.md#full-listing) into a predicate. */

import type { GoogleAccount, GoogleState, SimFile } from './state.ts';

export type Predicate = (file: SimFile) => boolean;

interface SimulatedCall {
  readonly state: GoogleState;
  readonly email: string;
}

/** @throws Error for an unknown term */
export function parseQuery(q: string, asked: SimulatedCall): Predicate {
  const tokens = q.match(/'(?:\\.|[^'\\])*'|[()]|!=|<=|>=|[=<>]|[A-Za-z]+/g) ?? [];
  const predicate = parseOr(tokens, asked);
  if (tokens.length > 0) throw new Error(`unexpected ${tokens[0]}`);
  return predicate;
}

/**
 * Returns the folders named by `'X' in parents`, unless the query contains something that widens it; null: all files.
 */
export function parentsOf(q: string): string[] | null {
  const parents = [...q.matchAll(/'((?:\\.|[^'\\])*)' in parents/g)].map((match) => match[1] ?? '');
  return parents.length === 0 || q.includes('not ') ? null : parents;
}

function parseOr(tokens: string[], asked: SimulatedCall): Predicate {
  let left = parseAnd(tokens, asked);
  while (tokens[0] === 'or') {
    tokens.shift();
    const [a, b] = [left, parseAnd(tokens, asked)];
    left = (file) => a(file) || b(file);
  }
  return left;
}

function parseAnd(tokens: string[], asked: SimulatedCall): Predicate {
  let left = parseTerm(tokens, asked);
  while (tokens[0] === 'and') {
    tokens.shift();
    const [a, b] = [left, parseTerm(tokens, asked)];
    left = (file) => a(file) && b(file);
  }
  return left;
}

function parseTerm(tokens: string[], asked: SimulatedCall): Predicate {
  const token = tokens.shift();
  if (token === '(') {
    const inner = parseOr(tokens, asked);
    tokens.shift();
    return inner;
  }
  if (token === 'not') {
    const inner = parseTerm(tokens, asked);
    return (file) => !inner(file);
  }
  if (token?.startsWith("'")) return parseIn(unquote(token), tokens, asked);
  const operator = tokens.shift();
  const value = tokens.shift() ?? '';
  return compare(token ?? '', operator ?? '', value, asked);
}

function parseIn(value: string, tokens: string[], { state, email }: SimulatedCall): Predicate {
  tokens.shift();
  const field = tokens.shift();
  if (field === 'parents') {
    const id = value === 'root' ? state.account(email).rootId : value;
    return (file) => file.parent === id;
  }
  if (field === 'owners') return (file) => file.driveId === null && file.owner === (value === 'me' ? email : value);
  throw new Error(`unknown field ${field}`);
}

function compare(field: string, operator: string, value: string, { state, email }: SimulatedCall): Predicate {
  switch (field) {
    case 'trashed':
      return (file) => state.isTrashed(file) === (value === 'true');
    case 'sharedWithMe':
      return (file) => isSharedWith(file, state.account(email)) === (value === 'true');
    case 'mimeType':
      return (file) => (file.mimeType === unquote(value)) === (operator === '=');
    case 'name':
      return operator === 'contains'
        ? (file) => file.name.toLowerCase().includes(unquote(value).toLowerCase())
        : (file) => file.name === unquote(value);
    case 'modifiedTime': {
      const at = Date.parse(unquote(value));
      return (file) =>
        (operator.startsWith('>') ? file.modifiedMs > at : file.modifiedMs < at) ||
        (operator.endsWith('=') && file.modifiedMs === at);
    }
    default:
      throw new Error(`unknown field ${field}`);
  }
}

function isSharedWith(file: SimFile, { email, received }: GoogleAccount): boolean {
  return received.has(file.id) || (file.owner !== email && file.driveId === null);
}

function unquote(token: string): string {
  return token.slice(1, -1).replace(/\\(.)/g, '$1');
}
