import type { Config, VendorSettings } from '../config.ts';
import { addDemoAccounts } from '../simulators/google/demo-account.ts';
import { simulatedClient, startGoogle } from '../simulators/google/server.ts';

export interface LocalSimulators extends AsyncDisposable {
  readonly settings: VendorSettings;
}

/** A simulated Google on the same port at every start, so that a connected Drive stays connected to something. */
export async function startSimulatorsFor(config: Config): Promise<LocalSimulators> {
  const google = await startGoogle(config.port === 0 ? 0 : config.port + 10);
  addDemoAccounts(google.world);
  return {
    settings: {
      ...simulatedClient,
      apiBaseUrl: google.url,
      authUrl: `${google.url}/o/oauth2/v2/auth`,
      tokenUrl: `${google.url}/token`,
      revokeUrl: `${google.url}/revoke`,
    },
    [Symbol.asyncDispose]: async () => await google[Symbol.asyncDispose](),
  };
}
