/** Which sources' vendors can be asked for hints; the compiler demands each source type. */

import type { SourceType } from '../../domain/source.ts';
import type { ConnectorContext } from './connector.ts';
import { createDropboxPush } from './dropbox/push.ts';
import { createGmailPush } from './gmail/push.ts';
import { createGoogleDrivePush } from './google-drive/push.ts';
import { createNotionPush } from './notion/push.ts';
import { createOneDrivePush } from './onedrive/push.ts';
import type { PushClient } from './push.ts';
import type { ConnectorSettings } from './registry.ts';
import { createSlackPush } from './slack/push.ts';

export interface PushSettings extends Pick<ConnectorSettings, 'vendors'> {
  /** The Pub/Sub topic that Gmail is to tell. */
  readonly gmailTopic: string | undefined;
}

type PushFactory = (context: ConnectorContext, settings: PushSettings) => PushClient | null;

const factories: Readonly<Record<SourceType, PushFactory | null>> = {
  google_drive: (context, { vendors }) => createGoogleDrivePush(context, vendors.google.apiBaseUrl),
  gmail: (context, { vendors, gmailTopic }) =>
    gmailTopic === undefined ? null : createGmailPush(context, vendors.google.apiBaseUrl, gmailTopic),
  dropbox: (context, { vendors }) => createDropboxPush(context, vendors.dropbox.apiBaseUrl),
  onedrive: (context, { vendors }) => createOneDrivePush(context, vendors.microsoft.apiBaseUrl),
  notion: (context, { vendors }) => createNotionPush(context, vendors.notion.apiBaseUrl),
  slack: (context, { vendors }) => createSlackPush(context, vendors.slack.apiBaseUrl),
  local_folder: null,
};

/** @returns null where nobody sends hints */
export function createPushClient(
  sourceType: SourceType,
  context: ConnectorContext,
  settings: PushSettings,
): PushClient | null {
  return factories[sourceType]?.(context, settings) ?? null;
}
