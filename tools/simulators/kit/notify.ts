/** Sends a vendor's notification: one POST to a registered address. */

export interface Notified {
  readonly status: number;
  readonly text: string;
}

/** Vendors give a receiver seconds, not minutes. */
const timeoutMs = 10_000;

/** @returns the receiver's answer; status 0 if there was none */
export async function notify(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Notified> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(address, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

/** Accepts https, as vendors require, or a receiver on this machine. */
export function isAcceptable(address: unknown): address is string {
  if (typeof address !== 'string' || !URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname));
}

export function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
