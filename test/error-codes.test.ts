/** The catalog of error codes is complete, contains no unused code, and matches the docs page. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Visitor } from 'oxc-parser';
import { type ErrorCode, errorSections, isErrorCode } from '../domain/error-codes.ts';
import { parseFolders } from './harness/syntax.ts';
import { direction } from './rooms.ts';

const files = parseFolders(...direction, 'cli');
const codes = Object.values(errorSections).flatMap((section) => Object.keys(section.codes));

/** Other systems' error codes in properties that are also called `code`. */
const foreignCodes = ['custom'];

test('no code is in two sections', () => {
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
});

test('every code in the catalog is used', () => {
  const literals = new Set<unknown>();
  for (const { file, program } of files) {
    if (file === 'domain/error-codes.ts') continue;
    new Visitor({
      Literal: ({ value }) => void literals.add(value),
      // Tables of messages use codes as keys.
      Property: ({ key }) => void literals.add(nameOf(key)),
    }).visit(program);
  }
  expect(codes.filter((code) => !literals.has(code))).toEqual([]);
});

test('every literal that is used as a code, or as the type of a failure, is in the catalog', () => {
  const given: { readonly file: string; readonly code: string }[] = [];
  for (const { file, program } of files) {
    const add = (code: string | null): void => void (code !== null && given.push({ file, code }));
    new Visitor({
      Property: (property) => {
        if (['code', 'errorCode'].includes(nameOf(property.key) ?? '')) add(literalOf(property.value));
      },
      CallExpression: ({ callee, arguments: [options] }) => {
        if (callee.type !== 'MemberExpression' || nameOf(callee.object) !== 'ApplicationFailure') return;
        if (options?.type !== 'ObjectExpression') return;
        for (const property of options.properties)
          if (property.type === 'Property' && nameOf(property.key) === 'type') add(literalOf(property.value));
      },
    }).visit(program);
  }
  expect(given.length).toBeGreaterThan(150);
  expect(given.filter(({ code }) => !isErrorCode(code) && !foreignCodes.includes(code))).toEqual([]);
});

test('each entry says what it means and what to do, in sentences', () => {
  const isSentence = (text: string): boolean => /^[\p{Lu}`].*[.!]$/u.test(text);
  const entries = Object.values(errorSections).flatMap((section) => Object.entries(section.codes));
  const unclear = entries.filter(([, { meaning, action }]) => !isSentence(meaning) || !isSentence(action));
  expect(unclear.map(([code]) => code as ErrorCode)).toEqual([]);
});

test('docs/errors.md matches the catalog', () => {
  const script = join(import.meta.dirname, '..', 'scripts', 'error-docs.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

function nameOf(key: { readonly type: string }): string | null {
  return key.type === 'Identifier' && 'name' in key && typeof key.name === 'string' ? key.name : null;
}

function literalOf(node: { readonly type: string }): string | null {
  return node.type === 'Literal' && 'value' in node && typeof node.value === 'string' ? node.value : null;
}
