/** The schemas of requests and answers. A field that is not listed is not sent, and is rejected in a request. */

import { z } from 'zod';
import { outcomes, jobStatuses, jobTriggers, jobTypes, plannedActions, troubleReasons } from '../domain/contract.ts';
import { keyScopes } from '../domain/api-keys.ts';
import { auditOutcomes } from '../domain/audit.ts';
import { scheduleTypes } from '../domain/schedules.ts';
import { sourceTypes } from '../domain/source.ts';
import { deliveryStatuses, webhookEvents } from '../domain/webhooks.ts';

export const id = z.uuid('must be a UUID');
export const time = z.string().describe('UTC, ISO 8601');
/**
 * A time with its zone, converted to UTC: Postgres does not accept an offset of 16 hours, which ISO 8601 allows, or the
 * year 0, and the year 10000 has another format.
 */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' })
  .refine((text) => isInCalendar(new Date(text)), 'must be a time such as 2026-01-31T00:00:00Z')
  // Values that were rejected above reach this function as well.
  .overwrite((text) => (isInCalendar(new Date(text)) ? new Date(text).toISOString() : text));
function isInCalendar(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999;
}
export const name = z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters');
export const sourceType = z.enum(sourceTypes);
export const syncFrequency = z.enum(['manual', 'hourly', 'daily', 'weekly']);
/** In a query: `true` or `false`, and what else people write for them. */
export const flag = z.stringbool().meta({ type: 'boolean' });
export const limit = z.coerce.number().int().min(1).max(200).default(50);
export const cursor = z.string().max(500).optional().describe('`nextCursor` of the previous page');
/**
 * Of a list that is ordered by a text: the longest is the title of a document, 1,000 characters of which JSON may write
 * each as six bytes; an item’s id has at most 2,000 bytes.
 */
export const textCursor = z.string().max(10_000).optional().describe('`nextCursor` of the previous page');
export const startWarning = z.string().nullable().describe('why the job does not begin yet, as far as is known');
export const nextCursor = z.string().nullable().describe('null after the last page');

export const gap = z.object({
  externalId: z
    .string()
    .nullable()
    .describe('null if it is unknown what is missing, in which case nothing at all is removed'),
  name: z.string().describe('name of the folder, channel or database that could not be listed'),
  code: z.string(),
  message: z.string().describe('why it could not be listed, and what to do'),
  since: time,
  nextAttemptAt: time.nullable().describe('the first sync after this time tries again; null means the next sync'),
});
const gaps = z
  .array(gap)
  .describe('parts that could not be listed, by name, at most 100; items in them are not changed');

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
  configChangedAt: time
    .nullable()
    .describe(
      'when the config was changed; null once a full listing has applied it. Until then, removals wait for approval',
    ),
  totalItemsSynced: z.number(),
  gaps,
  gapCount: z.number(),
  syncFrequency,
  isActive: z.boolean(),
  changeNotificationsEnabled: z.boolean().describe('whether the owner enabled real-time updates from the vendor'),
  changeNotificationsActive: z.boolean().describe('whether the vendor sends them, as far as is known'),
  changeNotificationsError: z.string().nullable().describe('why the vendor does not send them'),
  createdAt: time,
  updatedAt: time,
});

export const apiKey = z.object({
  id,
  name: z.string(),
  hint: z.string().describe('how the key begins'),
  scope: z.enum(keyScopes),
  dataSourceIds: z.array(id).nullable().describe('the sources it is limited to'),
  projectIds: z.array(id).nullable().describe('the projects it is limited to'),
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe('to the minute'),
  revokedAt: time.nullable(),
  createdAt: time,
});

export const auditEvent = z.object({
  id,
  at: time,
  action: z.string().describe('such as key.create; without a name of its own, the method and route'),
  outcome: z.enum(auditOutcomes).describe('unknown: the process ended before the answer was sent'),
  actor: z.enum(['user', 'key']),
  keyId: id.nullable().describe('the API key that was used'),
  keyName: z.string().nullable(),
  address: z.string().nullable().describe('the IP address of the client'),
  targetId: z.string().nullable().describe('what it was done to: a source, job, key, document'),
  targetName: z
    .string()
    .nullable()
    .describe('its name today: of a job, that of its source; null if it has none or was deleted'),
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
    .describe('a step that keeps failing'),
  z.object({ reason: z.literal('approval'), removals: z.number(), of: z.number() }),
  z.object({ reason: z.enum(['rate_limit', 'quota']), limitedBy: z.enum(['source', 'embedder']), until: time }),
  z.object({ reason: z.enum(['sign_in', 'pause']) }),
  z
    .object({ reason: z.enum(['worker', 'temporal']), message: z.string().describe('what is missing, and what to do') })
    .describe('nothing works on the job'),
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
    .describe('items to read for which the source reports no size; their share of `bytes` and `tokens` is a guess'),
  tokens: z.number().describe('estimated from sizes and from documents of the same type'),
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
      .describe(
        'not tried before the job was stopped; not included in the items found, and processed by the next sync',
      ),
  }),
  bytesProcessed: z.number(),
  progress: z
    .object({
      stage: z.string().nullable(),
      listingComplete: z.boolean(),
      stages: z
        .object({ waiting: z.number(), downloaded: z.number(), transformed: z.number(), done: z.number() })
        .describe('items by stage; those that wait have been found but not fetched'),
      itemsPerSecond: z.number().nullable().describe('in the last minute'),
      percent: z.number().nullable().describe('null during the listing, while the total is unknown'),
      secondsLeft: z.number().nullable().describe('at the rate of the last minute'),
      secondsLeftRange: z
        .object({ min: z.number(), max: z.number() })
        .nullable()
        .describe('range between the rate of the last minute and the rate since the start'),
      waitingFor: waitingFor.nullable(),
    })
    .nullable()
    .describe('only while the job is running'),
  speed: z
    .object({ pagesAtOnce: z.number().nullable(), requestsPerSecond: z.number().nullable() })
    .describe('set for this job only; null for the default'),
  fallback: z.string().nullable().describe('why the job ran in another mode than the requested one, as a code'),
  fallbackMessage: z.string().nullable().describe('the same in words'),
  removals: z
    .object({
      count: z.number(),
      of: z.number(),
      decision: z.enum(['waiting', 'approve', 'keep']),
      configChanged: z.boolean().describe('whether a changed config is the reason to ask, whatever the number'),
      decided: z
        .object({ by: z.string(), at: time })
        .nullable()
        .describe('by whom and when; null: not yet, or not through the API'),
    })
    .nullable(),
  sweepSkipped: z.string().nullable(),
  unconfirmed: z
    .number()
    .describe(
      'items missing from the listing that were kept because the vendor could not say whether they were deleted',
    ),
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
  .describe('what was changed so that it could be stored, and what the source did not return of it');

export const jobItem = z.object({
  externalId: z.string(),
  name: z.string().nullable(),
  path: z.string().nullable(),
  mimeType: z.string().nullable(),
  webUrl: z.string().nullable(),
  action: z.string().nullable(),
  state: z.string(),
  outcome: z.enum(outcomes).nullable(),
  planned: z.enum(plannedActions).nullable().describe('for a plan: what a sync would do with it; null for other jobs'),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  nextAttemptAt: time.nullable().describe('for a failed item: the first sync after this time tries again'),
  notes,
  size: z.number().nullable().describe('size as listed by the source; null if it reports none'),
  bytes: z.number().describe('bytes that were downloaded'),
  updatedAt: time,
});

const storeCounts = z.object({
  sources: z.number(),
  documents: z.number(),
  chunks: z.number(),
  vectors: z.number().describe('vectors that nothing else uses'),
  vectorsOutside: z.number().default(0).describe('vectors counted by a store outside Postgres, for a whole user'),
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
      left: storeCounts.describe('what was still found afterwards'),
      signInsRevoked: z.number(),
      signInsNotRevoked: z.number(),
      signInsKept: z.number().describe('sign-ins that are not revoked because another source uses them'),
    })
    .nullable(),
});

export const vectorOperation = z.object({
  name: z.enum(['verify', 'move']),
  status: z.enum(['running', 'completed', 'failed']),
  counts: z.record(z.string(), z.number()),
});

const vectorSpace = z.object({
  store: z.string().describe('pgvector, or pinecone/INDEX'),
  model: z.string(),
  dimensions: z.number(),
});

export const vectorStatus = z.object({
  live: vectorSpace.nullable().describe('what answers your searches; null before the first vector'),
  configured: vectorSpace.describe('the store and model of the installation'),
  move: z
    .object({
      state: z.enum(['offered', 'running']),
      canStart: z.boolean().describe('whether this call’s caller may start it; otherwise an operator does'),
      isCopy: z.boolean().describe('with the same model, vectors are copied and nothing is embedded'),
      texts: z.number().describe('your texts that have no vector there yet'),
      tokens: z.number().describe('estimate'),
      dollars: z.number().describe('estimate'),
      seconds: z.number().nullable().describe('estimate; null if it depends on a server'),
    })
    .nullable()
    .describe('what moving your vectors to the configured store and model takes; null if they are there'),
  finer: z
    .object({
      model: z.string().describe('what `EMBEDDING_MODEL` would be set to'),
      downloadBytes: z.number().describe('once'),
      tokensPerSecond: z.number().describe('approximately, on two cores'),
    })
    .nullable()
    .describe('a model that understands more and needs no key either, with what it costs; null if there is none'),
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

export const itemHistory = z.object({
  summary: z.string().describe('for people'),
  item: z
    .object({
      externalId: z.string(),
      name: z.string(),
      path: z.string(),
      syncStatus: z.enum(['pending', 'synced', 'skipped', 'failed']),
      documentId: id.nullable(),
      isLive: z.boolean().describe('whether its text can be searched'),
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
    .describe('null if the source has no such item now'),
  events: z
    .array(itemEvent)
    .describe('what recent jobs did with it, newest first; jobs that found it unchanged are not listed'),
});

export const document = z.object({
  id,
  dataSourceId: id.nullable(),
  externalId: z.string().describe('of a file in an archive: `<id of the archive>!/<path>`'),
  archiveId: id.nullable().describe('the document of the archive that contains this file'),
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

export const documentChange = z.object({
  type: z.enum(['created', 'updated', 'deleted']),
  at: time.describe('when it became visible'),
  documentId: id,
  dataSourceId: id.nullable(),
  document: document.nullable().describe('as it is now; null if it was deleted'),
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
  projectIds: z.array(id).min(1).max(100).optional().describe('matches documents in any of these projects'),
  tagIds: z.array(id).min(1).max(100).optional().describe('matches documents with any of these tags'),
  modifiedAfter: instant.optional(),
  modifiedBefore: instant.optional(),
};

const range = z.object({ start: z.number(), end: z.number() });

const chunkPlace = z.object({
  headings: z.array(z.string()).describe('headings above the passage, outermost first'),
  pages: z
    .object({ first: z.number(), last: z.number() })
    .nullable()
    .describe('counted from 1; null if the document has no pages'),
});

const passage = z.object({
  chunkId: id,
  ordinal: z.number().describe('position of the chunk in the document, from 0'),
  citation: z.string().describe('document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter`'),
  place: chunkPlace,
  snippet: z.string(),
  highlights: z.array(range).describe('offsets into the snippet, in UTF-16 code units; `end` is exclusive'),
});

export const question = z.string().trim().min(1, 'must not be empty').max(2000, 'must have at most 2,000 characters');

export const searchHit = passage.extend({
  documentId: id,
  score: z.number().describe('comparable only within one answer'),
  otherPassages: z.array(passage).describe('the next best passages of the same document, at most two'),
  title: z.string(),
  path: z.string().nullable(),
  mimeType: z.string().nullable(),
  sourceUrl: z.string().nullable(),
  sourceType: z.string().nullable(),
  dataSourceId: id.nullable(),
  modifiedAt: time.nullable(),
});

export const context = z.object({
  text: z.string().describe('the passages under numbered headings, to be passed to a language model as data'),
  tokens: z.number().describe('tokens of the text (cl100k_base); never above `maxTokens`'),
  citations: z.array(
    z.object({
      number: z.number(),
      documentId: id,
      title: z.string(),
      place: chunkPlace,
      sourceUrl: z.string().nullable(),
      chunkIds: z.array(id),
      start: z.number().describe('offset into the document’s text, in UTF-16 code units'),
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
  nextRunAt: time
    .nullable()
    .describe(
      'from Temporal; null while it or its source is inactive, the source needs a sign-in, or an operator has paused it in Temporal',
    ),
  lastRunAt: time.nullable(),
  skippedRuns: z.number().describe('runs that were skipped because an earlier one was still running'),
  nextRuns: z.array(time).describe('the next five, before jitter; none while `nextRunAt` is null'),
  pausedReason: z.string().nullable().describe('why it does not run although `isActive` is true; null if it runs'),
  createdAt: time,
  updatedAt: time,
});

export const webhook = z.object({
  id,
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  isActive: z.boolean(),
  disabledReason: z.string().nullable().describe('why it was disabled, if nobody did it by hand'),
  failingSince: time.nullable().describe('since when every delivery has failed'),
  createdAt: time,
  updatedAt: time,
});

export const webhookDelivery = z.object({
  id,
  eventId: id.describe('the `webhook-id` that the receiver got'),
  eventType: z.string(),
  jobId: id.nullable(),
  dataSourceId: id.nullable(),
  status: z.enum(deliveryStatuses),
  attempts: z.number(),
  lastStatus: z.number().nullable().describe('HTTP status of the receiver’s last answer'),
  lastError: z.string().nullable().describe('why there was no answer'),
  lastAttemptAt: time.nullable(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
});

export const choice = z.object({
  value: z.string().describe('the value for the config field'),
  label: z.string(),
  hasChildren: z.boolean().describe('whether it has choices inside it'),
});

export const sourceTypeDescription = z.object({
  sourceType,
  label: z.string(),
  description: z.string().describe('one line on what is synced, and what is not'),
  signIn: z
    .object({
      vendor: z.string(),
      isConfigured: z
        .boolean()
        .describe('false if the operator has not configured an OAuth application; a token can be pasted instead'),
      composio: z.boolean().describe('whether Composio can hold the connection: `provider=composio` when connecting'),
    })
    .nullable()
    .describe('null if there is no sign-in'),
  changeNotifications: z
    .object({ problem: z.string().nullable().describe('what the operator has to configure first') })
    .nullable()
    .describe('null if this type has no change notifications'),
  configSchema: z.record(z.string(), z.unknown()).describe('JSON Schema of a source’s `config`'),
  choiceFields: z.array(z.string()).describe('fields of the config whose choices can be listed from the account'),
  receivesFiles: z.boolean().describe('whether users upload its files: PUT /api/data-sources/:id/files'),
});

const maxPathLength = 1000;
const maxNameLength = 255;

function isFileName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && part.length <= maxNameLength && !/\p{Cc}/u.test(part);
}

/** The path of an uploaded file. Two spellings of one letter, as systems write them, are one name. */
const uploadPathText = z
  .string()
  .min(1, 'must not be empty')
  .max(maxPathLength, `must have at most ${maxPathLength} characters`)
  .overwrite((path) => path.normalize('NFC'));
export const uploadPath = uploadPathText
  .refine(
    (path) => path.split('/').every(isFileName),
    `must be names with "/" in between, none empty, "." or "..", or longer than ${maxNameLength} characters`,
  )
  .describe('the place of the file in the source: a name, or folders and a name, as in `Reports/2026/May.pdf`');
export const deletedUploadPath = uploadPathText.describe(
  'the path of a file, or of a folder with "/" at its end: everything in it',
);

export const uploadedFile = z.object({
  id,
  path: z.string(),
  size: z.number().describe('in bytes'),
  sha256: z.string(),
  uploadedAt: time,
});
export const listedUpload = uploadedFile.extend({
  syncStatus: z
    .enum(['pending', 'synced', 'skipped', 'failed'])
    .nullable()
    .describe('what the latest sync made of it; null if none has found it, or not since it was replaced'),
  message: z.string().nullable().describe('why it was skipped or failed'),
  documentId: id.nullable(),
});

export const session = z.object({
  userId: z.string(),
  isLocal: z.boolean().describe('the single user of an installation without sign-in'),
  expiresAt: time.nullable(),
});

export const unseenItem = z.object({ externalId: z.string(), name: z.string(), path: z.string() });

const levels = {
  items: z.number().describe('synced items after the last job of the day'),
  documents: z.number(),
  chunks: z.number(),
  tokens: z.number().describe('of all documents'),
};

export const sourceDay = z.object({
  dataSourceId: id,
  day: z.string().describe('UTC, as 2026-01-31'),
  jobs: z.object({ completed: z.number(), failed: z.number(), cancelled: z.number() }).describe('that ended; no plans'),
  jobSeconds: z.number().describe('all their durations together, waiting included'),
  longestJobSeconds: z.number(),
  counts: z
    .object({
      created: z.number(),
      updated: z.number(),
      unchanged: z.number(),
      removed: z.number(),
      skipped: z.number(),
      failed: z.number(),
    })
    .describe('items by outcome'),
  bytesProcessed: z.number(),
  tokensEmbedded: z.number(),
  ...levels,
});

export const statistics = z.object({
  from: z.string().describe('the first day (UTC)'),
  to: z.string().describe('today (UTC)'),
  days: z.array(sourceDay).describe('oldest first'),
  before: z.array(z.object({ dataSourceId: id, ...levels })).describe('levels before the first day, by source'),
  errors: z
    .array(z.object({ code: z.string(), dataSourceId: id, items: z.number() }))
    .describe('failed items, most first'),
  months: z
    .array(
      z.object({
        month: z.string().describe('as 2026-01'),
        dataSourceId: id,
        tokens: z.number().describe('embedded'),
        dollars: z.number().describe('at the price of the model that embeds now'),
      }),
    )
    .describe('the last twelve'),
  embedding: z.object({ model: z.string(), dimensions: z.number(), dollarsPerMillionTokens: z.number() }),
});

/** Schemas that are described once, under names of their own, which become the web page's types. */
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
  ItemHistory: itemHistory,
  Document: document,
  DocumentChange: documentChange,
  SearchHit: searchHit,
  ScheduledSync: scheduledSync,
  Webhook: webhook,
  WebhookDelivery: webhookDelivery,
  Choice: choice,
  SourceTypeDescription: sourceTypeDescription,
  UploadedFile: uploadedFile,
  ListedUpload: listedUpload,
  Session: session,
  AuditEvent: auditEvent,
  SourceDay: sourceDay,
  Statistics: statistics,
  VectorStatus: vectorStatus,
}))
  z.globalRegistry.add(shape, { id: shapeName });
