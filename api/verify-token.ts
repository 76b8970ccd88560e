/** Signed tokens that name a user. */

import { createRemoteJWKSet, errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { isUserId } from '../domain/user-key.ts';
import { Problem } from './problem.ts';

/**
 * The accepted algorithms. They have no shared secret, so nobody can sign a token with a public key as if it were one.
 */
export const asymmetric = ['RS256', 'ES256', 'EdDSA', 'PS256'];

/** How far the clocks of the provider and this machine may differ, in seconds. */
const clockTolerance = 5;

const keySets = new Map<string, JWTVerifyGetKey>();

/** The keys at an address, fetched when they are needed. @param setting the variable that an operator checks */
export function keySetOf(url: string, setting: string): JWTVerifyGetKey {
  const keySet = keySets.get(url) ?? createRemoteJWKSet(new URL(url));
  keySets.set(url, keySet);
  return async (header, token) => {
    try {
      return await keySet(header, token);
    } catch (error) {
      if (isOfToken(error)) throw error;
      throw new Problem(
        503,
        'sign_in_unavailable',
        `The keys that sign tokens could not be fetched (${setting}), so no user can be identified. Try again in a moment.`,
        { retryAfterSeconds: 5 },
      );
    }
  };
}

/** The key set was fetched but has no key for this token. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** @returns the user. @throws Problem 401, 503 */
export async function verifyToken(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<string> {
  try {
    const rules = { ...options, clockTolerance, requiredClaims: ['sub', 'exp'] };
    const { payload } = await jwtVerify(token, key, rules);
    const subject: unknown = payload.sub;
    if (typeof subject !== 'string' || !isUserId(subject))
      throw new Problem(401, 'unauthenticated', 'The token’s `sub` must name a user (1 to 200 characters).');
    return subject;
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof errors.JWTExpired)
      throw new Problem(401, 'token_expired', 'The token has expired. Get a new one.');
    throw new Problem(401, 'unauthenticated', 'The token is not valid.');
  }
}
