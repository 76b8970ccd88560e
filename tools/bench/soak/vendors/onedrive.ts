import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { simulatedMicrosoftClient, startMicrosoft } from '../../../simulators/microsoft/server.ts';
import { contentOf, type MicrosoftAccount } from '../../../simulators/microsoft/state.ts';
import { accountOf, type FileStore, folderNames, typeOf } from '../files.ts';
import { isUnlucky, networkEffects, oftenSignIn, type SoakVendor, tokenEffects, tokensLiveS } from './vendor.ts';

/** Pages of a hundred; feeds repeat items and list children first. */
export async function openOneDrive(stack: AsyncDisposableStack): Promise<SoakVendor> {
  const microsoft = stack.use(await startMicrosoft(0, { expiresInS: tokensLiveS }));
  Object.assign(microsoft.switches, { maxPage: 100, repeats: true, childrenFirst: true });
  return {
    sourceType: 'onedrive',
    environment: {
      MICROSOFT_CLIENT_ID: simulatedMicrosoftClient.clientId,
      MICROSOFT_CLIENT_SECRET: simulatedMicrosoftClient.clientSecret,
      MICROSOFT_API_BASE_URL: microsoft.url,
      MICROSOFT_TOKEN_URL: `${microsoft.url}/common/oauth2/v2.0/token`,
    },
    log: microsoft.log,
    faults: [
      {
        faults: microsoft.faults,
        path: '^/v1.0/.*/content$',
        effects: [refusal(400, 'invalidRequest')],
        when: ({ path }) => isUnlucky(path),
      },
      { faults: microsoft.faults, path: '^/v1.0/', effects: [...refusals, ...networkEffects] },
      { faults: microsoft.faults, path: '/token$', effects: tokenEffects, often: oftenSignIn },
      { faults: microsoft.downloadHost.faults, path: '^/', effects: [{ status: 503 }, ...networkEffects] },
    ],
    account: (email) => accountOf(email, () => microsoft.oauth.issue(email), openStore(microsoft.state.account(email))),
  };
}

function openStore(account: MicrosoftAccount): FileStore {
  const folders = new Map(folderNames.map((name) => [name, account.addFolder(name)]));
  /** The folder of this name, made anew if it was in a folder that was removed. */
  const idOf = (folder: string): string => {
    const id = folders.get(folder) ?? '';
    if (account.drive.items.has(id)) return id;
    const fresh = account.addFolder(folder);
    folders.set(folder, fresh);
    return fresh;
  };
  const inDrive = (id: string): string => id.slice(account.drive.id.length + 1);
  return {
    add: (name, content, folder) => {
      const parent = folder === null ? {} : { parent: idOf(folder) };
      account.addFile({ name, content, mimeType: typeOf(name), ...parent });
    },
    update: (id, content) => account.update(inDrive(id), content),
    rename: (id, name) => account.rename(inDrive(id), name),
    move: (id, folder) => account.move(inDrive(id), idOf(folder)),
    remove: (id) => account.delete(inDrive(id)),
    replace: (id, content) => {
      const { name, mimeType, parent } = account.drive.item(inDrive(id));
      account.delete(inDrive(id));
      account.addFile({ name, mimeType, content, ...(parent === null ? {} : { parent }) });
    },
    renameFolder: (folder, name) => account.rename(idOf(folder), name),
    moveFolder: (folder, into) => {
      const target = into === null ? account.drive.rootId : idOf(into);
      if (!account.drive.chain(target).includes(idOf(folder))) account.move(idOf(folder), target);
    },
    removeFolder: (folder) => {
      account.delete(idOf(folder), { loseTombstonesBelow: true });
      folders.set(folder, account.addFolder(folder));
    },
    losePositions: () => account.expirePositions(),
    files: () => account.truth().map(({ id, path }) => ({ id, path, bytes: bytesOf(account, inDrive(id)) })),
  };
}

function bytesOf(account: MicrosoftAccount, itemId: string): Buffer {
  return contentOf(account.drive.item(itemId));
}

const refusals: readonly FaultEffect[] = [
  refusal(500, 'generalException'),
  { ...refusal(503, 'serviceNotAvailable'), headers: { 'retry-after': '1' } },
  refusal(504, 'generalException'),
  { ...refusal(429, 'activityLimitReached'), headers: { 'retry-after': '1' } },
  refusal(401, 'InvalidAuthenticationToken'),
];

function refusal(status: number, code: string): FaultEffect {
  return { status, body: { error: { code, message: code, innerError: {} } } };
}
