/**
 * TypeScript believes what a raw query says of its rows: a renamed field that is still selected by its old name is null
 * for ever, and nothing fails. Therefore each query is compared with the type of its rows.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { TSTypeLiteral } from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import { parseFolders } from './harness/syntax.ts';

type Fields = TSTypeLiteral['members'];

interface RawQuery {
  readonly file: string;
  readonly text: string;
  /** The type of its rows: a name, or the fields themselves. */
  readonly rows: string | readonly string[];
}

const files = parseFolders('db', 'content', 'api', 'activities', 'jobs', 'sources', 'platform', 'tools');
const interfaces = new Map(files.flatMap(({ program }) => interfacesOf(program)));
const queries = files.flatMap(({ file, program }) => rawQueries(file, program));

test('every raw query names each column that the type of its rows has', () => {
  const compared = queries.flatMap(({ file, text, rows }) => {
    const fields = typeof rows === 'string' ? interfaces.get(rows) : rows;
    // A query for all columns of a table or of a function leaves it to the migrations what they are called.
    return fields === undefined || /^`\s*select (\w+\.)?\*/.test(text) ? [] : [{ file, text, fields }];
  });
  const unnamed = compared.flatMap(({ file, text, fields }) =>
    fields.filter((field) => !names(text, field)).map((field) => `${file}: ${field}`),
  );
  expect(compared.length).toBeGreaterThan(60);
  expect(unnamed).toEqual([]);
});

/** Kysely turns the columns of a result into camel case; a quoted name stays as it is. */
function names(text: string, field: string): boolean {
  const column = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new RegExp(String.raw`\b(${column}|${field})\b`).test(text);
}

function rawQueries(file: string, program: Parameters<Visitor['visit']>[0]): RawQuery[] {
  const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  const found: RawQuery[] = [];
  const parts: string[] = [];
  new Visitor({
    TaggedTemplateExpression: ({ tag, typeArguments, quasi }) => {
      if (tag.type !== 'Identifier' || tag.name !== 'sql') return;
      const text = source.slice(quasi.start, quasi.end);
      const rows = typeArguments?.params[0];
      if (rows === undefined) parts.push(text);
      else if (rows.type === 'TSTypeLiteral') found.push({ file, text, rows: fieldsOf(rows.members) });
      else if (rows.type === 'TSTypeReference' && rows.typeName.type === 'Identifier')
        found.push({ file, text, rows: rows.typeName.name });
    },
  }).visit(program);
  // A query may get its columns from another part of its file.
  return found.map((query) =>
    query.text.includes('${') ? { ...query, text: [query.text, ...parts].join('\n') } : query,
  );
}

function interfacesOf(program: Parameters<Visitor['visit']>[0]): [string, readonly string[]][] {
  const found: [string, readonly string[]][] = [];
  new Visitor({
    TSInterfaceDeclaration: ({ id, body }) => found.push([id.name, fieldsOf(body.body)]),
  }).visit(program);
  return found;
}

function fieldsOf(members: Fields): string[] {
  return members.flatMap((member) =>
    member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? [member.key.name] : [],
  );
}
