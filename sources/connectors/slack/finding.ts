/** The first part of a listing: it finds the channels to read, and the time from which to read them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Entry } from '../../../domain/source.ts';
import { isOfPart, isTriedAgain, mayPass, retryDelayMs } from '../part-tries.ts';
import {
  findChannel,
  findWorkspaces,
  isClosedToBot,
  isWanted,
  labelOf,
  listChannels,
  isChannelType,
  problemOf,
  toHome,
  toTypeGap,
  typesOf,
  whoAmI,
} from './channels.ts';
import { isEndless as isListEndless, noPages, rememberPage } from '../page-memory.ts';
import { archivedChannel, endlessList, isRefusedByPolicy } from './errors.ts';
import { toChannelGap, toGap, toMissingChannel } from './gaps.ts';
import { readContainerId } from './map.ts';
import { type ChannelToRead, readCheckpoint, type Walk } from './position.ts';
import { firstMoment, namesOfNone, namesOnlyIds, plainNames } from './selection.ts';
import type { SlackListing, Step } from './step.ts';
import { beginning, boundsOf, daysBefore, toTimestamp } from './time.ts';
import type { ChannelType, SlackChannel } from './wire.ts';

type Finding = NonNullable<Walk['finding']>;

/** Maximum number of starts for a list whose cursors Slack does not accept. */
const maxBeginnings = 3;

/**
 * Takes the position before anything is read, so that changes during the walk are within the days that the next walk
 * reads.
 */
export async function startFinding(
  { call, config, signal }: SlackListing,
  checkpoint: Checkpoint | null,
): Promise<Walk> {
  const last = checkpoint === null ? null : readCheckpoint(checkpoint);
  const now = toTimestamp(Date.now());
  const first = firstMoment(config);
  // Workers' clocks differ, so this listing must reach at least as far as the last one; otherwise items listed then
  // would count as deleted.
  const latest = last !== null && last.at > now ? last.at : now;
  const me = await whoAmI(call, signal);
  const queue = namesOnlyIds(config) ? { ids: config.channels, isWhole: true } : await findWorkspaces(call, me, signal);
  const before = { known: last?.channels ?? null, behind: last?.behind ?? {}, resting: last?.resting ?? [] };
  return {
    v: 1,
    full: last === null,
    container: null,
    home: toHome(me),
    latest,
    since: last === null ? first : later(first, daysBefore(last.at, config.rescanDays)),
    finding: {
      queue: [...queue.ids],
      isQueueWhole: queue.isWhole,
      cursor: null,
      types: null,
      memory: noPages,
      tries: {},
      // Only a full listing removes anything, so it says why.
      missing: last === null && !namesOnlyIds(config) ? plainNames(config) : null,
      ...before,
    },
    waiting: [],
    later: [],
    found: [],
    at: null,
    behind: {},
    resting: [],
    heldUntil: 0,
  };
}

/** Lists one channel from its beginning, or one of its days. */
export async function startContainer(listing: SlackListing, externalId: string): Promise<Walk> {
  const asked = readContainerId(externalId);
  if (asked === null) {
    throw new SyncError('not_found', { scope: 'container', message: 'Slack has no channel with this id.' });
  }
  const walk = await startFinding({ ...listing, config: { ...listing.config, channels: [asked.channel] } }, null);
  return { ...walk, container: externalId };
}

/**
 * Asks whether the sign-in may list a kind of channels by now. If so, the source's own listing finds them. @returns null
 * if this is not the gap of a kind of channels
 */
export async function askForType(
  { call, config, signal }: SlackListing,
  externalId: string,
): Promise<readonly Entry[] | null> {
  const type = readContainerId(externalId)?.channel ?? '';
  if (!isChannelType(type)) return null;
  if (namesOnlyIds(config) || !typesOf(config).includes(type)) return [];
  const me = await whoAmI(call, signal);
  const home = toHome(me);
  const [workspace = ''] = (await findWorkspaces(call, me, signal)).ids;
  try {
    await listChannels(call, config, { home, workspace, types: [type], cursor: null }, signal);
    return [];
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'insufficient_scope') throw error;
    return [toTypeGap(home, type, error)];
  }
}

/** Reads one page of a workspace's channels, or one channel that the config or the caller names. */
export async function findMore(listing: SlackListing, walk: Walk, finding: Finding): Promise<Step> {
  const isNamed = namesOnlyIds(listing.config) || walk.container !== null;
  return isNamed ? await findNamed(listing, walk, finding) : await findListed(listing, walk, finding);
}

async function findListed(listing: SlackListing, walk: Walk, finding: Finding): Promise<Step> {
  const { call, config, signal } = listing;
  const [workspace = '', ...rest] = finding.queue;
  if (finding.queue.length === 0 && !finding.isQueueWhole) return passOver(walk, finding, [], unlistedChannels());
  const types = finding.types?.slice(0, 1) ?? typesOf(config);
  const asked = { home: walk.home, workspace, types, cursor: finding.cursor };
  const page = await listChannels(call, config, asked, signal).catch((error: unknown) => {
    if (isSyncError(error) && error.kind === 'checkpoint_expired') return null;
    if (workspace !== '' && isRefusedByPolicy(error)) return error;
    if (isSyncError(error) && error.kind === 'insufficient_scope' && !types.every(isNeeded)) return error;
    throw error;
  });
  if (page === null) return beginAnew(walk, finding, workspace, rest);
  if (isSyncError(page) && page.kind === 'insufficient_scope') return withoutType(walk, finding, types, page);
  if (isSyncError(page)) return passOver(walk, finding, rest, toGap(null, `workspace ${workspace}`, page));
  const wanted = page.channels.filter((channel) => isWanted(config, walk.home, channel));
  // Workspaces of one organization share channels.
  const fresh = wanted.filter(({ id }) => !walk.found.includes(id));
  // Whatever the source reads of a page: most channels of a large workspace may be archived, or not be selected.
  const memory = rememberPage(finding.memory, page.listed);
  const isEndless = page.cursor !== null && (page.cursor === finding.cursor || isListEndless(memory));
  const isWhole = finding.isQueueWhole && (page.isWhole || isEndless);
  const missing = isWhole && !isEndless && finding.missing !== null ? namesOfNone(finding.missing, wanted) : null;
  const cursor = isEndless ? null : page.cursor;
  const after = { ...finding, missing };
  const next = cursor === null ? nextList(after) : { ...after, isQueueWhole: true, cursor, memory };
  const entries = [
    ...(isEndless ? [endlessChannels()] : []),
    ...(isWhole ? [] : [unlistedChannels()]),
    ...(next === null ? (missing ?? []).map((name) => toMissingChannel(name, notListed)) : []),
  ];
  return { walk: await withChannels(listing, { ...walk, finding: next }, finding, fresh), entries };
}

const notListed =
  'none of the channels that this source may read has this name. It may have been renamed, archived or made private, or the bot was removed from it';

/** Without public channels, the sign-in may list nothing that a source needs. */
function isNeeded(type: ChannelType): boolean {
  return type === 'public_channel';
}

/**
 * The sign-in lacks the permission for one kind of channels, and Slack then refuses to list any. So each kind is listed
 * by itself, and one that is refused is a gap (docs/vendors/slack.md#channels).
 */
function withoutType(walk: Walk, finding: Finding, types: readonly ChannelType[], error: SyncError): Step {
  const [type, ...more] = types;
  if (type === undefined || more.length > 0)
    return {
      walk: { ...walk, finding: { ...finding, types: [...types], cursor: null, memory: noPages } },
      entries: [],
    };
  return {
    walk: { ...walk, finding: nextList({ ...finding, missing: null }) },
    entries: [toTypeGap(walk.home, type, error)],
  };
}

/** Goes on with the next kind of channels of a workspace, else with the next workspace. */
function nextList(finding: Finding): Finding | null {
  const start = { ...finding, isQueueWhole: true, cursor: null, memory: noPages };
  const types = finding.types?.slice(1) ?? [];
  if (types.length > 0) return { ...start, types };
  const queue = finding.queue.slice(1);
  return queue.length === 0 ? null : { ...start, queue, types: null };
}

/** Slack no longer accepts its own cursor. Channels found so far are kept. */
function beginAnew(walk: Walk, finding: Finding, workspace: string, rest: string[]): Step {
  const tries = (finding.tries[workspace] ?? 0) + 1;
  const again = { ...finding, cursor: null, memory: noPages, tries: { ...finding.tries, [workspace]: tries } };
  if (tries < maxBeginnings) return { walk: { ...walk, finding: again }, entries: [] };
  return passOver(walk, again, rest, unlistedChannels());
}

/** Goes on with the next workspace. Items do not say which workspace they are from, so the gap has no id. */
function passOver(walk: Walk, finding: Finding, rest: string[], gap: Entry): Step {
  const next =
    rest.length === 0
      ? null
      : { ...finding, queue: rest, isQueueWhole: true, cursor: null, types: null, memory: noPages, missing: null };
  return { walk: { ...walk, finding: next }, entries: [gap] };
}

async function findNamed(listing: SlackListing, walk: Walk, finding: Finding): Promise<Step> {
  const { call, config, signal } = listing;
  const [id = '', ...rest] = finding.queue;
  const next = rest.length === 0 ? null : { ...finding, queue: rest };
  try {
    const channel = isOurs(listing, walk, id) ? await findChannel(call, id, signal) : null;
    if (channel !== null && isClosedToBot(config, walk.home, channel))
      return await recordGap(listing, { ...walk, finding: next }, id, archivedChannel());
    const problem = problemOf(config, walk.home, channel);
    const isTaken = channel !== null && problem === null && !walk.found.includes(id);
    return {
      walk: await withChannels(listing, { ...walk, finding: next }, finding, isTaken ? [channel] : []),
      entries: problem === null ? [] : notRead(walk, finding, id, problem),
    };
  } catch (error) {
    if (!isSyncError(error) || !isOfPart(error)) throw error;
    const tries = (finding.tries[id] ?? 0) + 1;
    if (!isTriedAgain(error, tries)) return await recordGap(listing, { ...walk, finding: next }, id, error);
    const delayMs = retryDelayMs(error, tries);
    const again = { ...finding, queue: [...rest, id], tries: { ...finding.tries, [id]: tries } };
    if (error.kind === 'rate_limited')
      return { walk: { ...walk, finding: again, heldUntil: Date.now() + delayMs }, entries: [] };
    if (rest.length === 0) await sleep(delayMs, undefined, { signal });
    return { walk: { ...walk, finding: again }, entries: [] };
  }
}

/** A full listing names a channel of the config each time, and a window once, when it is lost. */
function notRead({ container }: Walk, { known }: Finding, id: string, problem: string): Entry[] {
  if (container !== null) return [{ state: 'deleted', externalId: container }];
  return known === null || known.includes(id) ? [toMissingChannel(id, problem)] : [];
}

/** A requested container may belong to another workspace, or be one that the config no longer names. */
function isOurs({ config }: SlackListing, { container, home }: Walk, id: string): boolean {
  if (container === null) return true;
  const isNamed = !namesOnlyIds(config) || config.channels.includes(id);
  return isNamed && readContainerId(container)?.home === home.id;
}

/** Reports a channel of which only the id is known as a gap. @throws SyncError if the account itself does not answer */
async function recordGap({ call, signal }: SlackListing, walk: Walk, id: string, error: SyncError): Promise<Step> {
  if (mayPass(error)) await whoAmI(call, signal);
  return { walk, entries: [toChannelGap(walk, { home: walk.home, channel: id, label: `#${id}` }, error)] };
}

async function withChannels(
  listing: SlackListing,
  walk: Walk,
  before: Finding,
  channels: readonly SlackChannel[],
): Promise<Walk> {
  const isResting = ({ id, is_archived: isArchived }: SlackChannel): boolean =>
    isArchived === true && !walk.full && before.resting.includes(id) && before.behind[id] === undefined;
  const awake = channels.filter((channel) => !isResting(channel));
  return {
    ...walk,
    waiting: [...walk.waiting, ...(await Promise.all(awake.map((each) => toRead(listing, walk, before, each))))],
    found: [...walk.found, ...channels.map(({ id }) => id)],
    resting: [...walk.resting, ...channels.filter((channel) => isResting(channel)).map(({ id }) => id)],
  };
}

async function toRead(
  { config, names, signal }: SlackListing,
  { since, container }: Walk,
  { known, behind }: Finding,
  channel: SlackChannel,
): Promise<ChannelToRead> {
  const from = behind[channel.id] ?? since;
  const isKnown = known === null || known.includes(channel.id);
  const date = container === null ? null : (readContainerId(container)?.date ?? null);
  return {
    id: channel.id,
    label: await labelOf(channel, names, signal),
    archived: channel.is_archived === true,
    ...(date === null
      ? { oldest: later(firstMoment(config), !isKnown ? beginning : from < since ? from : since) }
      : boundsOf(date)),
  };
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

function endlessChannels(): Entry {
  return toGap(null, 'channels', endlessList({ scope: 'account', method: 'conversations.list' }, 'no end'));
}

function unlistedChannels(): Entry {
  return toGap(null, 'channels', {
    code: 'unexpected_answer',
    message:
      'Slack did not confirm that its list of channels is complete. The listed channels are synced and nothing is removed. The next sync tries again.',
    retryAfterMs: undefined,
  });
}
