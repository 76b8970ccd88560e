/**
 * Finds out whether the plan of the workspace hides what was written before a moment, so that it is not taken for
 * deleted (docs/vendors/slack.md#messages-and-threads).
 */

import type { SlackCall } from './client.ts';
import { type HistoryPage, readHistory } from './messages.ts';
import { beginning, surelyHiddenBefore, toTimestamp } from './time.ts';

/** The first and the last moment of a thread or a day. */
interface Range {
  readonly oldest: string;
  readonly latest: string;
}

export interface HiddenMessages {
  /** Whether it is known without a call that the plan hides them. */
  isKnown(channel: string, range: Range): boolean;
  /** Finds out, mostly with one or two calls for a whole channel. */
  find(channel: string, range: Range, signal: AbortSignal): Promise<boolean>;
}

export function createHiddenMessages(call: SlackCall): HiddenMessages {
  /** The moment up to which nothing of a channel is visible. */
  const hiddenUntil = new Map<string, string>();
  const isLimitedBy = new Map<string, boolean>();

  const visibleUntil = async (channel: string, latest: string, signal: AbortSignal): Promise<HistoryPage> =>
    await readHistory(call, 'item', { channel, oldest: beginning, latest, cursor: null }, signal);

  const isLimited = async (channel: string, signal: AbortSignal): Promise<boolean> => {
    const known = isLimitedBy.get(channel) ?? (await visibleUntil(channel, toTimestamp(Date.now()), signal)).isLimited;
    isLimitedBy.set(channel, known);
    return known;
  };

  /** Slack says that older messages exist, and nothing before `oldest` is visible. */
  const hides = async (channel: string, { oldest, latest }: Range, signal: AbortSignal): Promise<boolean> => {
    const { messages, cursor, isLimited: isSaid } = await visibleUntil(channel, latest, signal);
    if (cursor !== null || messages.some(({ ts }) => ts < oldest)) return false;
    if (!isSaid && !(await isLimited(channel, signal))) return false;
    hiddenUntil.set(channel, oldest);
    return true;
  };

  const isKnown = (channel: string, { latest }: Range): boolean => latest <= (hiddenUntil.get(channel) ?? '');
  const asked = new Set<string>();
  return {
    isKnown,
    find: async (channel, range, signal) => {
      if (isKnown(channel, range)) return true;
      const sure = surelyHiddenBefore(Date.now());
      // One answer for all that is as old is better than one for each.
      if (range.latest <= sure && !asked.has(channel)) {
        asked.add(channel);
        if (await hides(channel, { oldest: sure, latest: sure }, signal)) return true;
      }
      return await hides(channel, range, signal);
    },
  };
}
