import type { Generated } from 'kysely';
import type { KeyScope } from '../../domain/api-keys.ts';
import type { GeneratedTime, Time } from './columns.ts';

export interface ApiKeysTable {
  id: Generated<string>;
  userId: string;
  name: string;
  /** SHA-256, in hexadecimal. */
  keyHash: string;
  /** The beginning of the key, for people to tell keys apart. */
  hint: string;
  scope: KeyScope;
  /** Null allows every source. */
  dataSourceIds: string[] | null;
  /** Null allows every project, and documents without one. */
  projectIds: string[] | null;
  expiresAt: Time | null;
  lastUsedAt: Time | null;
  revokedAt: Time | null;
  createdAt: GeneratedTime;
}
