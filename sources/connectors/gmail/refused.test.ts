/**
 * Tests how far a refused, missing or garbled answer of Gmail applies, and that it never deletes an existing message.
 * Numbers refer to the cases.
 */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry, ItemRef } from '../../../domain/source.ts';
import { contextOf, deletedIn, feed, walk } from '../../../test/harness/connectors.ts';
import type { FaultEffect } from '../../../tools/simulators/kit/faults.ts';
import type { Mailbox } from '../../../tools/simulators/google/mailbox.ts';
import { type GoogleSimulator, startGoogle } from '../../../tools/simulators/google/server.ts';
import type { Connector } from '../connector.ts';
import { gmailConfig } from './config.ts';
import { createGmailConnector } from './connector.ts';
import { gmailOAuth } from './oauth.ts';

const calm = new AbortController().signal;
let google: GoogleSimulator;
let mailbox: Mailbox;
beforeEach(async () => {
  google = await startGoogle();
  mailbox = google.state.account('ana@example.com').mailbox;
});
afterEach(async () => await google[Symbol.asyncDispose]());

function connectorOf(config: object = {}, isRefusedRepeatedly = false): Connector {
  const context = contextOf(() => google.oauth.issue(mailbox.email, gmailOAuth.scopes));
  return createGmailConnector(gmailConfig.parse(config), { ...context, isRefusedRepeatedly }, google.url);
}

const problem = (code: number, reason: string, message = reason): FaultEffect => ({
  status: code,
  body: { error: { code, message, errors: [{ domain: 'global', reason, message }] } },
});
const messageCall = (id: string): string => `/messages/${id}$`;
const attachments = [{ name: 'times.csv', mimeType: 'text/csv', content: 'from,to' }];

let nested: object = { mimeType: 'text/plain' };
for (let depth = 0; depth < 2000; depth++) nested = { mimeType: 'multipart/mixed', parts: [nested] };

describe('case 6: one message that cannot be read', () => {
  test.each([
    ['500 backendError', problem(500, 'backendError')],
    ['403 forbidden', problem(403, 'forbidden')],
    ['400 invalidArgument', problem(400, 'invalidArgument')],
    ['400 failedPrecondition', problem(400, 'failedPrecondition')],
    ['403 domainPolicy', problem(403, 'domainPolicy')],
    ['401 authError', problem(401, 'authError')],
    ['a sign-in page with status 200', { rewrite: () => '<html>Sign in</html>' } satisfies FaultEffect],
    ['an empty object', { rewrite: () => ({}) } satisfies FaultEffect],
    ['parts deep in parts', { rewrite: (body) => ({ ...(body as object), payload: nested }) } satisfies FaultEffect],
  ])(
    'that keeps failing with %s is an item and a gap of its own, and is complete when it can be read',
    async (_what, then) => {
      const bad = mailbox.add({ subject: 'Bad', text: 'x', attachments });
      const [one, two] = [mailbox.add({ subject: 'One', text: '1' }), mailbox.add({ subject: 'Two', text: '2' })];
      google.faults.add({ path: messageCall(bad), then });
      const connector = connectorOf();
      const { known, gaps, end } = await walk(connector);
      expect([...known.keys()].toSorted()).toEqual([one, two, bad].toSorted());
      expect(known.get(bad)).toMatchObject({ name: `Message ${bad}`, fingerprint: { value: 'unread' } });
      expect(gaps).toEqual([expect.objectContaining({ externalId: bad, name: `Message ${bad}` })]);
      expect(end.complete).toBe(true);
      expect(await connector.lookUp([bad, `${bad}/1`, one], calm)).toEqual([
        expect.objectContaining({ state: 'present', externalId: one }),
        expect.objectContaining({ state: 'gap', externalId: bad }),
      ]);
      google.faults.clear();
      const alone = await walk(connector, { at: 'container', externalId: bad });
      expect([...alone.known.keys()].toSorted()).toEqual([bad, `${bad}/1`].toSorted());
      expect(alone.known.get(bad)).toMatchObject({ name: 'Bad' });
    },
  );

  test('fails one fetch with Google’s reason, which concerns only that message', async () => {
    const id = mailbox.add({ subject: 'Bad', text: 'x' });
    const connector = connectorOf();
    const { known } = await walk(connector);
    google.faults.add({ path: messageCall(id), then: problem(400, 'invalidArgument') });
    await expect(connector.fetch(known.get(id) as ItemRef & Entry, calm)).rejects.toMatchObject({
      scope: 'item',
      remedy: 'skip_item',
      message: expect.stringContaining('invalidArgument'),
    });
  });

  test.each([
    ['an item and a gap in the feed too', {}, true],
    // Only Gmail knows whether it matches, so its text must not come in unasked.
    ['a gap only if a search decides about it', { query: 'subject:good' }, false],
  ])('is %s, and the others arrive', async (_name, config, isItem) => {
    const connector = connectorOf(config);
    const before = await walk(connector);
    const [bad, good] = [mailbox.add({ subject: 'Bad', text: 'x' }), mailbox.add({ subject: 'Good', text: 'y' })];
    google.faults.add({ path: messageCall(bad), then: problem(500, 'backendError') });
    const reported = await walk(connector, feed(before));
    expect(reported.known.get(good)).toMatchObject({ state: 'present' });
    expect(reported.gaps).toEqual([expect.objectContaining({ externalId: bad })]);
    expect(reported.known.has(bad)).toBe(isItem);
  });

  test('that fails only once is read', async () => {
    const id = mailbox.add({ subject: 'Late', text: 'x' });
    google.faults.add({ path: messageCall(id), times: 1, then: problem(500, 'backendError') });
    const { known, gaps } = await walk(connectorOf());
    expect(gaps).toEqual([]);
    expect(known.get(id)).toMatchObject({ name: 'Late' });
  });

  test('is not an outage; where most fail, the page is retried, and after many attempts they stop nothing else', async () => {
    const bad = Array.from({ length: 6 }, (_, i) => mailbox.add({ subject: `${i}`, text: 'x' }));
    google.faults.add({ path: `/messages/(${bad.join('|')})$`, then: problem(500, 'backendError') });
    const good = mailbox.add({ subject: 'Good', text: 'x' });
    await expect(walk(connectorOf())).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
    const { known, gaps } = await walk(connectorOf({}, true));
    expect(known.get(good)).toMatchObject({ name: 'Good' });
    expect(gaps).toHaveLength(6);
  });
});

describe('a limit on one message', () => {
  const limited = (seconds: number): FaultEffect => ({
    ...problem(429, 'rateLimitExceeded'),
    headers: { 'retry-after': `${seconds}` },
  });

  test.each([
    ['with a long wait is a gap at once, until then', 3600, false],
    ['with a short wait is one after repeated refusals', 7, true],
  ])('%s; the others arrive', async (_what, seconds, isRefusedRepeatedly) => {
    const [bad, good] = [mailbox.add({ subject: 'Bad', text: 'x' }), mailbox.add({ subject: 'Good', text: 'y' })];
    google.faults.add({ path: messageCall(bad), then: limited(seconds) });
    const { known, gaps, end } = await walk(connectorOf({}, isRefusedRepeatedly));
    expect([...known.keys()].toSorted()).toEqual([bad, good].toSorted());
    expect(gaps).toEqual([
      expect.objectContaining({ externalId: bad, code: 'rate_limited', retryAfterMs: seconds * 1000 }),
    ]);
    expect(end.complete).toBe(true);
  });

  test.each([
    ['a short wait', 7, '/messages/[^/]+$', 2],
    ['the mailbox refused too', 3600, '^/gmail/', 2],
    // The profile costs less than a message, so it may still be answered.
    ['nearly all messages refused', 3600, '/messages/[^/]+$', 6],
  ])('with %s concerns the account: nothing is named as a gap', async (_what, seconds, path, count) => {
    for (let i = 0; i < count; i++) mailbox.add({ subject: `${i}`, text: 'x' });
    const connector = connectorOf();
    const from = feed(await walk(connector));
    for (let i = 0; i < count; i++) mailbox.add({ subject: `New ${i}`, text: 'x' });
    google.faults.add({ path, skip: path.startsWith('^') ? 1 : 0, then: limited(seconds) });
    await expect(walk(connector, from)).rejects.toMatchObject({
      kind: 'rate_limited',
      remedy: 'retry',
      retryAfterMs: seconds * 1000,
    });
  });
});

describe('case 12: a refusal that concerns the mailbox', () => {
  test('is retried if the mailbox answers', async () => {
    mailbox.add({ subject: 'a', text: 'x' });
    google.faults.add({
      path: '/messages$',
      times: 1,
      then: problem(400, 'failedPrecondition', 'Precondition check failed.'),
    });
    const connector = connectorOf();
    await expect(walk(connector)).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
    expect((await walk(connector)).known.size).toBe(1);
  });

  test.each([problem(400, 'invalidArgument'), problem(403, 'forbidden')])(
    'without a reason that is known is retried if the mailbox answers',
    async (then) => {
      mailbox.add({ subject: 'a', text: 'x' });
      google.faults.add({ path: '/messages$', times: 1, then });
      const connector = connectorOf();
      await expect(walk(connector)).rejects.toMatchObject({ code: 'refused_for_now', remedy: 'retry' });
      expect((await walk(connector)).known.size).toBe(1);
    },
  );

  test('that the profile itself gives only once is not believed', async () => {
    google.faults.add({
      path: '/profile$',
      times: 1,
      then: problem(400, 'failedPrecondition', 'Mail service not enabled'),
    });
    await expect(connectorOf().check(calm)).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
  });

  test('is final only if the profile says twice that there is no mailbox', async () => {
    mailbox.enabled = false;
    const refusal = { code: 'no_mailbox', scope: 'account', remedy: 'stop_job' };
    await expect(connectorOf().check(calm)).rejects.toMatchObject(refusal);
    await expect(walk(connectorOf())).rejects.toMatchObject(refusal);
  });

  test('for another reason is never taken for a missing mailbox', async () => {
    google.faults.add({ path: '/gmail/', then: problem(400, 'failedPrecondition', 'Precondition check failed.') });
    await expect(connectorOf().check(calm)).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
  });

  test('for another reason that the profile gets too is retried, and says what it means if it lasts; no mail is blamed', async () => {
    const id = mailbox.add({ subject: 'a', text: 'x' });
    const connector = connectorOf();
    const { known } = await walk(connector);
    google.faults.add({ path: '/gmail/', then: problem(400, 'failedPrecondition', 'Precondition check failed.') });
    const refusal = {
      code: 'mailbox_refused',
      scope: 'account',
      remedy: 'retry',
      message: expect.stringMatching(/whose mail is not at Gmail/),
    };
    await expect(connector.check(calm)).rejects.toMatchObject(refusal);
    await expect(connector.fetch(known.get(id) as ItemRef & Entry, calm)).rejects.toMatchObject(refusal);
  });
});

test('a token with the permission for headers concerns the account, whichever call meets it first', async () => {
  const id = mailbox.add({ subject: 'a', text: 'x' });
  const { known } = await walk(connectorOf());
  const scopes = [...gmailOAuth.scopes, 'https://www.googleapis.com/auth/gmail.metadata'];
  const context = contextOf(() => google.oauth.issue(mailbox.email, scopes));
  const connector = createGmailConnector(gmailConfig.parse({}), context, google.url);
  const refusal = { kind: 'insufficient_scope', scope: 'account', remedy: 'sign_in' };
  await expect(walk(connector)).rejects.toMatchObject(refusal);
  await expect(connector.lookUp([id], calm)).rejects.toMatchObject(refusal);
  await expect(connector.fetch(known.get(id) as ItemRef & Entry, calm)).rejects.toMatchObject(refusal);
});

describe('an answer of the wrong shape', () => {
  test.each([
    ['HTML', () => '<html>Sign in</html>'],
    ['an empty object', () => ({})],
    ['an empty list', () => []],
    ['an empty body', () => undefined],
  ])('%s is not an empty mailbox and not an empty history', async (_what, rewrite) => {
    mailbox.add({ subject: 'a', text: 'x' });
    const connector = connectorOf();
    const before = await walk(connector);
    const refusal = { code: 'unexpected_answer', remedy: 'retry' };
    for (const [path, position] of [
      ['/messages$', { at: 'start' }],
      ['/profile$', { at: 'start' }],
      ['/history$', feed(before)],
    ] as const) {
      google.faults.clear();
      google.faults.add({ path, then: { rewrite } });
      await expect(walk(connector, position)).rejects.toMatchObject(refusal);
    }
    google.faults.clear();
    google.faults.add({ path: '/profile$', then: { rewrite } });
    await expect(connector.check(calm)).rejects.toMatchObject(refusal);
  });

  test('a list that returns nothing but estimates something is not complete', async () => {
    mailbox.add({ subject: 'a', text: 'x' });
    google.faults.add({ path: '/messages$', then: { rewrite: () => ({ resultSizeEstimate: 1 }) } });
    expect((await walk(connectorOf())).end.complete).toBe(false);
    google.faults.clear();
    google.faults.add({ path: '/messages$', then: { rewrite: () => ({ resultSizeEstimate: 0 }) } });
    expect((await walk(connectorOf())).end.complete).toBe(true);
  });

  test('a history record that cannot be read keeps the position unchanged', async () => {
    const id = mailbox.add({ subject: 'a', text: 'x' });
    const connector = connectorOf();
    const before = await walk(connector);
    mailbox.delete(id);
    google.faults.add({
      path: '/history$',
      then: { rewrite: (answer) => ({ ...(answer as object), history: [null] }) },
    });
    const reported = await walk(connector, feed(before));
    expect(reported.gaps).toEqual([expect.objectContaining({ externalId: null })]);
    expect(deletedIn(reported)).toEqual([]);
    google.faults.clear();
    expect(deletedIn(await walk(connector, feed(reported)))).toEqual([id]);
  });

  test('records out of order are sorted: a message that left the trash exists', async () => {
    const id = mailbox.add({ subject: 'a', text: 'x' });
    const connector = connectorOf();
    const before = await walk(connector);
    mailbox.trash(id);
    mailbox.untrash(id);
    const reversed = (answer: unknown) => {
      const page = answer as { history: unknown[] };
      return { ...page, history: page.history.toReversed() };
    };
    google.faults.add({ path: '/history$', then: { rewrite: reversed } });
    expect(deletedIn(await walk(connector, feed(before)))).toEqual([]);
  });
});

test('an endless listing is stopped with an error that says so', async () => {
  mailbox.add({ subject: 'a', text: 'x' });
  let page = 0;
  const first = { messages: [...mailbox.messages.keys()].map((id) => ({ id })), resultSizeEstimate: 1 };
  const rewrite = () => ({ ...first, nextPageToken: `page ${page++}` });
  google.mailSwitches.acceptsAnyToken = true;
  google.faults.add({ path: '/messages$', then: { rewrite } });
  await expect(walk(connectorOf())).rejects.toMatchObject({ code: 'endless_listing', remedy: 'stop_job' });
  expect(google.log.total).toBeLessThan(30);
});

test('label names that Gmail fails to return stop no message', async () => {
  const label = mailbox.addLabel('Harbour');
  const id = mailbox.add({ subject: 'a', text: 'x' }, { labels: ['INBOX', label] });
  google.faults.add({ path: '/labels$', then: problem(500, 'backendError') });
  const { known, gaps } = await walk(connectorOf());
  expect(gaps).toEqual([]);
  expect(known.get(id)).toMatchObject({ name: 'a', fetchHints: { labels: `INBOX, ${label}` } });
});

test('a message that declares parts but has none deletes no attachment', async () => {
  const id = mailbox.add({ subject: 'a', text: 'x', attachments });
  const connector = connectorOf();
  const withoutParts = (answer: unknown) => {
    const message = answer as { payload: object };
    return { ...message, payload: { ...message.payload, parts: undefined } };
  };
  google.faults.add({ path: messageCall(id), then: { rewrite: withoutParts } });
  expect(await connector.lookUp([`${id}/1`], calm)).toEqual([
    expect.objectContaining({ state: 'gap', externalId: id }),
  ]);
});

test('a search that cannot be answered puts no changed message out of scope', async () => {
  const connector = connectorOf({ query: 'subject:a' });
  const before = await walk(connector);
  const id = mailbox.add({ subject: 'a', text: 'x' });
  google.faults.add({
    path: '/messages$',
    then: { rewrite: () => ({ messages: [{ id: 4711 }], resultSizeEstimate: 1 }) },
  });
  expect((await walk(connector, feed(before))).known.get(id)).toMatchObject({ state: 'present' });
});

test('a message that a label lists is in scope, even if Gmail does not say which labels it has', async () => {
  const label = mailbox.addLabel('Harbour');
  const id = mailbox.add({ subject: 'a', text: 'x' }, { labels: ['INBOX', label] });
  const rewrite = (answer: unknown) => ({ ...(answer as object), labelIds: undefined });
  google.faults.add({ path: messageCall(id), then: { rewrite } });
  const connector = connectorOf({ labels: ['Harbour'] });
  const before = await walk(connector);
  expect(before.known.get(id)).toMatchObject({ state: 'present' });
  mailbox.relabel(id, { add: [mailbox.addLabel('Ferry')] });
  expect((await walk(connector, feed(before))).known.get(id)).toMatchObject({ state: 'present' });
  // The history says otherwise: it has lost the label.
  mailbox.relabel(id, { remove: [label] });
  expect(deletedIn(await walk(connector, feed(before)))).toEqual([id]);
});

test('an id that no address can contain is a gap of its own, in a list and in the history', async () => {
  const [first, second] = ['a', 'b'].map((subject) => mailbox.add({ subject, text: 'x' }));
  const connector = connectorOf();
  const before = await walk(connector);
  mailbox.add({ subject: 'c', text: 'x' });
  const halved = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer).replaceAll(`"${first}"`, '"x\\ud800"'));
  google.faults.add({ path: '/(messages|history)$', then: { rewrite: halved } });
  const odd = { externalId: 'x\ud800', code: 'id_not_storable' };
  const { known, gaps } = await walk(connector);
  expect(gaps).toEqual([expect.objectContaining(odd)]);
  expect(known.get(second ?? '')).toMatchObject({ state: 'present' });
  mailbox.relabel(first ?? '', { add: [mailbox.addLabel('Ferry')] });
  const changes = await walk(connector, feed(before));
  expect(changes.gaps).toEqual([expect.objectContaining(odd)]);
  expect([...changes.known.values()].map((entry) => 'name' in entry && entry.name)).toContain('c');
});

test.each(['1e300', '9007199254740993000', '-9e15', '', '0', ' '])(
  'a changed message of the time %s, which no search can ask for, stays in scope',
  async (internalDate) => {
    const connector = connectorOf({ query: 'subject:a' });
    const id = mailbox.add({ subject: 'a', text: 'x' });
    const before = await walk(connector);
    mailbox.relabel(id, { add: [mailbox.addLabel('Ferry')] });
    const rewrite = (answer: unknown) => ({ ...(answer as object), internalDate });
    google.faults.add({ path: messageCall(id), then: { rewrite } });
    expect((await walk(connector, feed(before))).known.get(id)).toMatchObject({ state: 'present' });
  },
);

test('an empty attachment is empty, and one that lacks its last byte is not read', async () => {
  const content = 'from,to\n'.repeat(3);
  const id = mailbox.add({ subject: 'a', text: 'x', attachments: [{ ...attachments[0], content } as never] });
  const connector = connectorOf();
  const { known } = await walk(connector);
  const attachment = known.get(`${id}/1`) as ItemRef & Entry;
  google.faults.add({ path: '/attachments/', times: 1, then: { rewrite: () => ({ size: 0 }) } });
  expect((await connector.fetch(attachment, calm)).bytes).toHaveLength(0);
  for (const cut of [{ data: 'ZnJvb' }, { data: Buffer.from(content).toString('base64url').slice(0, -3) }]) {
    google.faults.clear();
    google.faults.add({ path: '/attachments/', then: { rewrite: () => cut } });
    await expect(connector.fetch(attachment, calm)).rejects.toMatchObject({ code: 'unexpected_answer' });
  }
});

test('a size that cannot be one does not damage an attachment; text that is no base64 is no content', async () => {
  const content = 'from,to\n'.repeat(100);
  const id = mailbox.add({ subject: 'a', text: 'x', attachments: [{ ...attachments[0], content } as never] });
  const connector = connectorOf();
  const { known } = await walk(connector);
  const attachment = known.get(`${id}/1`) as ItemRef & Entry;
  for (const size of [-1, 0.5, 1e30, 'many']) {
    google.faults.clear();
    const rewrite = (answer: unknown) => ({ ...(answer as object), size });
    google.faults.add({ path: '/attachments/', then: { rewrite } });
    expect((await connector.fetch(attachment, calm)).bytes).toHaveLength(content.length);
  }
  google.faults.add({ path: messageCall(id), then: { rewrite: () => ({ raw: '<html>Sign in</html>' }) } });
  const mail = connector.fetch(known.get(id) as ItemRef & Entry, calm);
  await expect(mail).rejects.toMatchObject({ code: 'unexpected_answer' });
});
