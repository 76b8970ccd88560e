import type { Generated } from 'kysely';
import type { GeneratedTime, Json, Time } from './columns.ts';

export interface PageSessionsTable {
  id: Generated<string>;
  userId: string;
  /** SHA-256 of the cookie, in hexadecimal. */
  sessionHash: string;
  /** An envelope that is bound to the hash. */
  tokens: Json<unknown>;
  renewAt: Time;
  endsAt: Time;
  createdAt: GeneratedTime;
}
