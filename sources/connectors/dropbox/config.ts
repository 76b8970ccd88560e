import { z } from 'zod';
import { excludeField, fileTypesField, retainDaysField } from '../selection.ts';

export const dropboxConfig = z.strictObject({
  folders: z
    .array(
      z
        .string()
        .max(4096)
        .regex(/^\/(?!.*\/$).+/, 'must be a path such as /Reports without a trailing slash'),
    )
    .max(100)
    .default([])
    .describe('Sync only these folders and everything below them. Leave it empty for the whole Dropbox.'),
  includeMountedFolders: z.boolean().default(true).describe('Also sync folders that others own and have shared.'),
  exclude: excludeField,
  fileTypes: fileTypesField,
  retainDays: retainDaysField,
});
export type DropboxConfig = z.infer<typeof dropboxConfig>;

/**
 * The folder that one listing has to cover; empty for all of Dropbox. Each cursor covers one folder, so several folders
 * are listed together, and the engine selects.
 */
export function listedFolder({ folders }: DropboxConfig): string {
  const [only = '', ...others] = folders;
  return others.length === 0 ? only : '';
}
