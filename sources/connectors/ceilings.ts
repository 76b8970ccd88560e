/** How fast one account may be asked where the operator says nothing, by source type. */

import type { SourceType } from '../../domain/source.ts';

/**
 * Units a second, as the connector counts them; null: nobody counts. Each is what the vendor grants a new application
 * with room for a burst of five seconds; `CEILINGS` overrides.
 */
export const defaultCeilings: Readonly<Record<SourceType, number | null>> = {
  // 325,000 units a minute for one user [reference 3.6]: 5,000 a second and a burst of five seconds just fit.
  google_drive: 5000,
  // Not published; refusals teach the rest [reference 2.6].
  dropbox: 20,
  // 6,000 units a minute for one user of a new project [reference 4.5], and a burst of five seconds.
  gmail: 90,
  // Counted by application and tenant, not by user; refusals teach the rest [reference 3.6].
  onedrive: 20,
  // Three calls a second on average, bursts allowed [reference 6.7].
  notion: 3,
  // Each method has a limit of its own, a minute long; the two that do the work have 50 and more [reference 5.2].
  slack: 2,
  local_folder: null,
};
