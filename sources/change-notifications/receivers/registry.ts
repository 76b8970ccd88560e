/** The only list of vendors that send change notifications; the compiler requires an entry for each. */

import type { NotificationVendor } from '../../../domain/change-notifications.ts';
import { createDropboxReceiver } from './dropbox.ts';
import { createGmailReceiver, type GmailReceiverSettings } from './gmail.ts';
import { googleDriveReceiver } from './google-drive.ts';
import type { NotificationReceiver } from './receiver.ts';
import { createNotionReceiver, type NotionReceiverSettings } from './notion.ts';
import { oneDriveReceiver } from './onedrive.ts';
import { createSlackReceiver } from './slack.ts';

/** The operator's settings. A vendor without its setting gets no endpoint. */
export interface ReceiverSettings {
  readonly gmail: GmailReceiverSettings | null;
  readonly dropboxAppSecret: string | undefined;
  readonly slackSigningSecret: string | undefined;
  readonly notion: NotionReceiverSettings;
}

/** @returns null for a vendor that is not configured */
export function createReceivers(
  settings: ReceiverSettings,
): Readonly<Record<NotificationVendor, NotificationReceiver | null>> {
  const { gmail, dropboxAppSecret, slackSigningSecret, notion } = settings;
  return {
    google_drive: googleDriveReceiver,
    gmail: gmail === null ? null : createGmailReceiver(gmail),
    dropbox: dropboxAppSecret === undefined ? null : createDropboxReceiver(dropboxAppSecret),
    onedrive: oneDriveReceiver,
    slack: slackSigningSecret === undefined ? null : createSlackReceiver(slackSigningSecret),
    notion: createNotionReceiver(notion),
  };
}
