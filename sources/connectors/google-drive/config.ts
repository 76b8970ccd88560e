import { z } from 'zod';
import { excludeField, fileTypesField, retainDaysField } from '../selection.ts';

export const googleDriveConfig = z.strictObject({
  folders: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe('Sync only these folders and everything below them. Leave it empty for all.'),
  includeSharedDrives: z
    .boolean()
    .default(true)
    .describe('Also sync the shared drives that the account is a member of.')
    .meta({ title: 'Include shared drives' }),
  sharedDriveIds: z
    .array(z.string().min(1).max(200))
    .max(500)
    .optional()
    .describe('Sync only these shared drives. Leave it empty for all.')
    .meta({ title: 'Shared drives', shownIf: 'includeSharedDrives' }),
  includeSharedWithMe: z
    .boolean()
    .default(true)
    .describe('Also sync files that others own and have shared with the account.')
    .meta({ title: 'Include files shared with the account' }),
  exclude: excludeField,
  fileTypes: fileTypesField,
  retainDays: retainDaysField,
});
export type GoogleDriveConfig = z.infer<typeof googleDriveConfig>;
