/** Tests what is specific to Gmail: history, labels and search, attachments, errors and quota costs. */

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { Checkpoint, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import { unitsSpent } from '../../../tools/simulators/google/gmail-quota.ts';
import type { Mailbox } from '../../../tools/simulators/google/mailbox.ts';
import { type MimePart, textPart } from '../../../tools/simulators/google/mime.ts';
import { type GoogleSimulator, startGoogle } from '../../../tools/simulators/google/server.ts';
import type { AccessTokenProvider, Connector } from '../connector.ts';
import { gmailConfig } from './config.ts';
import { createGmailConnector } from './connector.ts';
import { gmailOAuth } from './oauth.ts';

const calm = new AbortController().signal;
const maxItemBytes = 256 * 1024;
let google: GoogleSimulator;
let mailbox: Mailbox;
let spentByLog: number;
beforeEach(async () => {
  google = await startGoogle();
  mailbox = google.state.account('ana@example.com').mailbox;
  spentByLog = 0;
});
afterEach(async () => {
  expect(google.log.mutating()).toEqual([]);
  await google[Symbol.asyncDispose]();
});

function gmail(config: object = {}, tokens: AccessTokenProvider = liveTokens()): Connector {
  const debug = (entry: { readonly units?: number }): void => {
    spentByLog += entry.units ?? 0;
  };
  const logger = { debug, info: () => {}, warn: () => {} };
  const throttle = async (): Promise<void> => await Promise.resolve();
  return createGmailConnector(gmailConfig.parse(config), { tokens, throttle, logger, maxItemBytes }, google.url);
}

function liveTokens(): AccessTokenProvider {
  const { accessToken } = google.oauth.issue(mailbox.email, gmailOAuth.scopes);
  return { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
}

interface Walked {
  readonly items: readonly ItemRef[];
  readonly deleted: readonly string[];
  readonly gaps: readonly Entry[];
  readonly end: Extract<ListPage['next'], { more: false }>;
}

async function walk(connector: Connector, from: Position = { at: 'start' }): Promise<Walked> {
  const items: ItemRef[] = [];
  const deleted: string[] = [];
  const gaps: Entry[] = [];
  for (let position = from; ;) {
    const { entries, next } = await connector.listPage(position, calm);
    for (const entry of entries) {
      if (entry.state === 'present') items.push(entry);
      if (entry.state === 'deleted') deleted.push(entry.externalId);
      if (entry.state === 'gap') gaps.push(entry);
    }
    if (!next.more) return { items, deleted, gaps, end: next };
    position = { at: 'cursor', cursor: next.cursor };
  }
}

const namesOf = (walked: Walked): string[] => walked.items.map((item) => item.name).toSorted();

/** Returns what the history reports after `change` to a source that had seen everything before it. */
async function after(connector: Connector, change: () => void): Promise<Walked> {
  const { end } = await walk(connector);
  change();
  google.log.clear();
  if (end.checkpoint === null) throw new Error('no position');
  return await walk(connector, { at: 'checkpoint', checkpoint: end.checkpoint });
}

describe('a full listing', () => {
  test('returns messages with their facts, and leaves out drafts, chats, spam and trash', async () => {
    const ops = mailbox.addLabel('Ops/Review');
    const first = mailbox.add(
      { subject: 'Boats', text: 'a' },
      { labels: ['INBOX', 'UNREAD', ops], sentMs: 1_767_607_200_000 },
    );
    mailbox.add({ text: 'no subject' }, { replyTo: first, labels: ['SENT'] });
    for (const label of ['DRAFT', 'CHAT', 'SPAM', 'TRASH']) mailbox.add({ subject: label }, { labels: [label] });
    const walked = await walk(gmail());
    expect(namesOf(walked)).toEqual(['(no subject)', 'Boats']);
    expect(walked.items.find((item) => item.externalId === first)).toMatchObject({
      itemType: 'email',
      mimeType: 'message/rfc822',
      modifiedAt: '2026-01-05T10:00:00.000Z',
      fingerprint: { kind: 'version', value: `labels INBOX ${ops}` },
      fetchHints: { thread: first, labels: 'INBOX, Ops/Review' },
      webUrl: expect.stringContaining(first),
    });
    expect(walked.items.map((item) => item.fetchHints?.['thread'])).toEqual([first, first]);
    expect(walked.items.map((item) => item.externalId).toSorted()).toEqual(
      mailbox
        .truth()
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test('since a day searches from there; what a feed reports of earlier mail is outside', async () => {
    const old = mailbox.add({ subject: 'Old' }, { labels: ['INBOX'], sentMs: Date.UTC(2026, 0, 30, 23) });
    mailbox.add({ subject: 'New' }, { labels: ['INBOX'], sentMs: Date.UTC(2026, 0, 31) });
    const connector = gmail({ since: '2026-01-31' });
    expect(namesOf(await walk(connector))).toEqual(['New']);
    const [mail] = await connector.lookUp([old], calm);
    expect(connector.selects?.({ kind: 'item', path: '', containers: [], ...(mail as ItemRef) })).toBe(false);
  });

  test.each([
    ['includeDrafts', 'DRAFT'],
    ['includeChats', 'CHAT'],
    ['includeSpam', 'SPAM'],
    ['includeTrash', 'TRASH'],
  ])('%s includes them, and only them', async (switchName, label) => {
    for (const each of ['DRAFT', 'CHAT', 'SPAM', 'TRASH', 'INBOX']) mailbox.add({ subject: each }, { labels: [each] });
    expect(namesOf(await walk(gmail({ [switchName]: true })))).toEqual([label, 'INBOX'].toSorted());
  });

  test('an empty page with a cursor is not the end (pitfall 6)', async () => {
    google.mailSwitches.emptyPages = true;
    google.mailSwitches.maxPage = 2;
    for (let i = 0; i < 5; i++) mailbox.add({ subject: `${i}` });
    expect(namesOf(await walk(gmail()))).toEqual(['0', '1', '2', '3', '4']);
  });

  test('a message deleted while the page is read is reported as deleted, without an error', async () => {
    const id = mailbox.add({ subject: 'a' });
    google.faults.add({ path: `/messages/${id}$`, then: { status: 404, body: { error: { code: 404, errors: [] } } } });
    expect(await walk(gmail())).toMatchObject({ items: [], deleted: [id], end: { complete: true } });
  });
});

describe('the history', () => {
  test('brings new messages, reports deleted ones, and never requests again what has been read', async () => {
    const [kept, deleted] = [mailbox.add({ subject: 'kept' }), mailbox.add({ subject: 'deleted' })];
    const walked = await after(gmail(), () => {
      mailbox.markRead(kept);
      mailbox.delete(deleted);
      mailbox.add({ subject: 'new' });
    });
    expect(namesOf(walked)).toEqual(['new']);
    expect(walked.deleted).toEqual([deleted]);
    expect(google.log.counts()).toEqual({
      'GET /gmail/v1/users/me/history': 1,
      'GET /gmail/v1/users/me/messages/*': 1,
    });
  });

  test.each([
    ['the trash', (id: string) => mailbox.trash(id), (id: string) => mailbox.untrash(id)],
    [
      'spam',
      (id: string) => mailbox.relabel(id, { add: ['SPAM'], remove: ['INBOX'] }),
      (id: string) => mailbox.relabel(id, { add: ['INBOX'], remove: ['SPAM'] }),
    ],
  ])('%s hides a message without a call, and a message that leaves it comes back', async (_name, hide, show) => {
    const id = mailbox.add({ subject: 'a' });
    expect(await after(gmail(), () => hide(id))).toMatchObject({ items: [], deleted: [id] });
    expect(google.log.calls).toHaveLength(1);
    expect(namesOf(await after(gmail(), () => show(id)))).toEqual(['a']);
  });

  test('a label changes the fingerprint of the message, but not of its attachment', async () => {
    const ops = mailbox.addLabel('Ops');
    const id = mailbox.add({ subject: 'a', attachments: [{ name: 'a.csv', content: 'x' }] });
    const before = await walk(gmail());
    const now = await after(gmail(), () => mailbox.relabel(id, { add: [ops] }));
    const fingerprints = ({ items }: Walked): string[] => items.map((item) => item.fingerprint.value);
    expect(fingerprints(now)[0]).not.toBe(fingerprints(before)[0]);
    expect(fingerprints(now)[1]).toBe(fingerprints(before)[1]);
    expect(now.items[0]?.fetchHints?.['labels']).toBe('INBOX, Ops');
  });

  test('a message that arrived and was deleted within the window is deleted', async () => {
    let id = '';
    const walked = await after(gmail(), () => {
      id = mailbox.add({ subject: 'short' });
      mailbox.delete(id);
    });
    expect(walked).toMatchObject({ items: [], deleted: [id] });
  });

  test('an edited draft is another message: the old one is deleted', async () => {
    const draft = mailbox.add({ subject: 'old' }, { labels: ['DRAFT'] });
    const walked = await after(gmail({ includeDrafts: true }), () => mailbox.editDraft(draft, { subject: 'new' }));
    expect(walked.deleted).toEqual([draft]);
    expect(namesOf(walked)).toEqual(['new']);
  });

  test('is read from the same position on every page, and continues where it ended', async () => {
    google.mailSwitches.maxPage = 2;
    const connector = gmail();
    const walked = await after(connector, () => {
      for (let i = 0; i < 5; i++) mailbox.add({ subject: `${i}` });
    });
    expect(namesOf(walked)).toEqual(['0', '1', '2', '3', '4']);
    const asked = google.log.calls.filter((call) => call.path.endsWith('/history')).map((call) => call.query);
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map((query) => query['startHistoryId'])).size).toBe(1);
    expect(walked.end).toMatchObject({
      complete: false,
      checkpoint: JSON.stringify({ v: 1, historyId: String(mailbox.historyId) }),
    });
  });

  test('a quiet mailbox, whose current position Gmail no longer accepts, has no changes; one that has changed is listed anew', async () => {
    mailbox.add({ subject: 'old' });
    const { end } = await walk(gmail());
    const from = { at: 'checkpoint', checkpoint: end.checkpoint as Checkpoint } as const;
    mailbox.forgetHistory();
    google.log.clear();
    const quiet = await walk(gmail(), from);
    expect([quiet.items, quiet.deleted, quiet.end.checkpoint]).toEqual([[], [], end.checkpoint]);
    expect(google.log.total).toBe(2);
    mailbox.add({ subject: 'new' });
    await expect(walk(gmail(), { at: 'checkpoint', checkpoint: end.checkpoint as Checkpoint })).rejects.toMatchObject({
      kind: 'checkpoint_expired',
    });
  });

  test('a cursor that Gmail no longer accepts is a lost position', async () => {
    google.mailSwitches.maxPage = 1;
    for (let i = 0; i < 3; i++) mailbox.add({ subject: `${i}` });
    const first = await gmail().listPage({ at: 'start' }, calm);
    if (!first.next.more) throw new Error('one page only');
    const cursor = first.next.cursor.replace(/"token":"[^"]*"/, '"token":"foreign"') as typeof first.next.cursor;
    await expect(gmail().listPage({ at: 'cursor', cursor }, calm)).rejects.toMatchObject({
      kind: 'checkpoint_expired',
    });
  });
});

describe('labels', () => {
  test('limit the source, by name or id; one of several is enough', async () => {
    const [ops, fun] = [mailbox.addLabel('Ops/Review'), mailbox.addLabel('Fun')];
    mailbox.add({ subject: 'ops' }, { labels: [ops] });
    mailbox.add({ subject: 'both' }, { labels: [ops, fun] });
    mailbox.add({ subject: 'inbox' });
    expect(new Set(namesOf(await walk(gmail({ labels: ['ops/review', 'Fun'] }))))).toEqual(new Set(['both', 'ops']));
    expect(namesOf(await walk(gmail({ labels: ['INBOX'] })))).toEqual(['inbox']);
    expect(namesOf(await walk(gmail({ labels: [fun] })))).toEqual(['both']);
  });

  test('a message that loses the label is deleted, one that gets it is added', async () => {
    const ops = mailbox.addLabel('Ops');
    const [leaves, enters] = [
      mailbox.add({ subject: 'leaves' }, { labels: [ops] }),
      mailbox.add({ subject: 'enters' }),
    ];
    const walked = await after(gmail({ labels: ['Ops'] }), () => {
      mailbox.relabel(leaves, { remove: [ops] });
      mailbox.relabel(enters, { add: [ops] });
      mailbox.add({ subject: 'elsewhere' });
    });
    expect(walked.deleted).toContain(leaves);
    expect(namesOf(walked)).toEqual(['enters']);
  });

  test('UNREAD counts if the source is limited to it', async () => {
    const id = mailbox.add({ subject: 'a' });
    expect((await after(gmail({ labels: ['UNREAD'] }), () => mailbox.markRead(id))).deleted).toEqual([id]);
  });

  test('one of several that is gone is named; the others are synced, and what had it is kept', async () => {
    const [ops, fun] = [mailbox.addLabel('Ops'), mailbox.addLabel('Fun')];
    const [a, b, c] = [[ops], [fun], [fun]].map((labels, i) => mailbox.add({ subject: `${i}` }, { labels }));
    const config = { labels: ['Ops', 'Fun'] };
    const named = { state: 'gap', code: 'unknown_label', name: 'Fun', externalId: 'selected label Fun' };
    const lookUp = async () => await gmail(config).lookUp([a, b, c] as string[], calm);
    const walked = await after(gmail(config), () => {
      mailbox.deleteLabel(fun);
      mailbox.delete(c ?? '');
      mailbox.add({ subject: 'new' }, { labels: [ops] });
      mailbox.relabel(b ?? '', { add: ['STARRED'] });
    });
    expect(namesOf(walked)).toEqual(['new']);
    expect(walked.deleted).toEqual([c]);
    expect(walked.gaps).toMatchObject([named]);
    const full = await walk(gmail(config));
    expect(namesOf(full)).toEqual(['0', 'new']);
    expect(full.gaps).toMatchObject([named]);
    expect(await lookUp()).toMatchObject([
      { state: 'present' },
      { state: 'gap', code: 'unknown_label', externalId: b },
      { state: 'deleted' },
    ]);
    // With none left, nothing would be listed.
    mailbox.deleteLabel(ops);
    await expect(walk(gmail(config))).rejects.toMatchObject({ code: 'unknown_label', scope: 'account' });
  });

  test('that are chosen are stored by id, so that another name changes nothing', async () => {
    const ops = mailbox.addLabel('Ops');
    const choices = await gmail().choices?.['labels']?.(null, calm);
    expect(choices).toContainEqual({ value: ops, label: 'Ops', hasChildren: false });
    expect(choices?.[0]).toMatchObject({ value: 'INBOX', label: 'Inbox' });
  });

  test('a label that does not exist is named, with those that do', async () => {
    mailbox.addLabel('Ops');
    await expect(gmail({ labels: ['Opps'] }).check(calm)).rejects.toMatchObject({
      kind: 'invalid_input',
      code: 'unknown_label',
      message: 'The mailbox has no label with a name that stands among the source’s labels. Choose its labels again.',
    });
  });
});

describe('a search', () => {
  test('limits the listing, and Gmail itself decides which changes match', async () => {
    mailbox.add({ from: 'marit@example.com', subject: 'old hit' });
    mailbox.add({ from: 'bo@example.com', subject: 'old miss' });
    const connector = gmail({ query: 'from:marit OR from:ana' });
    expect(namesOf(await walk(connector))).toEqual(['old hit']);
    const walked = await after(connector, () => {
      for (let i = 0; i < 10; i++) mailbox.add({ from: 'marit@example.com', subject: `hit ${i}` });
      for (let i = 0; i < 10; i++) mailbox.add({ from: 'bo@example.com', subject: `miss ${i}` });
    });
    expect(walked.items.map((item) => item.name)).toHaveLength(10);
    expect(walked.deleted).toHaveLength(10);
    // One call for all messages that arrived within an hour
    expect(google.log.counts()['GET /gmail/v1/users/me/messages']).toBe(1);
  });

  test('a message that it no longer matches is deleted, even if only UNREAD was removed', async () => {
    const id = mailbox.add({ subject: 'a' });
    expect(await after(gmail({ query: 'is:unread' }), () => mailbox.markRead(id))).toMatchObject({
      deleted: [id],
      items: [],
    });
  });

  test('changes far apart in time are searched one by one', async () => {
    const years = [2019, 2022, 2025].map((year) => mailbox.add({ subject: `${year}` }, { sentMs: Date.UTC(year, 5) }));
    const walked = await after(gmail({ query: 'subject:20' }), () => {
      for (const id of years) mailbox.relabel(id, { add: ['STARRED'] });
    });
    expect(namesOf(walked)).toEqual(['2019', '2022', '2025']);
    expect(google.log.counts()['GET /gmail/v1/users/me/messages']).toBe(3);
  });

  test.each(['from:a)', '("open', '{from:a)', ''])('%j is rejected before any call', (query) => {
    expect(gmailConfig.safeParse({ query }).success).toBe(false);
  });
});

describe('attachments', () => {
  const pdf: MimePart = {
    mimeType: 'application/pdf',
    filename: 'q3.pdf',
    disposition: 'attachment',
    content: Buffer.from('%PDF'),
  };
  const refs = async (root: MimePart): Promise<readonly ItemRef[]> => {
    mailbox.add({ subject: 'Plan', root });
    return (await walk(gmail())).items.filter((item) => item.itemType === 'file');
  };

  test('are separate items that belong to their message', async () => {
    const id = mailbox.add({
      subject: 'Plan',
      text: 'see there',
      attachments: [{ name: 'Maße.csv', mimeType: 'text/csv', content: 'a,b' }],
    });
    const [mail, csv] = (await walk(gmail())).items;
    expect(mail?.externalId).toBe(id);
    expect(csv).toMatchObject({
      externalId: `${id}/1`,
      parentExternalId: id,
      path: 'Plan/Maße.csv',
      name: 'Maße.csv',
      mimeType: 'text/csv',
      size: 3,
      modifiedAt: mail?.modifiedAt,
      webUrl: mail?.webUrl,
    });
    const { bytes, mimeType } = await gmail().fetch(csv as ItemRef, calm);
    expect([Buffer.from(bytes).toString(), mimeType]).toEqual(['a,b', 'text/csv']);
  });

  test.each<[string, MimePart]>([
    [
      'inside the alternatives, as Apple Mail has it',
      {
        mimeType: 'multipart/alternative',
        parts: [
          textPart('text/plain', 'x'),
          { mimeType: 'multipart/mixed', parts: [textPart('text/html', '<p>x'), pdf] },
        ],
      },
    ],
    ['as all there is', pdf],
    ['deeper than anyone nests', nest(pdf, 12)],
  ])('are found %s, and fetched', async (_name, root) => {
    const [ref, ...more] = await refs(root);
    expect(more).toEqual([]);
    expect(ref).toMatchObject({ name: 'q3.pdf', mimeType: 'application/pdf' });
    mailbox.attachmentAge++;
    expect(Buffer.from((await gmail().fetch(ref as ItemRef, calm)).bytes).toString()).toBe('%PDF');
  });

  test('nested messages and calendar files are skipped with a reason; inline pictures and inline messages are no attachments', async () => {
    const inner = Buffer.from('Subject: inner\r\n\r\nhello');
    const listed = await refs({
      mimeType: 'multipart/mixed',
      parts: [
        { mimeType: 'message/rfc822', filename: 'old.eml', disposition: 'attachment', content: inner, parts: [pdf] },
        { mimeType: 'message/rfc822', content: inner, parts: [textPart('text/plain', 'hello')] },
        { mimeType: 'text/calendar', filename: 'invite.ics', disposition: 'attachment', content: Buffer.from('BEGIN') },
        {
          mimeType: 'image/png',
          filename: 'logo.png',
          disposition: 'inline',
          contentId: '<l>',
          content: Buffer.from('x'),
        },
        { mimeType: 'text/plain', disposition: 'attachment', content: Buffer.from('unnamed') },
      ],
    });
    expect(listed.map((ref) => [ref.name, ref.skip?.code])).toEqual([
      ['old.eml', 'nested_mail'],
      ['invite.ics', 'calendar_file'],
      ['unnamed attachment', undefined],
    ]);
  });

  test('an id from the listing saves a call; if it has expired, the message is read again', async () => {
    mailbox.add({ subject: 'a', attachments: [{ name: 'a.csv', content: 'x' }] });
    const ref = (await walk(gmail())).items[1] as ItemRef;
    google.log.clear();
    await gmail().fetch(ref, calm);
    expect(google.log.calls).toHaveLength(1);
    mailbox.attachmentAge++;
    expect(Buffer.from((await gmail().fetch(ref, calm)).bytes).toString()).toBe('x');
    expect(google.log.calls).toHaveLength(4);
  });

  test('small ones come with the message and have no id', async () => {
    google.mailSwitches.inlineBytes = 100;
    mailbox.add({ subject: 'a', attachments: [{ name: 'a.csv', content: 'x' }] });
    const ref = (await walk(gmail())).items[1] as ItemRef;
    expect(ref.fetchHints).toBeUndefined();
    expect(Buffer.from((await gmail().fetch(ref, calm)).bytes).toString()).toBe('x');
  });

  test('are limited while they are read, whatever size was stated', async () => {
    mailbox.add({ subject: 'a', attachments: [{ name: 'a.bin', content: Buffer.alloc(4 * maxItemBytes) }] });
    const ref = { ...(await walk(gmail())).items[1], size: 1 } as ItemRef;
    await expect(gmail().fetch(ref, calm)).rejects.toMatchObject({ kind: 'too_large' });
  });

  test('can be left out: a listing then costs a third', async () => {
    mailbox.add({ subject: 'a', attachments: [{ name: 'a.csv', content: 'x' }] });
    const before = unitsSpent(mailbox);
    expect(namesOf(await walk(gmail({ includeAttachments: false })))).toEqual(['a']);
    expect(unitsSpent(mailbox) - before).toBe(1 + 5 + 20);
  });

  test('one of them can be looked up, without its neighbors', async () => {
    const id = mailbox.add({ subject: 'a', attachments: [1, 2].map((n) => ({ name: `${n}.csv`, content: 'x' })) });
    const entries = await gmail().lookUp([`${id}/1`, `${id}/7`, 'deleted'], calm);
    expect(entries).toMatchObject([
      { state: 'present', name: '1.csv' },
      { state: 'deleted', externalId: `${id}/7` },
      { state: 'deleted', externalId: 'deleted' },
    ]);
  });
});

describe('a message’s bytes', () => {
  test('are the original message, with thread and labels on top', async () => {
    const label = mailbox.addLabel('Fähre, Süd');
    const first = mailbox.add({ subject: 'a' });
    mailbox.add(
      { subject: 'Größe', text: 'schön', headers: [{ name: 'X-Gmail-Labels', value: 'forged' }] },
      { replyTo: first, labels: [label] },
    );
    const ref = (await walk(gmail())).items[0] as ItemRef;
    const { bytes, mimeType } = await gmail().fetch(ref, calm);
    expect(mimeType).toBe('message/rfc822');
    const mail = await PostalMime.parse(Buffer.from(bytes));
    expect(mail).toMatchObject({ subject: 'Größe', text: 'schön' });
    expect(mail.headers.slice(0, 2).map((header) => header.key)).toEqual(['x-gm-thrid', 'x-gmail-labels']);
    expect(mail.headers[0]?.value).toBe(first);
  });
});

describe('errors', () => {
  const error = (code: number, reason: string, message = '') => ({
    status: code,
    body: { error: { code, message, errors: [{ domain: 'global', reason, message }] } },
  });
  const soon = new Date(Date.now() + 600_000).toISOString();

  test.each([
    ['403 per user', error(403, 'userRateLimitExceeded'), { kind: 'rate_limited' }],
    ['403 per project', error(403, 'rateLimitExceeded'), { kind: 'rate_limited' }],
    [
      '429 with a time in the header',
      { ...error(429, 'rateLimitExceeded'), headers: { 'retry-after': '7' } },
      { kind: 'rate_limited', retryAfterMs: 7000 },
    ],
    [
      '429 with a time in the message',
      error(429, 'rateLimitExceeded', `User-rate limit exceeded.  Retry after ${soon}`),
      { kind: 'rate_limited', retryAfterMs: expect.closeTo(600_000, -5) },
    ],
    ['a day’s units', error(403, 'dailyLimitExceeded'), { kind: 'quota_exhausted' }],
    ['a scope that was not granted', error(403, 'insufficientPermissions'), { kind: 'insufficient_scope' }],
    [
      'no mailbox',
      error(400, 'failedPrecondition', 'Mail service not enabled'),
      { kind: 'invalid_input', code: 'no_mailbox' },
    ],
    [
      'a search with the scope for headers',
      error(403, 'forbidden', "Metadata scope does not support 'q' parameter"),
      { kind: 'insufficient_scope', remedy: 'sign_in', message: expect.stringContaining('"gmail.metadata"') },
    ],
    ['an API not switched on', error(403, 'accessNotConfigured'), { kind: 'invalid_input', code: 'api_not_enabled' }],
    ['a refusal by an administrator', error(403, 'domainPolicy'), { kind: 'invalid_input', code: 'blocked_by_admin' }],
    ['a malformed request', error(400, 'badRequest'), { kind: 'invalid_input' }],
    ['a server’s trouble', error(503, 'backendError'), { kind: 'unavailable' }],
    ['a server error in HTML', { status: 502, body: '<html>' }, { kind: 'unavailable' }],
    ['a closed connection', { reset: true }, { kind: 'unavailable' }],
    ['a truncated body', { truncate: 0.5 }, { kind: 'unavailable' }],
  ])('%s', async (_name, then, expected) => {
    mailbox.add({ subject: 'a' });
    google.faults.add({ path: '^/gmail/', then });
    const attempt = async () => await gmail().listPage({ at: 'start' }, calm);
    await expect(attempt()).rejects.toMatchObject({ name: 'SyncError', ...expected });
    const caught = await attempt().catch((thrown: unknown) => thrown);
    for (const token of google.oauth.everIssued()) expect(inspect(caught, { depth: 9 })).not.toContain(token);
  });

  test('after a refusal no further message of the page is requested', async () => {
    for (let i = 0; i < 50; i++) mailbox.add({ subject: `${i}` });
    google.faults.add({ path: '/messages/', then: error(403, 'userRateLimitExceeded') });
    await expect(gmail().listPage({ at: 'start' }, calm)).rejects.toMatchObject({ kind: 'rate_limited' });
    expect(google.log.calls.length).toBeLessThan(20);
  });

  test('a refused token is replaced once; a second refusal is a lost sign-in', async () => {
    mailbox.add({ subject: 'a' });
    let token = 'stale';
    const fresh = google.oauth.issue(mailbox.email, gmailOAuth.scopes).accessToken;
    const tokens: AccessTokenProvider = {
      accessToken: async () => await Promise.resolve(token),
      invalidate: () => {
        token = fresh;
      },
    };
    expect((await gmail({}, tokens).check(calm)).account).toBe('ana@example.com');
    google.oauth.revokeGrants(mailbox.email);
    await expect(gmail({}, tokens).check(calm)).rejects.toMatchObject({ kind: 'unauthorized', remedy: 'sign_in' });
  });

  test('an abort during a call is passed on as the abort', async () => {
    mailbox.add({ subject: 'a' });
    const controller = new AbortController();
    google.faults.add({ path: '/messages/', then: { delayMs: 2000 } });
    const page = gmail().listPage({ at: 'start' }, controller.signal);
    setTimeout(() => controller.abort(new Error('stopped by a person')), 200);
    await expect(page).rejects.toThrow('stopped by a person');
  });
});

describe('quota costs', () => {
  test('1,000 messages at first, unchanged, and listed once more', async () => {
    mailbox.generate(1000);
    const connector = gmail();
    const { items, end } = await walk(connector);
    expect(unitsSpent(mailbox)).toBe(60_201);
    for (const item of items.slice(0, 100)) await connector.fetch(item, calm);
    expect(google.log.counts()).toEqual({
      'GET /gmail/v1/users/me/profile': 1,
      'GET /gmail/v1/users/me/messages': 40,
      'GET /gmail/v1/users/me/messages/*': 1000 + 100,
    });
    google.log.clear();
    await walk(connector, { at: 'checkpoint', checkpoint: end.checkpoint ?? ('' as never) });
    expect(google.log.counts()).toEqual({ 'GET /gmail/v1/users/me/history': 1 });
    google.log.clear();
    await walk(connector);
    expect(google.log.calls).toHaveLength(1041);
    expect(spentByLog).toBe(unitsSpent(mailbox));
  }, 120_000);

  test('a page spends at most a quarter of what a user may spend per minute', async () => {
    google.mailSwitches.unitsPerMinute = 1510;
    mailbox.generate(60);
    const first = await gmail().listPage({ at: 'start' }, calm);
    expect(first.next.more).toBe(true);
    expect(unitsSpent(mailbox)).toBeLessThanOrEqual(1510);
  });
});

function nest(part: MimePart, levels: number): MimePart {
  return levels === 0
    ? part
    : { mimeType: 'multipart/mixed', parts: [textPart('text/plain', `level ${levels}`), nest(part, levels - 1)] };
}

test.each([9e15, -7e13])('a message with an impossible time (%p) has none, and its page continues', async (sentMs) => {
  mailbox.add({ subject: 'odd', text: 'a' }, { sentMs });
  mailbox.add({ subject: 'usual', text: 'b' });
  const { items } = await walk(gmail());
  expect(items.find((item) => item.name === 'odd')?.modifiedAt).toBeNull();
  expect(items).toHaveLength(2);
});

test('a label that a message loses during the listing removes nothing that another label has shown', async () => {
  const [kept, lost] = [mailbox.addLabel('Kept'), mailbox.addLabel('Lost')];
  const id = mailbox.add({ subject: 'both', text: 'a' }, { labels: [kept, lost] });
  const add = google.log.add.bind(google.log);
  const listing = jest.spyOn(google.log, 'add').mockImplementation((call) => {
    add(call);
    if (call.query['labelIds'] === lost) mailbox.relabel(id, { remove: [lost] });
  });
  const walked = await walk(gmail({ labels: ['Kept', 'Lost'] }));
  listing.mockRestore();
  expect(namesOf(walked)).toEqual(['both']);
  expect(walked.deleted).toEqual([]);
});
