/** May a source's vendor be asked for changeNotifications here, and telling the workflow that asks it. */

import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../platform/config.ts';
import { type NotificationVendor, notificationVendorOf } from '../domain/change-notifications.ts';
import type { SourceType } from '../domain/source.ts';
import { checkSubscription } from '../sources/change-notifications/notify.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problem.ts';

/** @returns null where there is nobody who could tell; else what the operator has to set first, if anything */
export function describeChangeNotifications(
  config: Config,
  sourceType: SourceType,
): { readonly problem: string | null } | null {
  const vendor = notificationVendorOf(sourceType);
  return vendor === null ? null : { problem: problemOf(config, vendor) };
}

/** @throws Problem 400 that says what the operator has to set, or that there is nothing to set */
export function checkChangeNotifications(config: Config, sourceType: SourceType): void {
  const { problem } = describeChangeNotifications(config, sourceType) ?? {
    problem: 'A source of this type has nobody who could tell of changes.',
  };
  if (problem === null) return;
  throw new Problem(400, 'change_notifications_not_possible', `changeNotificationsEnabled: ${problem}`, {
    errors: [{ field: 'changeNotificationsEnabled', message: problem }],
  });
}

function problemOf(config: Config, vendor: NotificationVendor): string | null {
  const { changeNotifications, vendors } = config;
  const simulated = simulatorOf(vendors, vendor);
  if (!config.publicUrl.startsWith('https://') && simulated === undefined) {
    return 'Vendors reach this installation by https only: the operator has to set PUBLIC_URL to such an address.';
  }
  const missing = {
    google_drive: null,
    onedrive: null,
    gmail:
      changeNotifications.gmail.topic === undefined || changeNotifications.gmail.serviceAccount === undefined
        ? 'GMAIL_PUBSUB_TOPIC and GMAIL_NOTIFICATION_SERVICE_ACCOUNT'
        : null,
    dropbox: vendors.dropbox.clientSecret === undefined ? 'DROPBOX_CLIENT_SECRET' : null,
    slack: changeNotifications.slackSigningSecret === undefined ? 'SLACK_SIGNING_SECRET' : null,
    notion: changeNotifications.notionVerificationToken === undefined ? 'NOTION_VERIFICATION_TOKEN' : null,
  }[vendor];
  return missing === null ? null : `The operator has to set ${missing} first; docs/webhooks.md says how.`;
}

/** A vendor on this machine needs no https. */
function simulatorOf(vendors: Config['vendors'], vendor: NotificationVendor): string | undefined {
  const application = { google_drive: 'google', gmail: 'google', onedrive: 'microsoft' } as const;
  const name: string = vendor in application ? application[vendor as keyof typeof application] : vendor;
  const url = Object.entries(vendors).find(([known]) => known === name)?.[1].apiBaseUrl;
  return url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname) ? url : undefined;
}

/** If Temporal does not answer, the row stands and the next start of a worker tells it. */
export async function requestSubscriptionCheck(
  deps: ApiDependencies,
  log: FastifyBaseLogger,
  userId: string,
  dataSourceId: string,
): Promise<void> {
  try {
    await checkSubscription(deps, { userId, dataSourceId });
  } catch (error) {
    log.warn({ err: error, dataSourceId }, 'Temporal could not be told of the subscription; the next start-up does');
  }
}
