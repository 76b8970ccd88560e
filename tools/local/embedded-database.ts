/**
 * Postgres compiled to WebAssembly, served to exactly one connection, in a separate process (several connections mix up
 * answers: design section 9). Prints a line when it listens; ends on SIGTERM and with its parent. With `--load` it
 * starts in memory from the dump in that file, because creating a database takes seconds, which each test file would
 * need.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, data: { type: 'string' }, load: { type: 'string' } },
});

if (values.data !== undefined) await mkdir(values.data, { recursive: true, mode: 0o700 });
const db = await PGlite.create({
  ...(values.data === undefined ? {} : { dataDir: values.data }),
  ...(values.load === undefined ? {} : { loadDataDir: new Blob([await readFile(values.load)]) }),
  extensions: { vector },
  relaxedDurability: false,
});
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: Number(values.port), maxConnections: 1 });
await server.start();
process.send?.({ listening: server.getServerConn() });

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.stop();
  await db.close();
  process.exit(0);
}
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, () => void stop());
