/** Handles errors specific to Gmail: refusals that claim to concern the whole mailbox, but may not. */

import type { ErrorCode } from '../../../domain/error-codes.ts';
import { SyncError } from '../../../domain/errors.ts';
import { type CallSubject, type GoogleService, reasonsOf, googleError, wordsOf } from '../google/errors.ts';

export const gmailService: GoogleService = {
  name: 'Gmail',
  scope: 'https://www.googleapis.com/auth/gmail.readonly',
  purpose: 'to list and read mail',
  words: {
    forbidden: 'The account has no permission to read this message.',
    not_found: 'The message no longer exists.',
    checkpoint_expired: 'Gmail no longer has the changes since the last sync, so everything is listed again.',
  },
  content: 'message',
};

/**
 * Refusals of a whole mailbox, which any call may return and which only a person can resolve. Reasons:
 * docs/vendors/gmail.md#quotas.
 */
const mailboxRefusals: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  failedPrecondition: {
    code: 'no_mailbox',
    message:
      'This Google account has no mailbox because Gmail is not enabled for it. Enable Gmail, or connect another account.',
  },
  domainPolicy: {
    code: 'blocked_by_admin',
    message:
      'The administrator of this Google Workspace does not let apps read its mail. Ask the administrator to allow Headwater.',
  },
};

/**
 * Converts an error of Gmail to a SyncError; other errors are returned unchanged. Gmail sometimes refuses the mailbox
 * temporarily, even for single messages, so such a refusal counts only if a call for the mailbox's profile is refused
 * for the same reason.
 */
export async function toGmailError(
  error: unknown,
  subject: CallSubject,
  askProfile: () => Promise<unknown>,
): Promise<unknown> {
  if (/metadata scope/i.test(wordsOf(error))) return onlyHeaders();
  const reason = mailboxRefusalIn(error);
  if (reason === undefined) return googleError(error, subject, gmailService);
  try {
    await askProfile();
  } catch (again) {
    const refusedAgain = mailboxRefusalIn(again);
    if (refusedAgain === undefined) return googleError(again, 'account', gmailService);
    const confirmed = refusedAgain === reason ? mailboxRefusals[reason] : undefined;
    if (confirmed === undefined) return mailboxRefused(refusedAgain);
    return new SyncError('invalid_input', { ...confirmed, operatorMessage: `gmail: ${reason}`, scope: 'account' });
  }
  return passing(reason, subject);
}

/**
 * Gmail applies the limits of `gmail.metadata` to every token that has it, even beside `gmail.readonly`, and calls that
 * "forbidden" (docs/vendors/gmail.md#sign-in). Our own sign-in does not ask for it, but a pasted token may have it.
 */
function onlyHeaders(): SyncError {
  return new SyncError('insufficient_scope', {
    message: `The sign-in includes the permission "gmail.metadata", with which Gmail neither searches nor returns mail, even if "${gmailService.scope}" is granted too. Connect again without it.`,
    operatorMessage: 'gmail: 403, metadata scope',
    scope: 'account',
  });
}

/**
 * Only "Mail service not enabled" means that there is no mailbox; Gmail uses the same reason for everything it
 * temporarily cannot do.
 */
function mailboxRefusalIn(error: unknown): string | undefined {
  const reason = reasonsOf(error).find((name) => mailboxRefusals[name] !== undefined);
  return reason === 'failedPrecondition' && !/not enabled/i.test(wordsOf(error)) ? 'precondition' : reason;
}

/** Google accounts whose mail is elsewhere are refused like this for ever, and others for a while (docs/vendors/gmail.md#quotas). */
function mailboxRefused(reason: string): SyncError {
  return new SyncError('unavailable', {
    code: 'mailbox_refused',
    message: `Gmail refuses every request for this mailbox (${reason}), for now or because this is a Google account whose mail is not at Gmail. The request is retried automatically. If the mail is elsewhere, connect another account.`,
    operatorMessage: `gmail: ${reason}, also for the profile`,
    scope: 'account',
  });
}

/** The mailbox answers, so only this call was refused. */
function passing(reason: string, subject: CallSubject): SyncError {
  return new SyncError('unavailable', {
    code: 'refused_for_now',
    message: `Gmail refused a request (${reason}) although the mailbox can be read. The request is retried automatically.`,
    operatorMessage: `gmail: ${reason}, not confirmed by the profile`,
    ...(subject === 'item' ? { scope: 'item' as const } : {}),
  });
}
