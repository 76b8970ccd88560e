import { googleOAuth } from '../google/oauth.ts';

/** Lists, changes, downloads, exports and shared drives; writes nothing. */
export const googleDriveOAuth = googleOAuth(['https://www.googleapis.com/auth/drive.readonly']);
