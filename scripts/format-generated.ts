import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Formats generated text as the file that it is written to, so that the check of formats passes.
 * @throws Error if the formatter rejects the text
 */
export function formatGenerated(text: string, file: string): string {
  const program = join(root, 'node_modules/oxfmt/bin/oxfmt');
  const { stdout, status, stderr } = spawnSync(process.execPath, [program, '--stdin-filepath', file], {
    input: text,
    encoding: 'utf8',
    cwd: root,
  });
  if (status !== 0) throw new Error(`oxfmt could not format what was generated: ${stderr}`);
  return stdout;
}
