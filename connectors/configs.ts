/** Config schemas by source type, free of any vendor's SDK: the API validates with them. */

import type { z } from 'zod';
import type { SourceType } from '../domain/source.ts';
import { googleDriveConfig } from './google-drive/config.ts';
import { localFolderConfig } from './local-folder/config.ts';
import { oneDriveConfig } from './onedrive/config.ts';

export const connectorConfigs = {
  google_drive: googleDriveConfig,
  onedrive: oneDriveConfig,
  local_folder: localFolderConfig,
} as const satisfies Record<SourceType, z.ZodType>;
