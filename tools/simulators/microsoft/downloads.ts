/** The host that returns content for an address with a key in it (docs/vendors/onedrive.md#downloads). */

import { randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import type { SimDrive, SimItem } from './drive-state.ts';
import { toPdf } from './pdf.ts';
import { contentOf } from './state.ts';

const conversions: Readonly<Record<string, (text: string) => [bytes: Buffer, type: string]>> = {
  pdf: (text) => [toPdf(text), 'application/pdf'],
  html: (text) => [Buffer.from(`<!DOCTYPE html><html><body><p>${text}</p></body></html>`), 'text/html'],
};

export class Downloads {
  /** Lifetime of an address, in milliseconds. */
  liveMs = 3_600_000;
  /** Origin of this host; tests replace it to show how a client handles a foreign address. */
  origin = '';
  /** Delivered content has another hash than stated, the same each time (docs/vendors/onedrive.md#items-and-hashes). */
  rewrites = false;
  /** Each transfer is damaged, each time in another way. */
  damages = false;
  /** How often this host redirects before it returns content, and whether it names itself in the new address. */
  redirects = { count: 0, relative: false };
  readonly #tickets = new Map<
    string,
    { drive: SimDrive; item: SimItem; format: string | undefined; expiresAt: number }
  >();

  addressOf(drive: SimDrive, item: SimItem, format?: string): string {
    const ticket = randomBytes(18).toString('base64url');
    this.#tickets.set(ticket, { drive, item, format, expiresAt: Date.now() + this.liveMs });
    return `${this.origin}/download?tempauth=${ticket}`;
  }

  handle(request: SimRequest): SimResponse {
    if (request.method !== 'GET') return { status: 405, mutating: true };
    // The address is the key. A token in addition confuses the host, and would be disclosed to a foreign one.
    if (request.headers.authorization !== undefined) return { status: 401, body: 'Unauthorized' };
    const found = this.#tickets.get(request.query['tempauth'] ?? '');
    if (found === undefined) return { status: 404, body: 'Not Found' };
    if (found.expiresAt <= Date.now()) return { status: 401, body: 'Unauthorized' };
    const hop = Number(request.query['hop'] ?? 0);
    if (hop < this.redirects.count) return this.#redirect(`${request.query['tempauth'] ?? ''}&hop=${hop + 1}`);
    const { drive, item, format } = found;
    if (!drive.items.has(item.id)) return { status: 404, body: 'Not Found' };
    const stored = contentOf(item);
    const extra = this.damages ? randomBytes(8) : Buffer.from(this.rewrites ? ' ' : '');
    const converted = conversions[format ?? '']?.(stored.toString());
    const [bytes, type] = converted ?? [Buffer.concat([stored, extra]), item.mimeType];
    return withRange(bytes, request.headers.range, type, drive.owner);
  }

  #redirect(ticket: string): SimResponse {
    return {
      status: 302,
      headers: { location: `${this.redirects.relative ? '' : this.origin}/download?tempauth=${ticket}` },
    };
  }
}

function withRange(bytes: Buffer, range: string | undefined, type: string, account: string): SimResponse {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (asked === null) return { status: 200, headers: { 'content-type': type }, body: bytes, account };
  const from = Number(asked[1]);
  const to = asked[2] === '' ? bytes.length - 1 : Math.min(Number(asked[2]), bytes.length - 1);
  if (from >= bytes.length) return { status: 416 };
  return {
    status: 206,
    headers: { 'content-type': type, 'content-range': `bytes ${from}-${to}/${bytes.length}` },
    body: bytes.subarray(from, to + 1),
    account,
  };
}
