/** Uploads go on while their page is left, so they are kept outside of it. */

import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useChange } from './change.ts';
import { ask, ProblemError, toProblem } from './client.ts';
import { pageSize, usePages } from './pages.ts';
import type * as api from './types.ts';

/** A file, and its place in the source. */
export interface ChosenFile {
  readonly path: string;
  readonly file: File;
}

interface FailedUpload extends ChosenFile {
  readonly message: string;
}

/** The uploads to one source since it was last quiet. */
export interface Uploads {
  readonly files: number;
  readonly done: number;
  readonly bytes: number;
  readonly sent: number;
  readonly failed: readonly FailedUpload[];
  /** Set once all files have been tried. */
  readonly isOver: boolean;
  /** When they were over, in milliseconds; 0 before. */
  readonly endedAt: number;
  /** The server's remark beside “stored”. */
  readonly warning: string | null;
}

/** Files that are sent at the same time. */
const concurrency = 3;
const maxAttempts = 4;
const firstPauseMs = 1000;

interface Queue {
  state: Uploads;
  readonly waiting: ChosenFile[];
  active: number;
}

const none: Uploads = { files: 0, done: 0, bytes: 0, sent: 0, failed: [], isOver: true, endedAt: 0, warning: null };
const queues = new Map<string, Queue>();
const listeners = new Set<() => void>();

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function update(queue: Queue, change: Partial<Uploads>): void {
  queue.state = { ...queue.state, ...change };
  for (const changed of listeners) changed();
}

export function useUploads(dataSourceId: string): Uploads {
  return useSyncExternalStore(subscribe, () => queues.get(dataSourceId)?.state ?? none);
}

export function clearUploads(dataSourceId: string): void {
  queues.delete(dataSourceId);
  for (const changed of listeners) changed();
}

/** The browser asks before the window is closed while files are on their way. */
function warnBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

export function startUploads(client: QueryClient, dataSourceId: string, files: readonly ChosenFile[]): void {
  const known = queues.get(dataSourceId);
  const queue = known?.state.isOver === false ? known : { state: { ...none, isOver: false }, waiting: [], active: 0 };
  queues.set(dataSourceId, queue);
  queue.waiting.push(...files);
  const { state } = queue;
  update(queue, {
    files: state.files + files.length,
    bytes: state.bytes + files.reduce((sum, { file }) => sum + file.size, 0),
  });
  window.addEventListener('beforeunload', warnBeforeLeaving);
  while (queue.active < concurrency && queue.waiting.length > 0) void work(client, dataSourceId, queue);
}

async function work(client: QueryClient, dataSourceId: string, queue: Queue): Promise<void> {
  queue.active++;
  for (let next = queue.waiting.shift(); next !== undefined; next = queue.waiting.shift())
    await sendOne(dataSourceId, queue, next);
  queue.active--;
  if (queue.active > 0) return;
  update(queue, { isOver: true, endedAt: Date.now() });
  if ([...queues.values()].every(({ state }) => state.isOver))
    window.removeEventListener('beforeunload', warnBeforeLeaving);
  await client.invalidateQueries({ queryKey: ['uploaded-files', dataSourceId] });
}

async function sendOne(dataSourceId: string, queue: Queue, chosen: ChosenFile): Promise<void> {
  let counted = 0;
  const progress = (sent: number): void => {
    update(queue, { sent: queue.state.sent + sent - counted });
    counted = sent;
  };
  try {
    const { warning } = await send(dataSourceId, chosen, progress);
    progress(chosen.file.size);
    update(queue, { done: queue.state.done + 1, warning: warning ?? queue.state.warning });
  } catch (error) {
    progress(0);
    const message = Error.isError(error) ? error.message : String(error);
    update(queue, {
      failed: [...queue.state.failed, { ...chosen, message }],
      bytes: queue.state.bytes - chosen.file.size,
    });
  }
}

/** Repeats what a busy server or a lost connection refuses; an upload may be repeated as it is. */
async function send(
  dataSourceId: string,
  chosen: ChosenFile,
  progress: (sent: number) => void,
): Promise<{ readonly warning: string | null }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(dataSourceId, chosen, progress);
    } catch (error) {
      const isBusy = error instanceof ProblemError && [0, 429, 502, 503, 504].includes(error.status);
      if (!isBusy || attempt === maxAttempts) throw error;
      progress(0);
      await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** attempt));
    }
  }
}

/** `fetch` says nothing of how much has been sent. */
async function sendOnce(
  dataSourceId: string,
  { path, file }: ChosenFile,
  progress: (sent: number) => void,
): Promise<{ readonly warning: string | null }> {
  return await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `${rootOf(dataSourceId)}?${new URLSearchParams({ path }).toString()}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => progress(event.loaded));
    request.addEventListener('error', () =>
      reject(new ProblemError(0, 'offline', 'The connection was lost, or the file cannot be read any more.')),
    );
    request.addEventListener('load', () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as { warning: string | null });
      else reject(toProblem(request.status, request.responseText));
    });
    request.send(file);
  });
}

function rootOf(dataSourceId: string): string {
  return `/api/data-sources/${dataSourceId}/files`;
}

function isWaiting({ syncStatus }: api.ListedUpload): boolean {
  return (syncStatus ?? 'pending') === 'pending';
}

export function useUploadedFiles(dataSourceId: string, text: string | undefined) {
  return usePages<api.ListedUpload, Pick<api.ListUploadedFilesData, 'total' | 'used' | 'limit' | 'maxFileBytes'>>(
    ['uploaded-files', dataSourceId, text ?? null],
    async (cursor) => {
      const query = { text, cursor, limit: pageSize };
      const { files, nextCursor, ...about } = await ask<api.ListUploadedFilesData>('GET', rootOf(dataSourceId), {
        query,
      });
      return { rows: files, next: nextCursor, about };
    },
    // The results of the sync are asked for again, sooner while one waits for them.
    { refetchInterval: ({ state }) => (state.data?.pages[0]?.rows.some(isWaiting) === true ? 2000 : 5000) },
  );
}

export const useDeleteUploads = (dataSourceId: string) =>
  useChange(
    async (path: string) => await ask<api.DeleteUploadedFilesData>('DELETE', rootOf(dataSourceId), { query: { path } }),
    'uploaded-files',
  );
