/** Files of Office that are encrypted with a password, as Excel writes them ([MS-OFFCRYPTO] 2.3.4 and 2.3.6). */

import { CFB } from '@e965/xlsx';
import { createCipheriv, hash } from 'node:crypto';

const salt = Buffer.alloc(16, 7);
const digest = (algorithm: string, ...data: readonly Uint8Array[]): Buffer =>
  hash(algorithm, Buffer.concat(data), 'buffer');

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Encrypts a package (.xlsx) in the form of Office 2010 and later. */
export function encryptPackage(content: Uint8Array, password: string, rounds = 1000): Uint8Array {
  const sha = (...data: readonly Uint8Array[]): Buffer => digest('sha512', ...data);
  const encrypt = (key: Uint8Array, iv: Uint8Array, data: Uint8Array): Buffer => {
    const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, 16)).setAutoPadding(false);
    const padded = Buffer.concat([data, Buffer.alloc((16 - (data.length % 16)) % 16)]);
    return Buffer.concat([cipher.update(padded), cipher.final()]);
  };
  let base = sha(salt, Buffer.from(password, 'utf16le'));
  for (let i = 0; i < rounds; i++) base = sha(number(i), base);
  const keep = (purpose: string, data: Uint8Array): string =>
    encrypt(sha(base, Buffer.from(purpose, 'hex')).subarray(0, 32), salt, data).toString('base64');
  const [secret, input] = [Buffer.alloc(32, 3), Buffer.alloc(16, 5)];
  const facts = `saltValue="${salt.toString('base64')}" keyBits="256" hashAlgorithm="SHA512" cipherAlgorithm="AES"`;
  const info = `<encryption xmlns:p="p"><keyData ${facts}/><p:encryptedKey ${facts} spinCount="${rounds}" encryptedVerifierHashInput="${keep('fea7d2763b4b9e79', input)}" encryptedVerifierHashValue="${keep('d7aa0f6d3061344e', sha(input))}" encryptedKeyValue="${keep('146e0be7abacd0d6', secret)}"/></encryption>`;
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += 4096)
    parts.push(encrypt(secret, sha(salt, number(at / 4096)), content.subarray(at, at + 4096)));
  const container = CFB.utils.cfb_new();
  CFB.utils.cfb_add(container, '/EncryptionInfo', Buffer.from(`\u0004\0\u0004\0\u0040\0\0\0${info}`, 'latin1'));
  CFB.utils.cfb_add(container, '/EncryptedPackage', Buffer.concat([number(content.length), number(0), ...parts]));
  return CFB.write(container, { type: 'buffer' }) as Uint8Array;
}

const bound = { type: 0x85, position: 4 } as const;
const plain: ReadonlySet<number> = new Set([0x809, 0x2f, 0xe1]);

/** Encrypts a workbook of before 2007 with RC4. */
export function encryptWorkbook(workbook: Uint8Array, password: string): Uint8Array {
  const md5 = (...data: readonly Uint8Array[]): Buffer => digest('md5', ...data);
  const short = md5(Buffer.from(password, 'utf16le')).subarray(0, 5);
  const base = md5(...Array.from({ length: 16 }, () => [short, salt]).flat()).subarray(0, 5);
  const keyOf = (block: number): Buffer => md5(base, number(block));
  const verifier = Buffer.alloc(16, 9);
  const check = rc4(keyOf(0), Buffer.concat([verifier, md5(verifier)]));
  const pass = Buffer.concat([Buffer.from([0x2f, 0, 54, 0, 1, 0, 1, 0, 1, 0]), salt, check]);
  const blocks = Math.ceil((workbook.length + pass.length) / 1024);
  const keys = Buffer.concat(Array.from({ length: blocks }, (_, block) => rc4(keyOf(block), Buffer.alloc(1024))));
  return withRecordsChanged(workbook, pass, (byte, at) => byte ^ (keys[at] ?? 0));
}

/** Changes a workbook's bytes as Excel 95 does, with the password that Excel tries by itself ([MS-OFFCRYPTO] 2.3.7). */
export function obfuscateWorkbook(workbook: Uint8Array): Uint8Array {
  const bytes = Buffer.from('876b9ae21ee305621e699660986e9404', 'hex');
  const pass = Buffer.from([0x2f, 0, 6, 0, 0, 0, 0x59, 0xb3, 0x0a, 0x9a]);
  return withRecordsChanged(workbook, pass, (byte, at, length) => {
    const turned = ((byte << 5) | (byte >> 3)) & 0xff;
    return turned ^ (bytes[(at + length) & 15] ?? 0);
  });
}

/** @param pass the record that says how @param change of a byte at a place in the stream, in a record of this length */
function withRecordsChanged(
  workbook: Uint8Array,
  pass: Buffer,
  change: (byte: number, at: number, length: number) => number,
): Uint8Array {
  const container = CFB.read(Buffer.from(workbook), { type: 'buffer' });
  const entry = CFB.find(container, 'Workbook');
  if (entry === null) throw new Error('no workbook');
  const old = Buffer.from(entry.content as Uint8Array);
  // After the first record, which says what the file is.
  const first = 4 + old.readUInt16LE(2);
  const stream = Buffer.concat([old.subarray(0, first), pass, old.subarray(first)]);
  for (let at = 0; at + 4 <= stream.length; at += 4 + stream.readUInt16LE(at + 2)) {
    const type = stream.readUInt16LE(at);
    const length = stream.readUInt16LE(at + 2);
    if (type === bound.type) stream.writeUInt32LE(stream.readUInt32LE(at + 4) + pass.length, at + 4);
    const from = at + 4 + (type === bound.type ? bound.position : 0);
    if (plain.has(type)) continue;
    for (let i = from; i < at + 4 + length; i++) stream[i] = change(stream[i] ?? 0, i, length);
  }
  entry.content = stream;
  entry.size = stream.length;
  return CFB.write(container, { type: 'buffer' }) as Uint8Array;
}

function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = Array.from({ length: 256 }, (_, i) => i);
  const at = (i: number): number => state[i & 0xff] ?? 0;
  const swap = (a: number, b: number): void => void ([state[a], state[b]] = [at(b), at(a)]);
  let j = 0;
  for (let i = 0; i < 256; i++) swap(i, (j = (j + at(i) + (key[i % key.length] ?? 0)) & 0xff));
  j = 0;
  const output = data.map((byte, n) => {
    const i = (n + 1) & 0xff;
    j = (j + at(i)) & 0xff;
    swap(i, j);
    return byte ^ at(at(i) + at(j));
  });
  return Buffer.from(output);
}
