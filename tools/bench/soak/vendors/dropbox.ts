import { basename, dirname } from 'node:path/posix';
import { simulatedDropboxClient, startDropbox } from '../../../simulators/dropbox/server.ts';
import type { DropboxAccount } from '../../../simulators/dropbox/state.ts';
import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { accountOf, type FileStore, folderNames } from '../files.ts';
import { networkEffects, oftenSignIn, type SoakVendor, tokenEffects, tokensLiveS } from './vendor.ts';

/** Pages of a hundred; every other page is empty. */
export async function openDropbox(stack: AsyncDisposableStack): Promise<SoakVendor> {
  const dropbox = stack.use(await startDropbox());
  dropbox.oauth.options.expiresInS = tokensLiveS;
  Object.assign(dropbox.switches, { maxPage: 100, emptyPages: true });
  return {
    sourceType: 'dropbox',
    environment: {
      DROPBOX_CLIENT_ID: simulatedDropboxClient.clientId,
      DROPBOX_CLIENT_SECRET: simulatedDropboxClient.clientSecret,
      DROPBOX_API_BASE_URL: dropbox.url,
      DROPBOX_TOKEN_URL: `${dropbox.url}/oauth2/token`,
    },
    log: dropbox.log,
    faults: [
      { faults: dropbox.faults, path: '^/2/', effects: [...refusals, ...networkEffects] },
      { faults: dropbox.faults, path: '^/oauth2/token$', effects: tokenEffects, often: oftenSignIn },
    ],
    account: (email) => accountOf(email, () => dropbox.oauth.issue(email), openStore(dropbox.state.account(email))),
  };
}

/** Dropbox has no trash that a listing would show, and no folders except those in paths. */
function openStore(account: DropboxAccount): FileStore {
  const folders = new Map(folderNames.map((name) => [name, `/${name}`]));
  const pathOf = (folder: string): string => folders.get(folder) ?? '';
  const at = (id: string): string => account.files.get(id)?.path ?? '';
  return {
    add: (name, content, folder) => {
      account.addFile({ path: `${folder === null ? '' : pathOf(folder)}/${name}`, content });
    },
    update: (id, content) => account.update(id, content),
    rename: (id, name) => account.move(id, `${dirname(at(id)) === '/' ? '' : dirname(at(id))}/${name}`),
    move: (id, folder) => account.move(id, `${pathOf(folder)}/${basename(at(id))}`),
    remove: (id) => account.delete(id),
    renameFolder: (folder, name) => {
      account.moveFolder(pathOf(folder), `/${name}`);
      folders.set(folder, `/${name}`);
    },
    removeFolder: (folder) => account.deleteFolder(pathOf(folder)),
    losePositions: () => account.expireCursors(),
    files: () => [...account.files.values()].map(({ id, path, bytes }) => ({ id, path: path.slice(1), bytes })),
  };
}

const refusals: readonly FaultEffect[] = [
  { status: 500, body: '' },
  { status: 503, body: 'Service Unavailable' },
  {
    status: 429,
    headers: { 'retry-after': '1' },
    body: {
      error_summary: 'too_many_requests/..',
      error: { reason: { '.tag': 'too_many_requests' }, retry_after: 1 },
    },
  },
  { status: 401, body: { error_summary: 'expired_access_token/..', error: { '.tag': 'expired_access_token' } } },
];
