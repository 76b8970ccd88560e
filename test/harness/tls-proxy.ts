import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Stands before a gRPC server as Temporal Cloud's entrance does: TLS, an API key with each call, no operator service. */
export interface TlsProxy extends AsyncDisposable {
  readonly address: string;
  /** The certificate to trust, as a file. */
  readonly caFile: string;
  /** Calls that were refused, because they had no key or another one. */
  readonly refused: () => number;
}

/** Two of gRPC's status codes. */
const [unimplemented, unauthenticated] = ['12', '16'];

/** @param target host and port of the server @param apiKey the key that every call must carry */
export async function startTlsProxy(target: string, apiKey: string): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-tls-'));
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = [
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ];
  const subject = ['-subj', '/CN=localhost', ...names];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', caFile]);
  const upstream = connect(`http://${target}`);
  const server = createSecureServer({ key: await readFile(keyFile), cert: await readFile(caFile) });
  let refused = 0;
  server.on('stream', (stream, headers) => {
    const refuse = (status: string): void =>
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status },
        { endStream: true },
      );
    if (headers.authorization !== `Bearer ${apiKey}`) {
      refused++;
      refuse(unauthenticated);
    } else if (headers[':path']?.includes('.operatorservice.') === true) refuse(unimplemented);
    else forward(stream, upstream.request(withoutScheme(headers)));
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    caFile,
    refused: () => refused,
    [Symbol.asyncDispose]: async () => {
      upstream.destroy();
      for (const session of sessions) session.destroy();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function withoutScheme(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...headers, ':scheme': 'http' };
}

/** gRPC says how a call ended in trailers, after the body. */
function forward(stream: ServerHttp2Stream, request: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: IncomingHttpHeaders = {};
  request.on('response', (headers, flags) => {
    const endStream = (flags & 1) === 1;
    if (!stream.destroyed) stream.respond(headers, endStream ? { endStream } : { waitForTrailers: true });
  });
  request.on('trailers', (last) => {
    trailers = last;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.pipe(request).pipe(stream);
  stream.on('error', () => request.destroy());
  stream.on('close', () => request.destroy());
  // Otherwise the answer is still to be sent to its end.
  request.on('error', () => stream.destroy());
}
