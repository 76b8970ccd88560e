/** Config schemas by source type, free of any vendor's SDK: the API validates with them. */

import type { z } from 'zod';
import type { SourceType } from '../../domain/source.ts';
import { dropboxConfig } from './dropbox/config.ts';
import { gmailConfig } from './gmail/config.ts';
import { googleDriveConfig } from './google-drive/config.ts';
import { localFolderConfig } from './local-folder/config.ts';
import { notionConfig } from './notion/config.ts';
import { oneDriveConfig } from './onedrive/config.ts';
import { slackConfig } from './slack/config.ts';

export const connectorConfigs = {
  google_drive: googleDriveConfig,
  dropbox: dropboxConfig,
  gmail: gmailConfig,
  onedrive: oneDriveConfig,
  notion: notionConfig,
  slack: slackConfig,
  local_folder: localFolderConfig,
} as const satisfies Record<SourceType, z.ZodType>;
