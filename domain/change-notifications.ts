/**
 * Vendors that can notify us of changes. A change notification only starts an earlier sync: polling remains the source
 * of truth.
 */

import type { SourceType } from './source.ts';

/**
 * Uses the names of the sources. The list is separate because a notification URL may be set up at a vendor before a
 * source exists.
 */
export const notificationVendors = ['google_drive', 'gmail', 'dropbox', 'onedrive', 'slack', 'notion'] as const;
export type NotificationVendor = (typeof notificationVendors)[number];

/** @returns null for a source that has no change notifications */
export function notificationVendorOf(sourceType: SourceType): NotificationVendor | null {
  return notificationVendors.find((vendor) => vendor === sourceType) ?? null;
}
