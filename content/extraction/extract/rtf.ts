import { decodeAs } from '../decode.ts';
import { encodingOfCodePage } from './code-pages.ts';
import type { ExtractedText } from './extracted-text.ts';

/** Groups that contain no text of the document. */
const silent = new Set(
  (
    'fonttbl colortbl stylesheet info pict objdata objclass objname listtable listoverridetable rsidtbl generator themedata colorschememapping datastore ' +
    'latentstyles xmlnstbl fldinst bkmkstart bkmkend filetbl revtbl mmathPr operator author sp shprslt nonshppict deleted atnid atnauthor ' +
    'atrfstart atrfend atndate'
  ).split(' '),
);
/** Groups that older readers skip, with text of the document. */
const marked = new Set('shpinst shptxt annotation footnote ud'.split(' '));
/** The text that a control word produces. */
const written: Readonly<Record<string, string>> = {
  par: '\n\n',
  sect: '\n\n',
  page: '\n\n',
  line: '\n',
  tab: '\t',
  cell: ' | ',
  nestcell: ' | ',
  row: '\n',
  nestrow: '\n',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
};
/** Windows' numbers for the character sets of fonts (`fcharset`). */
const charsets: Readonly<Record<string, string>> = {
  '128': 'shift_jis',
  '129': 'euc-kr',
  '134': 'gbk',
  '136': 'big5',
  '161': 'windows-1253',
  '162': 'windows-1254',
  '163': 'windows-1258',
  '77': 'macintosh',
  '177': 'windows-1255',
  '178': 'windows-1256',
  '186': 'windows-1257',
  '204': 'windows-1251',
  '222': 'windows-874',
  '238': 'windows-1250',
};
interface Group {
  isSilent: boolean;
  /** Number of fallback characters to skip after a Unicode character; they are for readers without Unicode. */
  skip: number;
  encoding: string | null;
  /** Text that its author hid (`\v`). */
  isHidden: boolean;
}

/** Extracts the text of Rich Text Format, token by token and without a tree. */
export function extractRtf(bytes: Uint8Array): ExtractedText {
  const source = new TextDecoder('latin1').decode(bytes);
  return {
    text: toText(source, fontEncodings(source))
      .replaceAll(/(?<!\n)\n+ \| /g, ' | ')
      .replaceAll(/ \| *\n/g, '\n')
      .replaceAll(/\n{3,}/g, '\n\n'),
  };
}

/** Returns the encoding of each font that declares one. */
function fontEncodings(source: string): ReadonlyMap<string, string> {
  const fonts = new Map<string, string>();
  for (const [, font = '', charset = ''] of source.matchAll(/\\f(\d{1,5})\b[^{}]{0,120}?\\fcharset(\d{1,3})/g)) {
    const encoding = charsets[charset];
    if (encoding !== undefined) fonts.set(font, encoding);
  }
  return fonts;
}

function toText(source: string, fonts: ReadonlyMap<string, string>): string {
  const parts: string[] = [];
  const groups: Group[] = [];
  let group: Group = { isSilent: false, skip: 1, encoding: null, isHidden: false };
  let wasStar = false;
  let page = 'windows-1252';
  let pending: number[] = [];
  let toSkip = 0;
  const flush = (): void => {
    if (pending.length > 0) parts.push(decodeAs(group.encoding ?? page, Uint8Array.from(pending)));
    pending = [];
  };
  const pattern = /\\'([0-9a-f]{2})|\\([a-z]{1,32})(-?\d{1,10})? ?|\\([^a-z])|([{}])|([^\\{}\r\n]+)/gi;
  let wasOpened = false;
  for (let token = pattern.exec(source); token !== null; token = pattern.exec(source)) {
    const [, hex, word, number, symbol, brace, plain] = token;
    // A picture's bytes follow as they are.
    if (word === 'bin') pattern.lastIndex += Math.max(0, Number(number ?? 0));
    if (hex !== undefined) {
      if (toSkip > 0) toSkip--;
      else if (!group.isSilent && !group.isHidden) pending.push(Number.parseInt(hex, 16));
      continue;
    }
    if (plain !== undefined && !group.isSilent && !group.isHidden) {
      const shown = plain.slice(toSkip);
      toSkip = Math.max(0, toSkip - plain.length);
      for (let i = 0; i < shown.length; i++) pending.push(shown.charCodeAt(i) & 0xff);
      continue;
    }
    flush();
    // Fallback characters never reach beyond their group; most programs that write a control word behind them mean it.
    toSkip = 0;
    const isFirst = wasOpened;
    wasOpened = brace === '{';
    const isMarked = wasStar && word !== undefined && marked.has(word);
    wasStar = symbol === '*' && isFirst;
    if (brace === '{') groups.push({ ...group });
    else if (brace === '}') group = groups.pop() ?? group;
    // Only at the front of a group does it announce text for newer readers.
    else if (symbol === '*') group.isSilent ||= isFirst;
    else if (isMarked) group.isSilent = groups.at(-1)?.isSilent ?? false;
    else if (word === 'v') group.isHidden = number !== '0';
    else if (word === 'plain') group.isHidden = false;
    else if (symbol !== undefined && !group.isSilent) parts.push(symbols[symbol] ?? '');
    else if (word === 'mac' || word === 'pc' || word === 'pca') page = oldPages[word];
    else if (word === 'ansicpg') page = encodingOfCodePage(Number(number));
    else if (word === 'uc') group.skip = Number(number);
    else if (word === 'f') group.encoding = fonts.get(number ?? '') ?? null;
    else if (word === 'u' && !group.isSilent) {
      parts.push(String.fromCharCode(Number(number) & 0xffff));
      toSkip = group.skip;
    } else if (word !== undefined && silent.has(word)) group.isSilent = true;
    else if (word !== undefined && !group.isSilent) parts.push(written[word] ?? '');
  }
  flush();
  return parts.join('');
}

const symbols: Readonly<Record<string, string>> = {
  '~': ' ',
  _: '-',
  '\\': '\\',
  '{': '{',
  '}': '}',
  '\n': '\n\n',
  '\r': '\n\n',
};

const oldPages = { mac: 'macintosh', pc: 'cp437', pca: 'cp850' } as const;
