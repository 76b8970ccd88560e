import { z } from 'zod';
import { excludeField, fileTypesField, retainDaysField } from '../selection.ts';

export const oneDriveConfig = z.strictObject({
  folders: z
    .array(
      z
        .string()
        .regex(/^[^:]+:.+$/, 'must be the id of a folder: the drive’s id, a colon and the item’s id')
        .max(400),
    )
    .max(100)
    .default([])
    .describe('Sync only these folders and everything below them. Leave it empty for all.'),
  includeSharePoint: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe(
      'Offer the document libraries of SharePoint sites. This needs one more permission, Sites.Read.All, so save and connect again.',
    )
    .meta({ title: 'Include SharePoint' }),
  libraries: z
    .array(
      z
        .string()
        .regex(/^[^:]+:.+$/, 'must be a library: choose one inside of a site')
        .max(400),
    )
    .max(20)
    .default([])
    .describe('Also sync these SharePoint document libraries, with everything in them.')
    .meta({ title: 'SharePoint libraries', shownIf: 'includeSharePoint' }),
  includeSharedFolders: z
    .boolean({ error: 'must be true or false' })
    .default(true)
    .describe(
      'Also sync other people’s folders that the account has added to its OneDrive ("Add shortcut to My files").',
    ),
  exclude: excludeField,
  fileTypes: fileTypesField,
  retainDays: retainDaysField,
});
export type OneDriveConfig = z.infer<typeof oneDriveConfig>;
