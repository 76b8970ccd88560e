/**
 * A mailbox through the real workflow: mail and attachments become documents, stay linked, and are removed together.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { gmailOAuth } from '../../sources/connectors/gmail/oauth.ts';
import { countJobGaps } from '../../db/items/gaps.ts';
import { saveConnection } from '../../db/sources/credentials.ts';
import type { Mailbox } from '../../tools/simulators/google/mailbox.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf, skippedOf, titlesOf } from '../harness/state.ts';

let headwater: TestHeadwater;
beforeAll(async () => {
  headwater = await startHeadwater();
});
afterAll(async () => await headwater[Symbol.asyncDispose]());

let user: string;
let mailbox: Mailbox;
let dataSourceId: string;
beforeEach(async () => {
  user = `user-${randomUUID()}`;
  mailbox = headwater.google.state.account(`${user}@example.com`).mailbox;
  dataSourceId = await headwater.createSource(user, 'gmail');
  const tokens = headwater.google.oauth.issue(mailbox.email, gmailOAuth.scopes);
  const authData = headwater.keyring.seal({ ...tokens, expiresAt: Date.now() + 3_500_000 }, dataSourceId);
  await headwater.as(
    user,
    async (trx) =>
      await saveConnection(trx, dataSourceId, { authData, provider: 'token', accountLabel: mailbox.email }),
  );
});

async function sync(jobType: 'full_sync' | 'delta') {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  const gaps = await headwater.as(user, async (trx) => await countJobGaps(trx, jobId ?? ''));
  return { ...(await headwater.job(user, jobId)), gaps };
}

test('a mail, its attachment, and why others were skipped', async () => {
  const label = mailbox.addLabel('Hafen/Fähre');
  mailbox.add(
    {
      from: 'Marit <marit@example.com>',
      subject: 'Timetable',
      text: 'The ferry goes at noon.\n\nOn Mon, 5 Jan 2026, Ana wrote:\n> When does it go?',
      attachments: [
        { name: 'times.csv', mimeType: 'text/csv', content: 'stop,time\njetty,12:00' },
        { name: 'invite.ics', mimeType: 'text/calendar', content: 'BEGIN:VCALENDAR' },
        { name: 'boat.png', mimeType: 'image/png', content: 'x' },
        { name: 'all.zip', mimeType: 'application/zip', content: 'x' },
      ],
    },
    { labels: ['INBOX', label] },
  );

  expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 5, created: 2, skipped: 3, failed: 0 });

  const content = await contentOf(headwater, user);
  expect(Object.keys(content)).toEqual(['Timetable', 'Timetable/times.csv']);
  expect(content['Timetable']).toMatch(
    /From: Marit <marit@example\.com>[\s\S]*noon\.\n\n## Earlier messages\n\nOn Mon/,
  );
  const [mail] = await headwater.as(
    user,
    async (trx) =>
      await trx.selectFrom('documents').select(['itemType', 'metadata']).where('title', '=', 'Timetable').execute(),
  );
  expect(mail).toMatchObject({
    itemType: 'email',
    metadata: { labels: 'INBOX, Hafen/Fähre', thread: expect.any(String), from: 'Marit <marit@example.com>' },
  });
  expect(await skippedOf(headwater, user)).toEqual([
    { name: 'all.zip', lastErrorCode: 'unsupported_type' },
    { name: 'boat.png', lastErrorCode: 'unsupported_type' },
    { name: 'invite.ics', lastErrorCode: 'calendar_file' },
  ]);
});

test('a deleted or trashed mail removes its attachments, and restoring it restores them', async () => {
  const attachments = [{ name: 'times.csv', mimeType: 'text/csv', content: 'stop,time' }];
  const deleted = mailbox.add({ subject: 'Deleted', text: 'a', attachments });
  const trashed = mailbox.add({ subject: 'Trashed', text: 'b', attachments });
  mailbox.add({ subject: 'Kept', text: 'c', attachments });
  await sync('full_sync');

  mailbox.delete(deleted);
  mailbox.trash(trashed);
  expect(await sync('delta')).toMatchObject({ mode: 'feed', removed: 4 });
  expect(await titlesOf(headwater, user)).toEqual(['Kept', 'Kept/times.csv']);

  mailbox.untrash(trashed);
  expect(await sync('delta')).toMatchObject({ created: 2 });
  expect(await titlesOf(headwater, user)).toEqual(['Kept', 'Kept/times.csv', 'Trashed', 'Trashed/times.csv']);
});

test('reading a mail is no change; a label is one, and embeds nothing again', async () => {
  const id = mailbox.add({ subject: 'Boats', text: 'We have two.' });
  await sync('full_sync');
  mailbox.markRead(id);
  expect(await sync('delta')).toMatchObject({ found: 0 });
  mailbox.relabel(id, { add: [mailbox.addLabel('Fleet')] });
  expect(await sync('delta')).toMatchObject({ found: 1, updated: 1 });
  const { metadata } = await headwater.as(
    user,
    async (trx) => await trx.selectFrom('documents').select('metadata').executeTakeFirstOrThrow(),
  );
  expect(metadata).toMatchObject({ labels: 'INBOX, Fleet' });
});

test('a lost history lists everything again, removes what was deleted meanwhile, and says so', async () => {
  const [kept, deleted] = ['Kept', 'Gone'].map((subject) => mailbox.add({ subject, text: subject })) as [
    string,
    string,
  ];
  await sync('full_sync');
  mailbox.delete(deleted);
  mailbox.expireHistory();
  mailbox.add({ subject: 'New', text: 'new' });
  const job = await sync('delta');
  expect(kept).toBeDefined();
  expect(job).toMatchObject({ mode: 'full', created: 1, removed: 1, unchanged: 1 });
  expect(job.progressData).toMatchObject({ fallback: 'checkpoint_expired' });
  expect(await titlesOf(headwater, user)).toEqual(['Kept', 'New']);
});

test('case 6: a mail that fails at every read fails by itself, visibly, and comes with its attachments when it can be read', async () => {
  const attachments = [{ name: 'times.csv', mimeType: 'text/csv', content: 'stop,time' }];
  const bad = mailbox.add({ subject: 'Bad', text: 'b', attachments });
  mailbox.add({ subject: 'Good', text: 'a' });
  const error = { code: 500, message: 'x', errors: [{ domain: 'global', reason: 'backendError', message: 'x' }] };
  headwater.google.faults.add({ path: `/messages/${bad}$`, then: { status: 500, body: { error } } });
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 2, created: 1, failed: 1, gaps: 1 });
  const item = await headwater.as(
    user,
    async (trx) =>
      await trx.selectFrom('syncItems').selectAll().where('externalId', '=', bad).executeTakeFirstOrThrow(),
  );
  expect(item).toMatchObject({ name: `Message ${bad}`, syncStatus: 'failed', lastErrorMessage: expect.any(String) });
  // A known mail that cannot be read again keeps what is known of it, and fails nothing.
  headwater.google.faults.clear();
  expect(await sync('delta')).toMatchObject({ status: 'completed', created: 2, failed: 0, gaps: 0 });
  expect(await titlesOf(headwater, user)).toEqual(['Bad', 'Bad/times.csv', 'Good']);
  headwater.google.faults.add({ path: `/messages/${bad}$`, then: { status: 500, body: { error } } });
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0, failed: 0, gaps: 1 });
  expect(await titlesOf(headwater, user)).toEqual(['Bad', 'Bad/times.csv', 'Good']);
  headwater.google.faults.clear();
});

test('all of this only reads (P11)', () => {
  expect(headwater.google.log.mutating()).toEqual([]);
});
