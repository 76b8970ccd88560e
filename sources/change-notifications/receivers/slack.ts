import { z } from 'zod';
import { isSignedBy } from '../signature.ts';
import { greeting, type NotificationReceiver, headerOf, parseJson, refused } from './receiver.ts';

/** Older requests may be replays of a genuine one (docs/vendors/slack.md#change-notifications). */
const replayWindowS = 5 * 60;

const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('url_verification'), challenge: z.string() }),
  z.looseObject({ type: z.literal('event_callback'), team_id: z.string().max(100) }),
  /** Slack dropped events, so a sync is certainly needed. */
  z.looseObject({ type: z.literal('app_rate_limited'), team_id: z.string().max(100) }),
]);

/** Verifies requests of the Events API: `v0=` and the HMAC of version, timestamp and body. */
export function createSlackReceiver(signingSecret: string): NotificationReceiver {
  return (request) => {
    const timestamp = headerOf(request, 'x-slack-request-timestamp');
    const age = Math.abs(Date.now() / 1000 - Number(timestamp));
    if (!/^\d{1,12}$/.test(timestamp) || age > replayWindowS) return refused;
    const [version, signature = ''] = headerOf(request, 'x-slack-signature').split('=');
    const signed = Buffer.concat([Buffer.from(`v0:${timestamp}:`), request.body]);
    if (version !== 'v0' || !isSignedBy(signingSecret, signed, signature)) return refused;
    const read = event.safeParse(parseJson(request.body));
    if (!read.success) return refused;
    if (read.data.type === 'url_verification') return greeting(read.data.challenge);
    return {
      outcome: 'notifications',
      notifications: [{ externalId: read.data.team_id, secret: null, asksFor: 'sync' }],
    };
  };
}
