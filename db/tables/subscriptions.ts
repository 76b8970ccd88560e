import type { Generated } from 'kysely';
import type { NotificationVendor } from '../../domain/change-notifications.ts';
import type { GeneratedTime, Time } from './columns.ts';

/** Identifies the source that a vendor's notification concerns. */
export interface SubscriptionsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  vendor: NotificationVendor;
  /** The id in a notification: of a channel, a subscription, a mailbox or an account. */
  externalId: string;
  /** A second id that some vendors require to end the subscription. */
  resourceId: string | null;
  /** SHA-256 of the secret that each notification must contain, if the vendor does not sign them. */
  secretHash: string | null;
  /** Null if it does not expire. */
  renewAt: Time | null;
  createdAt: GeneratedTime;
}
