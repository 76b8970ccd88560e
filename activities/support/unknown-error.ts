/**
 * Says what failed if an error is none of ours. Vendors, embedders and stores throw errors of their own, so a network
 * error without one is PostgreSQL's, and a system error concerns the machine or its folder of staged files.
 */

import { sqlStateOf } from '../../db/access/data-error.ts';
import type { TroubleReason } from '../../domain/contract.ts';
import { errorCode } from '../../domain/logged-error.ts';
import { isOfNetwork, systemCodeOf, whyNoAnswer } from '../../domain/no-answer.ts';

const fullDisk = new Set(['ENOSPC', 'EDQUOT', '53100']);
/** They do not say which file, connection or process was one too many. */
const fullSystem = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);
const lostConnection = /timeout exceeded when trying to connect|Connection terminated/;

type UnknownReason = Extract<TroubleReason, 'database' | 'staging' | 'disk_full' | 'internal'>;

export function reasonOfUnknown(error: unknown): UnknownReason {
  const code = codeOf(error);
  if (fullDisk.has(code)) return 'disk_full';
  if (fullSystem.has(code)) return 'internal';
  if (sqlStateOf(error) !== null || isOfNetwork(code)) return 'database';
  if (Error.isError(error) && lostConnection.test(error.message)) return 'database';
  return /^E[A-Z]+$/.test(code) ? 'staging' : 'internal';
}

const subjects: Readonly<Record<UnknownReason, string>> = {
  database: 'PostgreSQL gave no usable answer',
  staging: 'The folder of staged files cannot be used',
  disk_full: 'There is no space left',
  internal: 'An unexpected error interrupted the sync',
};

/** Describes it in a sentence or two. Its own message is not shown, because it may quote anything (P7). */
export function describeUnknown(error: unknown): string {
  const why = whyNoAnswer(error);
  const subject = subjects[reasonOfUnknown(error)];
  return why === null ? `${subject} (${codeOf(error)}).` : `${subject}. ${why}`;
}

function codeOf(error: unknown): string {
  return systemCodeOf(error) ?? errorCode(error);
}
