/** How many steps and workflow tasks a worker takes at once: a fixed number, or what its resources allow. */

import type { WorkerOptions } from '@temporalio/worker';
import type { Config } from './config.ts';

type SlotOptions = Pick<
  WorkerOptions,
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentWorkflowTaskExecutions'
  | 'tuner'
  | 'activityTaskPollerBehavior'
  | 'workflowTaskPollerBehavior'
>;

/** Shares of the machine, or of the container's limits, up to which a worker takes more steps. */
const targets = { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 };
/** A worker on a machine that others keep busy takes this many nevertheless, so that jobs go on. */
const minimumSlots = 10;

/** Workflow tasks only compute and cache, so they never need as many slots as steps, which wait for others. */
export function slotOptions(slots: Config['workerTaskSlots']): SlotOptions {
  if (slots !== 'auto')
    return { maxConcurrentActivityTaskExecutions: slots, maxConcurrentWorkflowTaskExecutions: slots };
  return {
    tuner: {
      tunerOptions: targets,
      activityTaskSlotOptions: { minimumSlots, maximumSlots: 1000 },
      workflowTaskSlotOptions: { minimumSlots, maximumSlots: 100 },
    },
    // With more slots, more calls have to ask for tasks, and Temporal says how many are useful.
    activityTaskPollerBehavior: { type: 'autoscaling' },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  };
}
