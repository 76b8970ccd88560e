/** Vendors that can tell of a change ("push"). What they send is a hint and nothing more: polling stays the truth. */

import type { SourceType } from './source.ts';

/** Named as their sources are. A list of its own: an address may be set up at a vendor before its source is there. */
export const notificationVendors = ['google_drive', 'gmail', 'dropbox', 'onedrive', 'slack', 'notion'] as const;
export type NotificationVendor = (typeof notificationVendors)[number];

/** @returns null for a source that nobody sends hints about */
export function notificationVendorOf(sourceType: SourceType): NotificationVendor | null {
  return notificationVendors.find((vendor) => vendor === sourceType) ?? null;
}
