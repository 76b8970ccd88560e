/** Makes gaps for the parts of a channel that could not be read. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { missingSelection } from '../missing-selection.ts';
import { channelId, type SlackPlace, segmentId } from './map.ts';
import type { Walk } from './position.ts';

type Reason = Pick<SyncError, 'code' | 'message' | 'retryAfterMs'>;

export const partialMessages: Reason = {
  code: 'unexpected_answer',
  message:
    'Slack returned only a part of this channel: messages without a time, or no word on whether more follow. The channel’s synced messages are kept, and the next sync tries again.',
  retryAfterMs: undefined,
};

export const unreadFiles: Reason = {
  code: 'unexpected_answer',
  message:
    'Slack did not say which files belong to a message of this day. The day’s synced messages are kept, and the next sync tries again.',
  retryAfterMs: undefined,
};

/** If only one of its days is listed, the gap names that day. */
export function toChannelGap({ container }: Pick<Walk, 'container'>, place: SlackPlace, reason: Reason): Entry {
  return toGap(container ?? channelId(place), place.label, reason);
}

export function toDayGap(place: SlackPlace, date: string, reason: Reason): Entry {
  return toGap(segmentId(place, date), `${place.label}, ${date}`, reason);
}

/** Names a channel of the config that is not read. @param name its id, or the name in the config */
export function toMissingChannel(name: string, problem: string): Entry {
  return missingSelection({ what: 'channel', id: name, name: `#${name}`, code: 'unknown_channel', problem });
}

/** @param externalId null if it is not known which channels are missing */
export function toGap(externalId: string | null, name: string, { code, message, retryAfterMs }: Reason): Entry {
  return { state: 'gap', externalId, name, code, message, retryAfterMs: retryAfterMs ?? null };
}
