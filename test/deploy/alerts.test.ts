/** The alerts for Prometheus, by its own `promtool`. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { findPromtool } from '../harness/promtool.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'monitoring');
const promtool = await findPromtool();
const run = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(promtool ?? '', args, { cwd: folder })).stdout;

// Without promtool and outside Debian, whose package it comes from, there is nothing to check with.
(promtool === null ? describe.skip : describe)('the alerts', () => {
  test('load', async () => expect(await run('check', 'rules', 'alerts.yaml')).toMatch(/SUCCESS: \d+ rules found/));

  test('fire where they should, each of them, and are silent where all is well', async () =>
    expect(await run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS'));
});
