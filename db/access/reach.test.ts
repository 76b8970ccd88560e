import { expect, test } from '@jest/globals';
import { lacksMigrations, UnreachableDatabase } from './reach.ts';

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });
const url = 'postgres://ana:secret%40words@db.example:6432/headwater';

test.each([
  [
    coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:6432'),
    /gave no answer\. Nothing listens at its address.*names its host and port/,
  ],
  [new AggregateError([coded('ECONNREFUSED', '')], ''), /Nothing listens at its address \(ECONNREFUSED\)/],
  [coded('ENOTFOUND', 'getaddrinfo ENOTFOUND db.example'), /Its host name is unknown/],
  [coded('3D000', 'database "headwater" does not exist'), /has no database "headwater"\. Create it/],
  [
    coded('28P01', 'password authentication failed for user "ana"'),
    /refuses the user "ana": password auth.*PGPASSWORD/,
  ],
  [coded('53300', 'sorry, too many clients already'), /accepts no more connections: .*DATABASE_POOL_SIZE/],
  [coded('57P03', 'the database system is starting up'), /is not ready: .*starting up\. Try again/],
  [coded('0A000', 'cannot set transaction read-write mode during recovery'), /accepts no changes: .*primary/],
  [new Error('The server does not support SSL connections'), /cannot be used: The server does not support SSL/],
])('a database that cannot be used is named, with the setting and what to do: %s', (error, words) => {
  const { message } = new UnreachableDatabase(url, 'DATABASE_URL', error);
  expect(message).toMatch(words);
  expect(message).toMatch(/^PostgreSQL at db\.example:6432 \(DATABASE_URL\) /);
  expect(message).not.toContain('secret');
});

test.each([
  [coded('42P01', 'relation "x" does not exist'), true],
  [coded('22023', 'role "headwater_app" does not exist'), true],
  [coded('57P01', 'terminating connection'), false],
])('what a migration would mend is told from other errors: %s', (error, expected) => {
  expect(lacksMigrations(error)).toBe(expected);
});
