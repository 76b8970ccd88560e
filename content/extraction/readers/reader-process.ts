/**
 * The program of one reader: it reads and transforms its inputs one at a time until it is killed or its pipe closes. It
 * starts with an empty environment, so that a hostile file finds no secrets there.
 */

import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { isSyncError } from '../../../domain/errors.ts';
import type { PreviewRequest } from '../../../domain/transformations.ts';
import { extractDocument } from '../extract-document.ts';
import type { ExtractionInput } from '../../../domain/reading.ts';
import type { UserPattern } from '../../transformations/configs.ts';
import type { RecognitionInput } from '../recognition/recognize-page.ts';
import { isScan } from '../scan.ts';
import { stageDocument, type StageInput } from '../stage-document.ts';
import { previewDocument } from '../transform-document.ts';
import { createFrameReader, toFrame } from './frames.ts';
import {
  type FactsInput,
  type ReaderAnswer,
  type ReaderFunction,
  type ReaderRequest,
  type ReadInput,
  readyMessage,
} from './protocol.ts';
import { decodeWholeUnitsOnly } from './whole-utf16.ts';

/** The functions that a reader provides. */
export type ReaderFunctions = Readonly<Record<ReaderFunction, (input: never) => unknown>>;

export const functions = {
  extract: (input: ExtractionInput) => extractDocument(input),
  transform: (input: StageInput) => stageDocument(input),
  read: async ({ facts, target, ...input }: ReadInput) => {
    const document = await extractDocument(input);
    if (isScan(document)) return { scanned: document };
    return await stageDocument({ document, facts, transformations: [], target });
  },
  recognize: async (input: RecognitionInput) => {
    // Nobody waits interactively for this work, so everything else on the machine has priority.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const { recognizePage } = await import('../recognition/recognize-page.ts');
    return await recognizePage(input);
  },
  preview: (request: PreviewRequest) => previewDocument(request),
  /** Returns for each item why its facts alone exclude it, or null. */
  applyFilters: async ({ items, transformations }: FactsInput) => {
    const { excludedByFacts } = await import('../../transformations/registry.ts');
    return items.map((facts) => excludedByFacts(facts, transformations));
  },
  /** Explains what is wrong with a user's new pattern, or returns null. */
  checkPattern: async (pattern: UserPattern) => {
    const { patternProblem } = await import('../../transformations/patterns.ts');
    return patternProblem(pattern);
  },
} as const satisfies ReaderFunctions;

/** The pipe that `reader.ts` opens beside the three standard ones. */
const pipe = 3;
/** Requests come from Headwater itself, which limits them. */
const maxRequestBytes = 2 ** 31;

async function timedAnswer(served: ReaderFunctions, request: ReaderRequest): Promise<ReaderAnswer> {
  // Not of the process: adding up its threads takes 0.15 ms while they are busy, twice for each file.
  const before = process.threadCpuUsage();
  const result = await answer(served, request);
  const { user, system } = process.threadCpuUsage(before);
  return { ...result, cpuMs: (user + system) / 1000 };
}

async function answer(served: ReaderFunctions, { name, input }: ReaderRequest): Promise<ReaderAnswer> {
  try {
    return { answer: await served[name](input as never) };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const { kind, code, message, operatorMessage } = error;
    return { kind, code, message, operatorMessage };
  }
}

async function send(socket: Socket, value: unknown): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.write(toFrame(value), () => resolve());
  });
}

/**
 * A reader in an endless loop does not notice that its pipe has closed, so a thread checks whether its parent is still
 * alive.
 */
function endWithParent(): void {
  const parent = process.ppid;
  const code = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 1000)`;
  new Worker(code, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8, stackSizeMb: 1 } }).unref();
}

async function answerAll(socket: Socket, served: ReaderFunctions, requests: readonly ReaderRequest[]): Promise<void> {
  // Each answer is sent before the next request starts: if that one ends this process, only that one is lost.
  for (const request of requests) await send(socket, await timedAnswer(served, request));
}

/** An unexpected error ends the process. Only its class is printed, because a message may quote the document. */
function fail(error: unknown): never {
  process.stderr.write(Error.isError(error) ? `${error.name} ${'code' in error ? String(error.code) : ''}` : 'unknown');
  process.exit(1);
}

/** Answers requests from the pipe until it closes. */
export function serve(served: ReaderFunctions): void {
  decodeWholeUnitsOnly();
  const socket = new Socket({ fd: pipe });
  let work = Promise.resolve();
  const feed = createFrameReader(maxRequestBytes, (requests) => {
    const before = work;
    work = (async () => {
      await before;
      await answerAll(socket, served, requests as readonly ReaderRequest[]);
    })().catch(fail);
  });
  socket.on('data', feed);
  socket.on('close', () => process.exit(0));
  socket.on('error', () => process.exit(0));
  endWithParent();
  socket.write(toFrame(readyMessage));
  // Runs before anything is read: so far only our own code has been compiled, and the next reader starts with it.
  flushCompileCache();
}

if (import.meta.main) serve(functions);
