/** When a recurring sync is due: the validated forms of `scheduled_syncs.schedule_config`. */

export const scheduleTypes = ['cron', 'interval', 'daily', 'weekly'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof weekdays)[number];

interface Common {
  /** IANA time zone name. The times of day are in this zone, also across clock changes. */
  readonly timeZone: string;
  /** A run starts up to this many minutes late, so that not all runs start at once. */
  readonly jitterMinutes: number;
  /** A run that was missed (because Temporal was down) is made up for if it is late by less than this. */
  readonly catchUpMinutes: number;
}

export type Schedule =
  | (Common & { readonly type: 'cron'; readonly expression: string })
  | (Common & { readonly type: 'interval'; readonly everyMinutes: number })
  | (Common & { readonly type: 'daily'; readonly hour: number; readonly minute: number })
  | (Common & { readonly type: 'weekly'; readonly weekday: Weekday; readonly hour: number; readonly minute: number });
