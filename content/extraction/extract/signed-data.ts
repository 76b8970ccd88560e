/**
 * Takes the content out of a signed message (CMS, RFC 5652: `.p7m`, opaque S/MIME). The signature is not checked: what
 * is read is what its reader would see.
 */

/** Object identifiers with their tag and length. */
const signedData = Buffer.from('06092a864886f70d010702', 'hex');
const data = Buffer.from('06092a864886f70d010701', 'hex');
const tags = { octets: 0x04, sequence: 0x30, constructedOctets: 0x24 } as const;
const endOfContents = 0;
/** The type stands within these bytes. */
const startBytes = 64;
/** Real messages have about six levels. */
const maxDepth = 20;

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** The place where the next element begins. */
  readonly end: number;
}

/** @returns null if the bytes are not a signed message, or its content is elsewhere or encrypted */
export function signedContent(bytes: Uint8Array): Uint8Array | null {
  const der = fromText(bytes);
  if (!isSigned(der)) return null;
  try {
    return findContent(der);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether the bytes begin like a signed message, whether or not it contains what was signed. */
export function isSigned(der: Uint8Array): boolean {
  return der[0] === tags.sequence && Buffer.from(der.subarray(0, startBytes)).includes(signedData);
}

/** Files are also saved as base64, with or without PEM's lines. */
function fromText(bytes: Uint8Array): Uint8Array {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64));
  if (!/^(-----BEGIN (PKCS7|CMS)-----|MI[A-Za-z0-9+/\r\n]{20})/.test(start)) return bytes;
  return Buffer.from(new TextDecoder('latin1').decode(bytes).replaceAll(/-----[^-]+-----/g, ''), 'base64');
}

/** ContentInfo → SignedData → encapContentInfo → eContent: the octets after the type of the content. */
function findContent(der: Uint8Array): Uint8Array | null {
  const info = elementAt(der, 0, 0);
  const [, wrapped] = childrenOf(info);
  const [signed] = wrapped === undefined ? [] : childrenOf(wrapped);
  const encapsulated = signed === undefined ? undefined : childrenOf(signed).find(isContentInfo);
  const content = encapsulated === undefined ? undefined : childrenOf(encapsulated)[1];
  const [octets] = content === undefined ? [] : childrenOf(content);
  return octets === undefined ? null : octetsOf(octets, 0);
}

function isContentInfo({ tag, content }: Element): boolean {
  return tag === tags.sequence && Buffer.from(content.subarray(0, data.length)).equals(data);
}

/** A long content may be cut into pieces, one after another. */
function octetsOf({ tag, content }: Element, depth: number): Uint8Array {
  if (tag === tags.octets) return content;
  if (tag !== tags.constructedOctets || depth > maxDepth) throw new RangeError('no octets');
  return Buffer.concat(childrenOf({ content }).map((piece) => octetsOf(piece, depth + 1)));
}

function childrenOf({ content }: Pick<Element, 'content'>): Element[] {
  const children: Element[] = [];
  for (let at = 0; at < content.length && content[at] !== endOfContents;) {
    const child = elementAt(content, at, 0);
    children.push(child);
    at = child.end;
  }
  return children;
}

/** @throws RangeError if the bytes are not an element of BER */
function elementAt(bytes: Uint8Array, at: number, depth: number): Element {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || depth > maxDepth) throw new RangeError('not BER');
  if (first === 0x80) return untilEnd(bytes, at, tag, depth);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (start + length > bytes.length) throw new RangeError('cut off');
  return { tag, content: bytes.subarray(start, start + length), end: start + length };
}

/** An element of indefinite length ends with two zeros after its children. */
function untilEnd(bytes: Uint8Array, at: number, tag: number, depth: number): Element {
  let next = at + 2;
  while (bytes[next] !== endOfContents || bytes[next + 1] !== endOfContents)
    next = elementAt(bytes, next, depth + 1).end;
  return { tag, content: bytes.subarray(at + 2, next), end: next + 2 };
}
