import { z } from 'zod';
import { excludeField, fileTypesField, retainDaysField } from '../selection.ts';

export const localFolderConfig = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(4096)
    .describe('Absolute path of the folder on the server. It must be inside one of the folders in LOCAL_FOLDER_ROOTS.'),
  exclude: excludeField,
  fileTypes: fileTypesField,
  retainDays: retainDaysField,
});
export type LocalFolderConfig = z.infer<typeof localFolderConfig>;
