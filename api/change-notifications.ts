/**
 * Checks whether change notifications can be enabled for a source, and notifies the workflow that maintains its
 * subscription.
 */

import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../platform/config.ts';
import { type NotificationVendor, notificationVendorOf } from '../domain/change-notifications.ts';
import type { SourceType } from '../domain/source.ts';
import { checkSubscription } from '../sources/change-notifications/notify.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problem.ts';

/**
 * @returns null if the source type has no change notifications; otherwise what the operator has to set first, if
 * anything
 */
export function describeChangeNotifications(
  config: Config,
  sourceType: SourceType,
): { readonly problem: string | null } | null {
  const vendor = notificationVendorOf(sourceType);
  return vendor === null ? null : { problem: problemOf(config, vendor) };
}

/** @throws Problem 400 that says what the operator has to set, or that this type has no change notifications */
export function checkChangeNotifications(config: Config, sourceType: SourceType): void {
  const { problem } = describeChangeNotifications(config, sourceType) ?? {
    problem: 'This type of source does not support real-time updates.',
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
    return 'Vendors reach this installation only over HTTPS. The operator has to set PUBLIC_URL to an HTTPS URL first.';
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
  return missing === null ? null : `The operator has to set ${missing} first. See docs/webhooks.md.`;
}

/** A simulated vendor on this machine does not need HTTPS. */
function simulatorOf(vendors: Config['vendors'], vendor: NotificationVendor): string | undefined {
  const application = { google_drive: 'google', gmail: 'google', onedrive: 'microsoft' } as const;
  const name: string = vendor in application ? application[vendor as keyof typeof application] : vendor;
  const url = Object.entries(vendors).find(([known]) => known === name)?.[1].apiBaseUrl;
  return url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname) ? url : undefined;
}

/** If Temporal does not answer, the row is kept and the next start of a worker starts the workflow. */
export async function requestSubscriptionCheck(
  deps: ApiDependencies,
  log: FastifyBaseLogger,
  userId: string,
  dataSourceId: string,
): Promise<void> {
  try {
    await checkSubscription(deps, { userId, dataSourceId });
  } catch (error) {
    log.warn(
      { err: error, dataSourceId },
      'Temporal could not be notified of the subscription; the next start-up does it',
    );
  }
}
