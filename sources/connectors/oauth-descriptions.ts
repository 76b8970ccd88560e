/** How people sign in, by source type; null where there is nothing to sign in to. Free of any vendor's SDK. */

import type { SourceType } from '../../domain/source.ts';
import { dropboxOAuth } from './dropbox/oauth.ts';
import { gmailOAuth } from './gmail/oauth.ts';
import { googleDriveOAuth } from './google-drive/oauth.ts';
import { notionOAuth } from './notion/oauth.ts';
import type { OAuthDescription } from './oauth.ts';
import { oneDriveOAuth } from './onedrive/oauth.ts';
import { slackOAuth } from './slack/oauth.ts';

export const oauthDescriptions: Readonly<Record<SourceType, OAuthDescription | null>> = {
  google_drive: googleDriveOAuth,
  dropbox: dropboxOAuth,
  gmail: gmailOAuth,
  onedrive: oneDriveOAuth,
  notion: notionOAuth,
  slack: slackOAuth,
  local_folder: null,
};
