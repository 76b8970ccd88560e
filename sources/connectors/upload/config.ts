import { z } from 'zod';
import { retainDaysField } from '../selection.ts';

/** What is synced is what was uploaded; by choice, not for ever. */
export const uploadConfig = z.strictObject({ retainDays: retainDaysField });
export type UploadConfig = z.infer<typeof uploadConfig>;
