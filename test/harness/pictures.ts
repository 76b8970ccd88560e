import { drawPage } from '../../content/extraction/extract/pdf-scans.ts';
import { makePdf } from './documents.ts';

const topMargin = 130;
const lineHeight = 50;

/** Lines of text as a grayscale picture, in PGM. */
export async function pictureOf(...lines: string[]): Promise<Uint8Array> {
  const page = Buffer.from(await drawPage(makePdf([lines]), 0));
  const width = Number(/^P5\n(\d+)/.exec(page.toString('latin1', 0, 40))?.[1]);
  const from = page.indexOf('\n255\n') + 5 + topMargin * width;
  const height = lineHeight * (lines.length + 1);
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), page.subarray(from, from + height * width)]);
}
