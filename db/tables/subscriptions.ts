import type { Generated } from 'kysely';
import type { NotificationVendor } from '../../domain/change-notifications.ts';
import type { GeneratedTime, Time } from './columns.ts';

/** By what a vendor's notifications about one source are known. */
export interface SubscriptionsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  vendor: NotificationVendor;
  /** What a notification names: a channel, a subscription, a mailbox, an account. */
  externalId: string;
  /** What ending it asks for beside the id, where the vendor wants more. */
  resourceId: string | null;
  /** SHA-256 of what each notification must bring along, where the vendor signs none. */
  secretHash: string | null;
  /** Null: it does not run out. */
  renewAt: Time | null;
  createdAt: GeneratedTime;
}
