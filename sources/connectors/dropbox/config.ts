import { z } from 'zod';

export const dropboxConfig = z.strictObject({
  folder: z
    .string()
    .max(4096)
    .regex(/^$|^\/(?!.*\/$).+/, 'must be empty for everything, or a path such as /Reports without a slash at the end')
    .default('')
    .describe('Only this folder and what lies below it; empty for the whole Dropbox.'),
  includeMountedFolders: z.boolean().default(true).describe('Also sync folders that others own and have shared.'),
});
export type DropboxConfig = z.infer<typeof dropboxConfig>;
