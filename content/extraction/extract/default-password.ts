/**
 * Opens files of Office that are encrypted with the password that Excel tries by itself. Excel encrypts a workbook so if
 * its structure is protected or it may only be read, and opens it without asking ([MS-OFFCRYPTO] 2.3, [MS-XLS] 2.2.10).
 */

import { CFB } from '@e965/xlsx';
import { createDecipheriv, hash } from 'node:crypto';
import { walkXml } from './xml.ts';

export const defaultPassword = 'VelvetSweatshop';
const password = Buffer.from(defaultPassword, 'utf16le');
/** A file may demand any number of rounds; programs write 50,000 or 100,000. */
const maxRounds = 1_000_000;
const standardRounds = 50_000;
const segmentLength = 4096;
/** In bits. A file may state any size, for which memory would be taken. */
const keySizes: ReadonlySet<string> = new Set(['128', '192', '256']);
/** What the keys are for ([MS-OFFCRYPTO] 2.3.4.11 to 2.3.4.13). */
const purposes = { input: 'fea7d2763b4b9e79', value: 'd7aa0f6d3061344e', key: '146e0be7abacd0d6' } as const;

/** @returns the package within an encrypted file of Office, or null if it has another password */
export function openPackage(bytes: Uint8Array): Uint8Array | null {
  const container = CFB.read(Buffer.from(bytes), { type: 'buffer' });
  const [info, encrypted] = ['EncryptionInfo', 'EncryptedPackage'].map((name) =>
    Buffer.from((CFB.find(container, name)?.content ?? []) as Uint8Array),
  );
  if (info === undefined || encrypted === undefined || info.length < 8 || encrypted.length < 8) return null;
  const length = Number(encrypted.readBigUInt64LE(0));
  const content = encrypted.subarray(8);
  const isAgile = info.readUInt16LE(0) === 4 && info.readUInt16LE(2) === 4;
  return (
    (isAgile ? decryptAgile(info.subarray(8), content) : decryptStandard(info, content))?.subarray(0, length) ?? null
  );
}

type Facts = Readonly<Record<string, string>>;

function decryptAgile(xml: Uint8Array, content: Buffer): Buffer | null {
  let [data, key]: Facts[] = [{}, {}];
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'keyData') data = attributes;
      if (name === 'encryptedKey') key = attributes;
    },
  });
  const rounds = Number(key?.['spinCount'] ?? 0);
  if (data === undefined || key === undefined || !(rounds <= maxRounds) || data['cipherAlgorithm'] !== 'AES')
    return null;
  if (![data, key].every(({ keyBits }) => keySizes.has(keyBits ?? ''))) return null;
  const facts = key;
  const algorithm = algorithmOf(facts);
  const salt = bytesOf(facts, 'saltValue');
  const base = spin(algorithm, digest(algorithm, salt, password), rounds);
  const open = (purpose: string, name: string): Buffer => {
    const full = Buffer.alloc(Number(facts['keyBits']) / 8, 0x36);
    digest(algorithm, base, Buffer.from(purpose, 'hex')).copy(full);
    return decrypt('cbc', full, bytesOf(facts, name), salt);
  };
  const verifier = digest(algorithm, open(purposes.input, 'encryptedVerifierHashInput'));
  if (!open(purposes.value, 'encryptedVerifierHashValue').subarray(0, verifier.length).equals(verifier)) return null;
  const secret = open(purposes.key, 'encryptedKeyValue').subarray(0, Number(data['keyBits']) / 8);
  const parts: Buffer[] = [];
  for (let at = 0, segment = 0; at < content.length; at += segmentLength, segment++) {
    const iv = digest(algorithmOf(data), bytesOf(data, 'saltValue'), number(segment));
    parts.push(decrypt('cbc', secret, content.subarray(at, at + segmentLength), iv));
  }
  return Buffer.concat(parts);
}

/** The form of Office 2007, with keys of SHA-1. */
function decryptStandard(info: Buffer, content: Buffer): Buffer | null {
  const header = 12;
  const verifierAt = header + info.readUInt32LE(8);
  const keyLength = info.readUInt32LE(header + 16) / 8;
  const [salt, verifier, check] = verifierIn(info, verifierAt, 32);
  const last = digest('sha1', spin('sha1', digest('sha1', salt, password), standardRounds), number(0));
  const padded = (filler: number): Buffer =>
    digest('sha1', Buffer.from(Array.from({ length: 64 }, (_, i) => filler ^ (last[i] ?? 0))));
  const key = Buffer.concat([padded(0x36), padded(0x5c)]).subarray(0, keyLength);
  const expected = digest('sha1', decrypt('ecb', key, verifier));
  return decrypt('ecb', key, check).subarray(0, expected.length).equals(expected) ? decrypt('ecb', key, content) : null;
}

/** @returns salt, verifier and the verifier's hash of this length */
function verifierIn(info: Buffer, at: number, length: number): [Buffer, Buffer, Buffer] {
  return [info.subarray(at + 4, at + 20), info.subarray(at + 20, at + 36), info.subarray(at + 40, at + 40 + length)];
}

/** Whole blocks only: what is behind them belongs to nothing. */
function decrypt(mode: 'cbc' | 'ecb', key: Buffer, data: Buffer, iv?: Buffer): Buffer {
  const start = mode === 'ecb' ? null : (iv ?? Buffer.alloc(0)).subarray(0, 16);
  const decipher = createDecipheriv(`aes-${key.length * 8}-${mode}`, key, start).setAutoPadding(false);
  return Buffer.concat([decipher.update(data.subarray(0, data.length & ~15)), decipher.final()]);
}

/** Records of a workbook that are never encrypted ([MS-XLS] 2.2.10), and the one that says that the others are. */
const filePass = 0x002f;
const plainRecords: ReadonlySet<number> = new Set([0x0809, filePass, 0x00e1, 0x0194, 0x0195, 0x0196, 0x0138]);
/** The first four bytes of it are a position. */
const boundSheet = 0x0085;
/** The end of a list of interfaces, which says nothing. */
const skippedRecord = 0x00e2;
const blockLength = 1024;

/** Gives back a byte, from its place in the stream and the length of its record. */
type Decipher = (byte: number, at: number, length: number) => number;

/** @returns the workbook of before 2007 without its encryption, or null if it has none, or another password */
export function openWorkbook(bytes: Uint8Array): Uint8Array | null {
  const container = CFB.read(Buffer.from(bytes), { type: 'buffer' });
  const entry = CFB.find(container, 'Workbook') ?? CFB.find(container, 'Book');
  if (entry === null || entry === undefined) return null;
  const stream = Buffer.from(entry.content as Uint8Array);
  const decipher = decipherOf(stream);
  if (decipher === null) return null;
  for (const { type, at, length } of recordsOf(stream)) {
    if (type === filePass) stream.writeUInt16LE(skippedRecord, at - 4);
    if (plainRecords.has(type)) continue;
    for (let i = at + (type === boundSheet ? 4 : 0); i < at + length; i++)
      stream[i] = decipher(stream[i] ?? 0, i, length);
  }
  entry.content = stream;
  return CFB.write(container, { type: 'buffer' }) as Uint8Array;
}

function* recordsOf(
  stream: Buffer,
): Generator<{ readonly type: number; readonly at: number; readonly length: number }> {
  for (let at = 4; at <= stream.length;) {
    const length = Math.min(stream.readUInt16LE(at - 2), stream.length - at);
    yield { type: stream.readUInt16LE(at - 4), at, length };
    at += length + 4;
  }
}

/** What Excel 95 makes of the password: bytes, and a sum that tells whether it is this one ([MS-OFFCRYPTO] 2.3.7). */
const xorBytes = Buffer.from('876b9ae21ee305621e699660986e9404', 'hex');
const xorSum = 0x9a0a;

/** @returns null if the password or the way is another one */
function decipherOf(stream: Buffer): Decipher | null {
  const record = [...recordsOf(stream)].find(({ type }) => type === filePass);
  if (record === undefined) return null;
  const info = stream.subarray(record.at, record.at + record.length);
  const isXor = info.length === 4 || (info.length === 6 && info.readUInt16LE(0) === 0);
  if (isXor) return info.readUInt16LE(info.length - 2) === xorSum ? turnBack : null;
  const keyOf = keysOf(info);
  if (keyOf === null) return null;
  const keys = keyStream(stream.length, keyOf);
  return (byte, at) => byte ^ (keys[at] ?? 0);
}

/** The way of Excel 95: each byte was turned by five bits, and then changed by one of the password's. */
function turnBack(byte: number, at: number, length: number): number {
  const turned = byte ^ (xorBytes[(at + length) % xorBytes.length] ?? 0);
  return ((turned << 3) | (turned >> 5)) & 0xff;
}

/** @returns a function from the number of a block to its key, or null if the password or the way is another one */
function keysOf(info: Buffer): ((block: number) => Buffer) | null {
  if (info.length < 54 || info.readUInt16LE(0) !== 1) return null;
  return info.readUInt16LE(2) === 1 ? keysOfOldForm(info) : keysOfNewForm(info.subarray(2));
}

function keysOfOldForm(info: Buffer): ((block: number) => Buffer) | null {
  const [salt, verifier, check] = [6, 22, 38].map((at) => info.subarray(at, at + 16)) as [Buffer, Buffer, Buffer];
  const short = (data: Buffer): Buffer => digest('md5', data).subarray(0, 5);
  const base = short(Buffer.concat(Array.from({ length: 16 }, () => [short(password), salt]).flat()));
  const keyOf = (block: number): Buffer => digest('md5', base, number(block));
  const opened = rc4(keyOf(0), Buffer.concat([verifier, check]));
  return digest('md5', opened.subarray(0, 16)).equals(opened.subarray(16)) ? keyOf : null;
}

function keysOfNewForm(info: Buffer): ((block: number) => Buffer) | null {
  const header = 12;
  const [salt, verifier, check] = verifierIn(info, header + info.readUInt32LE(8), 20);
  const bits = info.readUInt32LE(header + 16) || 40;
  const base = digest('sha1', salt, password);
  const keyOf = (block: number): Buffer => {
    const key = digest('sha1', base, number(block)).subarray(0, bits / 8);
    // Keys of 40 bits are filled with zeros.
    return bits === 40 ? Buffer.concat([key, Buffer.alloc(11)]) : key;
  };
  const opened = rc4(keyOf(0), Buffer.concat([verifier, check]));
  return digest('sha1', opened.subarray(0, 16)).equals(opened.subarray(16)) ? keyOf : null;
}

/** Each block has a key of its own. */
function keyStream(length: number, keyOf: (block: number) => Buffer): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / blockLength) }, (_, block) =>
    rc4(keyOf(block), Buffer.alloc(blockLength)),
  );
  return Buffer.concat(blocks);
}

/** RC4, which Node.js no longer includes. */
function rc4(key: Buffer, data: Buffer): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  const swap = (a: number, b: number): void => {
    [state[a], state[b]] = [state[b] ?? 0, state[a] ?? 0];
  };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + (state[i] ?? 0) + (key[i % key.length] ?? 0)) & 0xff;
    swap(i, j);
  }
  let [i, j] = [0, 0];
  const output = data.map((byte) => {
    i = (i + 1) & 0xff;
    j = (j + (state[i] ?? 0)) & 0xff;
    swap(i, j);
    return byte ^ (state[((state[i] ?? 0) + (state[j] ?? 0)) & 0xff] ?? 0);
  });
  return Buffer.from(output);
}

function spin(algorithm: string, start: Buffer, rounds: number): Buffer {
  let current = start;
  for (let i = 0; i < rounds; i++) current = digest(algorithm, number(i), current);
  return current;
}

function digest(algorithm: string, ...data: readonly Buffer[]): Buffer {
  return hash(algorithm, Buffer.concat(data), 'buffer');
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function bytesOf(facts: Facts, name: string): Buffer {
  return Buffer.from(facts[name] ?? '', 'base64');
}

function algorithmOf(facts: Facts): string {
  return (facts['hashAlgorithm'] ?? '').replace('-', '').toLowerCase();
}
