/**
 * `node scripts/replay.ts HISTORY.json …`: does today's workflow code replay what was recorded? Histories come from
 * `temporal workflow show --output json`. A process of its own: inside jest the protobuf library does not know its own types.
 */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { findWorkflowBundle } from '../platform/workflow-bundle.ts';
import { quietTemporal } from '../platform/temporal-logging.ts';

interface RecordedHistory {
  readonly events: readonly { readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string } }[];
}

quietTemporal(pino({ level: 'silent' }));
const workflowBundle = await findWorkflowBundle();
for (const file of process.argv.slice(2)) {
  const history = JSON.parse(await readFile(file, 'utf8')) as RecordedHistory;
  // Ids of children are made from the workflow's own id: it must be the recorded one.
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory({ workflowBundle, replayName: basename(file) }, history, workflowId);
  console.log(`replayed ${basename(file)}`);
}
