import { googleOAuth } from '../google/oauth.ts';

/** Lists, history, messages and attachments; changes nothing, not even what is unread. */
export const gmailOAuth = googleOAuth(['https://www.googleapis.com/auth/gmail.readonly']);
