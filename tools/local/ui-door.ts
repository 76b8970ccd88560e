/**
 * A proxy in front of Temporal's Web UI. The UI has no authentication and accepts any host name, so a foreign page with
 * a domain name that resolves to this machine could start and end workflows. The UI therefore listens on an address
 * that no page can find, and people use this proxy.
 */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { canListen } from './ports.ts';

/** The address of the UI itself. */
export interface Hidden {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns a loopback address that cannot be guessed, if the system has more than one: any of 127.0.0.0/8 on Linux and
 * Windows, but only 127.0.0.1 on macOS.
 */
export async function hiddenHost(): Promise<string> {
  const host = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
  return (await canListen(host, 0)) ? host : '127.0.0.1';
}

/** Serves the hidden UI to people on this machine, on 127.0.0.1. */
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

/** Explains why a request is rejected, or null. */
export function refusalOf({
  method = 'GET',
  headers,
  socket,
}: Pick<IncomingMessage, 'method' | 'headers' | 'socket'>): string | null {
  const own = [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`];
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (!own.includes(host)) return 'This address can be opened only as localhost.';
  if (origin !== undefined && origin !== `http://${host}`) return 'Requests from other sites are not allowed.';
  const isReading = method === 'GET' || method === 'HEAD';
  if (!isReading && origin === undefined) return 'Changes are allowed only from the Web UI’s own pages.';
  // A link that a person follows is allowed, on any page.
  const isFollowed = isReading && mode === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  return isOwn || isFollowed ? null : 'Requests from other sites are not allowed.';
}

function pass(asked: IncomingMessage, answer: ServerResponse, { host, port }: Hidden): void {
  // With this header, the UI does not check that a change comes from its own page.
  const { authorization: _authorization, ...headers } = asked.headers;
  const onward = request({ host, port, method: asked.method, path: asked.url, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, {
      ...answered.headers,
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    });
    // Without this, an answer that breaks off would leave the browser waiting for the rest.
    answered.once('error', () => answer.destroy());
    answered.pipe(answer);
  });
  onward.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { 'content-type': 'text/plain' }).end('Temporal’s Web UI does not respond.\n');
  });
  answer.once('close', () => onward.destroy());
  asked.pipe(onward);
}
