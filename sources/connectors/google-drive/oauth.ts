import { googleOAuth } from '../google/oauth.ts';

/** Covers listings, changes, downloads, exports and shared drives. It allows no writes. */
export const googleDriveOAuth = googleOAuth(['https://www.googleapis.com/auth/drive.readonly']);
