/**
 * A job may stop after any of its steps, cancelled or terminated, while the source goes on changing, and the answer of
 * any step may be lost. The next job that completes makes everything equal to the source: texts, titles, paths, and
 * nothing is left over.
 */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { BatchRef, FoundRemovals, JobType, PageEnd, PageRef, RecordedPage } from '../../domain/contract.ts';
import type { Steps } from '../harness/steps.ts';
import { cancel, renewSource, source, stepHostileSource, steps, terminate } from '../harness/hostile-steps.ts';

stepHostileSource();

const folders = ['f0', 'f1', 'f2'];

/** Whether the answer of each step is lost, so that the answer of another attempt counts. */
let losesAnswers = false;
const run: Steps['run'] = (name, input) =>
  losesAnswers ? steps.run(name, input).then(() => steps.run(name, input, { attempt: 2 })) : steps.run(name, input);

/** Changes that a vendor's feed reports as one entry each, whatever is inside a folder. */
const change = fc.record({
  do: fc.constantFrom('edit', 'edit', 'rename', 'move', 'remove', 'rename folder', 'move in', 'remove folder'),
  item: fc.nat(7),
  folder: fc.nat(2),
  text: fc.nat(3),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply({ do: what, item, folder, text }: Change): void {
  const id = `i${item}`;
  const inFolder = folders[folder] ?? null;
  const now = source.items.get(id);
  switch (what) {
    case 'edit':
      return source.put(id, `text ${text} of ${id}`, { name: now?.name ?? `${id}.md`, parent: now?.parent ?? null });
    case 'rename':
      return now === undefined ? undefined : source.put(id, now.text, { ...now, name: `${text} ${id}.md` });
    case 'move':
      if (now === undefined) return;
      return source.put(id, now.text, {
        ...now,
        parent: inFolder !== null && source.folders.has(inFolder) ? inFolder : null,
      });
    case 'remove':
      return now === undefined ? undefined : source.remove(id);
    case 'rename folder':
      return inFolder !== null && source.folders.has(inFolder)
        ? source.addFolder(inFolder, `${inFolder} ${text}`)
        : undefined;
    case 'move in': {
      // Its contents are not reported, only the folder.
      const moved = `moved ${source.logLength}`;
      const inside = `in ${moved}`;
      source.items.set(inside, { id: inside, name: `${inside}.md`, text: `text of ${inside}`, parent: moved });
      return source.addFolder(moved, moved);
    }
    case 'remove folder':
      if (inFolder === null || !source.folders.has(inFolder)) return;
      for (const [key, { parent }] of source.items) if (parent === inFolder) source.items.delete(key);
      return source.removeFolder(inFolder);
  }
}

function truth(): object[] {
  return [...source.items.values()]
    .map(({ name, text, parent }) => {
      const folder = parent === null ? undefined : source.folders.get(parent);
      return { path: folder === undefined ? name : `${folder.name}/${name}`, title: name, text };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function held(dataSourceId: string): Promise<object[]> {
  const { rows } = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) =>
      await sql<{ path: string; title: string; text: string }>`
        select i.external_path as path, d.title, coalesce(string_agg(c.text, '|' order by c.generation, c.ordinal), '') as text
        from sync_items i left join documents d on d.id = i.local_document_id
          -- Every version counts: one that is not live would be seen as a second text.
          left join document_chunks c on c.document_id = d.id
        where i.data_source_id = ${dataSourceId} group by i.external_path, d.id, d.title`.execute(trx),
  );
  return rows.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Runs a job's activities in the workflow's order, and pauses after each.
 * @param goesOn whether they do what follows where they can, as in the workflow of today
 */
async function* stepsOf(job: PageRef, goesOn: boolean): AsyncGenerator<void> {
  let page = 1;
  let found: FoundRemovals | undefined;
  async function* pages(list: 'listPage' | 'listRetries' | 'confirmRemovals' | 'listSweep'): AsyncGenerator<void> {
    for (let more = true; more;) {
      const listed: RecordedPage & { pages?: number } = await run(list, {
        ...job,
        page,
        ...(goesOn ? { goesOn: true as const } : {}),
      });
      page += listed.pages ?? 1;
      more = listed.more;
      if (list === 'listPage') found = listed.found;
      yield;
      if (listed.items === 0 || listed.batches === 0) continue;
      const isWholeJob = goesOn && list === 'listPage' && page === 2 && !more && listed.batches === 1;
      const ref = { ...job, page: page - 1, ...(isWholeJob ? { isWholeJob } : {}) };
      const end = yield* syncPage(ref, listed.batches);
      if (isWholeJob) found = end?.found;
    }
  }
  yield* pages('listPage');
  if (found === undefined) {
    found = await run('findRemovals', job);
    yield;
  }
  if (found.isSwept === true) page++;
  yield* pages('listRetries');
  if (found.toConfirm > 0) yield* pages('confirmRemovals');
  if (found.removals > 0 && found.isSwept !== true) {
    if (found.plan === undefined) await run('planSweep', job);
    yield* pages('listSweep');
  }
  await run('closeJob', { ...job, status: 'completed', errorCode: null, errorMessage: null, swept: true });
}

async function* syncPage(page: PageRef, compared: number | undefined): AsyncGenerator<void, PageEnd | null> {
  const batches = compared ?? (await run('diffPage', page)).batches;
  yield;
  const isShort = compared !== undefined && batches === 1;
  let end: PageEnd | null = null;
  for (let batch = 0; batch < batches; batch++) {
    const ref: BatchRef = { ...page, batch, ...(isShort ? { endsPage: true } : {}) };
    for (const stage of ['downloadBatch', 'transformBatch'] as const) {
      await run(stage, ref);
      yield;
    }
    end = await run('embedBatch', ref);
    yield;
  }
  if (batches > 0 && !isShort) end = await run('closePage', page);
  yield;
  return end;
}

/** @param stopAfter the step after which it stops; a larger number than it has lets it complete */
async function runJob(
  dataSourceId: string,
  jobType: JobType,
  {
    stopAfter,
    how,
    meanwhile,
    goesOn,
  }: { stopAfter: number; how: 'cancel' | 'terminate'; meanwhile: readonly Change[]; goesOn: boolean },
): Promise<void> {
  const job = await steps.open(dataSourceId, jobType);
  const changes = [...meanwhile];
  let done = 0;
  for await (const _step of stepsOf(job, goesOn)) {
    const next = changes.shift();
    if (next !== undefined) apply(next);
    if (++done < stopAfter) continue;
    await (how === 'terminate' ? terminate(job) : cancel(job));
    return;
  }
}

const complete = { stopAfter: Number.POSITIVE_INFINITY, how: 'cancel', meanwhile: [], goesOn: true } as const;

test('after any jobs that stopped at any step, the next one makes everything equal', async () => {
  const round = fc.record({
    changes: fc.array(change, { maxLength: 5 }),
    jobType: fc.constantFrom('incremental' as const, 'incremental' as const, 'full_sync' as const),
    stopAfter: fc.integer({ min: 1, max: 14 }),
    how: fc.constantFrom('cancel' as const, 'terminate' as const),
    meanwhile: fc.array(change, { maxLength: 3 }),
    goesOn: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('incremental' as const, 'full_sync' as const),
      fc.record({ repeats: fc.boolean(), emptyPages: fc.boolean(), lookUps: fc.boolean(), lost: fc.boolean() }),
      async (rounds, last, { lookUps, lost, ...manners }) => {
        losesAnswers = lost;
        renewSource(4);
        Object.assign(source.manners, manners, lookUps ? { lookUpBatchSize: 2 } : {});
        const dataSourceId = await steps.createSource();
        source.put('anchor', 'always there');
        for (const id of ['f0', 'f1']) source.addFolder(id, id);
        for (let i = 0; i < 5; i++) source.put(`i${i}`, `text of i${i}`, { parent: [null, 'f0', 'f1'][i % 3] ?? null });
        await runJob(dataSourceId, 'full_sync', complete);
        expect(await held(dataSourceId)).toEqual(truth());
        for (const { changes, jobType, ...stop } of rounds) {
          changes.forEach(apply);
          await runJob(dataSourceId, jobType, stop);
        }
        await runJob(dataSourceId, last, complete);
        expect(await held(dataSourceId)).toEqual(truth());
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
}, 180_000);

test('a confirmation of removals whose answer is lost is not taken for the last one', async () => {
  losesAnswers = true;
  renewSource(20);
  Object.assign(source.manners, { lookUpBatchSize: 1 });
  const dataSourceId = await steps.createSource();
  for (let i = 0; i < 9; i++) source.put(`i${i}`, `text of i${i}`);
  await runJob(dataSourceId, 'full_sync', complete);
  for (const id of ['i1', 'i3', 'i5']) source.remove(id);
  await runJob(dataSourceId, 'full_sync', complete);
  expect(await held(dataSourceId)).toEqual(truth());
});
