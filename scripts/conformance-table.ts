/** `npm run conformance`: runs the conformance suite and writes its report, source by case, into docs/sources.md. */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/sources.md');
const [begin, end] = ['<!-- conformance: written by npm run conformance -->', '<!-- conformance ends -->'];

const jest = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
// A failing case is part of the report, so jest's exit code is ignored.
const { stdout } = await promisify(execFile)(
  process.execPath,
  [...jest, 'test/conformance/connectors.test.ts', '--json'],
  {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  },
).catch((error: { readonly stdout: string }) => error);
const results = (JSON.parse(stdout) as Report).testResults.flatMap((file) => file.assertionResults);

const nameOf = (titles: readonly string[]): string =>
  (titles[0] ?? '').replace(' keeps the contract of a connector', '');
const subjects = [...new Set(results.map((result) => nameOf(result.ancestorTitles)))];
const cases = [...new Set(results.map((result) => result.title))];
const cell = (subject: string, title: string): string => {
  const found = results.find((result) => nameOf(result.ancestorTitles) === subject && result.title === title);
  return found === undefined ? 'not run' : found.status === 'passed' ? '✓' : found.status;
};
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = [
  row(['case', ...subjects]),
  row(['---', ...subjects.map(() => '---')]),
  ...cases.map((title) => row([title.replaceAll('|', '\\|'), ...subjects.map((subject) => cell(subject, title))])),
].join('\n');

const text = await readFile(page, 'utf8');
const [before, rest] = text.split(begin);
const [, after] = (rest ?? '').split(end);
if (after === undefined) throw new Error(`${page} has no markers for the table: ${begin} … ${end}`);
await writeFile(page, `${before}${begin}\n\n${table}\n\n${end}${after}`);
console.log(`${cases.length} cases for ${subjects.length} subjects`);
