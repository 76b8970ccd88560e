import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Keyring } from '../../sources/credentials/keyring.ts';
import type { Outgoing } from '../../db/webhooks/webhook-deliveries.ts';
import type { AddressRules } from './addresses.ts';
import { type Answer, post } from './post.ts';

/** Sends one event to one endpoint, signed according to Standard Webhooks. */
export type SendWebhook = (outgoing: Outgoing, signal: AbortSignal) => Promise<Answer>;

const userAgent = 'Headwater-Webhooks/1';

/** Creates a secret in the format of Standard Webhooks, from 24 random bytes. */
export function newSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

export function createSendWebhook(keyring: Keyring, rules: AddressRules): SendWebhook {
  return async ({ endpointId, url, secret, eventId, eventType, data, occurredAt }, signal) => {
    const body = JSON.stringify({ type: eventType, timestamp: occurredAt.toISOString(), data });
    const sentAt = new Date();
    const headers = {
      'content-type': 'application/json',
      'user-agent': userAgent,
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': new Webhook(keyring.open(secret, endpointId) as string).sign(eventId, sentAt, body),
    };
    return await post(url, { headers, body }, rules, signal);
  };
}
