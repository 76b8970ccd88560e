/** The only list of sources. A new source needs a folder, and a line here and in `sourceTypes`. */

import type { SourceType } from '../../domain/source.ts';
import type { Choices, Connector, ConnectorContext } from './connector.ts';
import { dropbox } from './dropbox/index.ts';
import { gmail } from './gmail/index.ts';
import { googleDrive } from './google-drive/index.ts';
import { localFolder } from './local-folder/index.ts';
import { notion } from './notion/index.ts';
import { oneDrive } from './onedrive/index.ts';
import type { SubscriptionClient } from './subscriptions.ts';
import { slack } from './slack/index.ts';
import { upload } from './upload/index.ts';
import type { ConnectorSettings, SubscriptionSettings, SourceCode, SourceDefinition } from './source-definition.ts';

export const sourceDefinitions: readonly SourceDefinition[] = [
  googleDrive,
  gmail,
  dropbox,
  oneDrive,
  notion,
  slack,
  localFolder,
  upload,
];

const byType = new Map(sourceDefinitions.map((definition) => [definition.type, definition]));

/** @throws Error for a type that is in `sourceTypes` but has no definition; a test keeps the two equal */
export function definitionOf(sourceType: SourceType): SourceDefinition {
  const definition = byType.get(sourceType);
  if (definition === undefined) throw new Error(`no source is defined for ${sourceType}`);
  return definition;
}

/** Returns all types that are signed in to the same vendor as this one. */
export function typesOfVendor(sourceType: SourceType): SourceType[] {
  const vendor = definitionOf(sourceType).oauth?.vendor;
  return sourceDefinitions.filter(({ oauth }) => oauth?.vendor === vendor).map(({ type }) => type);
}

/** The source definitions with their code, which a worker needs to call vendors. */
export type LoadedSources = ReadonlyMap<SourceType, SourceCode<object> & Pick<SourceDefinition, 'rateLimit'>>;

/** @param definitions replaced by a test that adds its own */
export async function loadSources(
  definitions: readonly SourceDefinition[] = sourceDefinitions,
): Promise<LoadedSources> {
  const loaded = await Promise.all(
    definitions.map(async (definition) => {
      const { type, rateLimit } = definition;
      return [type, { ...(await definition.load()), rateLimit }] as const;
    }),
  );
  return new Map(loaded);
}

/** @throws if the stored config no longer matches its schema */
export function createConnector(
  sources: LoadedSources,
  source: { readonly sourceType: SourceType; readonly config: object },
  context: ConnectorContext,
  settings: ConnectorSettings,
): Connector {
  const code = sources.get(source.sourceType);
  if (code === undefined) throw new Error(`no source is loaded for ${source.sourceType}`);
  return code.createConnector(source.config, context, settings);
}

/**
 * Creates the choices by config field. They do not depend on the config's current state, because they are requested
 * while it is being edited.
 */
export async function createChoices(
  sourceType: SourceType,
  context: ConnectorContext,
  settings: ConnectorSettings,
): Promise<Readonly<Record<string, Choices>>> {
  const code = await definitionOf(sourceType).load();
  return code.choices?.(settings) ?? code.createConnector({}, context, settings).choices ?? {};
}

/** @returns null if the vendor sends no change notifications */
export function createSubscriptionClient(
  sourceType: SourceType,
  context: ConnectorContext,
  settings: SubscriptionSettings,
): SubscriptionClient | null {
  const { changeNotifications: how } = definitionOf(sourceType);
  if (how === null || !how.isSetUp(settings)) return null;
  const client = (): Promise<SubscriptionClient> => how.createClient(context, settings);
  return {
    subscribe: async (request, signal) => await (await client()).subscribe(request, signal),
    unsubscribe: async (subscription, signal) => await (await client()).unsubscribe(subscription, signal),
  };
}
