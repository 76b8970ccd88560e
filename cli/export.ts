import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ExportLine, ExportOptions } from './api-client.ts';
import { parsePartSize } from './arguments.ts';
import { type Added, exportParts, findLastPart, writePart } from './parquet-parts.ts';
import type { Terminal } from './terminal.ts';

interface Arguments {
  readonly source?: string;
  readonly vectors?: boolean;
  readonly cursor?: string;
  readonly format: 'ndjson' | 'parquet';
  readonly output?: string;
  readonly part: number;
}

const newline = 10;
/** How each line of an export begins. */
const beginning = '{"type":"';

/** `headwater export`: every document with its chunks, as lines of JSON or as a Parquet file. */
export function addExportCommand(program: Command, { api, find }: Terminal): void {
  program
    .command('export')
    .description('write every document with its chunks, as lines of JSON with a last line "end", or as a Parquet file')
    .addOption(
      new Option('--format <format>', 'parquet: a row for each chunk; needs --output')
        .choices(['ndjson', 'parquet'])
        .default('ndjson'),
    )
    .option('--source <source>', 'only the documents of this source')
    .option('--vectors', 'with the vector of each chunk')
    .option('--cursor <cursor>', 'continue after this line of an earlier export')
    .option(
      '--output <file>',
      'write to this file; if it exists, continue it with what has changed since. A folder ("out/") gets Parquet in parts, and is continued too',
    )
    .option('--part <n>', 'documents in each part of a folder', parsePartSize, 10_000)
    .action(async ({ source, vectors = false, cursor, format, output, part }: Arguments) => {
      if (format === 'parquet' && output === undefined)
        program.error('error: a Parquet file needs a name: --output FILE', { exitCode: 2 });
      const dataSourceId = source === undefined ? undefined : (await find(source)).id;
      const query = { dataSourceId, vectors };
      const linesFrom = (from: string | undefined) => api().exportLines({ ...query, cursor: from });
      const parquetFrom = async (from: string | undefined, limit?: number) =>
        await api().exportParquet({ ...query, cursor: from, limit });
      const refuseOthers = (earlier: ExportOptions | null): void => {
        if (earlier === null || (earlier.dataSourceId === (dataSourceId ?? null) && earlier.vectors === vectors))
          return;
        program.error(`error: ${output ?? ''} is an export ${wordsFor(earlier)}. ${sameOrElsewhere}`, { exitCode: 2 });
      };
      if (output === undefined) await writeLines(linesFrom(cursor), toStandardOutput);
      else if (format === 'ndjson') {
        await using file = await open(output, 'a+');
        if (!(await isExport(file)))
          program.error(`error: ${output} exists and is no export in lines of JSON. Write to another file.`, {
            exitCode: 2,
          });
        await continueLines(file, output, linesFrom, cursor, refuseOthers);
      } else if (!(await isFolder(output))) await writeWhole(await parquetFrom(cursor), output);
      else {
        const last = await findLastPart(output);
        refuseOthers(last?.end.options ?? null);
        printParts(output, await exportParts((from) => parquetFrom(from, part), output, last, cursor));
      }
    });
}

const sameOrElsewhere = 'Continue it with the same options (--source, --vectors), or write to another place.';

function wordsFor({ dataSourceId, vectors }: ExportOptions): string {
  return `of ${dataSourceId === null ? 'all sources' : `the source ${dataSourceId}`}, ${vectors ? 'with' : 'without'} vectors`;
}

/** Writes lines to a file, after what an earlier export has left there. */
async function continueLines(
  file: FileHandle,
  output: string,
  linesFrom: (cursor: string | undefined) => AsyncIterable<ExportLine>,
  cursor: string | undefined,
  refuseOthers: (earlier: ExportOptions | null) => void,
): Promise<void> {
  const last = await findLastLine(file);
  refuseOthers(last?.options ?? null);
  const from = cursor ?? last?.cursor;
  const lines = await writeLines(linesFrom(from), (line) => file.appendFile(line));
  console.error(`${output}: ${lines} lines${from === undefined ? '' : ' since the earlier export'}`);
}

async function isFolder(path: string): Promise<boolean> {
  if (path.endsWith('/')) return true;
  const known = await stat(path).catch(() => null);
  return known?.isDirectory() === true;
}

function printParts(folder: string, { files, documents, deletions }: Added): void {
  const deleted = deletions === 0 ? '' : ` and ${deletions} deletions`;
  console.error(
    files === 0
      ? `${folder}: nothing has changed since`
      : `${folder}: ${documents} documents${deleted} in ${files} files added`,
  );
}

async function writeWhole(bytes: AsyncIterable<Uint8Array>, output: string): Promise<void> {
  await writePart(bytes, output);
  console.error(`${output}: written`);
}

/** @returns the number of lines */
async function writeLines(lines: AsyncIterable<ExportLine>, write: (line: string) => Promise<void>): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    await write(`${JSON.stringify(line)}\n`);
    count++;
  }
  return count;
}

async function toStandardOutput(line: string): Promise<void> {
  if (process.stdout.write(line)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

interface LastLine {
  readonly cursor: string | undefined;
  /** The options are in the last line of a whole export; null in files of earlier versions. */
  readonly options: ExportOptions | null;
}

/** Whether it is empty or begins as an export does, also one that broke off in its first line. */
async function isExport(file: FileHandle): Promise<boolean> {
  const head = (await readAt(file, 0, beginning.length)).toString();
  return beginning.startsWith(head);
}

/** Cuts a line that was not finished off the file. @returns the last complete line, null if there is none */
async function findLastLine(file: FileHandle): Promise<LastLine | null> {
  const { size } = await file.stat();
  const end = await findNewline(file, size);
  await file.truncate(end + 1);
  if (end < 0) return null;
  const start = (await findNewline(file, end)) + 1;
  // The cursor stands at the beginning of a line, which may be long; the last line of an export is short.
  const head = (await readAt(file, start, Math.min(end, start + 1000))).toString();
  const [, type, cursor] = /^\{"type":"(\w+)","cursor":"([\w-]+)"/.exec(head) ?? [];
  return { cursor, options: type === 'end' ? optionsOf(JSON.parse(head) as Partial<ExportOptions>) : null };
}

function optionsOf({ dataSourceId, vectors }: Partial<ExportOptions>): ExportOptions | null {
  return dataSourceId === undefined || vectors === undefined ? null : { dataSourceId, vectors };
}

/** The position of the last end of a line before `end`; -1 if there is none. */
async function findNewline(file: FileHandle, end: number): Promise<number> {
  const blockSize = 65_536;
  for (let to = end; to > 0; to -= blockSize) {
    const from = Math.max(0, to - blockSize);
    const at = (await readAt(file, from, to)).lastIndexOf(newline);
    if (at >= 0) return from + at;
  }
  return -1;
}

async function readAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
