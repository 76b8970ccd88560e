import type { Generated } from 'kysely';
import type { AuditActor } from '../../domain/audit.ts';
import type { GeneratedTime } from './columns.ts';

export interface AuditEventsTable {
  id: Generated<string>;
  at: GeneratedTime;
  userId: string;
  /** Null in the row of a request's begin; in the row of its end, the id of that. */
  begunAs: string | null;
  action: string;
  actor: AuditActor;
  /** The API key that a program used. */
  keyId: string | null;
  /** The client's IP address. */
  address: string | null;
  targetId: string | null;
  /** The HTTP status of the answer, in the row of the end. */
  status: number | null;
}
