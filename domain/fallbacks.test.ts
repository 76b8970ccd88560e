import { expect, test } from '@jest/globals';
import { fallbackMessage } from './fallbacks.ts';

test.each([
  'no_checkpoint',
  'reconcile_due',
  'no_change_feed',
  'unknown_gap',
  'listing_stopped',
  'endless_listing',
  'checkpoint_expired',
])('why a sync listed everything is said in words: %s', (code) => {
  expect(fallbackMessage(code)).toMatch(/listing|Listed everything: /);
  expect(fallbackMessage(code)).not.toContain(code);
});

test('a code of another release is named', () => {
  expect(fallbackMessage('moon_phase')).toBe('Listed everything: moon_phase.');
});
