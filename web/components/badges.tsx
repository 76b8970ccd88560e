import { Badge, type MantineColor } from '@mantine/core';
import type { Outcome } from '../api/queries.ts';
import type { DataSource, Job, Webhook, WebhookDelivery } from '../api/types.ts';

const jobs: Readonly<Record<Job['status'], readonly [string, MantineColor]>> = {
  pending: ['Starting', 'blue'],
  running: ['Running', 'blue'],
  completed: ['Completed', 'teal'],
  failed: ['Failed', 'red'],
  cancelled: ['Cancelled', 'gray'],
};

export function JobBadge({ job }: { readonly job: Job }) {
  const [words, color] = jobs[job.status];
  const waiting = job.progress?.waitingFor ?? null;
  if (waiting !== null) return <State color="yellow">{waiting.reason === 'pause' ? 'Paused' : 'Waiting'}</State>;
  if (job.status !== 'completed') return <State color={color}>{words}</State>;
  if (job.gapCount > 0)
    return <State color="yellow">{job.dryRun ? 'Planned, with gaps' : 'Completed with gaps'}</State>;
  return <State color={color}>{job.dryRun ? 'Planned' : words}</State>;
}

/** What a source is doing, in one word. @param job the one that runs, if one does */
export function SourceBadge({ source, job }: { readonly source: DataSource; readonly job: Job | undefined }) {
  if (source.needsSignIn) return <State color="yellow">Needs sign-in</State>;
  if (job !== undefined) return <JobBadge job={job} />;
  if (source.connectionStatus === 'disconnected') return <State color="gray">Not connected</State>;
  if (!source.isActive) return <State color="gray">Switched off</State>;
  if (source.lastSyncStatus === 'failed' || source.connectionStatus === 'error')
    return <State color="red">Failed</State>;
  if (source.gapCount > 0) return <State color="yellow">Synced with gaps</State>;
  return source.lastSyncAt === null ? (
    <State color="gray">Not synced yet</State>
  ) : (
    <State color="teal">Up to date</State>
  );
}

const outcomes: Readonly<Record<Outcome, readonly [string, MantineColor]>> = {
  created: ['Added', 'teal'],
  updated: ['Updated', 'blue'],
  unchanged: ['Unchanged', 'gray'],
  removed: ['Removed', 'grape'],
  skipped: ['Left out', 'yellow'],
  failed: ['Failed', 'red'],
};

export function OutcomeBadge({ outcome, state }: { readonly outcome: Outcome | null; readonly state: string }) {
  if (outcome === null) return <State color="gray">{state}</State>;
  const [words, color] = outcomes[outcome];
  return <State color={color}>{words}</State>;
}

export const outcomeLabels = (outcome: Outcome): string => outcomes[outcome][0];

export function WebhookBadge({ webhook }: { readonly webhook: Webhook }) {
  if (!webhook.isActive) return <State color={webhook.disabledReason === null ? 'gray' : 'red'}>Switched off</State>;
  return webhook.failingSince === null ? <State color="teal">On</State> : <State color="yellow">Failing</State>;
}

const deliveries: Readonly<Record<WebhookDelivery['status'], readonly [string, MantineColor]>> = {
  pending: ['On its way', 'blue'],
  delivered: ['Delivered', 'teal'],
  failed: ['Failed', 'red'],
};

export function DeliveryBadge({ delivery }: { readonly delivery: WebhookDelivery }) {
  const [words, color] = deliveries[delivery.status];
  return <State color={color}>{words}</State>;
}

function State({ color, children }: { readonly color: MantineColor; readonly children: string }) {
  return (
    <Badge color={color} variant="dot" tt="none" fw={500} style={{ flexShrink: 0 }}>
      {children}
    </Badge>
  );
}
