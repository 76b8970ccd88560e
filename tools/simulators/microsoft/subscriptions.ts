/** Graph's subscriptions on drives, and its notifications. They require write permission. */

import { randomBytes, randomUUID } from 'node:crypto';
import { isAcceptable, type Notified, notify, parseBody } from '../kit/notify.ts';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { accessDenied, apiError, invalidRequest } from './errors.ts';
import type { Grant } from './oauth.ts';

interface Subscription {
  readonly id: string;
  readonly email: string;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  readonly clientState: string;
  expiresAt: number;
}

const writers = ['Files.ReadWrite', 'Files.ReadWrite.All'];

export class Subscriptions {
  /** Maximum lifetime in milliseconds: 42,300 minutes for a drive. */
  maxMs = 42_300 * 60_000;
  readonly live = new Map<string, Subscription>();

  /** Null for any other call. */
  async handle(grant: Grant, request: SimRequest): Promise<SimResponse | null> {
    const [found, id] = /^\/v1\.0\/subscriptions(?:\/([^/]+))?$/.exec(request.path) ?? [];
    if (found === undefined || request.method === 'GET') return null;
    if (!grant.scopes.some((scope) => writers.includes(scope))) return { ...accessDenied(), subscription: true };
    if (request.method === 'POST' && id === undefined)
      return { ...(await this.#create(grant, request)), subscription: true };
    const subscription = this.live.get(id ?? '');
    if (subscription?.email !== grant.email)
      return { ...apiError(404, 'ResourceNotFound', 'The object was not found.'), subscription: true };
    if (request.method === 'PATCH') return { ...this.#renew(subscription, request), subscription: true };
    this.live.delete(subscription.id);
    return { status: 204, subscription: true };
  }

  /** Reports a change in this account's drive. */
  async notify(email: string): Promise<Notified[]> {
    return await this.#send(email, { changeType: 'updated', resource: 'me/drive/root' });
  }

  /** Sends a lifecycle notification; `subscriptionRemoved` deletes the subscription. */
  async notifyLifecycle(
    email: string,
    lifecycleEvent: 'missed' | 'reauthorizationRequired' | 'subscriptionRemoved',
  ): Promise<Notified[]> {
    const sent = this.#send(email, { lifecycleEvent });
    if (lifecycleEvent === 'subscriptionRemoved') for (const { id } of this.#of(email)) this.live.delete(id);
    return await sent;
  }

  async #create({ email }: Grant, request: SimRequest): Promise<SimResponse> {
    const body = parseBody(request.body);
    const { changeType, notificationUrl, lifecycleNotificationUrl, resource, clientState } = body;
    const expiresAt = Date.parse(String(body['expirationDateTime']));
    if (changeType !== 'updated') return invalidRequest('Drive root items support only the updated changeType.');
    if (!/^\/?me\/drive\/root$/.test(String(resource))) return invalidRequest('The resource is not supported.');
    if (!(expiresAt > Date.now()) || expiresAt > Date.now() + 42_300 * 60_000)
      return invalidRequest('Subscription expiration can only be 42300 minutes in the future.');
    if (typeof clientState !== 'string' || clientState.length > 128) return invalidRequest('clientState is too long.');
    for (const url of [notificationUrl, lifecycleNotificationUrl]) {
      if (!isAcceptable(url) || !(await answersValidation(url)))
        return invalidRequest(
          'Subscription validation request failed. Notification endpoint must respond with 200 OK.',
        );
    }
    const subscription: Subscription = {
      id: randomUUID(),
      email,
      notificationUrl: String(notificationUrl),
      lifecycleNotificationUrl: String(lifecycleNotificationUrl),
      clientState,
      expiresAt: Math.min(expiresAt, Date.now() + this.maxMs),
    };
    this.live.set(subscription.id, subscription);
    return { status: 201, body: toWire(subscription) };
  }

  #renew(subscription: Subscription, request: SimRequest): SimResponse {
    const expiresAt = Date.parse(String(parseBody(request.body)['expirationDateTime']));
    if (!(expiresAt > Date.now())) return invalidRequest('expirationDateTime must lie in the future.');
    subscription.expiresAt = Math.min(expiresAt, Date.now() + this.maxMs);
    return { status: 200, body: toWire(subscription) };
  }

  #of(email: string): Subscription[] {
    return [...this.live.values()].filter((one) => one.email === email && one.expiresAt > Date.now());
  }

  async #send(email: string, event: Readonly<Record<string, string>>): Promise<Notified[]> {
    const isLifecycle = 'lifecycleEvent' in event;
    return await Promise.all(
      this.#of(email).map(async (one) => {
        const value = {
          subscriptionId: one.id,
          subscriptionExpirationDateTime: new Date(one.expiresAt).toISOString(),
          clientState: one.clientState,
          tenantId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
          ...event,
        };
        const url = isLifecycle ? one.lifecycleNotificationUrl : one.notificationUrl;
        return await notify(url, { 'content-type': 'application/json' }, JSON.stringify({ value: [value] }));
      }),
    );
  }
}

/** The address must echo the validation token as plain text. */
async function answersValidation(address: string): Promise<boolean> {
  const token = `Validation: Testing client application reachability ${randomBytes(8).toString('hex')}`;
  const url = new URL(address);
  url.searchParams.set('validationToken', token);
  const { status, text } = await notify(url.href, { 'content-type': 'text/plain; charset=utf-8' }, '');
  return status === 200 && text === token;
}

function toWire({ id, notificationUrl, lifecycleNotificationUrl, clientState, expiresAt }: Subscription) {
  return {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity',
    id,
    resource: 'me/drive/root',
    changeType: 'updated',
    clientState,
    notificationUrl,
    lifecycleNotificationUrl,
    expirationDateTime: new Date(expiresAt).toISOString(),
    latestSupportedTlsVersion: 'v1_2',
  };
}
