/**
 * Defines one source type in its own folder. Everything else (API, worker, docs, tests) derives from the definition.
 */

import type { z } from 'zod';
import type { SourceType, VendorName } from '../../domain/source.ts';
import type { Choices, Connector, ConnectorContext } from './connector.ts';
import type { OAuthDescription } from './oauth.ts';
import type { SubscriptionClient } from './subscriptions.ts';

/** The operator's settings for all sources. */
export interface ConnectorSettings {
  readonly localFolderRoots: readonly string[];
  /** The vendors' addresses, overridden in tests and with simulators. */
  readonly vendors: Readonly<Record<VendorName, { readonly apiBaseUrl: string | undefined }>>;
}

export interface SubscriptionSettings extends Pick<ConnectorSettings, 'vendors'> {
  /** The Pub/Sub topic that Gmail notifies. */
  readonly gmailTopic: string | undefined;
}

export interface ComposioToolkit {
  /** Composio's name for the source. */
  readonly slug: string;
  /** Matches addresses that return a file as stored; the proxy must return those byte for byte. */
  readonly files: RegExp;
}

/**
 * The code of a source, including its vendor's SDK. Only processes that call the vendor load it; those that only
 * describe the source do not.
 */
export interface SourceCode<Config> {
  createConnector(config: Config, context: ConnectorContext, settings: ConnectorSettings): Connector;
  /** The choices available before there is a config, for a type whose config cannot start empty. */
  readonly choices?: (settings: ConnectorSettings) => Readonly<Record<string, Choices>>;
}

export interface ChangeNotifications {
  /** Checks whether the vendor sends change notifications with these settings. */
  isSetUp(settings: SubscriptionSettings): boolean;
  createClient(context: ConnectorContext, settings: SubscriptionSettings): Promise<SubscriptionClient>;
}

export interface SourceDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly type: SourceType;
  /** The name shown to people. */
  readonly label: string;
  /** One line for people on what is synced, and what is not. */
  readonly description: string;
  /** The API uses it to validate configs and to build forms. */
  readonly config: Config;
  /** Config fields whose possible values the account can list. */
  readonly choiceFields: readonly string[];
  /** Null if the source needs no sign-in. */
  readonly oauth: OAuthDescription | null;
  /**
   * Default rate limit of one account in units per second, as the connector counts them: what the vendor grants a new
   * application, with room for a burst of five seconds. Null: unlimited. `CEILINGS` overrides it.
   */
  readonly rateLimit: number | null;
  readonly composio: ComposioToolkit | null;
  readonly changeNotifications: ChangeNotifications | null;
  /** Set if users upload its files to Headwater. */
  readonly receivesFiles?: true;
  load(): Promise<SourceCode<z.output<Config>>>;
}

/**
 * Checks a definition against its own config type; the list of sources then holds it by the fields that all definitions
 * share.
 */
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
