/** What is Gmail's own among Google's errors: refusals that speak of the whole mailbox, and may not mean it. */

import type { ErrorCode } from '../../../domain/error-codes.ts';
import { SyncError } from '../../../domain/errors.ts';
import { type CallSubject, type GoogleService, reasonsOf, toSyncError, wordsOf } from '../google/errors.ts';

export const gmailService: GoogleService = {
  name: 'Gmail',
  scope: 'https://www.googleapis.com/auth/gmail.readonly',
  purpose: 'to list and read mail',
  words: {
    forbidden: 'The account may not read this message.',
    not_found: 'The message is no longer there.',
    checkpoint_expired: 'Gmail no longer knows what has changed since the last sync; everything is listed again.',
  },
  tooLargeToRead: 'The message is larger than what is read of one message.',
};

/** Refusals of a whole mailbox, whatever call they answer: a person has to act first. Reasons: docs/vendors/gmail.md, "Quotas". */
const mailboxRefusals: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  failedPrecondition: {
    code: 'no_mailbox',
    message: 'This Google account has no mailbox: Gmail is not switched on for it.',
  },
  domainPolicy: {
    code: 'blocked_by_admin',
    message: 'The administrator of this Google Workspace does not let apps read its mail.',
  },
};

/**
 * One of Gmail's errors as one of ours; what is no error of Google's stays as it is. A refusal of the mailbox comes and goes,
 * also for single messages: it is believed only if the mailbox, asked for its profile, refuses in the same words.
 */
export async function toGmailError(
  error: unknown,
  subject: CallSubject,
  askProfile: () => Promise<unknown>,
): Promise<unknown> {
  const reason = mailboxRefusalIn(error);
  if (reason === undefined) return toSyncError(error, subject, gmailService);
  try {
    await askProfile();
  } catch (again) {
    const confirmed = mailboxRefusalIn(again) === reason ? mailboxRefusals[reason] : undefined;
    if (confirmed === undefined)
      return mailboxRefusalIn(again) === undefined
        ? toSyncError(again, 'account', gmailService)
        : passing(reason, subject);
    return new SyncError('invalid_input', { ...confirmed, operatorMessage: `gmail: ${reason}`, scope: 'account' });
  }
  return passing(reason, subject);
}

/** "Mail service not enabled" alone says that there is no mailbox; the same reason stands for all that Gmail cannot do just now. */
function mailboxRefusalIn(error: unknown): string | undefined {
  const reason = reasonsOf(error).find((name) => mailboxRefusals[name] !== undefined);
  return reason === 'failedPrecondition' && !/not enabled/i.test(wordsOf(error)) ? 'precondition' : reason;
}

/** The mailbox answers meanwhile: it was this call's refusal only. */
function passing(reason: string, subject: CallSubject): SyncError {
  return new SyncError('unavailable', {
    code: 'refused_for_now',
    message: `Gmail refused a request (${reason}) although the mailbox can be read; it will be tried again.`,
    operatorMessage: `gmail: ${reason}, not confirmed by the profile`,
    ...(subject === 'item' ? { scope: 'item' as const } : {}),
  });
}
