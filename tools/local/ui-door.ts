/**
 * The way to Temporal's Web UI. The UI asks nobody to sign in and takes any name for its own, so that a page elsewhere whose
 * name is made to point here could start and end workflows through it. It listens where no page finds it; people come in here.
 */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

/** Where the UI itself listens. */
export interface Hidden {
  readonly host: string;
  readonly port: number;
}

/**
 * A loopback address that cannot be guessed, where the system has more than one: of 127.0.0.0/8 any on Linux and Windows,
 * on macOS only 127.0.0.1.
 */
export async function hiddenHost(): Promise<string> {
  const host = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
  return (await canListen(host)) ? host : '127.0.0.1';
}

async function canListen(host: string): Promise<boolean> {
  const server = createTcpServer();
  try {
    await once(server.listen(0, host), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Serves what is hidden to people on this machine, on 127.0.0.1. */
export async function openUiDoor(port: number, hidden: Hidden): Promise<AsyncDisposable> {
  const server = createServer((asked, answer) => {
    const refusal = refusalOf(asked);
    if (refusal === null) pass(asked, answer, hidden);
    else answer.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Why a request is not let in, or null. */
export function refusalOf({
  method = 'GET',
  headers,
  socket,
}: Pick<IncomingMessage, 'method' | 'headers' | 'socket'>): string | null {
  const own = [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`];
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (!own.includes(host)) return 'This address answers to localhost only.';
  if (origin !== undefined && origin !== `http://${host}`) return 'Pages from elsewhere are not served.';
  const isReading = method === 'GET' || method === 'HEAD';
  if (!isReading && origin === undefined) return 'A change is taken from the Web UI’s own pages only.';
  // A link that somebody follows is fine, whatever page it stands on.
  const isFollowed = isReading && mode === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  return isOwn || isFollowed ? null : 'Pages from elsewhere are not served.';
}

function pass(asked: IncomingMessage, answer: ServerResponse, { host, port }: Hidden): void {
  // With this header the UI asks for no proof that a change comes from its own page.
  const { authorization: _authorization, ...headers } = asked.headers;
  const onward = request({ host, port, method: asked.method, path: asked.url, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, {
      ...answered.headers,
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    });
    answered.pipe(answer);
  });
  onward.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { 'content-type': 'text/plain' }).end('Temporal’s Web UI does not answer.\n');
  });
  answer.once('close', () => onward.destroy());
  asked.pipe(onward);
}
