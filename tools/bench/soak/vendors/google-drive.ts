import { type GoogleSimulator, simulatedClient } from '../../../simulators/google/server.ts';
import type { GoogleAccount, GoogleState, SimFile } from '../../../simulators/google/state.ts';
import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { accountOf, type FileStore, folderNames, typeOf } from '../files.ts';
import {
  isOutOfOrder,
  isUnlucky,
  networkEffects,
  oftenSignIn,
  type SoakVendor,
  tokenEffects,
  type TrueFile,
} from './vendor.ts';

export function openGoogleDrive(google: GoogleSimulator): SoakVendor {
  google.switches.maxPage = 100;
  return {
    sourceType: 'google_drive',
    environment: googleEnvironment(google),
    log: google.log,
    faults: [
      {
        faults: google.faults,
        path: '^/drive/v3/files/[^/]+$',
        effects: [refusal(400, 'badRequest')],
        when: ({ path, query }) => query['alt'] === 'media' && isUnlucky(path),
      },
      {
        faults: google.faults,
        path: '^/drive/v3/files$',
        effects: [refusal(500, 'internalError')],
        when: ({ query }) => (query['q'] ?? '').includes(' in parents') && isOutOfOrder(query['q'] ?? ''),
      },
      { faults: google.faults, path: '^/drive/', effects: [...googleRefusals, ...networkEffects] },
      { faults: google.faults, path: '^/token$', effects: tokenEffects, often: oftenSignIn },
    ],
    account: (email) => {
      const store = openStore(google.state, google.state.account(email));
      return accountOf(email, () => google.oauth.issue(email), store, { poisonNames: true });
    },
  };
}

export function googleEnvironment(google: GoogleSimulator): Record<string, string> {
  return {
    GOOGLE_CLIENT_ID: simulatedClient.clientId,
    GOOGLE_CLIENT_SECRET: simulatedClient.clientSecret,
    GOOGLE_API_BASE_URL: google.url,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
  };
}

function openStore(state: GoogleState, account: GoogleAccount): FileStore {
  const folders = new Map(folderNames.map((name) => [name, account.addFolder(name)]));
  const fileOf = (id: string): SimFile => {
    const file = state.files.get(id);
    if (file === undefined) throw new Error(`There is no file ${id}.`);
    return file;
  };
  /** The folder of this name, made anew if it was in a folder that was removed. */
  const idOf = (folder: string): string => {
    const id = folders.get(folder) ?? '';
    if (!state.isTrashed(fileOf(id))) return id;
    const fresh = account.addFolder(folder);
    folders.set(folder, fresh);
    return fresh;
  };
  /**
   * Who changes somebody else's file has opened it. Of files that were never opened, Google reports no edits, and only
   * a full listing finds those (docs/sources/google-drive.md).
   */
  const opened = (id: string): string => {
    if (!account.corpus.members.has(id)) account.open(id);
    return id;
  };
  const trash: string[] = [];
  const shared = openSharedFolder(state, account);
  return {
    add: (name, content, folder) => {
      const parent = folder === null ? {} : { parent: idOf(folder) };
      account.addFile({ name, content, mimeType: typeOf(name), ...parent });
    },
    update: (id, content) => account.update(opened(id), content),
    rename: (id, name) => account.rename(opened(id), name),
    move: (id, folder) => account.move(opened(id), idOf(folder)),
    remove: (id, forGood) => {
      if (forGood) return account.delete(opened(id));
      account.trash(opened(id));
      trash.push(id);
    },
    replace: (id, content) => {
      const { name, mimeType, parent } = fileOf(opened(id));
      account.trash(id);
      account.addFile({ name, mimeType, content, ...(parent === null ? {} : { parent }) });
    },
    restore: () => {
      const id = trash.pop();
      if (id !== undefined) account.untrash(id);
    },
    changeAccess: shared.toggle,
    renameFolder: (folder, name) => account.rename(idOf(folder), name),
    moveFolder: (folder, into) => {
      const target = into === null ? account.rootId : idOf(into);
      if (!isWithin(target, idOf(folder))) account.move(idOf(folder), target);
    },
    removeFolder: (folder) => {
      account.trash(idOf(folder));
      folders.set(folder, account.addFolder(folder));
    },
    losePositions: () => account.expireTokens(),
    files: () => filesOf(state, account),
  };

  function isWithin(id: string, folder: string): boolean {
    for (let at: string | null = id; at !== null; at = state.files.get(at)?.parent ?? null) {
      if (at === folder) return true;
    }
    return false;
  }
}

/** A folder with some files of another account, to which this one is given access and from which it is taken again. */
function openSharedFolder(state: GoogleState, account: GoogleAccount): { readonly toggle: () => void } {
  const owner = state.account(`other-${account.email}`);
  const folder = owner.addFolder('Shared by another');
  for (const n of [1, 2, 3]) {
    owner.addFile({ name: `shared ${n}.md`, content: `Shared text ${n}.`, mimeType: 'text/markdown', parent: folder });
  }
  let isShared = false;
  return {
    toggle: () => {
      isShared = !isShared;
      if (isShared) owner.share(folder, account);
      else owner.unshare(folder, account);
    },
  };
}

/** What a perfect sync of this Drive contains. */
export function filesOf(state: GoogleState, account: GoogleAccount): TrueFile[] {
  return account.truth().flatMap(({ id, path }) => {
    const file = state.files.get(id);
    return file === undefined ? [] : [{ id, path, bytes: state.contentOf(file) }];
  });
}

export const googleRefusals: readonly FaultEffect[] = [
  refusal(500, 'internalError'),
  refusal(503, 'backendError'),
  { ...refusal(429, 'rateLimitExceeded'), headers: { 'retry-after': '1' } },
  refusal(403, 'userRateLimitExceeded'),
  refusal(401, 'authError'),
];

export function refusal(status: number, reason: string): FaultEffect {
  return { status, body: { error: { code: status, message: reason, errors: [{ reason }] } } };
}
