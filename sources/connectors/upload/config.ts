import { z } from 'zod';

/** What is synced is what was uploaded. */
export const uploadConfig = z.strictObject({});
