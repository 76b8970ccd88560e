import { StringDecoder } from 'node:string_decoder';

/**
 * Reads a response body as text. Its parts are decoded as they arrive and not copied into one buffer first, which would
 * be as large as the vectors of a batch.
 * @throws Error if it is larger than `maxBytes`, before all of it is in memory
 */
export async function readResponseText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new StringDecoder('utf8');
  const parts: string[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.byteLength;
    if (length > maxBytes) throw new Error('the answer is too long');
    parts.push(decoder.write(part));
  }
  return parts.join('') + decoder.end();
}
