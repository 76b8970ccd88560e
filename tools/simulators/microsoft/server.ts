import { type SimResponse, type SimServer, serve } from '../kit/server.ts';
import type { DeltaSwitches } from './delta.ts';
import { Downloads } from './downloads.ts';
import { unauthenticated } from './errors.ts';
import { handleGraph } from './graph.ts';
import { MicrosoftOAuth } from './oauth.ts';
import { Subscriptions } from './subscriptions.ts';
import { Throttle } from './throttle.ts';
import { MicrosoftState } from './state.ts';

export interface MicrosoftSimulator extends SimServer {
  readonly state: MicrosoftState;
  readonly oauth: MicrosoftOAuth;
  readonly switches: DeltaSwitches;
  readonly throttle: Throttle;
  /** The requested notifications and their delivery. */
  readonly subscriptions: Subscriptions;
  readonly downloads: Downloads;
  /** The host that serves content, with its own port, log and faults. */
  readonly downloadHost: SimServer;
}

export const simulatedMicrosoftClient = {
  clientId: '11111111-2222-3333-4444-555555555555',
  clientSecret: 'simulated-secret',
} as const;

/** Runs Microsoft's sign-in and Graph on one loopback port (0: any free one), and its download host on another. */
export async function startMicrosoft(
  port = 0,
  options: { readonly rejectOldRefreshTokens?: boolean; readonly expiresInS?: number } = {},
): Promise<MicrosoftSimulator> {
  const state = new MicrosoftState();
  const oauth = new MicrosoftOAuth(
    {
      ...simulatedMicrosoftClient,
      expiresInS: options.expiresInS ?? 3599,
      rejectOldRefreshTokens: options.rejectOldRefreshTokens ?? false,
      interactionRequired: false,
    },
    () => [...state.accounts.keys()],
  );
  const switches: DeltaSwitches = {
    maxPage: 1000,
    repeats: false,
    emptyPages: false,
    childrenFirst: false,
    headless: false,
    circles: false,
    resync: { code: 'resyncRequired', inner: 'resyncApplyDifferences', status: 410, location: true },
  };
  const throttle = new Throttle();
  const subscriptions = new Subscriptions();
  const downloads = new Downloads();
  const downloadHost = await serve(0, (request) => downloads.handle(request));
  downloads.origin = downloadHost.url;
  const server = await serve(port, async (request): Promise<SimResponse> => {
    const signIn = oauth.handle(request);
    if (signIn !== null) return signIn;
    if (!request.path.startsWith('/v1.0/')) return { status: 404, body: '<h1>Not Found</h1>' };
    const grant = oauth.grantOf(request.headers.authorization);
    if (grant === null) return unauthenticated();
    const subscribed = await subscriptions.handle(grant, request);
    if (subscribed !== null) return { ...subscribed, account: grant.email };
    return { ...handleGraph({ state, switches, throttle, downloads }, grant, request), account: grant.email };
  });
  const dispose = async (): Promise<void> => {
    await Promise.all([server[Symbol.asyncDispose](), downloadHost[Symbol.asyncDispose]()]);
  };
  return {
    url: server.url,
    log: server.log,
    faults: server.faults,
    state,
    oauth,
    switches,
    throttle,
    subscriptions,
    downloads,
    downloadHost,
    [Symbol.asyncDispose]: dispose,
  };
}
