/** Ports of this machine's own address. */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Returns a port that is free at this moment. Systems give connections ports from 32768 (Linux) or 49152 (macOS,
 * Windows) on; one of those could be taken again before it is used.
 * @throws Error if this machine lets nobody listen
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(20_000, 32_768);
    if (await canListen('127.0.0.1', port)) return port;
  }
  throw new Error('No free port was found on 127.0.0.1 between 20000 and 32767.');
}

/** Checks whether a program may listen there, on any free port if `port` is 0. */
export async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Checks whether a program listens on the port. */
export async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
