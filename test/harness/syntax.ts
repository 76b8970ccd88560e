/** Our own source, parsed, for tests of its text rather than its behavior. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, type Program } from 'oxc-parser';

const root = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly program: Program;
}

/** The files of these folders in order, without tests. @throws Error if one cannot be parsed */
export function parseFolders(...folders: readonly string[]): SourceFile[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
  return files
    .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
    .toSorted()
    .map((file) => {
      const { program, errors } = parseSync(file, readFileSync(join(root, file), 'utf8'));
      if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message ?? ''}`);
      return { file, program };
    });
}
