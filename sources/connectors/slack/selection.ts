/** Which channels the config selects, by id, name or pattern, and from which day on. */

import { RE2JS } from 're2js';
import { globToPattern } from '../../../domain/path-globs.ts';
import type { SlackConfig } from './config.ts';
import { beginning, boundsOf } from './time.ts';

type Named = { readonly id: string; readonly name?: string | undefined };
type Filter = (channel: Named) => boolean;

const filters = new WeakMap<SlackConfig, Filter>();

/** Decides by the lists of the config alone; whether a channel of its kind is synced is decided elsewhere. */
export function isSelected(config: SlackConfig, channel: Named): boolean {
  const filter = filters.get(config) ?? filterOf(config);
  filters.set(config, filter);
  return filter(channel);
}

function filterOf({ channels, excludeChannels }: SlackConfig): Filter {
  const included = channels.length === 0 ? () => true : matcherOf(channels);
  const excluded = matcherOf(excludeChannels);
  return (channel) => included(channel) && !excluded(channel);
}

function matcherOf(names: readonly string[]): Filter {
  if (names.length === 0) return () => false;
  const ids = new Set(names);
  const pattern = RE2JS.compile(names.map(globToPattern).join('|'), RE2JS.CASE_INSENSITIVE);
  return ({ id, name }) => ids.has(id) || (name !== undefined && pattern.test(name));
}

/** Whether the config names single channels by id, so that no list of channels is needed. */
export function namesOnlyIds({ channels }: SlackConfig): boolean {
  return channels.length > 0 && channels.every((channel) => /^[CGD][A-Z0-9]{2,30}$/.test(channel));
}

/** The names and ids of the config that are no patterns: each is that of one channel. */
export function plainNames({ channels }: SlackConfig): string[] {
  return channels.filter((name) => !/[*?[\]{}]/.test(name));
}

/** Returns the names that none of these channels has. */
export function namesOfNone(names: readonly string[], channels: readonly Named[]): string[] {
  const known = new Set(channels.flatMap(({ id, name }) => [id, name?.toLowerCase()]));
  return names.filter((name) => !known.has(name) && !known.has(name.toLowerCase()));
}

/** The first moment from which messages are read. */
export function firstMoment({ since }: SlackConfig): string {
  return since === undefined ? beginning : boundsOf(since).oldest;
}
