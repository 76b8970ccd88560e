/**
 * Drive's notification channels (docs/vendors/google-drive.md#change-notifications) and Gmail's watches
 * (docs/vendors/gmail.md#change-notifications): their requests and deliveries.
 */

import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { isAcceptable, type Notified, notify, parseBody } from '../kit/notify.ts';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { apiError } from './errors.ts';

interface Channel {
  readonly id: string;
  readonly email: string;
  readonly address: string;
  readonly token: string;
  readonly resourceId: string;
  readonly expiration: number;
  messages: number;
}

/** The Pub/Sub push subscription: its address, and the account it signs as. */
export interface Subscription {
  readonly endpoint: string;
  readonly audience: string;
  readonly serviceAccount: string;
}

const day = 24 * 3_600_000;
const keyId = 'simulated-key';

export class Channels {
  /** Maximum lifetime of a channel in milliseconds; Google allows seven days. */
  maxMs = 7 * day;
  pubSub: Subscription | null = null;
  readonly live = new Map<string, Channel>();
  /** Watched mailboxes, with the end of each watch. */
  readonly watches = new Map<string, number>();
  readonly #keys = generateKeyPair('RS256');

  /** Handles Drive's calls; null for any other call. */
  handleDrive(email: string, request: SimRequest): SimResponse | null {
    if (request.method !== 'POST') return null;
    if (request.path === '/drive/v3/changes/watch') return this.#open(email, request);
    if (request.path === '/drive/v3/channels/stop') return this.#stop(email, request);
    return null;
  }

  /** Handles Gmail's calls; null for any other call. */
  handleGmail(email: string, historyId: string, request: SimRequest): SimResponse | null {
    if (request.method !== 'POST') return null;
    const [, call] = /^\/gmail\/v1\/users\/[^/]+\/(watch|stop)$/.exec(request.path) ?? [];
    if (call === 'stop') {
      this.watches.delete(email);
      return { status: 204, subscription: true };
    }
    if (call !== 'watch') return null;
    if (!/^projects\/[^/]+\/topics\/[^/]+$/.test(String(parseBody(request.body)['topicName'])))
      return apiError(400, 'invalidArgument', 'Invalid topicName');
    const expiration = Date.now() + this.maxMs;
    this.watches.set(email, expiration);
    return { status: 200, body: { historyId, expiration: String(expiration) }, subscription: true };
  }

  async jwks(): Promise<SimResponse> {
    const { publicKey } = await this.#keys;
    return { status: 200, body: { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, use: 'sig', alg: 'RS256' }] } };
  }

  /** Reports a change in this account's Drive to every live channel. */
  async notify(email: string): Promise<Notified[]> {
    const channels = [...this.live.values()].filter((channel) => channel.email === email);
    return await Promise.all(
      channels.filter((channel) => channel.expiration > Date.now()).map((channel) => this.#send(channel, 'change')),
    );
  }

  /** Reports new mail: Gmail notifies Pub/Sub, and Pub/Sub pushes. Without a watch, nothing is sent. */
  async notifyMail(
    email: string,
    historyId: string,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<Notified | null> {
    const { pubSub } = this;
    if (pubSub === null || (this.watches.get(email) ?? 0) <= Date.now()) return null;
    const token = await this.sign({
      aud: pubSub.audience,
      email: pubSub.serviceAccount,
      email_verified: true,
      ...claims,
    });
    const data = Buffer.from(JSON.stringify({ emailAddress: email, historyId: Number(historyId) })).toString('base64');
    const body = {
      message: { data, messageId: randomUUID(), publishTime: new Date().toISOString() },
      subscription: 's',
    };
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    return await notify(pubSub.endpoint, headers, JSON.stringify(body));
  }

  /** Signs like Google for Pub/Sub: valid for an hour, unless the claims say otherwise. */
  async sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { privateKey } = await this.#keys;
    const now = Math.floor(Date.now() / 1000);
    return await new SignJWT({ iss: 'https://accounts.google.com', sub: '1137', iat: now, exp: now + 3600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: keyId, typ: 'JWT' })
      .sign(privateKey);
  }

  #open(email: string, request: SimRequest): SimResponse {
    const { id, type, address, token, expiration } = parseBody(request.body);
    if (!request.query['pageToken']) return apiError(400, 'required', 'Required parameter: pageToken', 'pageToken');
    if (typeof id !== 'string' || !/^[\w+/=-]{1,64}$/.test(id))
      return apiError(400, 'channelIdInvalid', 'Invalid channel id');
    if (this.live.has(id)) return apiError(400, 'channelIdNotUnique', 'Channel id not unique');
    if (type !== 'web_hook') return apiError(400, 'channelUnknown', 'Unknown channel type');
    if (!isAcceptable(address)) return apiError(401, 'push.webhookUrlNotHttps', 'WebHook callback must be HTTPS');
    const asked = expiration === undefined ? Date.now() + day / 24 : Number(expiration);
    const channel: Channel = {
      id,
      email,
      address,
      token: typeof token === 'string' ? token : '',
      resourceId: createHash('sha256').update(email).digest('base64url').slice(0, 27),
      expiration: Math.min(asked, Date.now() + this.maxMs),
      messages: 0,
    };
    this.live.set(id, channel);
    void this.#send(channel, 'sync');
    const resourceUri = 'https://www.googleapis.com/drive/v3/changes?alt=json';
    const { resourceId } = channel;
    const body = { kind: 'api#channel', id, resourceId, resourceUri, expiration: String(channel.expiration) };
    return { status: 200, body, subscription: true };
  }

  #stop(email: string, request: SimRequest): SimResponse {
    const { id, resourceId } = parseBody(request.body);
    const channel = this.live.get(String(id));
    if (channel === undefined || channel.email !== email || channel.resourceId !== resourceId)
      return apiError(404, 'notFound', `Channel '${String(id)}' not found for project`);
    this.live.delete(channel.id);
    return { status: 204, subscription: true };
  }

  async #send(channel: Channel, state: 'sync' | 'change'): Promise<Notified> {
    channel.messages++;
    const headers = {
      'content-type': 'application/json; utf-8',
      'x-goog-channel-id': channel.id,
      'x-goog-channel-token': channel.token,
      'x-goog-channel-expiration': new Date(channel.expiration).toUTCString(),
      'x-goog-resource-id': channel.resourceId,
      'x-goog-resource-uri': 'https://www.googleapis.com/drive/v3/changes?alt=json',
      'x-goog-resource-state': state,
      'x-goog-message-number': String(channel.messages),
    };
    return await notify(channel.address, headers, '');
  }
}
