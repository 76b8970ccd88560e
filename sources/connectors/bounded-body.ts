/** Counts bytes while they are read: the length that an answer states is not trusted (pitfall 22). */

import type { SyncError } from '../../domain/errors.ts';
import { unexpectedAnswer } from './answers.ts';

/**
 * The largest answer that is read, in bytes, apart from contents. The largest real one is a page of Slack's messages,
 * of a few megabytes.
 */
export const maxAnswerBytes = 32 * 1024 * 1024;

/** Returns the same answer, whose body fails with `unexpected_answer` beyond `maxBytes`. */
export function limitAnswer(
  response: Response,
  about: { readonly vendor: string; readonly call: string },
  maxBytes = maxAnswerBytes,
): Response {
  return limitBody(response, maxBytes, () => unexpectedAnswer(about, `more than ${maxBytes} bytes`));
}

/** Returns the same response, whose body fails with `tooLong` once more than `maxBytes` have been read. */
export function limitBody(response: Response, maxBytes: number, tooLong: () => SyncError): Response {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(tooLong());
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(counter) ?? null, response);
}

/** Reads a body to its end. @throws the error made by `tooLong` or, for a truncated body, by `cutShort` */
export async function readBody(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
  errors: { readonly tooLong: () => SyncError; readonly cutShort: () => SyncError },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += part.byteLength;
      if (length > maxBytes) break;
      parts.push(part);
    }
  } catch {
    signal.throwIfAborted();
    throw errors.cutShort();
  }
  if (length > maxBytes) throw errors.tooLong();
  return Buffer.concat(parts);
}
