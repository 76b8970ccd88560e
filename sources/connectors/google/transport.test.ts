/** The transport of Google's client does what Google's own would, and reads no more than it is told to. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { GaxiosError } from 'gaxios';
import { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import { fetchFromGoogle } from './transport.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
] as const)('an answer and the reason of a refusal arrive decompressed (%s)', async (encoding, compress) => {
  const url = await serve(({ url: path }, response) => {
    response.writeHead(path === '/refused' ? 403 : 200, { 'content-encoding': encoding });
    response.end(compress(`the answer to ${path}`));
  });
  expect(await (await fetchFromGoogle(`${url}file`)).text()).toBe('the answer to /file');
  const refused = await fetchFromGoogle(`${url}refused`);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toBe('the answer to /refused');
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['as it is', (text: string) => Buffer.from(text)],
] as const)('the bytes of a file are its own, however short (%s)', async (encoding, compress) => {
  const url = await serve(({ url: path }, response) => {
    if (encoding !== 'as it is') response.setHeader('content-encoding', encoding);
    response.end(compress('x'.repeat(Number(path?.slice(1)))));
  });
  for (const length of [0, 5, 5000, 16_384, 100_000]) {
    const bytes = await (await fetchFromGoogle(`${url}${length}`)).arrayBuffer();
    expect(Buffer.from(bytes).toString()).toBe('x'.repeat(length));
  }
});

describe('Google’s client with this transport', () => {
  async function ask(status: number, type: string, body: string): Promise<unknown> {
    const url = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': type, 'retry-after': '30' }).end(body);
    });
    const client = new drive_v3.Drive({ rootUrl: url, fetchImplementation: fetchFromGoogle, retry: false });
    return await client.about.get({ fields: 'user' }).catch((error: unknown) => error);
  }
  const reason = { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }], message: 'Slow down.' } };

  test('reads an answer', async () => {
    const json = JSON.stringify({ user: { emailAddress: 'ana@example.com' } });
    expect(await ask(200, 'application/json', json)).toMatchObject({ data: JSON.parse(json), status: 200 });
  });

  test.each(['application/json; charset=UTF-8', 'application/problem+json', 'text/html'])(
    'reads the reason of a refusal and how long to wait (%s)',
    async (type) => {
      const { response } = (await ask(403, type, JSON.stringify(reason))) as GaxiosError;
      const data: unknown = response?.data;
      const text = data instanceof Blob ? await data.text() : typeof data === 'string' ? data : JSON.stringify(data);
      expect([response?.status, text]).toEqual([403, JSON.stringify(reason)]);
      expect(response?.headers.get('retry-after')).toBe('30');
    },
  );
});

test('megabytes packed into kilobytes are not unpacked beyond the limit', async () => {
  const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  });
  const before = process.memoryUsage().arrayBuffers;
  await expect(fetchFromGoogle(url, { size: 100_000 })).rejects.toThrow('over the limit');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});

test('a longer answer is not read, if it says how long it is', async () => {
  let sent = 0;
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 64 * 1024 * 1024 });
    const part = Buffer.alloc(64 * 1024);
    const send = (): void => {
      while (!response.destroyed && sent < 64 * 1024 * 1024 && response.write(part)) sent += part.length;
    };
    response.on('drain', send);
    send();
  });
  await expect(fetchFromGoogle(url, { size: 32 * 1024 * 1024 })).rejects.toThrow('over the limit');
  expect(sent).toBeLessThan(16 * 1024 * 1024);
});

test('a refusal without a body that states an encoding, and after hints, is that refusal', async () => {
  const url = await serve((_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.writeHead(429, { 'content-encoding': 'gzip', 'retry-after': '30', 'content-length': 0 }).end();
  });
  const { status, headers } = await fetchFromGoogle(url);
  expect([status, headers.get('retry-after')]).toEqual([429, '30']);
});

test('a proxy whose address is wrong fails what is requested, and not the process', async () => {
  const code = `const { fetchFromGoogle } = await import('./transport.ts');
    console.log(await fetchFromGoogle('http://google.invalid/file').catch(() => 'failed'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
    env: { HTTP_PROXY: 'proxy.corp:3128' },
    timeout: 30_000,
  });
  expect(stdout).toBe('failed\n');
});

test('a redirect is returned, not followed', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const { status, headers } = await fetchFromGoogle(url, { headers: { authorization: 'Bearer secret' } });
  expect([status, headers.get('location')]).toEqual([302, '/elsewhere']);
  expect(asked).toEqual(['/']);
});

test('an aborted request ends at once', async () => {
  const url = await serve(() => {});
  const signal = AbortSignal.timeout(50);
  await expect(fetchFromGoogle(url, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('the proxy of the environment is asked', async () => {
  const proxy = await serve(({ url }, response) => {
    response.end(`asked for ${url}`);
  });
  const code = `const { fetchFromGoogle } = await import('./transport.ts');
    console.log(await (await fetchFromGoogle('http://google.invalid/file')).text());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
    env: { HTTP_PROXY: proxy },
    timeout: 30_000,
  });
  expect(stdout).toBe('asked for http://google.invalid/file\n');
});
