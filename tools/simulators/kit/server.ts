import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CallLog } from './call-log.ts';
import { type FaultEffect, Faults } from './faults.ts';

export interface SimRequest {
  /** The answer will be replaced by a scripted error, so nothing may change. */
  readonly willFail: boolean;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The query again, for repeated parameters. */
  readonly params: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface SimResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly account?: string | null;
  readonly mutating?: boolean;
  /** It creates, renews or cancels a subscription to notifications. */
  readonly subscription?: boolean;
}

export interface SimServer extends AsyncDisposable {
  readonly url: string;
  readonly log: CallLog;
  readonly faults: Faults;
}

/** The logs of all simulators started by this process, so that a test can check something for all of them. */
export const callLogs: CallLog[] = [];

const maxBody = 64 * 1024 * 1024;

/** Serves one simulated vendor on its own loopback port (0: any free one), with a call log and scripted faults. */
export async function serve(
  port: number,
  handle: (request: SimRequest) => SimResponse | Promise<SimResponse>,
): Promise<SimServer> {
  const log = new CallLog();
  callLogs.push(log);
  const faults = new Faults();
  const server = createServer((message, response) => {
    void answer(message, response, handle, log, faults).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    faults,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  handle: (request: SimRequest) => SimResponse | Promise<SimResponse>,
  log: CallLog,
  faults: Faults,
): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const asked = {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    params: url.searchParams,
    headers: message.headers,
    body: await readBody(message),
  };
  const fault = asked.path.startsWith('/__sim/') ? null : faults.match(asked);
  const request: SimRequest = { ...asked, willFail: fault?.status !== undefined };
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
  await fault?.until;
  const result = await handle(request);
  const sent = fault === null ? result : withFault(result, fault, request);
  if (!request.path.startsWith('/__sim/')) {
    log.add({
      at: Date.now(),
      method: request.method,
      path: request.path,
      query: request.query,
      status: fault?.reset === true ? 0 : sent.status,
      account: result.account ?? null,
      mutating: (result.mutating ?? false) || (result.subscription ?? false),
      subscription: result.subscription ?? false,
    });
  }
  if (fault?.answerDelayMs !== undefined) await sleep(fault.answerDelayMs);
  await fault?.answerUntil;
  send(response, sent, fault);
}

function withFault(result: SimResponse, fault: FaultEffect, request: SimRequest): SimResponse {
  if (fault.status !== undefined)
    return { ...result, status: fault.status, headers: fault.headers ?? {}, body: fault.body };
  const mayRewrite = result.status >= 200 && result.status < 300 && !Buffer.isBuffer(result.body);
  if (fault.rewrite === undefined || !mayRewrite) return result;
  return { ...result, body: fault.rewrite(structuredClone(result.body), request) };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of message) {
    length += (part as Buffer).length;
    if (length > maxBody) throw new Error('request body too large');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

function send(response: ServerResponse, result: SimResponse, fault: FaultEffect | null): void {
  if (fault?.reset === true) {
    response.socket?.resetAndDestroy();
    return;
  }
  const { bytes, type } = encode(result.body);
  response.writeHead(result.status, { 'content-type': type, 'content-length': bytes.length, ...result.headers });
  if (fault?.truncate === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length * fault.truncate)), () => response.socket?.destroy());
}

function encode(body: unknown): { readonly bytes: Buffer; readonly type: string } {
  if (body === undefined) return { bytes: Buffer.alloc(0), type: 'text/plain' };
  if (Buffer.isBuffer(body)) return { bytes: body, type: 'application/octet-stream' };
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/html; charset=utf-8' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json; charset=UTF-8' };
}
