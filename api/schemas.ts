/** What goes in and out, once. A field that is not here is not sent; a field that is not here is refused. */

import { z } from 'zod';
import { outcomes, jobStatuses, jobTriggers, jobTypes, plannedActions, troubleReasons } from '../domain/contract.ts';
import { scheduleTypes } from '../domain/schedules.ts';
import { sourceTypes } from '../domain/source.ts';
import { deliveryStatuses, webhookEvents } from '../domain/webhooks.ts';

export const id = z.uuid('must be a UUID');
export const time = z.string().describe('UTC, ISO 8601');
/**
 * A moment with its zone, passed on in UTC: Postgres knows no zone 16 hours off, which ISO 8601 allows, and no year 0. The
 * year 10000 is written in another form.
 */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' })
  .refine((text) => isInCalendar(new Date(text)), 'must be a time such as 2026-01-31T00:00:00Z')
  // What was refused above comes here too.
  .overwrite((text) => (isInCalendar(new Date(text)) ? new Date(text).toISOString() : text));
function isInCalendar(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999;
}
export const name = z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters');
export const sourceType = z.enum(sourceTypes);
export const syncFrequency = z.enum(['manual', 'hourly', 'daily', 'weekly']);
export const limit = z.coerce.number().int().min(1).max(200).default(50);
export const cursor = z.string().max(500).optional().describe('`nextCursor` of the page before');
export const nextCursor = z.string().nullable().describe('null: this was the last page');

export const gap = z.object({
  externalId: z.string().nullable().describe('null: it is not known what is missing, and nothing at all is removed'),
  name: z.string().describe('of the folder, channel or database that could not be listed'),
  code: z.string(),
  message: z.string().describe('why, and what to do'),
  since: time,
  nextAttemptAt: time.nullable().describe('the first sync after it tries again; null: the next one'),
});
const gaps = z
  .array(gap)
  .describe('parts that could not be listed, by name, at most 100; what is in them stays as it is');

export const dataSource = z.object({
  id,
  name: z.string(),
  sourceType,
  connectionStatus: z.enum(['connected', 'disconnected', 'error', 'syncing']),
  connectionProvider: z.enum(['oauth', 'composio', 'token']).nullable(),
  needsSignIn: z.boolean(),
  accountLabel: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  lastSyncAt: time.nullable(),
  lastSyncStatus: z.string().nullable(),
  lastSyncError: z.string().nullable(),
  lastFullListingAt: time.nullable(),
  totalItemsSynced: z.number(),
  gaps,
  gapCount: z.number(),
  syncFrequency,
  isActive: z.boolean(),
  changeNotificationsEnabled: z.boolean().describe('its owner wants the vendor to tell of changes'),
  changeNotificationsActive: z.boolean().describe('the vendor does, as far as is known'),
  changeNotificationsError: z.string().nullable().describe('why it does not'),
  createdAt: time,
  updatedAt: time,
});

export const waitingFor = z.union([
  z
    .object({
      reason: z.enum(troubleReasons),
      step: z.string(),
      since: time,
      attempts: z.number().describe('at least'),
      message: z.string().describe('what fails, and what to do'),
    })
    .describe('a step that fails again and again'),
  z.object({ reason: z.literal('approval'), removals: z.number(), of: z.number() }),
  z.object({ reason: z.enum(['rate_limit', 'quota']), until: time }),
  z.object({ reason: z.enum(['sign_in', 'pause']) }),
]);

export const jobPlan = z.object({
  create: z.number(),
  update: z.number(),
  remove: z.number(),
  skip: z.number(),
  unchanged: z.number(),
  retry: z.number(),
  bytes: z.number(),
  unsized: z
    .number()
    .default(0)
    .describe('items to read whose source does not tell their size: their share of `bytes` and `tokens` is a guess'),
  tokens: z.number().describe('estimated from sizes and from documents of the same kind'),
  embeddingDollars: z.number().describe('estimated'),
  estimatedSeconds: z.number().nullable(),
  removalsNeedApproval: z.boolean(),
});

export const job = z.object({
  id,
  dataSourceId: id,
  jobType: z.enum(jobTypes),
  mode: z.enum(['full', 'feed', 'window', 'manual', 'reprocess']).nullable(),
  trigger: z.enum(jobTriggers),
  dryRun: z.boolean(),
  status: z.enum(jobStatuses),
  counts: z.object({
    found: z.number(),
    processed: z.number(),
    created: z.number(),
    updated: z.number(),
    unchanged: z.number(),
    removed: z.number(),
    skipped: z.number(),
    failed: z.number(),
    pending: z
      .number()
      .describe('not tried, since the job was stopped before; not among those found, and taken up by the next sync'),
  }),
  bytesProcessed: z.number(),
  progress: z
    .object({
      stage: z.string().nullable(),
      listingComplete: z.boolean(),
      stages: z
        .object({ waiting: z.number(), downloaded: z.number(), transformed: z.number(), done: z.number() })
        .describe('items by how far they have come; those that wait have been found but not fetched'),
      itemsPerSecond: z.number().nullable().describe('of the last minute'),
      percent: z.number().nullable().describe('null while the listing goes on: nobody knows the total yet'),
      secondsLeft: z.number().nullable().describe('at the rate of the last minute'),
      secondsLeftRange: z
        .object({ least: z.number(), most: z.number() })
        .nullable()
        .describe('between the rate of the last minute and that since the start'),
      waitingFor: waitingFor.nullable(),
    })
    .nullable()
    .describe('only while the job runs'),
  speed: z
    .object({ pagesAtOnce: z.number().nullable(), requestsPerSecond: z.number().nullable() })
    .describe('as somebody has set it for this job; null: the usual'),
  fallback: z.string().nullable().describe('why the job ran otherwise than asked'),
  removals: z
    .object({ count: z.number(), of: z.number(), decision: z.enum(['waiting', 'approve', 'keep']) })
    .nullable(),
  sweepSkipped: z.string().nullable(),
  unconfirmed: z
    .number()
    .describe('items that the listing missed and that stay, since the vendor could not tell whether they are gone'),
  gaps,
  gapCount: z.number(),
  plan: jobPlan.nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  workflowId: z.string().nullable(),
  temporalUrl: z.string().nullable(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  createdAt: time,
});

const notes = z
  .array(z.object({ code: z.string(), message: z.string() }))
  .describe('what was changed so that it could be stored');

export const jobItem = z.object({
  externalId: z.string(),
  name: z.string().nullable(),
  path: z.string().nullable(),
  mimeType: z.string().nullable(),
  webUrl: z.string().nullable(),
  action: z.string().nullable(),
  state: z.string(),
  outcome: z.enum(outcomes).nullable(),
  planned: z
    .enum(plannedActions)
    .nullable()
    .describe('of a plan: what a sync would do with it; null: this was no plan'),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  nextAttemptAt: time.nullable().describe('of a failed item: the first sync after it tries again'),
  notes,
  size: z.number().nullable().describe('as the source lists it; null: it tells none'),
  bytes: z.number().describe('that were downloaded'),
  updatedAt: time,
});

const storeCounts = z.object({
  sources: z.number(),
  documents: z.number(),
  chunks: z.number(),
  vectors: z.number().describe('that nothing else uses'),
  vectorsOutside: z.number().default(0).describe('what a store outside of Postgres counts of a whole user'),
  otherRows: z.number(),
  stagedBytes: z.number(),
  schedules: z.number(),
});

export const deletion = z.object({
  id: z.string(),
  status: z.enum(['running', 'completed', 'failed']),
  result: z
    .object({
      removed: storeCounts,
      left: storeCounts.describe('what could be found afterwards'),
      signInsRevoked: z.number(),
      signInsNotRevoked: z.number(),
    })
    .nullable(),
});

export const vectorOperation = z.object({
  name: z.enum(['verify', 'move']),
  status: z.enum(['running', 'completed', 'failed']),
  counts: z.record(z.string(), z.number()),
});

const itemEvent = z.object({
  jobId: id,
  at: time,
  name: z.string().nullable(),
  action: z.string().nullable(),
  state: z.string(),
  outcome: z.enum(outcomes).nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  what: z.string(),
});

export const explanation = z.object({
  summary: z.string().describe('for people'),
  item: z
    .object({
      externalId: z.string(),
      name: z.string(),
      path: z.string(),
      syncStatus: z.enum(['pending', 'synced', 'skipped', 'failed']),
      documentId: id.nullable(),
      isLive: z.boolean().describe('can its text be searched?'),
      errorCode: z.string().nullable(),
      errorMessage: z.string().nullable(),
      notes,
      attempts: z.number().describe('failures since the last success'),
      nextAttemptAt: time.nullable(),
      foundAt: time,
      lastSeenJobId: id.nullable(),
      lastSyncedAt: time.nullable(),
    })
    .nullable()
    .describe('null: the source has no such item now'),
  events: z.array(itemEvent).describe('what the last jobs did with it, newest first; unchanged runs are only counted'),
});

export const document = z.object({
  id,
  dataSourceId: id.nullable(),
  externalId: z.string(),
  itemType: z.string(),
  title: z.string(),
  path: z.string().nullable(),
  mimeType: z.string().nullable(),
  sourceUrl: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  version: z.number(),
  chunkCount: z.number(),
  tokens: z.number(),
  modifiedAt: time.nullable(),
  projects: z.array(z.object({ id, name: z.string() })),
  tags: z.array(z.object({ id, name: z.string() })),
  createdAt: time,
  updatedAt: time,
});

export const documentFilters = {
  dataSourceIds: z.array(id).min(1).max(100).optional(),
  sourceTypes: z.array(sourceType).min(1).optional(),
  mimeTypes: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^[\x20-\x7e]+$/, 'must be media types such as text/plain'),
    )
    .min(1)
    .max(50)
    .optional(),
  projectIds: z.array(id).min(1).max(100).optional().describe('in any of them'),
  tagIds: z.array(id).min(1).max(100).optional().describe('with any of them'),
  modifiedAfter: instant.optional(),
  modifiedBefore: instant.optional(),
};

const range = z.object({ start: z.number(), end: z.number() });

const chunkPlace = z.object({
  headings: z.array(z.string()).describe('that the passage stands under, outermost first'),
  pages: z
    .object({ first: z.number(), last: z.number() })
    .nullable()
    .describe('from 1; null: the document has no pages'),
});

const passage = z.object({
  chunkId: id,
  ordinal: z.number().describe('the chunk’s place in the document, from 0'),
  citation: z.string().describe('document, page and headings, as in `Tariffs.pdf, p. 12, Berths > Winter`'),
  place: chunkPlace,
  snippet: z.string(),
  highlights: z.array(range).describe('into the snippet, in UTF-16 code units; `end` is exclusive'),
});

export const question = z.string().trim().min(1, 'must not be empty').max(2000, 'must have at most 2,000 characters');

export const searchHit = passage.extend({
  documentId: id,
  score: z.number().describe('comparable within one answer only'),
  otherPassages: z.array(passage).describe('the next best of the same document, at most two'),
  title: z.string(),
  path: z.string().nullable(),
  mimeType: z.string().nullable(),
  sourceUrl: z.string().nullable(),
  sourceType: z.string().nullable(),
  dataSourceId: id.nullable(),
  modifiedAt: time.nullable(),
});

export const context = z.object({
  text: z.string().describe('the passages under numbered headings, to be handed to a language model as data'),
  tokens: z.number().describe('of the text (cl100k_base); never above `maxTokens`'),
  citations: z.array(
    z.object({
      number: z.number(),
      documentId: id,
      title: z.string(),
      place: chunkPlace,
      sourceUrl: z.string().nullable(),
      chunkIds: z.array(id),
      start: z.number().describe('into the document’s text, in UTF-16 code units'),
      end: z.number().describe('exclusive'),
      text: z.string(),
    }),
  ),
});

export const scheduledSync = z.object({
  id,
  dataSourceId: id,
  scheduleType: z.enum(scheduleTypes),
  scheduleConfig: z.record(z.string(), z.unknown()),
  isActive: z.boolean(),
  nextRunAt: time.nullable().describe('as Temporal has it; null while it is switched off'),
  lastRunAt: time.nullable(),
  skippedRuns: z.number().describe('runs that fell due while an earlier one was under way'),
  nextRuns: z.array(time).describe('the next five, before jitter'),
  createdAt: time,
  updatedAt: time,
});

export const webhook = z.object({
  id,
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  isActive: z.boolean(),
  disabledReason: z.string().nullable().describe('why it was switched off, where nobody did it by hand'),
  failingSince: time.nullable().describe('since when no delivery has succeeded'),
  createdAt: time,
  updatedAt: time,
});

export const webhookDelivery = z.object({
  id,
  eventId: id.describe('the `webhook-id` that the receiver saw'),
  eventType: z.string(),
  jobId: id.nullable(),
  dataSourceId: id.nullable(),
  status: z.enum(deliveryStatuses),
  attempts: z.number(),
  lastStatus: z.number().nullable().describe('what the receiver answered last'),
  lastError: z.string().nullable().describe('why there was no answer'),
  lastAttemptAt: time.nullable(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
});

export const choice = z.object({
  value: z.string().describe('what the config field takes'),
  label: z.string(),
  hasChildren: z.boolean().describe('whether there is something to choose within it'),
});

export const sourceTypeDescription = z.object({
  sourceType,
  label: z.string(),
  signIn: z
    .object({
      vendor: z.string(),
      isConfigured: z.boolean().describe('false: the operator has set no OAuth application up; a token can be pasted'),
      composio: z.boolean().describe('Composio can hold the connection: `provider=composio` when connecting'),
    })
    .nullable()
    .describe('null: there is nothing to sign in to'),
  push: z
    .object({ problem: z.string().nullable().describe('what the operator has to set first') })
    .nullable()
    .describe('null: nobody could tell of changes'),
  configSchema: z.record(z.string(), z.unknown()).describe('JSON Schema of a source’s `config`'),
  choiceFields: z.array(z.string()).describe('fields of the config that the account itself can be asked about'),
});

export const session = z.object({
  userId: z.string(),
  isLocal: z.boolean().describe('the one user of an installation without sign-in'),
  expiresAt: time.nullable(),
});

export const unseenItem = z.object({ externalId: z.string(), name: z.string(), path: z.string() });

/** Shapes that are described once, under a name of their own: the web page's types. */
for (const [shapeName, shape] of Object.entries({
  SourceType: sourceType,
  Gap: gap,
  DataSource: dataSource,
  WaitingFor: waitingFor,
  JobPlan: jobPlan,
  Job: job,
  JobItem: jobItem,
  UnseenItem: unseenItem,
  Deletion: deletion,
  ItemEvent: itemEvent,
  Explanation: explanation,
  Document: document,
  SearchHit: searchHit,
  ScheduledSync: scheduledSync,
  Webhook: webhook,
  WebhookDelivery: webhookDelivery,
  Choice: choice,
  SourceTypeDescription: sourceTypeDescription,
  Session: session,
}))
  z.globalRegistry.add(shape, { id: shapeName });
