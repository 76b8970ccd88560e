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

/** @returns why a job that was just started does not begin yet; null if a worker runs, or if nobody knows */
export async function workerWarning(deps: Pick<ApiDependencies, 'temporal' | 'taskQueue'>): Promise<string | null> {
  if ((await isWorkerRunning(deps)) !== false) return null;
  return 'No worker is running, so the job waits until one is started: `npm run worker`.';
}
