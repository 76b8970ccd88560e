/**
 * `npm run conformance:fields [-- SOURCE [PATTERN]]`: damages each field of each answer of each simulated vendor in
 * turn. For one source it prints the source's row and the violations (in the cases that PATTERN matches). For all
 * sources it writes the table of fields and outcomes into docs/reliability.md.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FieldResult, tryFields } from '../test/conformance/fields.ts';
import { fieldSubjects } from '../test/conformance/fields/subjects.ts';
import { outcomes } from '../test/conformance/fields/verdict.ts';

const page = join(import.meta.dirname, '../docs/reliability.md');
const [begin, end] = ['<!-- fields: written by npm run conformance:fields -->', '<!-- fields end -->'];

const [source, pattern] = process.argv.slice(2);
const rows: string[] = [];
for (const kind of fieldSubjects.filter(({ name }) => name.startsWith(source ?? ''))) {
  const began = performance.now();
  const results = await tryFields(kind, 'all', new RegExp(pattern ?? '.'));
  printFailures(results);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${kind.name}: ${results.length} cases in ${seconds} s, ${failuresOf(results).length} failed`);
  const written = rowOf(kind.name, results);
  console.log(written);
  rows.push(written);
}
if (source === undefined) await writeTable();
// Without this, open connections of simulators would delay the end of the process.
process.exit(0);

function failuresOf(results: readonly FieldResult[]): FieldResult[] {
  return results.filter(({ failures }) => failures.length > 0);
}

function printFailures(results: readonly FieldResult[]): void {
  for (const { call, field, what, which, failures } of failuresOf(results))
    console.log(`${call} ${field}: ${what} (${which})\n${failures.map((failure) => `    ${failure}`).join('\n')}`);
}

function rowOf(name: string, results: readonly FieldResult[]): string {
  const fields = new Set(results.filter(({ field }) => field !== '').map(({ call, field }) => `${call} ${field}`));
  const calls = new Set(results.map(({ call }) => call));
  const counts = outcomes.map((outcome) => results.filter((result) => result.outcome === outcome).length);
  return row([name, calls.size, fields.size, results.length, ...counts, failuresOf(results).length]);
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

async function writeTable(): Promise<void> {
  const head = ['source', 'calls', 'fields', 'cases', ...outcomes, 'broken promises'];
  const table = [row(head), row(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows].join('\n');
  const [before, rest] = (await readFile(page, 'utf8')).split(begin);
  const [, after] = (rest ?? '').split(end);
  if (after === undefined) throw new Error(`${page} has no markers for the table: ${begin} … ${end}`);
  await writeFile(page, `${before}${begin}\n\n${table}\n\n${end}${after}`);
}
