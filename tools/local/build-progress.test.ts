import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { createDownloadProgress, followGoBuild } from './build-progress.ts';

test('of a build in Go, the downloads are counted and only what went wrong is kept', async () => {
  const lines = [
    ...Array.from({ length: 150 }, (_, at) => `go: downloading example.com/module v1.${at}.0`),
    'main.go:1: undefined: x',
  ];
  const stderr = Readable.from(lines.map((line) => `${line}\n`));
  using progress = followGoBuild(stderr, () => {});
  await finished(stderr);
  await new Promise((resolve) => setImmediate(resolve));
  expect(progress.lastLines()).toBe('main.go:1: undefined: x');
});

test('a download says every 20 MB how much has arrived', () => {
  const said: string[] = [];
  const progress = createDownloadProgress(50 * 1024 ** 2, (line) => said.push(line));
  for (let at = 0; at < 50; at++) progress(1024 ** 2);
  expect(said).toEqual(['  … 20 of 50 MB', '  … 40 of 50 MB']);
});
