/** Parts of a channel that could not be read, as a listing names them. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { channelId, type Place, segmentId } from './map.ts';
import type { Walk } from './position.ts';

type Reason = Pick<SyncError, 'code' | 'message' | 'retryAfterMs'>;

export const partialMessages: Reason = {
  code: 'unexpected_answer',
  message:
    'Slack sent this channel in part: messages without their time, or no word whether more follow. What is known of the channel stays; the next sync tries again.',
  retryAfterMs: undefined,
};

export const unreadFiles: Reason = {
  code: 'unexpected_answer',
  message:
    'Slack did not say which files belong to a message of this day. What is known of the day stays; the next sync tries again.',
  retryAfterMs: undefined,
};

/** Where one of its days alone is listed, that day. */
export function toChannelGap({ container }: Pick<Walk, 'container'>, place: Place, reason: Reason): Entry {
  return toGap(container ?? channelId(place), place.label, reason);
}

export function toDayGap(place: Place, date: string, reason: Reason): Entry {
  return toGap(segmentId(place, date), `${place.label}, ${date}`, reason);
}

/** @param externalId null where it is not known which channels are missing */
export function toGap(externalId: string | null, name: string, { code, message, retryAfterMs }: Reason): Entry {
  return { state: 'gap', externalId, name, code, message, retryAfterMs: retryAfterMs ?? null };
}
