import type { ExtractedText } from './extracted-text.ts';

const maxTitle = 200;
/** Macros that begin a paragraph (man and mdoc). */
const paragraphs = /^(PP|P|LP|TP|TQ|IP|HP|sp|br|Pp|It|RS|RE|Bl|El|Bd|Ed)$/;
/** Macros whose arguments are measures or settings, not text. */
const silent = /^(TH|Dd|Dt|Os|ds|de|nr|if|ie|el|ft|ad|na|nh|hy|in|ti|ta|ne|ll|tr|so|ig|nf|fi|EX|EE|UE|ME|\.)$/;
const named: Readonly<Record<string, string>> = {
  bu: '•',
  em: '—',
  en: '–',
  hy: '-',
  mi: '-',
  aq: "'",
  dq: '"',
  oq: '‘',
  cq: '’',
  lq: '“',
  rq: '”',
  co: '©',
  rg: '®',
  tm: '™',
  ti: '~',
  ha: '^',
  rs: '\\',
  ga: '`',
  Fo: '«',
  Fc: '»',
  ss: 'ß',
  ae: 'æ',
};

/** Reads manual pages (troff with the macros of man or mdoc): sections become headings, requests are left out. */
export function extractManual(source: string): ExtractedText {
  const lines: string[] = [];
  let title = '';
  for (const line of source.split(/\r\n?|\n/)) {
    if (/^[.']\s*\\"/.test(line)) continue;
    const request = /^[.']\s*(\S+)[ \t]*(.*)$/.exec(line);
    if (request === null) {
      lines.push(plain(line));
      continue;
    }
    const [, macro = '', rest = ''] = request;
    const words = wordsOf(rest);
    if (macro === 'TH' || macro === 'Dt') title = words.slice(0, 2).join(' ').slice(0, maxTitle);
    if (/^(SH|Sh)$/.test(macro)) lines.push('', `## ${words.join(' ')}`, '');
    else if (/^(SS|Ss)$/.test(macro)) lines.push('', `### ${words.join(' ')}`, '');
    else if (paragraphs.test(macro)) lines.push('', macro === 'It' || macro === 'IP' ? words.join(' ') : '');
    else if (!silent.test(macro)) lines.push(shown(macro, words));
  }
  return { text: joined(lines), ...(title === '' ? {} : { title }) };
}

/** Alternating fonts write their arguments without a space; mdoc's flags begin with a hyphen. */
function shown(macro: string, words: readonly string[]): string {
  if (/^[BIR]{2}$/.test(macro)) return words.join('');
  if (macro === 'Fl') return words.map((word) => `-${word}`).join(' ');
  if (macro === 'Nd') return `- ${words.join(' ')}`;
  if (macro === 'Xr') return `${words[0] ?? ''}(${words[1] ?? ''})`;
  return words.join(' ');
}

function wordsOf(rest: string): string[] {
  return (rest.match(/"(?:[^"]|"")*"?|\S+/g) ?? []).map((word) =>
    plain(word.replaceAll(/^"|"$/g, '').replaceAll('""', '"')),
  );
}

/** Replaces troff's escapes by the characters that they stand for. */
function plain(text: string): string {
  return text
    .replaceAll(/\\f(?:\[[^\]]{0,20}\]|\([^\s]{2}|.)/g, '')
    .replaceAll(
      /\\\*?(?:\((\S\S)|\[([^\]]{1,20})\])/g,
      (_all, two?: string, long?: string) => named[two ?? long ?? ''] ?? '',
    )
    .replaceAll(/\\s[-+]?\d{1,2}/g, '')
    .replaceAll(/\\".*$/g, '')
    .replaceAll(/\\[&|^/,%:c]/g, '')
    .replaceAll(/\\([-'`. ~0e])/g, (_all, one: string) =>
      one === 'e' ? '\\' : one === '~' || one === '0' ? ' ' : one,
    );
}

/** Lines of one paragraph continue each other. */
function joined(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}
