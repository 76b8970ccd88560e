import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createClient, pineconeError } from './pinecone-client.ts';

async function listen(handle: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test.each([301, 302, 307, 308])('a redirect (%i) is not followed: the key is sent to no other host', async (status) => {
  const keys: unknown[] = [];
  const elsewhere = await listen((request, response) => {
    keys.push(request.headers['api-key']);
    response.end('{}');
  });
  const here = await listen((_, response) => {
    response.writeHead(status, { location: `${elsewhere.url}/indexes/x` });
    response.end();
  });
  const settings = { apiKey: 'secret', controllerHost: here.url, region: 'aws/us-east-1' };
  const client = await createClient(settings, { signal: new AbortController().signal });
  const error: unknown = await client.indexes.describe('x').catch((thrown: unknown) => thrown);
  here.server.close();
  elsewhere.server.close();
  expect(keys).toEqual([]);
  expect(pineconeError(error)).toMatchObject({ kind: 'invalid_input', code: 'vector_store_redirects' });
});
