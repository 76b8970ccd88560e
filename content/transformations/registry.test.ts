import { describe, expect, test } from '@jest/globals';
import type { ItemFacts, ReadDocument, Transformation, TransformationType } from '../../domain/transformations.ts';
import { configSchemas, patternsOf } from './configs.ts';
import { patternProblem } from './patterns.ts';
import { globProblem, globToPattern } from '../../domain/path-globs.ts';
import { applyTransformations, excludedByFacts } from './registry.ts';

const facts: ItemFacts = {
  sourceType: 'gmail',
  itemType: 'file',
  name: 'Rules.md',
  path: 'Harbour/2026/Rules.md',
  mimeType: 'text/markdown',
  size: 2000,
  modifiedAt: new Date(Date.now() - 10 * 86_400_000).toISOString(),
};
const read = (text: string, metadata: ReadDocument['metadata'] = {}): ReadDocument => ({
  title: 'The rules',
  contentHash: 'h',
  metadata,
  text,
});
const rule = (type: TransformationType, config: object): Transformation => ({
  name: `my ${type}`,
  type,
  config: configSchemas[type].parse(config),
});

function run(text: string, type: TransformationType, config: object, metadata: ReadDocument['metadata'] = {}) {
  const result = applyTransformations(read(text, metadata), facts, [rule(type, config)]);
  if ('excluded' in result) throw new Error('it was left out');
  return result;
}
const textOf = (text: string, type: TransformationType, config: object, metadata: ReadDocument['metadata'] = {}) =>
  run(text, type, config, metadata).document.text;

describe('normalize', () => {
  test.each([
    ['invisible characters and non-breaking spaces are removed', 'a\u200Bb\u00ADc\u00A0d  e', {}, 'abc d e'],
    [
      'the indentation of lists and code stays',
      '- a\n    - b\n        code  here',
      {},
      '- a\n    - b\n        code here',
    ],
    ['ligatures and full-width letters become plain ones', 'ﬁne ＡＢＣ', { compatibilityForms: true }, 'fine ABC'],
    ['quotes become plain', '“a” ‘b’ «c»', { plainQuotes: true }, '"a" \'b\' "c"'],
    ['words cut at the end of a line are joined', 'Hafen-\nmeister', { hyphenation: true }, 'Hafenmeister'],
    ['other scripts are left alone', '桟橋 の 🌊 工事', {}, '桟橋 の 🌊 工事'],
  ])('%s', (_name, text, config, expected) => expect(textOf(text, 'normalize', config)).toBe(expected));
});

describe('strip_boilerplate', () => {
  const mail = 'Yes, at noon.\n\n## Signature\n\nAna\nHarbour office\n\n## Earlier messages\n\nBo wrote: when?';
  test('removes the signature and the earlier messages of a mail', () => {
    expect(textOf(mail, 'strip_boilerplate', {}, { format: 'email' })).toBe('Yes, at noon.');
    expect(textOf(mail, 'strip_boilerplate', { mailQuotes: false }, { format: 'email' })).toMatch(
      /^Yes, at noon\.\s+## Earlier messages\n\nBo wrote: when\?$/,
    );
  });
  test('keeps such headings in other documents and keeps forwarded messages', () => {
    expect(textOf(mail, 'strip_boilerplate', {})).toBe(mail);
    const forwarded = 'See below.\n\n## Signature\n\nAna\n\n## Forwarded message\n\nThe plan.';
    expect(textOf(`${mail}\n\n## Plan.csv\n\nPier`, 'strip_boilerplate', {}, { format: 'email' })).toMatch(
      /^Yes, at noon\.\s+## Plan\.csv\n\nPier$/,
    );
    expect(textOf(forwarded, 'strip_boilerplate', {}, { format: 'email' })).toMatch(
      /See below\.\s+## Forwarded message\n\nThe plan\./,
    );
  });
  test('removes runs of links, but not a link in a sentence or two of them', () => {
    const page =
      '# Page\n\n- [Home](/)\n- [About](/about)\n- [Contact](/contact)\n\nRead [the rules](/rules) first.\n\n[a](/a)\n[b](/b)';
    expect(textOf(page, 'strip_boilerplate', {})).toBe('# Page\n\nRead [the rules](/rules) first.\n\n[a](/a)\n[b](/b)');
  });
});

test.each<[TransformationType, object, string]>([
  ['normalize', {}, ' \f\f Page  three \f '],
  ['strip_boilerplate', {}, '\n\f\fPage three\n\f'],
  ['strip_boilerplate', {}, '[a](/a)\n[b](/b)\n[c](/c)\n\f\n\n\fPage three\n\n\f'],
  ['extract_fields', { frontMatter: true }, '---\na: b\n---\n\f\fPage three\f'],
])('%s keeps form feeds, which count the pages: %j %j', (type, config, text) => {
  expect(textOf(text, type, config).replaceAll(/[ \n]/g, '')).toBe('\f\fPagethree\f');
});

describe('redact', () => {
  const all = { emails: true, phones: true, cards: true, ibans: true, phoneCountry: 'DE' };
  test.each([
    ['a mail address', 'to ana.b+x@mail.example.com!', 'to [email]!'],
    ['a mail address in another script', 'an jörg@müller.example', 'an [email]'],
    ['an international number', 'call +1 213 373 4253 now', 'call [phone] now'],
    ['a national number', 'Ruf 030 123456 an', 'Ruf [phone] an'],
    ['a card number with its check digit', 'card 4111 1111 1111 1111.', 'card [card].'],
    ['an account number', 'IBAN DE89 3704 0044 0532 0130 00 PLEASE', 'IBAN [iban] PLEASE'],
  ])('%s', (_name, text, expected) => expect(textOf(text, 'redact', all)).toBe(expected));
  test.each([
    ['a card number before its month', '4111 1111 1111 1111 12/27', '[card] 12/27'],
    ['a card number after a date', '2024-05-01 4111 1111 1111 1111', '2024-05-01 [card]'],
    ['a card number after a year', '2024 5555-5555-5555-4444 paid', '2024 [card] paid'],
    ['two card numbers in a row', '4111111111111111 378282246310005', '[card] [card]'],
    ['an account number after a word like one', 'RE12 IBAN DE89 3704 0044 0532 0130 00', 'RE12 IBAN [iban]'],
    ['two account numbers in a row', 'DE89370400440532013000 GB29 NWBK 6016 1331 9268 19', '[iban] [iban]'],
  ])('%s', (_name, text, expected) => expect(textOf(text, 'redact', { cards: true, ibans: true })).toBe(expected));

  test('keeps numbers with wrong check digits, and dates', () => {
    const text =
      'order 4111 1111 1111 1112, DE89 3704 0044 0532 0130 02, 2026-01-31, 2024-05-01 2024-05-02 2024-05-03 2024-05-04';
    expect(textOf(text, 'redact', { cards: true, ibans: true })).toBe(text);
  });
  test('own patterns, at the right position even after characters outside the basic plane', () => {
    const patterns = [{ pattern: 'HB-\\d{4}', label: 'berth' }];
    expect(textOf('🌊🌊 HB-1234 and HB-5678 🌊', 'redact', { patterns })).toBe('🌊🌊 [berth] and [berth] 🌊');
  });
  test('says that what it replaced must not be stored anywhere', () => {
    expect(run('a@example.com', 'redact', { emails: true }).original).toBe('nowhere');
    expect(run('nothing', 'redact', { emails: true }).original).toBe('chunks');
    expect(run('more than  this', 'normalize', {}).original).toBe('beside');
  });
});

describe('filter', () => {
  const exclusionOf = (
    config: object,
    text = 'The ferry leaves the pier at eight in the morning and returns at noon.',
  ) => {
    const result = applyTransformations(read(text), facts, [rule('filter', config)]);
    return 'excluded' in result ? result.excluded.message : null;
  };
  test.each<[object, boolean]>([
    [{ action: 'exclude', paths: ['Harbour'] }, true],
    [{ action: 'exclude', paths: ['harbour/2026/*.md'] }, true],
    [{ action: 'exclude', paths: ['Harbour/*.md'] }, false],
    [{ action: 'include', paths: ['**/*.{md,txt}'] }, false],
    [{ action: 'include', paths: ['Town/**'] }, true],
    [{ action: 'exclude', mimeTypes: ['text/*'] }, true],
    [{ action: 'exclude', mimeTypes: ['application/pdf'] }, false],
    [{ action: 'include', maxBytes: 1000 }, true],
    [{ action: 'exclude', minBytes: 1000, maxBytes: 3000 }, true],
    [{ action: 'exclude', olderThanDays: 5 }, true],
    [{ action: 'include', newerThanDays: 30 }, false],
    [{ action: 'include', languages: ['de'] }, true],
    [{ action: 'include', languages: ['en', 'de'] }, false],
    [{ action: 'exclude', pattern: '(?i)FERRY' }, true],
    [{ action: 'exclude', paths: ['Harbour'], pattern: 'bus' }, false],
  ])('%j excludes it: %s', (config, expected) => expect(exclusionOf(config) !== null).toBe(expected));

  test('names itself and its condition', () => {
    expect(exclusionOf({ action: 'exclude', paths: ['Harbour'] })).toBe(
      'Skipped by the transformation "my filter" (path).',
    );
  });
  test('by facts alone is decided without a text; conditions on the text are not', () => {
    expect(excludedByFacts(facts, [rule('filter', { action: 'exclude', paths: ['Harbour'] })])).not.toBeNull();
    expect(
      excludedByFacts(facts, [rule('filter', { action: 'include', paths: ['Town'], pattern: 'x' })]),
    ).not.toBeNull();
    expect(
      excludedByFacts(facts, [rule('filter', { action: 'exclude', paths: ['Harbour'], pattern: 'x' })]),
    ).toBeNull();
    expect(excludedByFacts(facts, [rule('filter', { action: 'include', languages: ['de'] })])).toBeNull();
  });
});

describe('extract_fields', () => {
  test('named groups and front matter become metadata, limited, and overwrite nothing', () => {
    const text = `---\ntitle: "Harbour: rules"\nauthor: Ana\nformat: mine\nnested:\n  a: 1\n---\nInvoice 2026-17 of ${'x'.repeat(900)}`;
    const { document } = run(
      text,
      'extract_fields',
      { frontMatter: true, patterns: ['Invoice (?P<invoice>[\\d-]+) of (?P<rest>x+)'] },
      { format: 'markdown' },
    );
    expect(document.metadata).toEqual({
      format: 'markdown',
      title: 'Harbour: rules',
      author: 'Ana',
      invoice: '2026-17',
      rest: 'x'.repeat(500),
    });
    expect(document.text).toMatch(/^Invoice/);
  });
});

describe('truncate, prefix and chunking', () => {
  test('truncate keeps whole words and whole characters', () => {
    expect(textOf('word '.repeat(100), 'truncate', { maxCharacters: 102 })).toBe('word '.repeat(20).trim());
    expect(textOf(`a${'🌊'.repeat(200)}`, 'truncate', { maxCharacters: 100 }).isWellFormed()).toBe(true);
  });
  test('prefix fills its placeholders and leaves unknown values empty', () => {
    const template = '{title} in {folder} ({source}, {metadata.author}{metadata.none}): {toString}';
    expect(configSchemas.prefix.safeParse({ template }).success).toBe(false);
    expect(textOf('Text', 'prefix', { template: template.replace(': {toString}', '') }, { author: 'Ana' })).toBe(
      'The rules in Harbour/2026 (gmail, Ana)\n\nText',
    );
  });
  test('chunking passes its settings on', () => {
    expect(run('Text', 'chunking', { tokens: 200, overlapTokens: 0 }).chunking).toEqual({
      tokens: 200,
      overlapTokens: 0,
    });
  });
});

describe('hostile rules and texts take time linear in the text', () => {
  const huge = `${'a'.repeat(1_000_000)}b`;
  test.each<[string, TransformationType, object, string]>([
    [
      'a pattern that backtracks endlessly elsewhere',
      'redact',
      { patterns: [{ pattern: '(a+)+$', label: 'x' }] },
      huge,
    ],
    ['the same in a filter', 'filter', { action: 'include', pattern: '(a+)+b$' }, huge],
    ['nested alternatives', 'redact', { patterns: [{ pattern: '(a|aa|a?)+c', label: 'x' }] }, huge],
    ['a megabyte without a space', 'normalize', {}, huge],
    ['a megabyte of spaces', 'normalize', {}, `${' '.repeat(1_000_000)}x`],
    ['a megabyte of spaces inside', 'normalize', {}, `x${' '.repeat(1_000_000)}x`],
    ['a megabyte of brackets', 'strip_boilerplate', {}, '[a]('.repeat(250_000)],
    ['a million digits', 'redact', { cards: true, ibans: true, emails: true }, '1'.repeat(1_000_000)],
    ['groups of digits', 'redact', { cards: true }, '4111 '.repeat(200_000)],
    ['capitals and digits', 'redact', { ibans: true }, 'AB12'.repeat(100_000)],
    ['groups of capitals and digits', 'redact', { ibans: true }, 'AB12 '.repeat(100_000)],
    ['almost an address', 'redact', { emails: true }, 'a.'.repeat(250_000)],
    ['almost front matter', 'extract_fields', { frontMatter: true }, `---\n${'a: b\n'.repeat(100_000)}`],
  ])('%s', (_name, type, config, text) => {
    const began = process.threadCpuUsage();
    applyTransformations(read(text), facts, [rule(type, config)]);
    expect(cpuMsSince(began)).toBeLessThan(5000);
  });
  test('a path pattern with many wildcards on a long name', () => {
    const config = { action: 'exclude', paths: ['*a*a*a*a*a*a*a*b'] };
    const began = process.threadCpuUsage();
    expect(excludedByFacts({ ...facts, path: 'a'.repeat(4000) }, [rule('filter', config)])).toBeNull();
    expect(cpuMsSince(began)).toBeLessThan(1000);
  });
});

describe('a config is refused with the field and the fix', () => {
  test.each<[TransformationType, object, string, RegExp]>([
    ['redact', {}, 'emails', /choose at least one/],
    ['redact', { patterns: [{ pattern: 'a'.repeat(501), label: 'x' }] }, 'patterns.0.pattern', /500/],
    ['redact', { emails: true, phoneCountry: 'de' }, 'phoneCountry', /capital letters/],
    ['filter', { action: 'exclude' }, 'paths', /choose at least one/],
    ['filter', { action: 'exclude', paths: ['a{b'] }, 'paths.0', /needs its }/],
    ['filter', { action: 'exclude', languages: ['german'] }, 'languages.0', /ISO 639-1/],
    ['prefix', { template: '{secret}' }, 'template', /is not a placeholder; the placeholders are title/],
    ['chunking', { tokens: 50 }, 'tokens', /100/],
    ['chunking', { tokens: 200, overlapTokens: 150 }, 'overlapTokens', /half/],
    ['truncate', { maxCharacters: 1 }, 'maxCharacters', /100/],
    ['normalize', { everything: true }, '', /everything/],
  ])('%s %j', (type, config, field, message) => {
    const [issue] = configSchemas[type].safeParse(config).error?.issues ?? [];
    expect([issue?.path.join('.'), issue?.message]).toEqual([field, expect.stringMatching(message)]);
  });
});

describe('path patterns', () => {
  test.each([
    ['Reports', 'Reports/2026/a.md', true],
    ['/Reports/', 'Reports', true],
    ['Reports', 'Reports 2/a.md', false],
    ['Reports/*', 'Reports/2026/a.md', false],
    ['Reports/**', 'Reports/2026/a.md', true],
    ['**/a.md', 'a.md', true],
    ['a?.md', 'ab.md', true],
    ['{x,y}/**', 'y/z', true],
    ['a+(b).md', 'a+(b).md', true],
    ['a,b', 'a,b/c', true],
  ])('%s and %s: %s', (glob, path, expected) => {
    expect(globProblem(glob)).toBeNull();
    expect(new RegExp(globToPattern(glob), 'i').test(path)).toBe(expected);
  });
});

describe('patterns', () => {
  test.each<[TransformationType, object, string, RegExp]>([
    ['redact', { patterns: [{ pattern: '(a', label: 'x' }] }, 'patterns.0.pattern', /RE2 syntax: missing closing/],
    ['redact', { patterns: [{ pattern: '(a)\\1', label: 'x' }] }, 'patterns.0.pattern', /RE2 syntax/],
    ['filter', { action: 'exclude', pattern: 'a{1,1000}'.repeat(10) }, 'pattern', /too large; use smaller/],
    ['extract_fields', { patterns: ['(?P<ok>a)', '\\d+'] }, 'patterns.1', /must name/],
  ])('a new one is refused with its place and the fix: %s %j', (type, config, field, message) => {
    const problems = patternsOf(type, configSchemas[type].parse(config)).flatMap((pattern) => {
      const problem = patternProblem(pattern);
      return problem === null ? [] : [[pattern.path.join('.'), problem]];
    });
    expect(problems).toEqual([[field, expect.stringMatching(message)]]);
  });
  test('a stored one that is larger than what is accepted today is still used', () => {
    const config = { action: 'include', pattern: `^${'a{0,1000}'.repeat(10)}b` };
    expect(applyTransformations(read('aab'), facts, [rule('filter', config)])).toHaveProperty('document');
  });
  test('a stored one that no longer compiles fails its items with the name of the transformation', () => {
    const broken = rule('filter', { action: 'include', pattern: '(a' });
    expect(() => applyTransformations(read('a'), facts, [broken])).toThrow(
      expect.objectContaining({ code: 'transformation_invalid', message: expect.stringContaining('my filter') }),
    );
  });
});

/** CPU time of this thread, which does not depend on what else the machine does. */
function cpuMsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1000;
}
