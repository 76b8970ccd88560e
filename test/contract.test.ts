/**
 * Everything that crosses Temporal is recorded in histories, so its types are in `domain/contract.ts`, where no change
 * to them goes unnoticed.
 */

import { expect, test } from '@jest/globals';
import type { ArrowFunctionExpression, CallExpression, Function as FunctionNode, Program } from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import { parseFolders } from './harness/syntax.ts';

type Signature = Pick<ArrowFunctionExpression | FunctionNode, 'params' | 'returnType'>;

/** Types of the language, which add no fields of their own. */
const builtIn = ['Promise', 'Readonly', 'Record', 'Partial', 'Array'];
/** Takes the place of a type that is left to inference, which could follow any table. */
const unstated = 'an unstated type';

const activityFiles = parseFolders('activities').filter(({ file }) => !file.includes('/support/'));
const workflowFiles = parseFolders('workflows');

test('every type in the signature of an activity is part of the contract', () => {
  const foreign = activityFiles.flatMap(({ file, program }) => {
    const signatures = stepsOf(program);
    // The second argument is the activity's context, which never leaves the worker.
    const types = signatures.flatMap(({ params: [input], returnType }) => [
      ...(input === undefined ? [] : typesOf(input)),
      ...(returnType ? typesIn(returnType) : [unstated]),
    ]);
    return outsideOf(file, program, types);
  });
  expect(activityFiles.flatMap(({ program }) => stepsOf(program)).length).toBeGreaterThan(30);
  expect(foreign).toEqual([]);
});

test('every activity is written where it is registered, so that its types can be compared', () => {
  const elsewhere = activityFiles.flatMap(({ file, program }) =>
    callsOf(program, 'activity').flatMap(({ arguments: [, work] }) =>
      work?.type === 'ArrowFunctionExpression' ? [] : [`${file}: an activity that is passed by name`],
    ),
  );
  expect(elsewhere).toEqual([]);
});

test('every type in the signature of a workflow, a signal, a query or an update is part of the contract', () => {
  const exported = new Set(exportedNames());
  const foreign = workflowFiles.flatMap(({ file, program }) => {
    const types: string[] = [];
    for (const statement of program.body) {
      if (statement.type !== 'ExportNamedDeclaration') continue;
      const { declaration } = statement;
      if (declaration?.type === 'FunctionDeclaration' && exported.has(declaration.id?.name ?? ''))
        types.push(
          ...declaration.params.flatMap(typesOf),
          ...(declaration.returnType ? typesIn(declaration.returnType) : [unstated]),
        );
    }
    new Visitor({
      CallExpression: (call) => {
        const { callee } = call;
        if (callee.type === 'Identifier' && /^define(Signal|Query|Update)$/.test(callee.name))
          types.push(...typesIn(call.typeArguments));
      },
    }).visit(program);
    return outsideOf(file, program, types);
  });
  expect(exported.size).toBeGreaterThan(8);
  expect(foreign).toEqual([]);
});

/** The functions that are passed to `activity`. */
function stepsOf(program: Program): Signature[] {
  return callsOf(program, 'activity').flatMap(({ arguments: [, work] }) =>
    work?.type === 'ArrowFunctionExpression' ? [work] : [],
  );
}

function callsOf(program: Program, name: string): CallExpression[] {
  const found: CallExpression[] = [];
  new Visitor({
    CallExpression: (call) => {
      if (call.callee.type === 'Identifier' && call.callee.name === name) found.push(call);
    },
  }).visit(program);
  return found;
}

function typesOf(parameter: Signature['params'][number]): string[] {
  const types = typesIn(parameter);
  return types.length === 0 ? [unstated] : types;
}

/** What the worker registers: the names that `workflows/index.ts` exports. */
function exportedNames(): string[] {
  const index = workflowFiles.find(({ file }) => file === 'workflows/index.ts');
  const names: string[] = [];
  for (const statement of index?.program.body ?? []) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const { exported } of statement.specifiers) if (exported.type === 'Identifier') names.push(exported.name);
  }
  return names;
}

/** Names of the types in an annotation; `{…}` for an inline object type. */
function typesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(typesIn);
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && node.type === 'TSTypeLiteral') return ['{…}'];
  if ('type' in node && node.type === 'TSTypeQuery') return ['typeof …'];
  const own = 'type' in node && node.type === 'TSTypeReference' && 'typeName' in node ? [nameOf(node.typeName)] : [];
  return [...own, ...Object.values(node).flatMap(typesIn)];
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node ? String(node.name) : 'a qualified name';
}

function outsideOf(file: string, program: Program, types: readonly string[]): string[] {
  const ofContract = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' || !statement.source.value.endsWith('domain/contract.ts')) continue;
    for (const { local } of statement.specifiers) ofContract.add(local.name);
  }
  const outside = types.filter((type) => !builtIn.includes(type) && !ofContract.has(type));
  return outside.map((type) => `${file}: ${type}`);
}
