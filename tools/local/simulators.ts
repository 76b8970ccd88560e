import type { Config, VendorSettings } from '../../platform/config.ts';
import { simulatedComposioKey, startComposio } from '../simulators/composio/server.ts';
import { toolkitsOf } from '../simulators/composio/toolkits.ts';
import { addDropboxDemo } from '../simulators/dropbox/demo-account.ts';
import { simulatedDropboxClient, startDropbox } from '../simulators/dropbox/server.ts';
import { addDemoAccounts } from '../simulators/google/demo-account.ts';
import { simulatedClient, startGoogle } from '../simulators/google/server.ts';
import { addDemoAccounts as addMicrosoftAccounts } from '../simulators/microsoft/demo-account.ts';
import { simulatedMicrosoftClient, startMicrosoft } from '../simulators/microsoft/server.ts';
import { addNotionDemo } from '../simulators/notion/demo-account.ts';
import { notionPaths } from '../simulators/notion/oauth.ts';
import { simulatedNotionClient, startNotion } from '../simulators/notion/server.ts';
import { startPinecone } from '../simulators/pinecone/server.ts';
import { addDemoWorkspace } from '../simulators/slack/demo-workspace.ts';
import { simulatedSlackClient, startSlack } from '../simulators/slack/server.ts';

export interface LocalSimulators extends AsyncDisposable {
  readonly vendors: Config['vendors'];
  readonly composio: Config['composio'];
  readonly vectors: Config['vectors'];
}

/** Starts simulated vendors on the same ports every time, so that a connected source keeps working. */
export async function startSimulatorsFor(config: Config): Promise<LocalSimulators> {
  await using stack = new AsyncDisposableStack();
  const port = (offset: number): number => (config.port === 0 ? 0 : config.port + offset);
  const google = stack.use(await startGoogle(port(10)));
  addDemoAccounts(google.state);
  const dropbox = stack.use(await startDropbox(port(12)));
  addDropboxDemo(dropbox.state);
  const microsoft = stack.use(await startMicrosoft(port(11)));
  addMicrosoftAccounts(microsoft.state);
  const notion = stack.use(await startNotion(port(13)));
  addNotionDemo(notion.state);
  const slack = stack.use(await startSlack(port(14)));
  addDemoWorkspace(slack.state);
  // Started only if configured, because its contents are lost with the process.
  const pinecone = config.vectors.store === 'pgvector' ? null : stack.use(await startPinecone(port(18)));
  const settings = {
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
      notion: {
        ...simulatedNotionClient,
        apiBaseUrl: notion.url,
        authUrl: `${notion.url}${notionPaths.authorize}`,
        tokenUrl: `${notion.url}${notionPaths.token}`,
        revokeUrl: `${notion.url}${notionPaths.revoke}`,
      } satisfies VendorSettings,
      slack: {
        ...simulatedSlackClient,
        apiBaseUrl: slack.url,
        authUrl: `${slack.url}/oauth/v2/authorize`,
        tokenUrl: `${slack.url}/api/oauth.v2.access`,
        revokeUrl: `${slack.url}/api/auth.revoke`,
      } satisfies VendorSettings,
    },
  };
  const composio = stack.use(await startComposio(port(19), toolkitsOf(settings.vendors)));
  const simulated = stack.move();
  return {
    ...settings,
    composio: { apiKey: simulatedComposioKey, baseUrl: composio.url },
    vectors:
      pinecone === null
        ? config.vectors
        : {
            ...config.vectors,
            pinecone: { apiKey: pinecone.apiKey, controllerHost: pinecone.url, region: 'aws/us-east-1' },
          },
    [Symbol.asyncDispose]: () => simulated.disposeAsync(),
  };
}
