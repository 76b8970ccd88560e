/** WORKER_TASK_SLOTS: what Temporal's SDK gets for each value. */

import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';
import { slotOptions } from './task-slots.ts';

const optionsFor = (value?: string) =>
  slotOptions(readConfig(value === undefined ? {} : { WORKER_TASK_SLOTS: value }).workerTaskSlots);

test.each([
  [undefined, 40],
  ['', 40],
  ['7', 7],
])('%j: a fixed number of steps', (value, slots) => {
  expect(optionsFor(value)).toEqual({
    maxConcurrentActivityTaskExecutions: slots,
    maxConcurrentWorkflowTaskExecutions: slots,
  });
});

test('auto: by processor and memory, and Temporal says how many calls ask for tasks', () => {
  const { tuner, ...rest } = optionsFor('auto');
  expect(tuner).toMatchObject({
    tunerOptions: { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 },
    // Steps run on a busy machine too, or a job would stand still there.
    activityTaskSlotOptions: { minimumSlots: 10, maximumSlots: 1000 },
  });
  // The SDK refuses a tuner together with a fixed number.
  expect(rest).toEqual({
    activityTaskPollerBehavior: { type: 'autoscaling' },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
  });
});

test.each(['0', '1001', '2.5', 'many'])('%s is refused by name', (value) => {
  expect(() => optionsFor(value)).toThrow('WORKER_TASK_SLOTS: must be a number from 1 to 1000, or auto');
});
