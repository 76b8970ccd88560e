/** Tests Gmail's simulator against the vendor's documented behavior, over plain HTTP (docs/vendors/gmail.md). */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { unitsSpent } from './gmail-quota.ts';
import type { Mailbox } from './mailbox.ts';
import { type GoogleSimulator, startGoogle } from './server.ts';

const scope = 'https://www.googleapis.com/auth/gmail';
let google: GoogleSimulator;
let mailbox: Mailbox;
let headers: Record<string, string>;
beforeEach(async () => {
  google = await startGoogle();
  mailbox = google.state.account('ana@example.com').mailbox;
  headers = bearer(`${scope}.readonly`);
});
afterEach(async () => await google[Symbol.asyncDispose]());

function bearer(...granted: readonly string[]): Record<string, string> {
  return { authorization: `Bearer ${google.oauth.issue(mailbox.email, granted).accessToken}` };
}

// oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test is about
type Answer = { readonly status: number; readonly body: any };
const get = async (path: string, more: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(`${google.url}/gmail/v1/users/me/${path}`, { headers: { ...headers, ...more } });
  return { status: response.status, body: await response.json().catch(() => null) };
};
const refusal = (status: number, reason: string) => ({
  status,
  body: { error: { code: status, errors: [{ reason }] } },
});

describe('scopes', () => {
  test('Drive’s scope reads no mail, and mail’s no Drive', async () => {
    const drive = bearer('https://www.googleapis.com/auth/drive.readonly');
    expect(await get('messages', drive)).toMatchObject(refusal(403, 'insufficientPermissions'));
    const files = await fetch(`${google.url}/drive/v3/files`, { headers });
    expect(files.status).toBe(403);
  });

  test.each([
    ['alone', []],
    ['beside another', [`${scope}.readonly`]],
  ])(
    'the metadata scope %s lists and shows headers, but gives no search, bodies or attachments',
    async (_how, more) => {
      const id = mailbox.add({ subject: 's', text: 't' });
      const metadata = bearer(`${scope}.metadata`, ...more);
      expect((await get('messages', metadata)).body.messages).toHaveLength(1);
      expect((await get('messages?q=t', metadata)).status).toBe(403);
      expect((await get(`messages/${id}?format=metadata`, metadata)).status).toBe(200);
      expect((await get(`messages/${id}`, metadata)).status).toBe(403);
      expect((await get(`messages/${id}?format=raw`, metadata)).status).toBe(403);
    },
  );

  test('nobody reads somebody else’s mail', async () => {
    const response = await fetch(`${google.url}/gmail/v1/users/bo@example.com/messages`, { headers });
    expect(response.status).toBe(403);
  });

  test('an account without Gmail says so', async () => {
    mailbox.enabled = false;
    expect(await get('profile')).toMatchObject(refusal(400, 'failedPrecondition'));
  });
});

describe('lists', () => {
  test('ids only, newest first; an empty list has no key', async () => {
    expect((await get('messages')).body).toEqual({ resultSizeEstimate: 0 });
    const [older, newer] = [mailbox.add({ subject: 'a' }), mailbox.add({ subject: 'b' })];
    expect((await get('messages')).body.messages).toEqual([
      { id: newer, threadId: newer },
      { id: older, threadId: older },
    ]);
  });

  test('pages belong to their query, and continue below the last one shown, whatever happens in between', async () => {
    const ids = Array.from({ length: 5 }, (_, i) => mailbox.add({ subject: `${i}` })).toReversed();
    const page = (await get('messages?maxResults=2')).body;
    mailbox.delete(ids[0] ?? '');
    mailbox.add({ subject: 'new' });
    const token = encodeURIComponent(page.nextPageToken);
    const next = (await get(`messages?maxResults=2&pageToken=${token}`)).body;
    expect(next.messages.map((message: { id: string }) => message.id)).toEqual(ids.slice(2, 4));
    expect(await get(`messages?maxResults=2&q=x&pageToken=${token}`)).toMatchObject(refusal(400, 'invalidArgument'));
  });

  test('several labels are combined with AND; spam and trash are included on request; drafts are mail', async () => {
    const label = mailbox.addLabel('Ops');
    const both = mailbox.add({ subject: 'a' }, { labels: ['INBOX', label] });
    mailbox.add({ subject: 'b' }, { labels: ['INBOX'] });
    const spam = mailbox.add({ subject: 'c' }, { labels: ['SPAM'] });
    const draft = mailbox.add({ subject: 'd' }, { labels: ['DRAFT'] });
    const ids = async (query: string) =>
      ((await get(`messages?${query}`)).body.messages ?? []).map((message: { id: string }) => message.id);
    expect(await ids(`labelIds=INBOX&labelIds=${label}`)).toEqual([both]);
    expect(await ids('')).not.toContain(spam);
    expect(await ids('')).toContain(draft);
    expect(await ids('q=-in:drafts')).not.toContain(draft);
    expect(await ids('includeSpamTrash=true')).toContain(spam);
    expect(await get('messages?labelIds=Label_99')).toMatchObject(refusal(400, 'invalidArgument'));
  });

  test.each([
    ['from:marit', true],
    ['subject:ferry -from:marit', false],
    ['(from:bo OR from:marit) has:attachment', true],
    ['{from:bo from:jürgen}', false],
    ['"engine oil"', true],
    ['label:ops-review', true],
    ['larger:1M', false],
    ['after:1767603600 before:1767607201', true],
    ['before:1767603600', false],
    ['is:unread', true],
  ])('the search %s matches: %s', async (q, isFound) => {
    const label = mailbox.addLabel('Ops/Review');
    mailbox.add(
      {
        from: 'Marit <marit@example.com>',
        subject: 'Ferry',
        text: 'The engine oil is low.',
        attachments: [{ name: 'oil.csv', content: 'x' }],
      },
      { labels: ['INBOX', 'UNREAD', label], sentMs: 1_767_607_200_000 },
    );
    const { body } = await get(`messages?q=${encodeURIComponent(q)}`);
    expect((body.messages ?? []).length === 1).toBe(isFound);
  });
});

describe('a message', () => {
  test('complete: parts with numbers, bodies in place, attachments with an id that differs every time', async () => {
    const id = mailbox.add({
      subject: 'Größe',
      text: 'schön',
      html: '<p>schön</p>',
      attachments: [{ name: 'Maße.csv', mimeType: 'text/csv', content: 'a,b' }],
    });
    const { payload } = (await get(`messages/${id}`)).body;
    expect(payload).toMatchObject({ partId: '', mimeType: 'multipart/mixed', filename: '' });
    expect(payload.headers).toContainEqual({ name: 'Subject', value: 'Größe' });
    expect(payload.parts[0].parts[0]).toMatchObject({ partId: '0.0', mimeType: 'text/plain' });
    expect(Buffer.from(payload.parts[0].parts[0].body.data, 'base64url').toString()).toBe('schön');
    const { attachmentId, size } = payload.parts[1].body;
    expect(size).toBe(3);
    const again = (await get(`messages/${id}`)).body.payload.parts[1].body.attachmentId;
    expect(again).not.toBe(attachmentId);
    for (const one of [attachmentId, again])
      expect((await get(`messages/${id}/attachments/${one}`)).body).toEqual({ size: 3, data: 'YSxi' });
    mailbox.attachmentAge++;
    expect(await get(`messages/${id}/attachments/${again}`)).toMatchObject(refusal(400, 'invalidArgument'));
  });

  test('raw: a message that another program can read', async () => {
    const id = mailbox.add({
      from: 'Jürgen <j@example.com>',
      subject: ' Größe ',
      text: 'schön',
      attachments: [{ name: 'Maße.csv', content: Buffer.from([0, 255, 10]) }],
    });
    const { body } = await get(`messages/${id}?format=raw`);
    expect(body.payload).toBeUndefined();
    const mail = await PostalMime.parse(Buffer.from(body.raw, 'base64url'));
    expect(mail).toMatchObject({ subject: ' Größe ', text: 'schön', from: { address: 'j@example.com' } });
    expect(mail.attachments[0]).toMatchObject({ filename: 'Maße.csv' });
    expect(new Uint8Array(mail.attachments[0]?.content as ArrayBuffer)).toEqual(Uint8Array.from([0, 255, 10]));
  });

  test('headers only, and only the requested ones; unknown ids and formats are refused', async () => {
    const id = mailbox.add({ subject: 's', text: 't' });
    const { payload } = (await get(`messages/${id}?format=metadata&metadataHeaders=subject`)).body;
    expect(payload).toEqual({ mimeType: 'text/plain', headers: [{ name: 'Subject', value: 's' }] });
    expect((await get(`messages/${id}?format=minimal`)).body.payload).toBeUndefined();
    expect((await get(`messages/${id}?format=everything`)).status).toBe(400);
    expect(await get('messages/18d1f0a')).toMatchObject(refusal(404, 'notFound'));
  });

  test('threads contain messages and their replies', async () => {
    const first = mailbox.add({ subject: 'a' });
    const answer = mailbox.add({ subject: 'Re: a' }, { replyTo: first });
    expect((await get('threads')).body.threads).toHaveLength(1);
    const { messages } = (await get(`threads/${first}?format=minimal`)).body;
    expect(messages.map((message: { id: string }) => message.id)).toEqual([first, answer]);
  });
});

describe('history', () => {
  const since = async (id: string, more = '') => (await get(`history?startHistoryId=${id}${more}`)).body;

  test('reports changes after an id, by kind; without changes it has no key', async () => {
    const id = mailbox.add({ subject: 'a' });
    const { historyId } = (await get('profile')).body;
    expect(await since(historyId)).toEqual({ historyId });
    mailbox.trash(id);
    mailbox.delete(id);
    const { history } = await since(historyId);
    expect(history.map((record: object) => Object.keys(record)[2])).toEqual([
      'labelsAdded',
      'labelsRemoved',
      'messagesDeleted',
    ]);
    expect(history[0].labelsAdded[0]).toMatchObject({ message: { id }, labelIds: ['TRASH'] });
    const deleted = await since(historyId, '&historyTypes=messageDeleted&historyTypes=messageAdded');
    expect(deleted.history).toHaveLength(1);
  });

  test('ids are larger than a JavaScript number can be, and have gaps', async () => {
    mailbox.add({ subject: 'a' });
    const { historyId } = (await get('profile')).body;
    expect(String(Number(historyId))).not.toBe(historyId);
  });

  test('an id that is too old is not found; an invalid one is refused', async () => {
    mailbox.add({ subject: 'a' });
    const { historyId } = (await get('profile')).body;
    mailbox.expireHistory();
    expect(await get(`history?startHistoryId=${historyId}`)).toMatchObject(refusal(404, 'notFound'));
    expect(await get('history?startHistoryId=x')).toMatchObject(refusal(400, 'invalidArgument'));
    expect(await get('history')).toMatchObject(refusal(400, 'invalidArgument'));
  });

  test('an edited draft is another message', async () => {
    const draft = mailbox.add({ subject: 'a' }, { labels: ['DRAFT'] });
    const { historyId } = (await get('profile')).body;
    const edited = mailbox.editDraft(draft, { subject: 'b' });
    const { history } = await since(historyId);
    expect(history).toMatchObject([
      { messagesDeleted: [{ message: { id: draft } }] },
      { messagesAdded: [{ message: { id: edited } }] },
    ]);
  });
});

test('each call costs the units in the vendor’s table; a user who spends too many in a minute is refused', async () => {
  const id = mailbox.add({ subject: 'a', text: 't' });
  const cost = async (path: string): Promise<number> => {
    const before = unitsSpent(mailbox);
    await get(path);
    return unitsSpent(mailbox) - before;
  };
  expect(await cost('profile')).toBe(1);
  expect(await cost('labels')).toBe(1);
  expect(await cost('messages')).toBe(5);
  expect(await cost(`history?startHistoryId=${mailbox.historyId}`)).toBe(2);
  expect(await cost(`messages/${id}`)).toBe(60);
  expect(await cost(`messages/${id}?format=raw`)).toBe(60);
  expect(await cost(`messages/${id}?format=metadata`)).toBe(20);
  expect(await cost(`messages/${id}/attachments/x`)).toBe(20);
  google.mailSwitches.unitsPerMinute = 100;
  expect((await get(`messages/${id}`)).status).toBe(200);
  expect(await get(`messages/${id}`)).toMatchObject(refusal(403, 'userRateLimitExceeded'));
});

test('a call that would change something succeeds, as at the vendor, and is logged (P11)', async () => {
  const id = mailbox.add({ subject: 'a' });
  await fetch(`${google.url}/gmail/v1/users/me/messages/${id}/trash`, { method: 'POST', headers });
  expect(google.log.mutating()).toMatchObject([{ method: 'POST', path: `/gmail/v1/users/me/messages/${id}/trash` }]);
  expect(google.log.counts()).toEqual({ 'POST /gmail/v1/users/me/messages/*/trash': 1 });
  google.log.clear();
});
