import type { ApiDependencies } from './dependencies.ts';

/** A worker asks for work at least this often, in seconds: a poll that finds none lasts a minute. */
const pollsWithin = 90;
const askingMs = 1500;

/** Whether a worker runs: Temporal knows which ones have polled for work recently. @returns null if it does not answer */
export async function isWorkerRunning({
  temporal,
  taskQueue,
}: Pick<ApiDependencies, 'temporal' | 'taskQueue'>): Promise<boolean | null> {
  // Without a type Temporal answers for workflows.
  const request = { namespace: temporal.options.namespace, taskQueue: { name: taskQueue } };
  try {
    const { pollers } = await temporal.withDeadline(Date.now() + askingMs, () =>
      temporal.workflowService.describeTaskQueue(request),
    );
    const since = Date.now() / 1000 - pollsWithin;
    return pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since);
  } catch {
    return null;
  }
}

/** Why a job's workflow does not answer, in words that say what to do. */
export interface Silence {
  readonly reason: 'worker' | 'temporal';
  readonly message: string;
}

const noWorker = 'No worker is running, so the job waits until one is started: `npm run worker`.';
const silences = {
  worker: { reason: 'worker', message: noWorker },
  temporal: {
    reason: 'temporal',
    message:
      'Temporal does not answer, so the job may stand still. Check that Temporal is running. The job then continues automatically.',
  },
} as const satisfies Record<Silence['reason'], Silence>;

/** @returns null if a worker runs, and is only too busy to answer */
export async function silenceOf(deps: Pick<ApiDependencies, 'temporal' | 'taskQueue'>): Promise<Silence | null> {
  const isRunning = await isWorkerRunning(deps);
  if (isRunning === null) return silences.temporal;
  return isRunning ? null : silences.worker;
}

/** @returns why a job that was just started does not begin yet; null if a worker runs, or if nobody knows */
export async function workerWarning(deps: Pick<ApiDependencies, 'temporal' | 'taskQueue'>): Promise<string | null> {
  if ((await isWorkerRunning(deps)) !== false) return null;
  return noWorker;
}
