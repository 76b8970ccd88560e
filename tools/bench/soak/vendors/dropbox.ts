import { basename, dirname, extname } from 'node:path/posix';
import { simulatedDropboxClient, startDropbox } from '../../../simulators/dropbox/server.ts';
import { type DropboxAccount, isBelow } from '../../../simulators/dropbox/state.ts';
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
  const moveTo = (from: string, to: string): void => {
    account.moveFolder(from, to);
    for (const [name, path] of folders) {
      if (path === from || isBelow(path, from)) folders.set(name, `${to}${path.slice(from.length)}`);
    }
  };
  const at = (id: string): string => account.files.get(id)?.path ?? '';
  return {
    add: (name, content, folder) => {
      account.addFile({ path: `${folder === null ? '' : pathOf(folder)}/${name}`, content });
    },
    update: (id, content) => account.update(id, content),
    rename: (id, name) => account.move(id, `${dirname(at(id)) === '/' ? '' : dirname(at(id))}/${name}`),
    move: (id, folder) => account.move(id, `${pathOf(folder)}/${basename(at(id))}`),
    remove: (id) => account.delete(id),
    replace: (id, content) => {
      const path = at(id);
      account.delete(id);
      account.addFile({ path, content });
    },
    retype: (id) => {
      const path = at(id);
      const ending = extname(path);
      account.move(id, `${path.slice(0, -ending.length)}${ending === '.md' ? '.png' : '.md'}`);
    },
    renameFolder: (folder, name) => {
      const from = pathOf(folder);
      const to = `${dirname(from) === '/' ? '' : dirname(from)}/${name}`;
      moveTo(from, to);
    },
    moveFolder: (folder, into) => {
      const from = pathOf(folder);
      const above = into === null ? '' : pathOf(into);
      if (above === from || isBelow(above, from)) return;
      const to = `${above}/${basename(from)}`;
      if (to !== from) moveTo(from, to);
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
