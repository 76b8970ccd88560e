/** Tests that the headings of markup in plain text are known. */

import { expect, test } from '@jest/globals';
import { fileReader } from '../../../test/harness/file-reader.ts';

const { textOf } = fileReader();

test.each([
  [
    'reStructuredText, with a title between two lines and levels by the order of their signs',
    'a.rst',
    '======\n Tides\n======\n\nHigh\n----\n\nWater at\nnoon.\n\nLow\n~~~\n\nx\n\nNext\n----\n\n::\n\n  code\n  ----\n\n-----\n\nend',
    '# Tides\n\n## High\n\nWater at\nnoon.\n\n### Low\n\nx\n\n## Next\n\n::\n\n  code\n  ----\n\n-----\n\nend',
  ],
  [
    'tables of reStructuredText have no headings',
    'a.rst',
    'Dues\n====\n\n===== ===\nShip  Due\n===== ===\nMarit 40\n===== ===\n',
    '# Dues\n\n===== ===\nShip  Due\n===== ===\nMarit 40\n===== ===',
  ],
  [
    'AsciiDoc, whose code is kept whole, without comments',
    'a.adoc',
    '= Tides\n// not this\n\n== High\n\n----\n== code\n----\n\n////\nnor this\n////\nWater.',
    '# Tides\n\n## High\n\n```\n== code\n```\n\nWater.',
  ],
  ['MediaWiki', 'a.wiki', '= Tides =\n==High==\na == b\n', '# Tides\n## High\na == b'],
  ['Textile', 'a.textile', 'h1. Tides\n\nh2(#low). Low\n\nh9. no', '# Tides\n\n## Low\n\nh9. no'],
  [
    'Org, without properties',
    'a.org',
    '* Tides\n:PROPERTIES:\n:CUSTOM_ID: tides\n:END:\nHigh.\n#+begin_quote\nLow.\n#+end_quote',
    '# Tides\nHigh.\nLow.',
  ],
])('%s', async (_name, file, content, expected) => {
  expect(await textOf(file, content)).toBe(expected);
});
