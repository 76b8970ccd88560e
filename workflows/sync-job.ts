import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { SearchAttributeType } from '@temporalio/common';
import {
  changeSpeedUpdate,
  decideRemovalsUpdate,
  outcomes,
  type JobTrigger,
  jobTriggers,
  type JobType,
  jobTypes,
  pauseUpdate,
  progressQuery,
  type RemovalDecision,
  resumeUpdate,
  signedInSignal,
  troubleSignal,
  type SpeedChange,
  type SyncJobResult,
  type SyncProgress,
  type Trouble,
  type ClosedJob,
  type OpenedJob,
  type SyncJobArguments,
  type TroubleOver,
} from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { failureOf, failureReason } from './failure-reason.ts';
import { JobRun } from './job-run.ts';
import { continueOnNewestCode } from './next-run.ts';
import { userKey } from '../domain/user-key.ts';

export const progress = defineQuery<SyncProgress>(progressQuery);
/** These are updates rather than signals, so that the sender learns whether there was anything to decide. */
export const decideRemovals = defineUpdate<void, [RemovalDecision]>(decideRemovalsUpdate);
export const pause = defineUpdate<void>(pauseUpdate);
export const resume = defineUpdate<void>(resumeUpdate);
export const changeSpeed = defineUpdate<void, [SpeedChange]>(changeSpeedUpdate);
/** A signal, because nobody waits for an answer; a job that needs no sign-in ignores it. */
export const signedIn = defineSignal(signedInSignal);
export const trouble = defineSignal<[Trouble | TroubleOver]>(troubleSignal);

type HeldJob = Extract<OpenedJob, { opened: true }>;

/** Syncs one data source: list, compare, fetch, transform, embed, sweep, close. */
export async function syncJob(input: SyncJobArguments): Promise<SyncJobResult> {
  checkInput(input);
  const run = new JobRun(input.resume);
  setHandlers(run);
  // Also runs for a job that is cancelled before it opens, because its row is updated by closing it.
  const job = await CancellationScope.nonCancellable(async () => await open(input));
  if (!job.opened) return { jobId: job.jobId, status: job.status, message: job.message };
  try {
    run.begin({
      ...job,
      dataSourceId: input.dataSourceId,
      dryRun: input.dryRun ?? false,
      retries: !(job.picksItems ?? (input.externalIds ?? []).length > 0) && job.mode !== 'reprocess',
    });
    if (!(await run.toEnd())) {
      await condition(allHandlersFinished);
      // Checked last, because a pause may arrive while another change is being saved.
      return await continueOnNewestCode<typeof syncJob>({ ...input, jobId: job.jobId, resume: run.state() });
    }
    return await close(input, job, run, run.outcome());
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(async () => await cancelled(input, job, run));
      throw error;
    }
    const reason = failureReason(error);
    if (!(error instanceof ApplicationFailure) && reason.code === 'internal' && !isActivityChain(error)) throw error;
    return await close(input, job, run, { status: 'failed', errorCode: reason.code, errorMessage: reason.message });
  }
}

/** Input from the CLI, the Web UI or a schedule is not validated before this. */
function checkInput(input: SyncJobArguments): void {
  const problem = inputProblem(input);
  if (problem !== null)
    throw ApplicationFailure.create({ type: 'invalid_input', message: problem, nonRetryable: true });
}

function inputProblem(input: SyncJobArguments | null | undefined): string | null {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  if (typeof input !== 'object' || input === null) return 'The input must be an object such as {"dataSourceId":"..."}.';
  if (typeof input.dataSourceId !== 'string' || !uuid.test(input.dataSourceId)) return 'dataSourceId must be a UUID.';
  if (input.jobId !== undefined && !uuid.test(input.jobId)) return 'jobId must be a UUID. Omit it to start a new job.';
  if (input.jobType !== undefined && !jobTypes.includes(input.jobType satisfies JobType)) {
    return `jobType must be one of ${jobTypes.join(', ')}.`;
  }
  if (input.trigger !== undefined && !jobTriggers.includes(input.trigger satisfies JobTrigger)) {
    return `trigger must be one of ${jobTriggers.join(', ')}.`;
  }
  if (input.externalIds !== undefined && !Array.isArray(input.externalIds)) return 'externalIds must be a list of ids.';
  return null;
}

function setHandlers(run: JobRun): void {
  setHandler(progress, () => run.progress());
  setHandler(decideRemovals, (decision) => run.decide(decision), {
    validator: (decision) => run.checkDecision(decision),
  });
  setHandler(pause, async () => await run.pause(true), { validator: () => run.checkCanPause() });
  setHandler(resume, async () => await run.pause(false), { validator: () => run.checkCanResume() });
  setHandler(changeSpeed, async (change) => await run.changeSpeed(change), {
    validator: (change) => run.checkSpeed(change),
  });
  setHandler(signedIn, () => run.signedIn());
  setHandler(trouble, (news) => run.trouble(news));
}

async function open(input: SyncJobArguments): Promise<OpenedJob> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const { resume: earlier, ...asked } = input;
  const goesOn = earlier === undefined ? { goesOn: true as const } : {};
  const job = await openJob({ ...asked, workflowId, runId: firstExecutionRunId, ...goesOn });
  if (!job.opened) {
    setCurrentDetails(`**Skipped**: ${job.message}`);
    return job;
  }
  upsertSearchAttributes([
    { key: { name: 'UserId', type: SearchAttributeType.KEYWORD }, value: userKey(job.userId) },
    { key: { name: 'DataSourceId', type: SearchAttributeType.KEYWORD }, value: input.dataSourceId },
    { key: { name: 'SourceType', type: SearchAttributeType.KEYWORD }, value: job.sourceType },
    { key: { name: 'JobType', type: SearchAttributeType.KEYWORD }, value: input.jobType ?? 'incremental' },
  ]);
  return job;
}

/** If a job cannot be opened, the workflow fails with the reason, not with "activity failed". */
async function openJob(input: Parameters<typeof database.openJob>[0]): Promise<OpenedJob> {
  try {
    return await database.openJob(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw failureOf(failureReason(error));
  }
}

async function close(
  input: SyncJobArguments,
  job: HeldJob,
  run: JobRun,
  outcome: ReturnType<JobRun['outcome']>,
): Promise<SyncJobResult> {
  run.closing();
  const end = await database.closeJob({
    jobId: job.jobId,
    userId: job.userId,
    dataSourceId: input.dataSourceId,
    swept: run.swept,
    ...outcome,
  });
  await condition(allHandlersFinished);
  run.finish(reportOf(end));
  return { jobId: job.jobId, status: end.status, message: end.errorMessage ?? countsOf(end) };
}

/** The summary of an ended job in the Web UI. */
function reportOf(end: ClosedJob): string {
  const { status, errorMessage, gaps } = end;
  const how = status === 'completed' && gaps > 0 ? `${status} with gaps` : status;
  const head = errorMessage === null ? `**${how}**` : `**${how}**: ${errorMessage}`;
  return `${head}\n\n${countsOf(end)}`;
}

function countsOf({ counts, gaps }: ClosedJob): string {
  if (counts === null) return 'done';
  const parts = outcomes.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  const found = `Found ${counts.found}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`;
  if (gaps === 0) return found;
  const what = gaps === 1 ? 'One part could not be listed' : `${gaps} parts could not be listed`;
  return `${found} ${what}. Items in it were not changed, and the next sync tries again. \`headwater job JOB\` shows its name.`;
}

/**
 * Finished work is kept. Running pages have been signalled to stop, and anything they still write is rejected because
 * the job is closed.
 */
async function cancelled(input: SyncJobArguments, job: HeldJob, run: JobRun): Promise<void> {
  await run.drain();
  await close(input, job, run, {
    status: 'cancelled',
    errorCode: 'cancelled',
    errorMessage: 'The job was cancelled on request.',
  });
}

/**
 * Whether an activity or a child failed, so that the job ends as failed. An error in our own code instead makes
 * Temporal retry the workflow task.
 */
function isActivityChain(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ActivityFailure' || error.name === 'ChildWorkflowFailure');
}
