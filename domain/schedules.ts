/** When a recurring sync is due: the shapes of `scheduled_syncs.schedule_config`, already checked. */

export const scheduleTypes = ['cron', 'interval', 'daily', 'weekly'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof weekdays)[number];

interface Common {
  /** IANA name; the hours are meant in it, also when clocks change. */
  readonly timeZone: string;
  /** A run starts up to so many minutes late, so that not all start at once. */
  readonly jitterMinutes: number;
  /** A run missed by less than this (Temporal was down) is made up for. */
  readonly catchUpMinutes: number;
}

export type Schedule =
  | (Common & { readonly type: 'cron'; readonly expression: string })
  | (Common & { readonly type: 'interval'; readonly everyMinutes: number })
  | (Common & { readonly type: 'daily'; readonly hour: number; readonly minute: number })
  | (Common & { readonly type: 'weekly'; readonly weekday: Weekday; readonly hour: number; readonly minute: number });
