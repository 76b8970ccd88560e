import type { ColumnType, Generated } from 'kysely';
import type { DeliveryStatus, WebhookEvent } from '../../domain/webhooks.ts';
import type { GeneratedTime, Json, Time } from './columns.ts';

export interface WebhookEndpointsTable {
  id: Generated<string>;
  userId: string;
  url: string;
  events: ColumnType<WebhookEvent[], readonly WebhookEvent[], readonly WebhookEvent[]>;
  /** An encrypted envelope. */
  secret: Json<unknown>;
  isActive: Generated<boolean>;
  /** Why it was disabled, if nobody did it by hand. */
  disabledReason: string | null;
  /** Since when every delivery has failed; null after a success. */
  failingSince: Time | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

/** The id is the `webhook-id` by which receivers recognize repeated events. */
export interface WebhookEventsTable {
  id: Generated<string>;
  userId: string;
  eventType: string;
  dataSourceId: string | null;
  jobId: string | null;
  data: Json<Record<string, unknown>>;
  createdAt: GeneratedTime;
}

export interface WebhookDeliveriesTable {
  id: Generated<string>;
  userId: string;
  endpointId: string;
  eventId: string;
  status: Generated<DeliveryStatus>;
  attempts: Generated<number>;
  /** The receiver's last HTTP status. */
  lastStatus: number | null;
  /** Why there was no answer. */
  lastError: string | null;
  lastAttemptAt: Time | null;
  nextAttemptAt: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  createdAt: GeneratedTime;
}
