import { describe, expect, test } from '@jest/globals';
import type { ScheduleType } from '../../domain/schedules.ts';
import { nextRuns, readSchedule } from './schedule-config.ts';

function runs(type: ScheduleType, config: object, from: string): string[] {
  const read = readSchedule(type, config);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return nextRuns(read.schedule, 5, new Date(from)).map((at) => at.toISOString());
}

describe('the next five runs', () => {
  test('daily at a local time, also across the end of daylight saving time', () => {
    expect(runs('daily', { hour: 3, timeZone: 'Europe/Berlin' }, '2026-10-23T12:00:00Z')).toEqual([
      '2026-10-24T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-26T02:00:00.000Z',
      '2026-10-27T02:00:00.000Z',
      '2026-10-28T02:00:00.000Z',
    ]);
  });

  test('weekly, on the local weekday', () => {
    const all = runs(
      'weekly',
      { weekday: 'monday', hour: 0, minute: 30, timeZone: 'Pacific/Auckland' },
      '2026-11-23T00:00:00Z',
    );
    expect(all[0]).toBe('2026-11-29T11:30:00.000Z');
    expect(all).toHaveLength(5);
  });

  test('like Temporal: day and weekday must both match, and a local time that a clock change skips is no run', () => {
    expect(runs('cron', { expression: '0 6 13 * 5' }, '2026-11-27T07:00:00Z').slice(0, 2)).toEqual([
      '2027-08-13T06:00:00.000Z',
      '2028-10-13T06:00:00.000Z',
    ]);
    const halfPastTwo = { expression: '30 2 27-29 3 *', timeZone: 'Europe/Berlin' };
    expect(runs('cron', halfPastTwo, '2027-03-01T00:00:00Z').slice(0, 2)).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ]);
  });

  test('for cron, and for intervals, which count from 1970 as in Temporal', () => {
    expect(runs('cron', { expression: '0 6 * * 1-5' }, '2026-11-27T07:00:00Z')[0]).toBe('2026-11-30T06:00:00.000Z');
    expect(runs('interval', { everyMinutes: 90 }, '2026-11-23T10:10:00Z').slice(0, 2)).toEqual([
      '2026-11-23T10:30:00.000Z',
      '2026-11-23T12:00:00.000Z',
    ]);
  });
});

test.each(['UTC', 'CET', 'Etc/GMT+5', 'US/Pacific', 'America/Port-au-Prince', 'America/Argentina/Buenos_Aires'])(
  'the time zone %s is accepted',
  (timeZone) => expect(readSchedule('daily', { hour: 3, timeZone }).ok).toBe(true),
);

test.each<[ScheduleType, object, string]>([
  ['cron', {}, 'scheduleConfig.expression'],
  ['cron', { expression: '* * *' }, 'scheduleConfig.expression'],
  ['cron', { expression: '61 * * * *' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 0 30 2 *' }, 'scheduleConfig.expression'],
  ['cron', { expression: '@reboot' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 6 L * *' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 6 15W * *' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 6 * * 1#2' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 6 ? * MON' }, 'scheduleConfig.expression'],
  ['cron', { expression: '0 6 * * sat-sun' }, 'scheduleConfig.expression'],
  ['interval', { everyMinutes: 1 }, 'scheduleConfig.everyMinutes'],
  ['interval', { everyMinutes: 7.5 }, 'scheduleConfig.everyMinutes'],
  ['daily', { hour: 24 }, 'scheduleConfig.hour'],
  ['daily', { hour: 3, timeZone: 'Mars/Olympus' }, 'scheduleConfig.timeZone'],
  ['daily', { hour: 3, timeZone: '+02:00' }, 'scheduleConfig.timeZone'],
  ['daily', { hour: 3, timeZone: 'europe/berlin' }, 'scheduleConfig.timeZone'],
  ['daily', { hour: 3, weekday: 'monday' }, 'scheduleConfig'],
  ['weekly', { weekday: 'someday', hour: 3 }, 'scheduleConfig.weekday'],
  ['weekly', { weekday: 'monday', hour: 3, jitterMinutes: -1 }, 'scheduleConfig.jitterMinutes'],
])('%s %j is refused with an error for %s', (type, config, field) => {
  const read = readSchedule(type, config);
  expect(read.ok).toBe(false);
  if (!read.ok) expect(read.errors.map((error) => error.field)).toContain(field);
});

test('an expression that is right but has no date says so', () => {
  const messageOf = (expression: string): string => {
    const read = readSchedule('cron', { expression });
    return read.ok ? '' : read.errors.map(({ message }) => message).join();
  };
  expect(messageOf('0 0 30 2 *')).toBe('never matches a date; choose a day that the month has');
  expect(messageOf('* * *')).toMatch(/^must be five cron fields/);
});
