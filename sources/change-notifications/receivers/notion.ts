import { z } from 'zod';
import { isSignedBy } from '../signature.ts';
import { type NotificationReceiver, headerOf, parseJson, refused } from './receiver.ts';

/** Notion retries a delivery for about a day, so anything older is a replay. */
const replayWindowMs = 26 * 3_600_000;

const handshake = z.strictObject({ verification_token: z.string().regex(/^[\w-]{10,200}$/) });
const event = z.looseObject({ workspace_id: z.string().max(100), timestamp: z.iso.datetime({ offset: true }) });

export interface NotionReceiverSettings {
  /** Undefined until an operator sets it. */
  readonly verificationToken: string | undefined;
  /**
   * Stores the token in the database, encrypted, for the operator: Notion sends it in the first request and asks for it
   * on its own settings page.
   * @returns false if no operator is waiting for a token, or one has arrived already
   */
  readonly takeToken: (token: string) => Promise<boolean>;
}

/**
 * Verifies `sha256=` and the HMAC of the body, keyed with the verification token
 * (docs/vendors/notion.md#change-notifications).
 */
export function createNotionReceiver({ verificationToken, takeToken }: NotionReceiverSettings): NotificationReceiver {
  return async (request) => {
    const body = parseJson(request.body);
    if (verificationToken === undefined) {
      const greeted = handshake.safeParse(body);
      if (!greeted.success || !(await takeToken(greeted.data.verification_token))) return refused;
      return { outcome: 'notifications', notifications: [] };
    }
    const [version, signature = ''] = headerOf(request, 'x-notion-signature').split('=');
    if (version !== 'sha256' || !isSignedBy(verificationToken, request.body, signature)) return refused;
    const read = event.safeParse(body);
    if (!read.success || Date.now() - Date.parse(read.data.timestamp) > replayWindowMs) return refused;
    return {
      outcome: 'notifications',
      notifications: [{ externalId: read.data.workspace_id, secret: null, asksFor: 'sync' }],
    };
  };
}
