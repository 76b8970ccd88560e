/**
 * Document libraries of SharePoint sites. To Graph a library is one more drive, so its top is followed like a folder that
 * somebody has shared: by a feed of its own, and a refusal concerns that library only (docs/vendors/onedrive.md#sharepoint).
 */

import pLimit from 'p-limit';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import type { Choice } from '../connector.ts';
import { readExternalId, toExternalId, toGap } from './map.ts';
import type { SharedFolder } from './position.ts';
import { getLibraries, getLibrary, getRootId, getSites } from './requests.ts';
import { containerTrouble, follow, type OneDriveListing } from './shortcuts.ts';

/** In place of a shortcut's id: no item has it. */
const mark = 'library';
const callConcurrency = 8;
const maxSites = 200;

export function isLibrary({ shortcutId }: SharedFolder): boolean {
  return shortcutId === mark;
}

export interface OpenedLibraries {
  readonly entries: readonly Entry[];
  readonly folders: readonly SharedFolder[];
}

/** The libraries that the config names: where their feeds start, and how they are called. */
export async function openLibraries(listing: OneDriveListing): Promise<OpenedLibraries> {
  const limit = pLimit(callConcurrency);
  const opened = await Promise.all(listing.config.libraries.map((id) => limit(() => openLibrary(listing, id))));
  return {
    entries: opened.flatMap(({ entries }) => entries),
    folders: opened.flatMap(({ folders }) => folders),
  };
}

/** A library that was deleted, or that the account may no longer see, is deleted with everything in it. */
async function openLibrary(listing: OneDriveListing, externalId: string): Promise<OpenedLibraries> {
  const place = readExternalId(externalId);
  if (place === null) return { entries: [], folders: [] };
  const found = await follow(listing, place);
  if (found.how === 'lost') return { entries: [{ state: 'deleted', externalId }], folders: [] };
  try {
    const name = nameOf(await getLibrary(listing.call, place.driveId, listing.signal));
    const entry: Entry = { state: 'container', externalId, name, parentExternalId: null };
    const folder = { shortcutId: mark, ...place, name };
    return {
      entries: [entry],
      folders: [found.how === 'refused' ? { ...folder, link: null, refused: true } : { ...folder, link: found.link }],
    };
  } catch (thrown) {
    const error = await containerTrouble(listing, thrown);
    const name = 'A SharePoint library';
    // The next feed follows it: a gap that is closed would not.
    return {
      entries: [toGap(place, name, error)],
      folders: [{ shortcutId: mark, ...place, name, link: null, refused: true }],
    };
  }
}

/** “Marketing – Documents”: every site has a library of that name. */
function nameOf({
  name,
  webUrl,
}: {
  readonly name?: string | undefined;
  readonly webUrl?: string | undefined;
}): string {
  const path = webUrl !== undefined && URL.canParse(webUrl) ? new URL(webUrl).pathname : '';
  const site = /^\/(?:sites|teams)\/([^/]+)/.exec(path)?.[1];
  const library = name || 'Documents';
  return site === undefined ? library : `${decoded(site)} – ${library}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Sites, then the libraries of one. A site itself cannot be chosen. */
export async function libraryChoices(
  { call, signal }: Pick<OneDriveListing, 'call' | 'signal'>,
  within: string | null,
): Promise<readonly Choice[]> {
  if (within === null) {
    const sites = await getSites(call, maxSites, signal).catch((error: unknown) => {
      throw withoutSites(error);
    });
    return sites
      .map(({ id, displayName, name }) => ({ value: id, label: displayName || name || id, hasChildren: true }))
      .toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
  }
  const limit = pLimit(callConcurrency);
  const libraries = await getLibraries(call, within, signal);
  return await Promise.all(
    libraries.map(({ id, name }) =>
      limit(async () => ({
        value: toExternalId({ driveId: id, itemId: await getRootId(call, id, signal) }),
        label: name || id,
        hasChildren: false,
      })),
    ),
  );
}

function withoutSites(error: unknown): unknown {
  if (!isSyncError(error)) return error;
  if (error.kind === 'insufficient_scope') return sitesNotAllowed();
  return error.kind === 'invalid_input' ? noSites(error) : error;
}

/** A personal account has no SharePoint, and Graph refuses the request as such (docs/vendors/onedrive.md#sharepoint). */
function noSites({ operatorMessage }: SyncError): SyncError {
  return new SyncError('invalid_input', {
    scope: 'account',
    message: 'Microsoft lists no SharePoint sites for this account. A personal account has none.',
    operatorMessage,
  });
}

/** Files in a library need no more than any other file; finding the sites does. */
function sitesNotAllowed(): SyncError {
  return new SyncError('insufficient_scope', {
    scope: 'account',
    message:
      'The sign-in may not list SharePoint sites: it lacks the permission Sites.Read.All. Turn on “Include SharePoint” (includeSharePoint), save, and connect again. A personal account has no SharePoint sites.',
  });
}
