import { describe, expect, test } from '@jest/globals';
import type { PlacedEntry } from '../../domain/selection.ts';
import { excludeField, fileTypesField, selecting, type SelectionRules } from './selection.ts';

function item(path: string, more: Partial<PlacedEntry> = {}): PlacedEntry {
  const name = path.split('/').at(-1) ?? path;
  return { kind: 'item', name, path, containers: [], mimeType: null, modifiedAt: null, ...more };
}

const isSelected = (rules: SelectionRules, entry: PlacedEntry): boolean | undefined =>
  selecting(rules).selects?.(entry);

test('without rules there is nothing to apply', () => {
  expect(selecting({ folders: [], exclude: [], fileTypes: [] })).toEqual({});
});

describe('an excluded path', () => {
  test.each([
    ['Archive', 'My Drive/Archive/old.md', true],
    ['Archive', 'My Drive/Archives/old.md', false],
    ['archive', 'My Drive/Team/ARCHIVE', true],
    ['*.tmp', 'My Drive/a/b.tmp', true],
    ['*.tmp', 'My Drive/a/b.tmp.md', false],
    ['Drafts/**', 'My Drive/Drafts/x.md', true],
    ['/Drafts', 'My Drive/Drafts/x.md', false],
    ['/My Drive/Drafts', 'My Drive/Drafts/x.md', true],
    ['20{24,25}', 'Reports/2025/q1.md', true],
    ['20{24,25}', 'Reports/2026/q1.md', false],
    ['a+(b)[c]', 'x/a+(b)[c]/d.md', true],
  ])('%s and %s: excluded %s', (glob, path, excluded) => {
    expect(isSelected({ exclude: [glob] }, item(path))).toBe(!excluded);
  });

  test('is refused where it could not match', () => {
    for (const glob of ['', '/', 'a{b', 'x'.repeat(201)]) expect(excludeField.safeParse([glob]).success).toBe(false);
  });

  test('takes linear time, whatever the pattern and the name', () => {
    const glob = '*a'.repeat(99);
    const startedAt = performance.now();
    isSelected({ exclude: Array.from({ length: 20 }, () => glob) }, item('a'.repeat(400) + 'b'));
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

test('a folder contains what is below it, by the ids above an item or by its path in any case', () => {
  expect(isSelected({ folders: ['f'] }, item('a', { containers: ['g', 'f', 'root'] }))).toBe(true);
  expect(isSelected({ folders: ['f'] }, item('a', { containers: ['g'] }))).toBe(false);
  expect(isSelected({ folderPaths: ['/Reports', '/b'] }, item('reports/2026/q.md'))).toBe(true);
  expect(isSelected({ folderPaths: ['/Reports'] }, item('Reportage.md'))).toBe(false);
  for (const path of ['ΟΔΟΣ/a.md', 'οδος/a.md', 'οδοσ/a.md'])
    expect(isSelected({ folderPaths: ['/ΟΔΟΣ'] }, item(path))).toBe(true);
  for (const path of ['İşler/a.md', 'işler/a.md', 'i\u0307şler/a.md'])
    expect(isSelected({ folderPaths: ['/İşler'] }, item(path))).toBe(true);
});

test('file types are the endings of names; Google’s own documents have those of its desktop client', () => {
  const fileTypes = fileTypesField.parse(['.PDF', 'gdoc']);
  expect(isSelected({ fileTypes }, item('a/b.pdf'))).toBe(true);
  expect(isSelected({ fileTypes }, item('a/b'))).toBe(false);
  expect(isSelected({ fileTypes }, item('Plan', { mimeType: 'application/vnd.google-apps.document' }))).toBe(true);
  expect(isSelected({ fileTypes }, item('a', { kind: 'container' }))).toBe(true);
});

test('a first day is included, and an item without a time is selected', () => {
  const rules = { since: '2026-01-31' };
  expect(isSelected(rules, item('a', { modifiedAt: '2026-01-31T00:00:00.000Z' }))).toBe(true);
  expect(isSelected(rules, item('a', { modifiedAt: '2026-01-30T23:59:59.999Z' }))).toBe(false);
  expect(isSelected(rules, item('a'))).toBe(true);
});
