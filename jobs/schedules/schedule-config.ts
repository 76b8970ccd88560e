/** Parses a schedule that a person entered, and computes when it would run. */

import { Cron } from 'croner';
import { z } from 'zod';
import { type Schedule, type ScheduleType, weekdays } from '../../domain/schedules.ts';

const common = {
  timeZone: z.string().max(64).refine(isTimeZone, 'must be an IANA time zone such as "Europe/Berlin"').default('UTC'),
  jitterMinutes: z
    .number()
    .int()
    .min(0)
    .max(24 * 60)
    .default(5),
  catchUpMinutes: z
    .number()
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(60),
};
const hour = z.number().int().min(0, 'must be 0 to 23').max(23, 'must be 0 to 23');
const minute = z.number().int().min(0, 'must be 0 to 59').max(59, 'must be 0 to 59').default(0);

/** One schema per type; unknown fields are rejected. */
const shapes = {
  cron: z.strictObject({
    ...common,
    expression: z
      .string()
      .max(100)
      .refine(isCron, {
        message: 'must be five cron fields (minute hour day month weekday), such as "30 6 * * 1-5"',
        abort: true,
      })
      .refine(matchesADate, 'never matches a date; choose a day that the month has'),
  }),
  interval: z.strictObject({
    ...common,
    everyMinutes: z
      .number()
      .int()
      .min(5, 'must be at least 5')
      .max(30 * 24 * 60, 'must be at most 43,200 (30 days)'),
  }),
  daily: z.strictObject({ ...common, hour, minute }),
  weekly: z.strictObject({ ...common, weekday: z.enum(weekdays), hour, minute }),
} as const satisfies Record<ScheduleType, z.ZodType>;

/** @returns the validated schedule, or an error for each invalid field */
export function readSchedule(
  type: ScheduleType,
  config: unknown,
): { readonly ok: true; readonly schedule: Schedule } | { readonly ok: false; readonly errors: FieldProblem[] } {
  const parsed = shapes[type].safeParse(config);
  if (parsed.success) return { ok: true, schedule: { type, ...parsed.data } as Schedule };
  const errors = parsed.error.issues.map((issue) => ({
    field: ['scheduleConfig', ...issue.path].join('.'),
    message: issue.message,
  }));
  return { ok: false, errors };
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** The next runs, without jitter, as Temporal computes them: intervals count from 1970. */
export function nextRuns(schedule: Schedule, count: number, from: Date): Date[] {
  if (schedule.type !== 'interval') return nextCronRuns(toCron(schedule), schedule.timeZone, count, from);
  const everyMs = schedule.everyMinutes * 60_000;
  const first = Math.floor(from.getTime() / everyMs + 1) * everyMs;
  return Array.from({ length: count }, (_, i) => new Date(first + i * everyMs));
}

/** If day and weekday are both given, both must match. A local time that a clock change skips is no run. */
function nextCronRuns(expression: string, timezone: string, count: number, from: Date): Date[] {
  const cron = new Cron(expression, { timezone, domAndDow: true });
  const runs: Date[] = [];
  for (let next = cron.nextRun(from); next !== null && runs.length < count; next = cron.nextRun(next))
    if (cron.match(next)) runs.push(next);
  return runs;
}

/** Converts a schedule to the five fields of cron. */
export function toCron(schedule: Exclude<Schedule, { type: 'interval' }>): string {
  switch (schedule.type) {
    case 'cron':
      return schedule.expression;
    case 'daily':
      return `${schedule.minute} ${schedule.hour} * * *`;
    case 'weekly':
      return `${schedule.minute} ${schedule.hour} * * ${weekdays.indexOf(schedule.weekday)}`;
  }
}

/**
 * One part of a field: `*`, `5`, `mon`, `1-5`, or one of these with a step. Temporal rejects `L`, `W`, `#` and `?`,
 * which other cron implementations accept.
 */
const cronPart = /^(\*|\d+|[a-z]{3})(-(\d+|(?!sun)[a-z]{3}))?(\/\d+)?$/i;

function isCron(expression: string): boolean {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => field.split(',').every((part) => cronPart.test(part))))
    return false;
  try {
    cronOf(expression);
    return true;
  } catch {
    return false;
  }
}

function matchesADate(expression: string): boolean {
  return cronOf(expression).nextRun() !== null;
}

/** @throws TypeError if a field is out of its range */
function cronOf(expression: string): Cron {
  return new Cron(expression, { domAndDow: true });
}

/**
 * Whether it is the name of a time zone, spelled as in the time zone database: Temporal accepts no offsets and no other
 * case.
 */
function isTimeZone(name: string): boolean {
  if (!/^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
