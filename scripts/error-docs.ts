/**
 * `npm run docs:errors`: writes `docs/errors.md` from the catalog in `domain/error-codes.ts`. With `--check` it
 * writes nothing and fails if the page is outdated.
 */

import { join } from 'node:path';
import { writeGenerated } from './write-generated.ts';
import { type ErrorActor, type ErrorEntry, errorSections } from '../domain/error-codes.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs', 'errors.md');

const intro = `# Error codes

Generated from \`domain/error-codes.ts\` by \`npm run docs:errors\`.

Each error has a stable \`code\`. Answers of the API contain it as \`code\` (RFC 9457), items and gaps of a job contain it as \`code\` or
\`errorCode\`, failures in Temporal use it as their type. The message beside it says what happened in that case; this page says what a
code means and who can act.

An error affects only what it concerns: an \`item\` alone, a \`container\` (a folder, a channel, a database), an
\`account\`, a \`job\`, one \`request\` to the API, or the whole \`installation\`. What a sync does about an item's, a container's
and an account's errors follows from their kind and scope ([decision 10](decisions/10-errors.md)).
`;

const actors = {
  nobody: 'nobody',
  owner: 'the user who owns the source, the key or the webhook',
  administrator: 'an administrator at the vendor',
  operator: 'the operator of Headwater',
  caller: 'the caller of the API',
} as const satisfies Record<ErrorActor, string>;

await writeGenerated([intro, ...Object.values(errorSections).map(section)].join('\n'), file, 'docs:errors');

function section({ title, codes }: { readonly title: string; readonly codes: Readonly<Record<string, ErrorEntry>> }) {
  const rows = Object.entries(codes).map(([code, { reach, actor, meaning, action }]) =>
    row([`\`${code}\``, reach.join(', '), meaning, actors[actor], action]),
  );
  const head = ['code', 'reaches', 'meaning', 'who can act', 'what to do'];
  return [`## ${title}\n`, row(head), row(head.map(() => '---')), ...rows, ''].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
