/** The one list of vendors that notify; the compiler demands each. */

import type { HookVendor } from '../../../domain/push.ts';
import { createDropboxHook } from './dropbox.ts';
import { createGmailHook, type GmailHookSettings } from './gmail.ts';
import { googleDriveHook } from './google-drive.ts';
import type { Hook } from './hook.ts';
import { createNotionHook, type NotionHookSettings } from './notion.ts';
import { oneDriveHook } from './onedrive.ts';
import { createSlackHook } from './slack.ts';

/** What the operator has set up; without it a vendor's address does not answer. */
export interface HookSettings {
  readonly gmail: GmailHookSettings | null;
  readonly dropboxAppSecret: string | undefined;
  readonly slackSigningSecret: string | undefined;
  readonly notion: NotionHookSettings;
}

/** @returns null for a vendor that is not set up here */
export function createHooks(settings: HookSettings): Readonly<Record<HookVendor, Hook | null>> {
  const { gmail, dropboxAppSecret, slackSigningSecret, notion } = settings;
  return {
    google_drive: googleDriveHook,
    gmail: gmail === null ? null : createGmailHook(gmail),
    dropbox: dropboxAppSecret === undefined ? null : createDropboxHook(dropboxAppSecret),
    onedrive: oneDriveHook,
    slack: slackSigningSecret === undefined ? null : createSlackHook(slackSigningSecret),
    notion: createNotionHook(notion),
  };
}
