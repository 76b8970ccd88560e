import type { Config, VendorSettings } from '../config.ts';
import { addDropboxDemo } from '../simulators/dropbox/demo-account.ts';
import { simulatedDropboxClient, startDropbox } from '../simulators/dropbox/server.ts';
import { addDemoAccounts } from '../simulators/google/demo-account.ts';
import { simulatedClient, startGoogle } from '../simulators/google/server.ts';
import { addDemoAccounts as addMicrosoftAccounts } from '../simulators/microsoft/demo-account.ts';
import { simulatedMicrosoftClient, startMicrosoft } from '../simulators/microsoft/server.ts';
import { startPinecone } from '../simulators/pinecone/server.ts';

export interface LocalSimulators extends AsyncDisposable {
  readonly vendors: Config['vendors'];
  readonly vectors: Config['vectors'];
}

/** Simulated vendors on the same ports at every start, so that a connected source stays connected to something. */
export async function startSimulatorsFor(config: Config): Promise<LocalSimulators> {
  await using stack = new AsyncDisposableStack();
  const port = (offset: number): number => (config.port === 0 ? 0 : config.port + offset);
  const google = stack.use(await startGoogle(port(10)));
  addDemoAccounts(google.world);
  const dropbox = stack.use(await startDropbox(port(12)));
  addDropboxDemo(dropbox.world);
  const microsoft = stack.use(await startMicrosoft(port(11)));
  addMicrosoftAccounts(microsoft.world);
  // Only where it is asked for: what is kept there is gone with the process.
  const pinecone = config.vectors.store === 'pgvector' ? null : stack.use(await startPinecone(port(19)));
  const simulated = stack.move();
  return {
    vendors: {
      google: {
        ...simulatedClient,
        apiBaseUrl: google.url,
        authUrl: `${google.url}/o/oauth2/v2/auth`,
        tokenUrl: `${google.url}/token`,
        revokeUrl: `${google.url}/revoke`,
      } satisfies VendorSettings,
      dropbox: {
        ...simulatedDropboxClient,
        apiBaseUrl: dropbox.url,
        authUrl: `${dropbox.url}/oauth2/authorize`,
        tokenUrl: `${dropbox.url}/oauth2/token`,
        revokeUrl: `${dropbox.url}/2/auth/token/revoke`,
      } satisfies VendorSettings,
      microsoft: {
        ...simulatedMicrosoftClient,
        apiBaseUrl: microsoft.url,
        authUrl: `${microsoft.url}/common/oauth2/v2.0/authorize`,
        tokenUrl: `${microsoft.url}/common/oauth2/v2.0/token`,
        revokeUrl: undefined,
      } satisfies VendorSettings,
    },
    vectors:
      pinecone === null
        ? config.vectors
        : {
            ...config.vectors,
            pinecone: { apiKey: pinecone.apiKey, controllerHost: pinecone.url, region: 'aws/us-east-1' },
          },
    [Symbol.asyncDispose]: async () => await simulated.disposeAsync(),
  };
}
