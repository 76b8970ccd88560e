/** What each vendor's notification must contain to be accepted. */

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signWebhookPayload } from '@notionhq/client';
import { sql } from 'kysely';
import type { NotificationVendor } from '../../domain/change-notifications.ts';
import type {
  ReceivedNotifications,
  NotificationRequest,
} from '../../sources/change-notifications/receivers/receiver.ts';
import { createNotionVerification } from '../../sources/change-notifications/notion-verification.ts';
import { createReceivers } from '../../sources/change-notifications/receivers/registry.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { isSecret } from '../../sources/change-notifications/signature.ts';
import { hashOfSecret } from '../../domain/secret-hash.ts';
import { type GoogleSimulator, startGoogle } from '../../tools/simulators/google/server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const slackSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const dropboxSecret = 'app-secret';
const notionToken = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const gmail = {
  audience: 'https://example.com/api/change-notifications/gmail',
  serviceAccount: 'push@p.iam.gserviceaccount.com',
};
const refused = { outcome: 'refused' };

let google: GoogleSimulator;
let database: TestDatabase;
const noted: string[] = [];
beforeAll(async () => {
  [google, database] = await Promise.all([startGoogle(), createTestDatabase()]);
}, 60_000);
afterAll(async () => {
  await google[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function read(
  vendor: NotificationVendor,
  request: Partial<Omit<NotificationRequest, 'body'>> & { readonly body?: string },
  settings: { readonly notionToken?: string | undefined } = { notionToken },
): Promise<ReceivedNotifications> {
  const receiver = createReceivers({
    gmail: { ...gmail, jwksUrl: `${google.url}/oauth2/v3/certs` },
    dropboxAppSecret: dropboxSecret,
    slackSigningSecret: slackSecret,
    notion: {
      verificationToken: settings.notionToken,
      takeToken: async (token) => await Promise.resolve(token === notionToken && noted.push(token) > 0),
    },
  })[vendor];
  if (receiver === null) throw new Error(`${vendor} is not set up`);
  return await receiver({ headers: {}, query: {}, ...request, body: Buffer.from(request.body ?? '') });
}

const notificationsFor = (externalId: string, secret: string | null = null) => ({
  outcome: 'notifications',
  notifications: [{ externalId, secret, asksFor: 'sync' }],
});

test('a vendor that the operator has not configured has no endpoint', () => {
  const receivers = createReceivers({
    gmail: null,
    dropboxAppSecret: undefined,
    slackSigningSecret: undefined,
    notion: { verificationToken: undefined, takeToken: async () => await Promise.resolve(false) },
  });
  expect([receivers.gmail, receivers.dropbox, receivers.slack]).toEqual([null, null, null]);
});

test('a secret is recognized by its hash', () => {
  expect([
    isSecret('right', hashOfSecret('right')),
    isSecret('wrong', hashOfSecret('right')),
    isSecret('', hashOfSecret('right')),
  ]).toEqual([true, false, false]);
});

describe('Slack', () => {
  const event = JSON.stringify({ type: 'event_callback', team_id: 'T1', event: { type: 'message' } });
  const headers = (body: string, at = Date.now(), secret = slackSecret) => {
    const timestamp = String(Math.floor(at / 1000));
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` };
  };

  test('a signed event is a change notification for its team; the challenge is echoed only if it is signed', async () => {
    expect(await read('slack', { body: event, headers: headers(event) })).toEqual(notificationsFor('T1'));
    const greeting = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aB' });
    expect(await read('slack', { body: greeting, headers: headers(greeting) })).toEqual({
      outcome: 'greeting',
      text: '3eZbrw1aB',
    });
    expect(await read('slack', { body: greeting })).toEqual(refused);
  });

  test('the signature matches the example in Slack’s documentation', async () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const mac = createHmac('sha256', slackSecret).update(`v0:1531420618:${body}`).digest('hex');
    expect(mac).toBe('a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503');
    await expect(read('slack', { body })).resolves.toEqual(refused);
  });

  test('tampered, replayed, signed by another, or malformed: refused', async () => {
    const good = headers(event);
    const tampered = event.replace('T1', 'T2');
    for (const request of [
      { body: tampered, headers: good },
      { body: event, headers: headers(event, Date.now() - 301_000) },
      { body: event, headers: headers(event, Date.now() + 301_000) },
      { body: event, headers: headers(event, Date.now(), 'another') },
      { body: event, headers: { ...good, 'x-slack-signature': 'v0=' } },
      { body: event, headers: { ...good, 'x-slack-signature': good['x-slack-signature'].slice(3) } },
      { body: event, headers: { ...good, 'x-slack-request-timestamp': 'now' } },
      { body: 'no json', headers: headers('no json') },
    ])
      expect(await read('slack', request)).toEqual(refused);
  });
});

describe('Dropbox', () => {
  const body = JSON.stringify({ list_folder: { accounts: ['dbid:a', 'dbid:b'] } });
  const signed = (text: string, secret = dropboxSecret) => ({
    'x-dropbox-signature': createHmac('sha256', secret).update(text).digest('hex'),
  });

  test('a signed notification names its accounts; the challenge is echoed', async () => {
    expect(await read('dropbox', { body, headers: signed(body) })).toMatchObject({
      notifications: [{ externalId: 'dbid:a' }, { externalId: 'dbid:b' }],
    });
    expect(await read('dropbox', { query: { challenge: 'abc' } })).toEqual({ outcome: 'greeting', text: 'abc' });
    expect(await read('dropbox', { query: { challenge: 'x'.repeat(1001) } })).toEqual(refused);
  });

  test('tampered, foreign, unsigned: refused', async () => {
    expect(await read('dropbox', { body: body.replace(':a', ':c'), headers: signed(body) })).toEqual(refused);
    expect(await read('dropbox', { body, headers: signed(body, 'another') })).toEqual(refused);
    expect(await read('dropbox', { body })).toEqual(refused);
    expect(await read('dropbox', { body: '{}', headers: signed('{}') })).toEqual(refused);
  });
});

describe('Notion', () => {
  const event = (timestamp = new Date()) =>
    JSON.stringify({ id: 'e', type: 'page.created', workspace_id: 'w1', timestamp: timestamp.toISOString() });
  const signed = async (body: string, verificationToken = notionToken) => ({
    'x-notion-signature': await signWebhookPayload({ body, verificationToken }),
  });

  test('an event signed like Notion’s own client does is a change notification for its workspace', async () => {
    const body = event();
    expect(await read('notion', { body, headers: await signed(body) })).toEqual(notificationsFor('w1'));
  });

  test('the first request contains the token that the operator needs; later ones cannot replace it', async () => {
    const body = JSON.stringify({ verification_token: notionToken });
    expect(await read('notion', { body }, { notionToken: undefined })).toEqual({
      outcome: 'notifications',
      notifications: [],
    });
    expect(noted).toEqual([notionToken]);
    expect(await read('notion', { body })).toEqual(refused);
    expect(await read('notion', { body: event() }, { notionToken: undefined })).toEqual(refused);
    expect(noted).toEqual([notionToken]);
  });

  test('a token is taken while an operator waits for it, once; at any other time it is refused', async () => {
    const parts = { db: database.db, keyring: createKeyring('ab'.repeat(32)) };
    // Two API processes, of which the one that Notion reaches is not the one that the operator has asked.
    const [verification, elsewhere] = [createNotionVerification(parts), createNotionVerification(parts)];
    expect(await verification.take('before anybody waits')).toBe(false);
    expect(await verification.find()).toEqual({ waitsUntil: null, token: null });

    expect((await verification.begin()).getTime()).toBeGreaterThan(Date.now() + 14 * 60_000);
    const taken = await Promise.all([elsewhere.take('first-token'), verification.take('other-token')]);
    expect(taken.toSorted((a, b) => Number(a) - Number(b))).toEqual([false, true]);
    expect(await elsewhere.find()).toEqual({ waitsUntil: null, token: taken[0] ? 'first-token' : 'other-token' });
    expect(await verification.take('later')).toBe(false);
    const { rows } = await sql`select * from notion_verification`.execute(database.db);
    expect(JSON.stringify(rows)).not.toMatch(/first-token|other-token/);

    await verification.begin();
    expect(await elsewhere.find()).toEqual({ waitsUntil: expect.any(Date), token: null });
    await sql`update notion_verification set waits_until = now() - interval '1 second'`.execute(database.db);
    expect(await verification.take('too late')).toBe(false);
    expect(await verification.find()).toEqual({ waitsUntil: null, token: null });
  });

  test('a token that nobody waits for is refused by the address', async () => {
    const body = JSON.stringify({ verification_token: 'nobody-waits-for-it' });
    expect(await read('notion', { body }, { notionToken: undefined })).toEqual(refused);
  });

  test('tampered, replayed, foreign, unsigned: refused', async () => {
    const body = event();
    const old = event(new Date(Date.now() - 27 * 3_600_000));
    expect(await read('notion', { body: body.replace('w1', 'w2'), headers: await signed(body) })).toEqual(refused);
    expect(await read('notion', { body: old, headers: await signed(old) })).toEqual(refused);
    expect(await read('notion', { body, headers: await signed(body, 'another') })).toEqual(refused);
    expect(await read('notion', { body })).toEqual(refused);
  });
});

describe('Gmail', () => {
  const body = (email = 'Ana@example.com') =>
    JSON.stringify({ message: { data: Buffer.from(JSON.stringify({ emailAddress: email })).toString('base64') } });
  const claims = { aud: gmail.audience, email: gmail.serviceAccount, email_verified: true };
  const bearer = async (change: object = {}) => ({
    authorization: `Bearer ${await google.channels.sign({ ...claims, ...change })}`,
  });

  test('a push that Google signed as our service account is a change notification for the mailbox', async () => {
    expect(await read('gmail', { body: body(), headers: await bearer() })).toEqual(notificationsFor('ana@example.com'));
  });

  test('for another URL, as another account, expired, from another issuer, unsigned, tampered: refused', async () => {
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    for (const change of [
      { aud: 'https://elsewhere.example/api/change-notifications/gmail' },
      { email: 'mallory@q.iam.gserviceaccount.com' },
      { email_verified: false },
      { iat: anHourAgo - 3600, exp: anHourAgo },
      { iss: 'https://mallory.example' },
    ])
      expect([change, await read('gmail', { body: body(), headers: await bearer(change) })]).toEqual([change, refused]);
    const { authorization } = await bearer();
    const [head = '', , signature = ''] = authorization.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: 4e9, iat: 1 })).toString('base64url');
    for (const headers of [{}, { authorization: `${head}.${forged}.${signature}` }, { authorization: 'Bearer x' }])
      expect(await read('gmail', { body: body(), headers })).toEqual(refused);
    expect(await read('gmail', { body: '{"message":{}}', headers: await bearer() })).toEqual(refused);
  });

  test('without Google’s keys nothing is decided, so that Pub/Sub sends it again', async () => {
    google.faults.add({ path: '^/oauth2/v3/certs$', times: 1, then: { status: 503 } });
    await expect(read('gmail', { body: body(), headers: await bearer() })).rejects.toThrow();
  });
});

describe('Google Drive and OneDrive do not sign: each subscription has its own secret, which is compared later', () => {
  test('a channel’s message contains its id and token; the first one, `sync`, is not a change notification', async () => {
    const headers = { 'x-goog-channel-id': 'c1', 'x-goog-channel-token': 't', 'x-goog-resource-state': 'change' };
    expect(await read('google_drive', { headers })).toEqual(notificationsFor('c1', 't'));
    expect(await read('google_drive', { headers: { ...headers, 'x-goog-resource-state': 'sync' } })).toEqual({
      outcome: 'notifications',
      notifications: [],
    });
    expect(await read('google_drive', {})).toEqual(refused);
  });

  test('Graph’s validation is echoed; notifications contain the id and clientState; lifecycle events request a renewal', async () => {
    expect(await read('onedrive', { query: { validationToken: 'Validation: 1' } })).toEqual({
      outcome: 'greeting',
      text: 'Validation: 1',
    });
    const value = [
      { subscriptionId: 's1', clientState: 'x', changeType: 'updated' },
      { subscriptionId: 's2', clientState: 'y', lifecycleEvent: 'reauthorizationRequired' },
      { subscriptionId: 's3', lifecycleEvent: 'missed' },
    ];
    expect(await read('onedrive', { body: JSON.stringify({ value }) })).toEqual({
      outcome: 'notifications',
      notifications: [
        { externalId: 's1', secret: 'x', asksFor: 'sync' },
        { externalId: 's2', secret: 'y', asksFor: 'renewal' },
        { externalId: 's3', secret: '', asksFor: 'sync' },
      ],
    });
    expect(await read('onedrive', { body: '{"value":7}' })).toEqual(refused);
  });
});
