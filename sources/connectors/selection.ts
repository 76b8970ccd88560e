/**
 * The config fields that select items in the same way for every source, and the rule made of them. The engine applies the
 * rule to whatever a listing, a feed or a look-up shows; a connector only narrows its listing where its vendor can.
 */

import { RE2JS } from 're2js';
import { z } from 'zod';
import { foldCase } from '../../domain/fold-case.ts';
import { exclusionToPattern, globProblem } from '../../domain/path-globs.ts';
import type { Selects } from '../../domain/selection.ts';

/** Bounds the time that matching a path takes. */
const maxExclusions = 50;
const maxPatternLength = 200;
const dayMs = 86_400_000;

export const pathPattern = z
  .string()
  .trim()
  .max(maxPatternLength, `must have at most ${maxPatternLength} characters`)
  .superRefine((glob, context) => {
    const problem = globProblem(glob);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

export const excludeField = z
  .array(pathPattern)
  .max(maxExclusions, `at most ${maxExclusions}`)
  .default([])
  .describe(
    'Do not sync these files and folders: "Archive", "*.tmp", "Drafts/**". A pattern applies at any depth; one that begins with / applies from the top.',
  );

export const fileTypesField = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^\.?[a-z0-9]{1,10}$/, 'must be the ending of a file’s name, such as pdf'),
  )
  .max(50, 'at most 50')
  .default([])
  .describe(
    'Sync only files of these types, given by the ending of their names: pdf, docx, md. Leave it empty for all.',
  );

/** @param what what has this date: "messages sent", "messages posted" */
export function sinceField(what: string) {
  return z.iso
    .date('must be a date such as 2026-01-31')
    .optional()
    .describe(`Sync only ${what} on or after this day (UTC), such as 2026-01-31. Leave it empty for all.`);
}

export const retainDaysField = z
  .int()
  .min(1)
  .max(36_500)
  .optional()
  .describe(
    'Keep only what is at most this many days old by its time at the source. Older documents are removed, and not fetched. Leave it empty to keep everything.',
  )
  .meta({ title: 'Days to keep' });

export interface SelectionRules {
  /** Ids of containers: only what is in one of them, at any depth. Empty: everything. */
  readonly folders?: readonly string[];
  /** The same by paths, whatever the case of their letters, for sources without containers. */
  readonly folderPaths?: readonly string[];
  readonly exclude?: readonly string[];
  readonly fileTypes?: readonly string[];
  /** A day: `2026-01-31`. */
  readonly since?: string | undefined;
  /** Days after which an item leaves. */
  readonly retainDays?: number | undefined;
}

/** Names for types that have no ending of their own: those that Google’s desktop client uses. */
const endings: Readonly<Record<string, string>> = {
  'application/vnd.google-apps.document': 'gdoc',
  'application/vnd.google-apps.spreadsheet': 'gsheet',
  'application/vnd.google-apps.presentation': 'gslides',
  'application/vnd.google-apps.drawing': 'gdraw',
};

/**
 * Makes the fields `selects` and `retainDays` of a connector; nothing if no rule is set, so that a listing without rules
 * costs nothing.
 */
export function selecting(rules: SelectionRules): { readonly selects?: Selects; readonly retainDays?: number } {
  const { retainDays } = rules;
  const checks = [
    inFolders(rules.folders ?? []),
    inFolderPaths(rules.folderPaths ?? []),
    notExcluded(rules.exclude ?? []),
    ofTypes(rules.fileTypes ?? []),
    notBefore(rules.since === undefined ? undefined : Date.parse(rules.since)),
    notBefore(retainDays === undefined ? undefined : Date.now() - retainDays * dayMs),
  ].filter((check) => check !== null);
  if (checks.length === 0) return {};
  return {
    selects: (entry) => checks.every((check) => check(entry)),
    ...(retainDays === undefined ? {} : { retainDays }),
  };
}

function inFolders(folders: readonly string[]): Selects | null {
  if (folders.length === 0) return null;
  const wanted = new Set(folders);
  // Unknown does not mean outside.
  return ({ containers }) => containers === null || containers.some((id) => wanted.has(id));
}

function inFolderPaths(folders: readonly string[]): Selects | null {
  if (folders.length === 0) return null;
  const wanted = folders.map((folder) => `${foldCase(folder.replace(/^\/+|\/+$/g, ''))}/`);
  return ({ path }) => {
    const folded = `${foldCase(path)}/`;
    return wanted.some((folder) => folded.startsWith(folder));
  };
}

function notExcluded(globs: readonly string[]): Selects | null {
  if (globs.length === 0) return null;
  const pattern = RE2JS.compile(globs.map(exclusionToPattern).join('|'), RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL);
  return ({ path }) => !pattern.test(path);
}

function ofTypes(types: readonly string[]): Selects | null {
  if (types.length === 0) return null;
  const wanted = new Set(types.map((type) => type.replace(/^\./, '').toLowerCase()));
  return ({ kind, name, mimeType }) => kind === 'container' || wanted.has(endingOf(name, mimeType));
}

function endingOf(name: string, mimeType: string | null): string {
  return endings[mimeType ?? ''] ?? /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** An item without a time is selected: unknown does not mean outside. */
function notBefore(first: number | undefined): Selects | null {
  if (first === undefined) return null;
  return ({ kind, modifiedAt }) => kind === 'container' || modifiedAt === null || Date.parse(modifiedAt) >= first;
}
