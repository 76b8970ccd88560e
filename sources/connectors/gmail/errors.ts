import { SyncError, type SyncErrorKind } from '../../../domain/errors.ts';
import { type CallSubject, reasonsOf, toSyncError } from '../google/errors.ts';

const words: Readonly<Partial<Record<SyncErrorKind, string>>> = {
  too_large: 'The message is larger than what is read of one message.',
  forbidden: 'The account may not read this message.',
  not_found: 'The message is no longer there.',
  checkpoint_expired: 'Gmail no longer knows what has changed since the last sync; everything is listed again.',
};

/** Refusals of a whole mailbox, whatever call they answer: a person has to act first. Reasons: reference 4.5, 3.6. */
const mailboxRefusals: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  failedPrecondition: {
    code: 'no_mailbox',
    message: 'This Google account has no mailbox: Gmail is not switched on for it.',
  },
  domainPolicy: {
    code: 'blocked_by_admin',
    message: 'The administrator of this Google Workspace does not let apps read its mail.',
  },
};

/** One of Gmail's errors as one of ours; what is no error of Google's stays as it is. */
export function toGmailError(error: unknown, subject: CallSubject): unknown {
  const reason = reasonsOf(error).find((name) => mailboxRefusals[name] !== undefined);
  const refusal = reason === undefined ? undefined : mailboxRefusals[reason];
  if (refusal === undefined) return toSyncError(error, subject, words);
  return new SyncError('invalid_input', { ...refusal, operatorMessage: `gmail: ${reason}` });
}
