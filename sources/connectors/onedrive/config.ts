import { z } from 'zod';

export const oneDriveConfig = z.strictObject({
  includeSharedFolders: z
    .boolean({ error: 'must be true or false' })
    .default(true)
    .describe(
      'Also sync other people’s folders that the account has added to its OneDrive ("Add shortcut to My files").',
    ),
});
export type OneDriveConfig = z.infer<typeof oneDriveConfig>;
