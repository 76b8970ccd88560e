/**
 * Runs Tesseract, compiled to WebAssembly. It and its language data come from npm packages, so nothing is downloaded at
 * run time.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { imageSize } from 'image-size';
import load, { type Core } from 'tesseract.js-core/tesseract-core-simd-lstm.js';
import { SyncError } from '../../../domain/errors.ts';

export interface Recognition {
  readonly text: string;
  /** Mean over the words that were kept, 0 to 100. */
  readonly confidence: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

type Engine = InstanceType<Core['TessBaseAPI']>;

/** `OEM_LSTM_ONLY`: the bundled data support only this mode. */
const neuralEngine = 1;
/** EXIF orientations: upright, and to be rotated by 90, 180 and 270 degrees clockwise. */
const upright = 1;
const turns = [1, 6, 3, 8] as const;
/** Words below this confidence are strokes and stains mistaken for letters. */
const minWordConfidence = 40;
/** Pages below this score are not text, or not upright. */
const minScore = 60;
/** A page below this score may be skewed. */
const goodScore = 85;
const minSlope = 0.01;
/** The orientation is tested on the central part of an image. */
const sampleShare = 0.5;
/** Shorter sides hold no letter: icons, rules and tracking pixels. Tesseract aborts on an image one pixel high or wide. */
const minSide = 8;
/** Maximum number of pixels to unpack: 4 bytes each, several times. */
const maxPixels = 50_000_000;

let loading: Promise<Core> | undefined;
const engines = new Map<string, Promise<Engine>>();

/**
 * Recognizes the text of one image in a format that Leptonica reads (PNG, JPEG, TIFF, WebP, GIF, BMP, PNM).
 * @param languages Tesseract's names, joined by "+"
 * @throws SyncError `unreadable`: `corrupt`; `too_large`: `picture_too_large`
 */
export async function recognize(picture: Uint8Array, languages: string): Promise<Recognition> {
  const { turn: at, ...size } = factsOf(picture);
  if (Math.min(size.width, size.height) < minSide) return { text: '', confidence: 0 };
  const core = await loadCore();
  const engine = await engineFor(core, languages);
  core.FS.writeFile('/input', picture);
  const first = read(engine, at, 0);
  if (first.score >= goodScore) return toRecognition(first);
  const slope = engine.GetGradient();
  const straight = Math.abs(slope) < minSlope ? first : better(first, read(engine, at, slope));
  if (straight.score >= minScore) return toRecognition(straight);
  const turned = turns
    .map((_turn, i) => turns[(turns.indexOf(at) + i) % turns.length] ?? upright)
    .slice(1)
    .find((turn) => read(engine, turn, 0, middleOf(size, turn)).score >= minScore);
  return toRecognition(turned === undefined ? straight : better(straight, read(engine, turned, 0)));
}

/** An image without text gives a few letters of low confidence. */
function toRecognition({ text, confidence, score }: Reading): Recognition {
  return score >= minScore ? { text, confidence } : { text: '', confidence: score };
}

async function loadCore(): Promise<Core> {
  const silent = (): void => {};
  loading ??= load({ print: silent, printErr: silent, TesseractProgress: silent });
  return await loading;
}

async function engineFor(core: Core, languages: string): Promise<Engine> {
  const known = engines.get(languages);
  if (known !== undefined) return await known;
  for (const language of languages.split('+')) {
    const file = import.meta.resolve(`@tesseract.js-data/${language}/4.0.0_best_int/${language}.traineddata.gz`);
    core.FS.writeFile(`${language}.traineddata`, gunzipSync(readFileSync(new URL(file))));
  }
  const engine = new core.TessBaseAPI();
  if (engine.Init(null, languages, neuralEngine, undefined) !== 0) throw new Error('Tesseract does not start');
  engines.set(languages, Promise.resolve(engine));
  return engine;
}

/** Reads only the image's header, so that an image that is too large is never unpacked. */
function factsOf(picture: Uint8Array): Size & { readonly turn: (typeof turns)[number] } {
  const { width, height, orientation } = headOf(picture);
  if (width * height > maxPixels) {
    throw new SyncError('too_large', {
      code: 'picture_too_large',
      message: `The image has ${Math.round((width * height) / 1e6)} million pixels, more than the limit of ${maxPixels / 1e6} million for text recognition.`,
    });
  }
  return { width, height, turn: turns.find((turn) => turn === orientation) ?? upright };
}

function headOf(picture: Uint8Array): ReturnType<typeof imageSize> {
  try {
    return imageSize(picture);
  } catch {
    throw corrupt();
  }
}

function corrupt(): SyncError {
  return new SyncError('unreadable', {
    code: 'corrupt',
    message: 'The image cannot be read. It is damaged, or compressed in an unsupported way.',
  });
}

function read(
  engine: Engine,
  orientation: number,
  radians: number,
  part?: readonly [number, number, number, number],
): Reading {
  if (engine.SetImageFile(orientation, radians) === 1) throw corrupt();
  if (part !== undefined) engine.SetRectangle(...part);
  engine.Recognize(null);
  return toText(engine.GetTSVText(0));
}

function better(a: Reading, b: Reading): Reading {
  return b.score > a.score ? b : a;
}

function middleOf({ width, height }: Size, turn: number): [number, number, number, number] {
  const [w, h] = turn === 6 || turn === 8 ? [height, width] : [width, height];
  const margin = (1 - sampleShare) / 2;
  return [w * margin, h * margin, w * sampleShare, h * sampleShare].map((value) => Math.floor(value)) as [
    number,
    number,
    number,
    number,
  ];
}

/** The text that was read, and Tesseract's confidence over all words, including those that were dropped. */
interface Reading extends Recognition {
  readonly score: number;
}

/**
 * Converts Tesseract's list of words (level, page, block, paragraph, line, word, box, confidence, text) to lines and
 * paragraphs.
 */
function toText(table: string): Reading {
  let text = '';
  let last = { block: '', paragraph: '', line: '' };
  const all = { sum: 0, length: 0 };
  const kept = { sum: 0, length: 0 };
  for (const row of table.split('\n')) {
    const [level, , block = '', paragraph = '', line = '', , , , , , confidence, word = ''] = row.split('\t');
    if (level !== '5' || word.trim() === '') continue;
    add(all, Number(confidence), word);
    if (Number(confidence) < minWordConfidence) continue;
    add(kept, Number(confidence), word);
    const isSameParagraph = block === last.block && paragraph === last.paragraph;
    const gap = text === '' ? '' : !isSameParagraph ? '\n\n' : line === last.line ? ' ' : '\n';
    text += gap + word;
    last = { block, paragraph, line };
  }
  return { text, confidence: meanOf(kept), score: meanOf(all) };
}

interface Weighed {
  sum: number;
  length: number;
}

function add(mean: Weighed, confidence: number, word: string): void {
  mean.sum += confidence * word.length;
  mean.length += word.length;
}

function meanOf({ sum, length }: Weighed): number {
  return length === 0 ? 0 : Math.round(sum / length);
}
