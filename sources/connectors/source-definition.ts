/** All that is said of one source type, in its own folder: everything else (API, worker, docs, tests) derives from it. */

import type { z } from 'zod';
import type { SourceType, VendorName } from '../../domain/source.ts';
import type { Choices, Connector, ConnectorContext } from './connector.ts';
import type { OAuthDescription } from './oauth.ts';
import type { SubscriptionClient } from './subscriptions.ts';

/** What the operator sets, for all sources. */
export interface ConnectorSettings {
  readonly localFolderRoots: readonly string[];
  /** Where the vendors are, in tests and with simulators. */
  readonly vendors: Readonly<Record<VendorName, { readonly apiBaseUrl: string | undefined }>>;
}

export interface SubscriptionSettings extends Pick<ConnectorSettings, 'vendors'> {
  /** The Pub/Sub topic that Gmail is to tell. */
  readonly gmailTopic: string | undefined;
}

export interface ComposioToolkit {
  /** What Composio calls the source. */
  readonly slug: string;
  /**
   * Addresses that hand out a file as it is stored: of these the proxy must give back every byte. Null where the connector
   * does not let another carry its calls (`fetchFor`): a token that Composio masks is then the end.
   */
  readonly files: RegExp | null;
}

/** The code of a source, with its vendor's SDK: loaded by those who call the vendor, never by those who only describe it. */
export interface SourceCode<Config> {
  createConnector(config: Config, context: ConnectorContext, settings: ConnectorSettings): Connector;
  /** Of a type whose config cannot be empty to begin with: what there is to choose before there is a config. */
  readonly choices?: (settings: ConnectorSettings) => Readonly<Record<string, Choices>>;
}

export interface ChangeNotifications {
  /** Does the vendor send any with these settings? */
  isSetUp(settings: SubscriptionSettings): boolean;
  createClient(context: ConnectorContext, settings: SubscriptionSettings): Promise<SubscriptionClient>;
}

export interface SourceDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly type: SourceType;
  /** For people. */
  readonly label: string;
  /** The API validates with it and makes its forms of it. */
  readonly config: Config;
  /** Fields of the config that the account itself can say the values of. */
  readonly choiceFields: readonly string[];
  /** Null where there is nothing to sign in to. */
  readonly oauth: OAuthDescription | null;
  /**
   * Units a second that one account may be asked where the operator says nothing, as the connector counts them: what the
   * vendor grants a new application, with room for a burst of five seconds. Null: nobody counts. `CEILINGS` overrides.
   */
  readonly rateLimit: number | null;
  readonly composio: ComposioToolkit | null;
  readonly changeNotifications: ChangeNotifications | null;
  load(): Promise<SourceCode<z.output<Config>>>;
}

/** Checks a definition against its own config; the list of sources holds it by what all of them have. */
export function defineSource<Config extends z.ZodObject>(definition: SourceDefinition<Config>): SourceDefinition {
  const { config } = definition;
  return {
    ...definition,
    load: async () => {
      const code = await definition.load();
      return { ...code, createConnector: (value, ...rest) => code.createConnector(config.parse(value), ...rest) };
    },
  };
}
