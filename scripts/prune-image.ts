/**
 * `node scripts/prune-image.ts`: deletes what nothing in the image reads from its `node_modules`, about 650 MB. It runs in
 * the Dockerfile, in the step that installs. A rule that no longer finds anything fails, because a package has changed.
 */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '..', 'node_modules');

/** The folder of Temporal's native code for this machine. */
const native: Readonly<Record<string, string>> = {
  x64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
};

/** The rules for what is deleted, by a path below `node_modules`. */
const rules: Readonly<Record<string, (path: string) => boolean>> = {
  'Google’s other APIs': (path) => /^googleapis\/build\/src\/apis\/(?!drive\/|gmail\/|index\.)/.test(path),
  'Temporal’s native code for other machines': (path) =>
    path.startsWith('@temporalio/core-bridge/releases/') && !path.includes(native[process.arch] ?? process.arch),
  'other builds of text recognition': (path) =>
    path.startsWith('tesseract.js-core/tesseract-core') && !/\/tesseract-core-simd-lstm\.(js|wasm)$/.test(path),
  'other models of text recognition': (path) => /^@tesseract\.js-data\/[^/]+\/4\.0\.0\//.test(path),
  'Temporal’s sources in Rust': (path) => path.startsWith('@temporalio/core-bridge/sdk-core/'),
  'the embedded database of `npm start`': (path) => path.startsWith('@electric-sql/'),
  'token tables in forms that we do not load': (path) => /^gpt-tokenizer\/(cjs|data|src)\//.test(path),
  'language detection for browsers, its other sizes and its demonstration': (path) =>
    /^tinyld\/(playground|dist\/(train|benchmark|clean))\/|^tinyld\/dist\/tinyld\.(heavy|light|normal\.browser)/.test(
      path,
    ),
  // Node runs no TypeScript from packages.
  'TypeScript and its types': (path) => /\.[cm]?tsx?$/.test(path),
  'source maps': (path) => path.endsWith('.map'),
  documentation: (path) => /\.(md|markdown)$/i.test(path),
};

let deleted = 0;
const unused = new Set(Object.keys(rules));
for (const entry of readdirSync(packages, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  const path = file.slice(packages.length + 1);
  const [rule] = Object.entries(rules).find(([, matches]) => matches(path)) ?? [];
  if (rule === undefined) continue;
  unused.delete(rule);
  deleted += statSync(file).size;
  rmSync(file);
}
console.log(`${Math.round(deleted / 1e6)} MB deleted`);
if (unused.size > 0) {
  console.error(`Nothing found: ${[...unused].join('; ')}. Mend the rules in scripts/prune-image.ts.`);
  process.exitCode = 1;
}
