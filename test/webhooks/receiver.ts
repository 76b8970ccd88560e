import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** One delivery as it arrived. */
export interface Received {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A user's own endpoint on this machine: keeps what comes and answers what it is told to. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** The next answers, then 200 again. */
  readonly answers: { status: number; headers?: Record<string, string> }[];
  /** Verified with the official library. @throws when the signature does not fit */
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
