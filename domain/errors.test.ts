import { expect, test } from '@jest/globals';
import { type ErrorScope, type Remedy, SyncError, type SyncErrorKind, withScope } from './errors.ts';

const error = (kind: SyncErrorKind, scope?: ErrorScope): SyncError =>
  new SyncError(kind, { message: 'x', ...(scope === undefined ? {} : { scope }) });

test.each<[SyncErrorKind, ErrorScope, Remedy]>([
  ['invalid_input', 'item', 'skip_item'],
  ['invalid_input', 'account', 'stop_job'],
  ['forbidden', 'container', 'skip_item'],
  ['quota_exhausted', 'item', 'defer'],
  ['rate_limited', 'container', 'defer'],
  ['rate_limited', 'account', 'retry'],
  ['unavailable', 'item', 'retry_item'],
  ['unauthorized', 'item', 'check_sign_in'],
  ['unauthorized', 'account', 'sign_in'],
])('%s of an %s: %s', (kind, scope, remedy) => expect(error(kind, scope).remedy).toBe(remedy));

test('the code that catches an error narrows its scope only if the connector set none', () => {
  expect(withScope(error('invalid_input'), 'item').remedy).toBe('skip_item');
  expect(withScope(error('invalid_input', 'account'), 'item').remedy).toBe('stop_job');
});

test('a rate limit without a scope applies to the account, wherever it is caught', () => {
  expect(withScope(error('rate_limited'), 'item').remedy).toBe('retry');
  expect(withScope(error('quota_exhausted'), 'container').remedy).toBe('retry');
});

test.each([
  [7000, 7000],
  [0.2, 1],
  [0, undefined],
  [-5000, undefined],
  [Number.NaN, undefined],
  [864_000_000, 86_400_000],
  [1e300, 86_400_000],
  [Number.POSITIVE_INFINITY, 86_400_000],
])("a vendor's Retry-After of %d ms becomes a wait of %d ms", (asked, waited) => {
  expect(new SyncError('rate_limited', { message: 'x', retryAfterMs: asked }).retryAfterMs).toBe(waited);
});
