import { googleOAuth } from '../google/oauth.ts';

/** Lists messages, history and attachments. It changes nothing, not even the unread state. */
export const gmailOAuth = googleOAuth(['https://www.googleapis.com/auth/gmail.readonly']);
