import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { parseCount } from './arguments.ts';
import { localTime, printable, printMore, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

interface FoundFile {
  /** On this machine. */
  readonly file: string;
  /** In the source. */
  readonly path: string;
}

interface UploadSummary {
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly failed: { readonly path: string; readonly message: string }[];
}

/** `headwater files …`: the files of a source of the type `upload`. */
export function addFileCommands(program: Command, terminal: Terminal): void {
  const files = program.command('files').description('uploaded files of a source: upload, list, delete');
  addUpload(files, terminal);
  addFileList(files, terminal);
  files
    .command('delete')
    .description('delete an uploaded file, or with "/" at the end everything in that folder')
    .argument('<source>')
    .argument('<path>')
    .action(async (source: string, path: string) =>
      terminal.output(await terminal.api().deleteFiles((await terminal.find(source)).id, path), (answer) => {
        console.log(`${answer.deleted} deleted; the next sync removes their documents.`);
        warn(answer.warning);
      }),
    );
}

function addUpload(files: Command, { api, output, find }: Terminal): void {
  files
    .command('upload')
    .description('upload files and folders; a sync starts by itself. What is there already is replaced')
    .argument('<source>', 'a source of the type upload')
    .argument('<path...>', 'files and folders of this machine; hidden ones in folders are skipped')
    .option('--into <folder>', 'the folder in the source')
    .action(async (source: string, paths: string[], { into }: { into?: string }) => {
      const { id } = await find(source);
      const found = (await Promise.all(paths.map((path) => filesAt(path)))).flat();
      const summary = await uploadAll(api(), id, found, into === undefined ? '' : `${into.replace(/\/+$/, '')}/`);
      output(summary, printSummary);
      if (summary.failed.length > 0) process.exitCode = 1;
    });
}

function addFileList(files: Command, { api, output, find }: Terminal): void {
  files
    .command('list')
    .description('the uploaded files, with what the latest sync made of each')
    .argument('<source>')
    .option('--text <part>', 'part of the path')
    .option('--limit <n>', 'how many', parseCount, 50)
    .option('--cursor <cursor>', 'continue after a previous page')
    .action(async (source: string, query: { text?: string; limit: number; cursor?: string }) =>
      output(await api().listFiles((await find(source)).id, query), (answer) => {
        printTable(
          answer.files.map(({ path, size, uploadedAt, syncStatus, message }) => ({
            path,
            size,
            uploaded: localTime(uploadedAt),
            status: syncStatus ?? 'pending',
            reason: message ?? '',
          })),
          'No files yet: headwater files upload SOURCE PATH',
        );
        printMore(answer.nextCursor);
      }),
    );
}

/** A folder keeps its own name, as when it is dropped on the page. */
async function filesAt(path: string): Promise<FoundFile[]> {
  if (!(await stat(path)).isDirectory()) return [{ file: path, path: basename(path) }];
  // "." and ".." have the name of the folder that they are.
  const root = resolve(path);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => {
    const file = join(entry.parentPath, entry.name);
    const inside = relative(root, file).split(sep);
    const isWanted = entry.isFile() && !inside.some((part) => part.startsWith('.'));
    return isWanted ? [{ file, path: [basename(root), ...inside].filter(Boolean).join('/') }] : [];
  });
}

async function uploadAll(
  api: ApiClient,
  id: string,
  found: readonly FoundFile[],
  into: string,
): Promise<UploadSummary> {
  const summary = { created: 0, replaced: 0, unchanged: 0, failed: [] as { path: string; message: string }[] };
  let warning: string | null = null;
  for (const { file, path } of found) {
    try {
      const answer = await api.uploadFile(id, await openAsBlob(file), `${into}${path}`);
      summary[answer.outcome]++;
      warning = answer.warning ?? warning;
    } catch (error) {
      summary.failed.push({ path: file, message: Error.isError(error) ? error.message : String(error) });
    }
  }
  warn(warning);
  return summary;
}

function printSummary({ created, replaced, unchanged, failed }: UploadSummary): void {
  console.log(`${created} added, ${replaced} replaced, ${unchanged} unchanged, ${failed.length} failed`);
  for (const { path, message } of failed) console.error(`  ${printable(path)}: ${printable(message)}`);
}

function warn(warning: string | null): void {
  if (warning !== null) console.error(`headwater: ${warning}`);
}
