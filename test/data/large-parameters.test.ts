/** Large parameters reach PostgreSQL as the driver would send them, but are not copied before. */

import { createHash, randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { sendLargeParametersUncopied } from '../../db/access/large-parameters.ts';
import { createEmptyDatabase, type TestDatabase } from '../harness/database.ts';

type Connection = { bind(config: object): void };

let database: TestDatabase;
beforeAll(async () => (database = await createEmptyDatabase()), 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

const large = Buffer.alloc(100_000, 'salt ');
const toText = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

/** A connection to nobody, which remembers what was written. */
function connect() {
  const written: Buffer[] = [];
  const stream = new Duplex({
    read: () => {},
    write: (piece: Buffer, _, done) => {
      written.push(piece);
      done();
    },
  });
  return { connection: Object.assign(new pg.Connection(), { stream }) as unknown as Connection, written };
}

function connectUncopied(): ReturnType<typeof connect> {
  const connected = connect();
  sendLargeParametersUncopied(connected as unknown as pg.ClientBase);
  return connected;
}

test.each([
  ['of each kind', { values: [large, null, undefined, 'Ärger 🛟', 7, Buffer.from('x'), large], valueMapper: toText }],
  ['with names, and an answer in binary', { portal: 'p', statement: 's', binary: true, values: [large] }],
  ['of which some are empty', { values: [Buffer.alloc(0), large, ''] }],
])('parameters %s are the same message as the driver writes', (_, config) => {
  const [own, drivers] = [connectUncopied(), connect()];
  own.connection.bind(config);
  drivers.connection.bind(config);
  expect(Buffer.concat(own.written).equals(Buffer.concat(drivers.written))).toBe(true);
});

test('a large parameter is written from where it is', () => {
  const { connection, written } = connectUncopied();
  connection.bind({ values: ['x', large] });
  expect(written.some((piece) => piece.buffer === large.buffer)).toBe(true);
});

test('a statement without one is written by the driver, in one piece', () => {
  const { connection, written } = connectUncopied();
  connection.bind({ values: ['x', Buffer.from('y')] });
  expect(written).toHaveLength(1);
});

test('the database receives them whole, also after a statement that it refused', async () => {
  for (const size of [32 * 1024 - 1, 32 * 1024, 5_000_000]) {
    const bytes = randomBytes(size);
    const { rows } = await sql`
      select md5(${bytes}::bytea) as hash, ${null}::text as nothing, ${'tide 🌊'}::text as text`.execute(database.db);
    expect(rows).toEqual([{ hash: createHash('md5').update(bytes).digest('hex'), nothing: null, text: 'tide 🌊' }]);
    await expect(sql`select ${bytes}::bytea, 'no number'::integer`.execute(database.db)).rejects.toThrow('no number');
  }
});
