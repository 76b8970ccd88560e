import { SignJWT } from 'jose';

/** Returns the token of a user for an API with this `JWT_SECRET`, valid for an hour. */
export async function signToken(userId: string, secret: string): Promise<string> {
  const token = new SignJWT({ sub: userId }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h');
  return await token.sign(new TextEncoder().encode(secret));
}
