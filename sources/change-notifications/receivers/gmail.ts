import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { type NotificationReceiver, headerOf, type NotificationRequest, parseJson, refused } from './receiver.ts';

export interface GmailReceiverSettings {
  /** The audience configured in the Pub/Sub push subscription. */
  readonly audience: string;
  /**
   * The service account that Pub/Sub signs as. Anybody can get a Google token for our address, but only Pub/Sub can get
   * one as this account.
   */
  readonly serviceAccount: string;
  readonly jwksUrl: string;
}

const issuers = ['https://accounts.google.com', 'accounts.google.com'];
const clockToleranceS = 60;
/** Errors that judge the token itself. All other errors mean that the keys could not be fetched. */
const verdicts = /^ERR_(JWT|JWS|JOSE_ALG|JWKS_NO_MATCHING_KEY|JWKS_MULTIPLE)/;

const envelope = z.looseObject({ message: z.looseObject({ data: z.base64() }) });
const notification = z.looseObject({ emailAddress: z.string().max(320) });

/**
 * Gmail notifies Pub/Sub, and Pub/Sub notifies us with a token signed by Google
 * (docs/vendors/gmail.md#change-notifications).
 */
export function createGmailReceiver(settings: GmailReceiverSettings): NotificationReceiver {
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl));
  return async (request) => {
    if (!(await isFromPubSub(request, settings, keys))) return refused;
    const message = envelope.safeParse(parseJson(request.body));
    if (!message.success) return refused;
    const read = notification.safeParse(parseJson(Buffer.from(message.data.message.data, 'base64')));
    if (!read.success) return refused;
    return {
      outcome: 'notifications',
      notifications: [{ externalId: read.data.emailAddress.toLowerCase(), secret: null, asksFor: 'sync' }],
    };
  };
}

async function isFromPubSub(
  request: NotificationRequest,
  { audience, serviceAccount }: GmailReceiverSettings,
  keys: ReturnType<typeof createRemoteJWKSet>,
): Promise<boolean> {
  const token = /^Bearer (\S+)$/i.exec(headerOf(request, 'authorization'))?.[1];
  if (token === undefined) return false;
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      audience,
      issuer: issuers,
      requiredClaims: ['exp', 'iat', 'email'],
      clockTolerance: clockToleranceS,
    });
    return payload['email'] === serviceAccount && payload['email_verified'] === true;
  } catch (error) {
    if (error instanceof errors.JOSEError && verdicts.test(error.code)) return false;
    throw error;
  }
}
