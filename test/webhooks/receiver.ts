import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** One delivery as it was received. */
export interface Received {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A user's own endpoint on this machine, which stores requests and answers as configured. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** The next answers; after them, 200 again. */
  readonly answers: { status: number; headers?: Record<string, string> }[];
  /** Verifies with the official library. @throws if the signature is invalid */
  verified(
    secret: string,
  ): { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }[];
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver['answers'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      received.push({ id: headers['webhook-id'] ?? '', body, headers });
      const { status, headers: extra = {} } = answers.shift() ?? { status: 200 };
      response.writeHead(status, extra).end('an answer that nobody reads');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    verified: (secret) =>
      received.map(
        ({ body, headers }) => new Webhook(secret).verify(body, headers) as ReturnType<Receiver['verified']>[number],
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
