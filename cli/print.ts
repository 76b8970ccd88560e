import { styleText } from 'node:util';
import type {
  Context,
  Deletion,
  Document,
  ItemHistory,
  Job,
  JobItem,
  Preview,
  SearchHit,
  Webhook,
  WebhookDelivery,
} from './api-client.ts';
import { durationOf, whyOf } from './watch-job.ts';

/**
 * Makes a name or a path that others chose safe to print: characters that would control the terminal or reorder the
 * line are shown as �.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '�');
}

/** Prints rows under headings, with columns as wide as needed. An empty list is reported in words. */
export function printTable(rows: readonly Readonly<Record<string, string | number | null>>[], empty: string): void {
  const [first] = rows;
  if (first === undefined) {
    console.log(empty);
    return;
  }
  const names = Object.keys(first);
  const cell = (row: (typeof rows)[number], name: string): string => printable(String(row[name] ?? ''));
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => cell(row, name).length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  console.log(line(names.map((name) => name.toUpperCase())));
  for (const row of rows) console.log(line(names.map((name) => cell(row, name))));
}

/** Prints a job in a few lines: its status, its counts, and what it waits for or why it failed. */
export function printJob(job: Job): void {
  const c = job.counts;
  console.log(`${job.jobType}${job.dryRun ? ' (plan)' : ''} ${job.status}  ${job.id}`);
  if (job.plan === null) {
    console.log(
      `  found ${c.found} = ${c.created} created + ${c.updated} updated + ${c.unchanged} unchanged + ${c.removed} removed + ${c.skipped} skipped + ${c.failed} failed`,
    );
  } else printPlan(job.plan);
  if (c.pending > 0) console.log(`  ${c.pending} not tried; the next sync will process them`);
  if (job.fallbackMessage !== null) console.log(`  ${job.fallbackMessage}`);
  if (job.sweepSkipped !== null) console.log(`  ${job.sweepSkipped}`);
  printGaps(job);
  if (job.unconfirmed > 0)
    console.log(
      `  ${job.unconfirmed} missing from the listing but kept, because the vendor could not say whether they were deleted`,
    );
  if (job.removals !== null)
    console.log(`  removals: ${job.removals.count} of ${job.removals.of}, ${job.removals.decision}`);
  if (job.errorMessage !== null) console.log(`  ${job.errorCode ?? 'error'}: ${job.errorMessage}`);
  if (job.progress !== null) {
    const { waiting, downloaded, transformed, done } = job.progress.stages;
    console.log(`  ${whyOf(job)}`);
    console.log(`  items: ${waiting} wait, ${downloaded} downloaded, ${transformed} transformed, ${done} done`);
  }
  if (job.startedAt !== null && job.completedAt !== null) {
    console.log(
      `  took ${durationOf(Math.max(1, Math.round((Date.parse(job.completedAt) - Date.parse(job.startedAt)) / 1000)))}`,
    );
  }
}

/** Why an item has its outcome, and when it is retried. */
export function whyOfItem({ errorMessage, nextAttemptAt, notes }: JobItem): string | null {
  if (errorMessage === null) return notes.map(({ message }) => message).join(' ') || null;
  if (nextAttemptAt === null) return errorMessage;
  return Date.parse(nextAttemptAt) <= Date.now()
    ? `${errorMessage} The next sync tries again.`
    : `${errorMessage} It is retried after ${localTime(nextAttemptAt)}.`;
}

/** Prints the parts that could not be listed, one per line. */
function printGaps({ gaps, gapCount }: Pick<Job, 'gaps' | 'gapCount'>): void {
  if (gapCount === 0) return;
  console.log(
    `  ${gapCount} ${gapCount === 1 ? 'part' : 'parts'} could not be listed. Items in ${gapCount === 1 ? 'it' : 'them'} were not changed:`,
  );
  for (const { name, message, nextAttemptAt } of gaps) {
    const when = nextAttemptAt === null ? 'with the next sync' : `at ${localTime(nextAttemptAt)}`;
    console.log(`    ${printable(name)}: ${printable(message)} Retried ${when}.`);
  }
  if (gaps.length < gapCount) console.log(`    and ${gapCount - gaps.length} more`);
}

function printPlan(plan: NonNullable<Job['plan']>): void {
  console.log(
    `  would create ${plan.create}, update ${plan.update}, retry ${plan.retry}, remove ${plan.remove}; ${plan.skip} skipped, ${plan.unchanged} unchanged`,
  );
  console.log(
    `  about ${(plan.bytes / 1024 / 1024).toFixed(1)} MB, ${plan.tokens} tokens, $${plan.embeddingDollars.toFixed(4)} to embed`,
  );
  console.log(
    `  time: ${plan.estimatedSeconds === null ? 'no estimate yet' : `about ${durationOf(plan.estimatedSeconds)}`}`,
  );
  if (plan.removalsNeedApproval) console.log('  the removals would wait for approval');
}

export function printHits(hits: readonly SearchHit[]): void {
  if (hits.length === 0) console.log('Nothing found.');
  for (const [i, hit] of hits.entries()) {
    console.log(`${i + 1}. ${printable(hit.path ?? hit.title)}  (${hit.score.toFixed(4)})`);
    if (hit.citation !== hit.title) console.log(`   ${printable(hit.citation)}`);
    console.log(`   ${highlighted(hit)}`);
    for (const passage of hit.otherPassages) console.log(`   also: ${highlighted(passage)}`);
    if (hit.sourceUrl !== null) console.log(`   ${printable(hit.sourceUrl)}`);
  }
}

/**
 * Formats a snippet on one line, with the matches in bold if the terminal supports it. Control characters are removed.
 */
function highlighted({ snippet, highlights }: Pick<SearchHit, 'snippet' | 'highlights'>): string {
  const text = snippet.replaceAll(/[\s\p{Cc}]/gu, ' ');
  let line = '';
  let at = 0;
  for (const { start, end } of highlights) {
    line += text.slice(at, start) + styleText('bold', text.slice(start, end));
    at = end;
  }
  return (line + text.slice(at)).replaceAll(/ +/g, ' ').trim();
}

/** A text of several lines, without characters that would control the terminal. */
function readable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}

/** Prints a text; a file or another program gets it unchanged. */
export function printText(text: string): void {
  console.log(process.stdout.isTTY ? readable(text) : text);
}

export function printContext({ text, tokens, citations }: Context): void {
  if (citations.length === 0) {
    console.log('Nothing found.');
    return;
  }
  console.log(`${readable(text)}\n`);
  for (const c of citations)
    console.log(`[${c.number}] ${printable(c.title)}  ${printable(c.sourceUrl ?? `document ${c.documentId}`)}`);
  console.log(`${tokens} tokens`);
}

/** Prints what was deleted, store by store. */
export function printDeletion({ id, status, result }: Deletion): void {
  console.log(status === 'failed' ? `The deletion failed. The Temporal Web UI shows why: ${id}` : 'Deleted:');
  if (result === null) return;
  const { removed } = result;
  console.log(
    `  ${removed.sources} sources, ${removed.documents} documents, ${removed.chunks} chunks, ${removed.vectors} vectors, ${removed.otherRows} other rows`,
  );
  console.log(
    `  ${removed.stagedBytes} staged bytes, ${removed.schedules} schedules, ${result.signInsRevoked} sign-ins revoked at the vendor`,
  );
  if (result.signInsNotRevoked > 0)
    console.log(
      `  ${result.signInsNotRevoked} sign-ins could not be revoked at the vendor; revoke them in your account there`,
    );
  if (result.signInsKept > 0)
    console.log(`  ${result.signInsKept} sign-ins were kept at the vendor, because another source uses them`);
}

export function printItemHistory({ summary, item, events }: ItemHistory): void {
  if (item !== null) console.log(`${printable(item.path)}  (${printable(item.externalId)})`);
  console.log(printable(summary));
  for (const event of events) console.log(`  ${localTime(event.at)}  ${printable(event.what)}  (job ${event.jobId})`);
}

/** Prints removed and added text line by line; unchanged text is not shown. */
export function printPreview({ excluded, after, diff, chunksToEmbed, isOriginal }: Preview): void {
  if (excluded !== null) console.log(excluded.message);
  if (!isOriginal) console.log('The original text is not stored, so this compares with the stored text.');
  for (const { kind, text } of diff ?? []) {
    if (kind !== 'same')
      console.log(`${kind === 'added' ? '+' : '-'} ${readable(text).trim().replaceAll('\n', '\n  ')}`);
  }
  if (after === null) return;
  if (diff === null) console.log('The texts differ too much to be compared.');
  console.log(`${after.characters} characters, ${after.chunkCount} chunks, ${chunksToEmbed} of them to embed`);
  console.log(`metadata: ${JSON.stringify(after.metadata)}`);
}

export function printDocuments(documents: readonly Document[], isFiltered: boolean): void {
  printTable(
    documents.map((d) => ({
      id: d.id,
      path: d.path ?? d.title,
      version: d.version,
      chunks: d.chunkCount,
      updated: localTime(d.updatedAt),
    })),
    isFiltered ? 'No document matches your search.' : 'No documents yet. Sync a source: headwater sync NAME',
  );
}

export function printWebhooks(webhooks: readonly Webhook[]): void {
  printTable(
    webhooks.map((w) => ({
      id: w.id,
      url: w.url,
      events: w.events.join(' '),
      state: w.isActive ? (w.failingSince === null ? 'on' : 'failing') : (w.disabledReason ?? 'paused'),
    })),
    'No webhooks yet: headwater webhooks add URL',
  );
}

export function printDeliveries(deliveries: readonly WebhookDelivery[]): void {
  printTable(
    deliveries.map((d) => ({
      id: d.id,
      event: d.eventType,
      status: d.status,
      attempts: d.attempts,
      answer: d.lastStatus ?? d.lastError,
      created: localTime(d.createdAt),
    })),
    'Nothing was sent yet: headwater webhooks ping WEBHOOK',
  );
}

/** Prints how to get the next page of a list. */
export function printMore(nextCursor: string | null): void {
  if (nextCursor !== null) console.log(`more: --cursor ${nextCursor}`);
}

export function localTime(iso: string | null): string {
  return iso === null ? 'never' : new Date(iso).toLocaleString();
}
