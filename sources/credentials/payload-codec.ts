import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { PayloadUnreadableError } from '../../domain/errors.ts';
import type { Keyring } from './keyring.ts';

/** As in Temporal's own examples, so that its tools show that a payload is encrypted. */
const encoding = 'binary/encrypted';
const boundTo = 'temporal payload';

/** The sealed content: the payload as it was, its parts in base64. */
const sealedPayload = z.object({ metadata: z.record(z.string(), z.string()), data: z.string() });

/**
 * Encrypts what Temporal stores of a workflow: inputs, results, signals, updates, queries, memos and summaries. Search
 * attributes stay as they are, because Temporal searches them. No payload is bound to its workflow, because a codec server
 * is not told which one it belongs to; the constant keeps payloads apart from the secrets in the database.
 * @param encrypts without it nothing is encrypted, but what was encrypted is still read
 */
export function createPayloadCodec(keyring: Keyring, encrypts: boolean): PayloadCodec {
  return {
    encode: async (payloads) => await Promise.resolve(encrypts ? payloads.map((one) => seal(keyring, one)) : payloads),
    decode: async (payloads) => await Promise.resolve(payloads.map((one) => open(keyring, one))),
  };
}

function seal(keyring: Keyring, payload: Payload): Payload {
  if (isSealed(payload)) return payload;
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, bytes]) => [name, toBase64(bytes)]);
  const whole = { metadata: Object.fromEntries(metadata) as Record<string, string>, data: toBase64(payload.data) };
  const envelope = keyring.seal(whole satisfies z.infer<typeof sealedPayload>, boundTo);
  return {
    metadata: { encoding: Buffer.from(encoding), 'encryption-key-id': Buffer.from(envelope.kid) },
    data: Buffer.from(JSON.stringify(envelope)),
  };
}

/**
 * A payload that is not encrypted is returned as it is: it is older, or a person has sent it by hand.
 * @throws PayloadUnreadableError
 */
function open(keyring: Keyring, payload: Payload): Payload {
  if (!isSealed(payload)) return payload;
  const { metadata, data } = openEnvelope(keyring, payload);
  const parts = Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const);
  return { metadata: Object.fromEntries(parts), data: Buffer.from(data, 'base64') };
}

function openEnvelope(keyring: Keyring, { data }: Payload): z.infer<typeof sealedPayload> {
  try {
    return sealedPayload.parse(keyring.open(JSON.parse(Buffer.from(data ?? []).toString()), boundTo));
  } catch (error) {
    const hint = 'it was changed, or its key is missing in ENCRYPTION_KEY_PREVIOUS';
    throw new PayloadUnreadableError(`An encrypted payload of Temporal cannot be read: ${hint}.`, { cause: error });
  }
}

function isSealed({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === encoding;
}

function toBase64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
