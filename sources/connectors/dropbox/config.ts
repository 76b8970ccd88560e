import { z } from 'zod';

export const dropboxConfig = z.strictObject({
  folder: z
    .string()
    .max(4096)
    .regex(/^$|^\/(?!.*\/$).+/, 'must be empty for everything, or a path such as /Reports without a trailing slash')
    .default('')
    .describe('Sync only this folder and everything below it. Leave it empty for the whole Dropbox.'),
  includeMountedFolders: z.boolean().default(true).describe('Also sync folders that others own and have shared.'),
});
export type DropboxConfig = z.infer<typeof dropboxConfig>;
