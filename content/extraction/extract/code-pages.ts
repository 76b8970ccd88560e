/** The numbers by which Windows and DOS name encodings. */

import iconv from 'iconv-lite';

const byNumber: Readonly<Record<number, string>> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1200: 'utf-16le',
  1201: 'utf-16be',
  10000: 'macintosh',
  20866: 'koi8-r',
  20932: 'euc-jp',
  21866: 'koi8-u',
  28591: 'iso-8859-1',
  65001: 'utf-8',
};

/** @returns the name of the Encoding Standard or of iconv-lite; Western Windows' for a number that nobody knows */
export function encodingOfCodePage(number: number): string {
  const known = byNumber[number];
  if (known !== undefined) return known;
  return [`windows-${number}`, `cp${number}`].find((name) => iconv.encodingExists(name)) ?? 'windows-1252';
}
