import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Formats generated text as the file that it is written to, so that the check of formats passes. Python is written as it
 * is, since the formatter does not know it.
 * @throws Error if the formatter rejects the text
 */
function formatGenerated(text: string, file: string): string {
  if (extname(file) === '.py') return text;
  const program = join(root, 'node_modules/oxfmt/bin/oxfmt');
  const { stdout, status, stderr } = spawnSync(process.execPath, [program, '--stdin-filepath', file], {
    input: text,
    encoding: 'utf8',
    cwd: root,
  });
  if (status !== 0) throw new Error(`oxfmt could not format what was generated: ${stderr}`);
  return stdout;
}

/**
 * Formats generated text and writes it to its file. With `--check` it writes nothing, and ends the process with 1 if the
 * file is outdated.
 * @param command the npm script that writes it
 */
export async function writeGenerated(text: string, file: string, command: string): Promise<void> {
  const name = relative(root, file);
  const formatted = formatGenerated(text, file);
  if (!process.argv.includes('--check')) {
    await writeFile(file, formatted);
    console.log(`${name} is up to date.`);
  } else if (formatted !== (await readFile(file, 'utf8').catch(() => ''))) {
    console.error(`${name} is outdated. Run \`npm run ${command}\`.`);
    process.exit(1);
  }
}
