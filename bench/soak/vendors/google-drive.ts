import { simulatedClient, startGoogle } from '../../../simulators/google/server.ts';
import type { GoogleWorld } from '../../../simulators/google/world.ts';
import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { typeOf } from '../files.ts';
import { networkEffects, type SoakAccount, type SoakVendor, tokenEffects } from './vendor.ts';

/** Refresh tokens that rotate, access tokens that live two minutes, pages of a hundred. */
export async function openGoogleDrive(): Promise<SoakVendor> {
  const google = await startGoogle(0, { rotate: true, expiresInS: 120 });
  google.switches.maxPage = 100;
  return {
    sourceType: 'google_drive',
    environment: {
      GOOGLE_CLIENT_ID: simulatedClient.clientId,
      GOOGLE_CLIENT_SECRET: simulatedClient.clientSecret,
      GOOGLE_API_BASE_URL: google.url,
      GOOGLE_TOKEN_URL: `${google.url}/token`,
    },
    log: google.log,
    faults: [
      { faults: google.faults, path: '^/drive/', effects: [...refusals, ...networkEffects] },
      { faults: google.faults, path: '^/token$', effects: tokenEffects },
    ],
    account: (email) => openAccount(google.world, email, () => google.oauth.issue(email)),
    [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
  };
}

function openAccount(world: GoogleWorld, email: string, signIn: () => object): SoakAccount {
  const account = world.account(email);
  const names = ['One', 'Two', 'Three', 'Vier', 'Fünf'];
  const folders = new Map(names.map((name) => [name, account.addFolder(name)]));
  const idOf = (folder: string): string => folders.get(folder) ?? '';
  return {
    email,
    signIn,
    folders: names,
    add: (name, content, folder) => {
      const parent = folder === null ? {} : { parent: idOf(folder) };
      account.addFile({ name, content, mimeType: typeOf(name), ...parent });
    },
    update: (id, content) => account.update(id, content),
    rename: (id, name) => account.rename(id, name),
    move: (id, folder) => account.move(id, idOf(folder)),
    remove: (id, forGood) => (forGood ? account.delete(id) : account.trash(id)),
    renameFolder: (folder, name) => account.rename(idOf(folder), name),
    removeFolder: (folder) => {
      account.trash(idOf(folder));
      folders.set(folder, account.addFolder(folder));
    },
    losePositions: () => account.expireTokens(),
    truth: () =>
      account.truth().flatMap(({ id, path }) => {
        const file = world.files.get(id);
        return file === undefined ? [] : [{ id, path, bytes: world.contentOf(file) }];
      }),
  };
}

const refusals: readonly FaultEffect[] = [
  refusal(500, 'internalError'),
  refusal(503, 'backendError'),
  { ...refusal(429, 'rateLimitExceeded'), headers: { 'retry-after': '1' } },
  refusal(403, 'userRateLimitExceeded'),
  refusal(401, 'authError'),
];

function refusal(status: number, reason: string): FaultEffect {
  return { status, body: { error: { code: status, message: reason, errors: [{ reason }] } } };
}
