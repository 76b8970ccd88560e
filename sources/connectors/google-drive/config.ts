import { z } from 'zod';
import { excludeField, fileTypesField, retainDaysField } from '../selection.ts';

export const googleDriveConfig = z.strictObject({
  folders: z
    .array(z.string().trim().min(1).max(500).transform(toId))
    .max(100)
    .default([])
    .describe(
      'Sync only these folders and everything below them, given by id or by their address in a browser. Leave it empty for all.',
    ),
  includeSharedDrives: z
    .boolean()
    .default(true)
    .describe('Also sync the shared drives that the account is a member of.')
    .meta({ title: 'Include shared drives' }),
  sharedDriveIds: z
    .array(z.string().trim().min(1).max(500).transform(toId))
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
/** Returns the id in an address of Drive; anything else is an id already. */
function toId(text: string): string {
  return /^https?:\/\/[^/]+\/.*(?:\/folders\/|[?&]id=)([\w-]+)/.exec(text)?.[1] ?? text;
}

export type GoogleDriveConfig = z.infer<typeof googleDriveConfig>;
