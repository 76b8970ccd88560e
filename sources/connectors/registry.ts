/** The one list of source types; the compiler demands each. */

import type { SourceType, VendorName } from '../../domain/source.ts';
import type { Choices, Connector, ConnectorContext } from './connector.ts';
import { dropboxConfig } from './dropbox/config.ts';
import { createDropboxConnector } from './dropbox/connector.ts';
import { gmailConfig } from './gmail/config.ts';
import { createGmailConnector } from './gmail/connector.ts';
import { googleDriveConfig } from './google-drive/config.ts';
import { createGoogleDriveConnector } from './google-drive/connector.ts';
import { folderChoices } from './local-folder/choices.ts';
import { localFolderConfig } from './local-folder/config.ts';
import { createLocalFolderConnector } from './local-folder/connector.ts';
import { notionConfig } from './notion/config.ts';
import { createNotionConnector } from './notion/connector.ts';
import { oneDriveConfig } from './onedrive/config.ts';
import { createOneDriveConnector } from './onedrive/connector.ts';
import { slackConfig } from './slack/config.ts';
import { createSlackConnector } from './slack/connector.ts';

/** What the operator sets, for all sources. */
export interface ConnectorSettings {
  readonly localFolderRoots: readonly string[];
  /** Where the vendors are, in tests and with simulators. */
  readonly vendors: Readonly<Record<VendorName, { readonly apiBaseUrl: string | undefined }>>;
}

type ConnectorFactory = (config: unknown, context: ConnectorContext, settings: ConnectorSettings) => Connector;

const factories: Readonly<Record<SourceType, ConnectorFactory>> = {
  google_drive: (config, context, settings) =>
    createGoogleDriveConnector(googleDriveConfig.parse(config), context, settings.vendors.google.apiBaseUrl),
  dropbox: (config, context, settings) =>
    createDropboxConnector(dropboxConfig.parse(config), context, settings.vendors.dropbox.apiBaseUrl),
  gmail: (config, context, settings) =>
    createGmailConnector(gmailConfig.parse(config), context, settings.vendors.google.apiBaseUrl),
  onedrive: (config, context, settings) =>
    createOneDriveConnector(oneDriveConfig.parse(config), context, settings.vendors.microsoft.apiBaseUrl),
  notion: (config, context, settings) =>
    createNotionConnector(notionConfig.parse(config), context, settings.vendors.notion.apiBaseUrl),
  slack: (config, context, settings) =>
    createSlackConnector(slackConfig.parse(config), context, settings.vendors.slack.apiBaseUrl),
  local_folder: (config, context, settings) =>
    createLocalFolderConnector(localFolderConfig.parse(config), context, settings.localFolderRoots),
};

/** @throws when the stored config no longer fits its schema */
export function createConnector(
  sourceType: SourceType,
  config: unknown,
  context: ConnectorContext,
  settings: ConnectorSettings,
): Connector {
  return factories[sourceType](config, context, settings);
}

/** What a config can be, by field, whatever it is at the moment: it is asked while the config is being made. */
export function createChoices(
  sourceType: SourceType,
  context: ConnectorContext,
  settings: ConnectorSettings,
): Readonly<Record<string, Choices>> {
  // The one type whose config cannot be empty to begin with.
  if (sourceType === 'local_folder') return { path: folderChoices(settings.localFolderRoots) };
  return createConnector(sourceType, {}, context, settings).choices ?? {};
}
