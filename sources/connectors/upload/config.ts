import { z } from 'zod';
import { retainDaysField } from '../selection.ts';

/** A source of uploaded files syncs all of them, and can delete them after some days. */
export const uploadConfig = z.strictObject({ retainDays: retainDaysField });
export type UploadConfig = z.infer<typeof uploadConfig>;
