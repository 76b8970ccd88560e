import { Badge, type MantineColor } from '@mantine/core';
import { useSilentSince } from '../api/connection.ts';
import type { Outcome, PlannedAction } from '../api/job-items.ts';
import type { DataSource, Job, JobItem, Webhook, WebhookDelivery } from '../api/types.ts';

type Look = readonly [text: string, color: MantineColor];

const jobs: Readonly<Record<Job['status'], Look>> = {
  pending: ['Starting', 'blue'],
  running: ['Running', 'blue'],
  completed: ['Completed', 'teal'],
  failed: ['Failed', 'red'],
  cancelled: ['Cancelled', 'gray'],
};

export const statusLabel = (status: Job['status']): string => jobs[status][0];

export function JobBadge({ job }: { readonly job: Job }) {
  const isRunning = job.status === 'pending' || job.status === 'running';
  return <State look={lookOf(job)} isLive={isRunning} />;
}

function lookOf({ status, progress, gapCount, dryRun }: Job): Look {
  const waiting = progress?.waitingFor ?? null;
  if (waiting?.reason === 'pause') return ['Paused', 'yellow'];
  if (waiting?.reason === 'approval') return ['Needs approval', 'yellow'];
  if (waiting?.reason === 'sign_in') return ['Needs sign-in', 'yellow'];
  if (waiting !== null) return ['Waiting', 'yellow'];
  if (status !== 'completed') return jobs[status];
  if (gapCount > 0) return [dryRun ? 'Planned with gaps' : 'Completed with gaps', 'yellow'];
  return dryRun ? ['Planned', 'teal'] : jobs.completed;
}

/** Shows what a source is doing, in a word or two. @param job its running job, if there is one */
export function SourceBadge({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  if (job !== undefined && !source.needsSignIn) return <JobBadge job={job} />;
  return <State look={sourceLook(source)} isLive />;
}

function sourceLook(source: DataSource): Look {
  if (source.needsSignIn) return ['Needs sign-in', 'yellow'];
  if (source.connectionStatus === 'disconnected') return ['Not connected', 'gray'];
  if (!source.isActive) return ['Inactive', 'gray'];
  if (source.lastSyncStatus === 'failed' || source.connectionStatus === 'error') return ['Failed', 'red'];
  if (source.lastSyncStatus === 'cancelled') return ['Cancelled', 'gray'];
  if (source.lastSyncAt === null) return ['Not synced yet', 'gray'];
  return source.gapCount > 0 ? ['Synced with gaps', 'yellow'] : ['Up to date', 'teal'];
}

const outcomes: Readonly<Record<Outcome, Look>> = {
  created: ['Added', 'teal'],
  updated: ['Updated', 'blue'],
  unchanged: ['Unchanged', 'gray'],
  removed: ['Removed', 'grape'],
  skipped: ['Skipped', 'yellow'],
  failed: ['Failed', 'red'],
};

/** The state of an item of a running job. */
const stages: Readonly<Record<string, Look>> = {
  listed: ['Found', 'gray'],
  planned: ['Waiting', 'gray'],
  downloaded: ['Reading', 'blue'],
  transformed: ['Embedding', 'cyan'],
};

const planned: Readonly<Record<PlannedAction, Look>> = {
  create: ['Add', 'teal'],
  update: ['Update', 'blue'],
  retry: ['Retry', 'blue'],
  remove: ['Remove', 'grape'],
  skip: ['Skip', 'yellow'],
  unchanged: ['Unchanged', 'gray'],
};

export const plannedLabel = (action: PlannedAction): string => planned[action][0];

/** @param isRunning whether the item’s job is running; an ended job may have left items untried */
export function ItemBadge({ item, isRunning }: { readonly item: JobItem; readonly isRunning: boolean }) {
  if (item.planned !== null) return <State look={planned[item.planned]} />;
  if (item.outcome !== null) return <State look={outcomes[item.outcome]} />;
  return <State look={isRunning ? (stages[item.state] ?? ['Waiting', 'gray']) : ['Not tried', 'gray']} />;
}

export const outcomeLabel = (outcome: Outcome): string => outcomes[outcome][0];

export function WebhookBadge({ webhook }: { readonly webhook: Webhook }) {
  if (!webhook.isActive) return <State look={['Disabled', webhook.disabledReason === null ? 'gray' : 'red']} />;
  return <State look={webhook.failingSince === null ? ['Active', 'teal'] : ['Failing', 'yellow']} />;
}

const keys = {
  active: ['Active', 'teal'],
  expired: ['Expired', 'yellow'],
  revoked: ['Revoked', 'gray'],
} as const;

/** In the order in which lists show them: keys that work come first. */
export const keyStates = Object.keys(keys) as readonly KeyState[];
export type KeyState = keyof typeof keys;

export function KeyBadge({ state }: { readonly state: KeyState }) {
  return <State look={keys[state]} />;
}

export function DeliveryBadge({ delivery }: { readonly delivery: WebhookDelivery }) {
  return <State look={deliveryLook(delivery)} />;
}

function deliveryLook({ status, attempts, lastStatus, lastError }: WebhookDelivery): Look {
  if (status === 'delivered') return ['Delivered', 'teal'];
  if (status === 'failed') return ['Failed', 'red'];
  const hasFailed = attempts > 0 && (lastStatus !== null || lastError !== null);
  return hasFailed ? ['Retrying', 'yellow'] : ['Sending', 'blue'];
}

/** @param isLive false while the server does not answer, because the state may have changed */
function State({ look: [text, color], isLive = false }: { readonly look: Look; readonly isLive?: boolean }) {
  const isStale = useSilentSince() !== null && isLive;
  return (
    <Badge
      color={isStale ? 'gray' : color}
      variant="dot"
      tt="none"
      fw={500}
      style={{ flexShrink: 0 }}
      title={isStale ? `Last known: ${text}` : undefined}
    >
      {isStale ? 'Unknown' : text}
    </Badge>
  );
}
