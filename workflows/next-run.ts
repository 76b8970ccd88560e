/** When a run ends and another goes on, and on which code where workers are versioned. */

import { makeContinueAsNewFunc, type Workflow, workflowInfo } from '@temporalio/workflow';
import type { WorkflowDefinitionOptions } from '@temporalio/common';

/** A run that somebody has pinned by hand cannot move, and gets so far each time before it tries again. */
const eventsBeforeMove = 20;

/**
 * Whether this run should go on in another one: because its history has grown long, or because newer workers have
 * become current (which older servers do not tell).
 */
export function isRunOver(): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged, historyLength } = workflowInfo();
  return continueAsNewSuggested || (targetWorkerDeploymentVersionChanged && historyLength > eventsBeforeMove);
}

/** Goes on in a new run, on the newest code. Older servers keep a pinned workflow on the code that it began with. */
export async function continueOnNewestCode<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  return await makeContinueAsNewFunc<F>(isVersioned() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {})(...args);
}

/**
 * For a workflow that waits for days and would keep the workers of its release needed: any release may go on with it, so
 * its code changes with `patched`. Temporal refuses the option from workers without a version.
 */
export function upgradedImmediately(): WorkflowDefinitionOptions {
  return isVersioned() ? { versioningBehavior: 'AUTO_UPGRADE' } : {};
}

function isVersioned(): boolean {
  return (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== '';
}
