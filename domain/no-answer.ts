/** Says in plain words why a server or the machine itself failed, from the code of a network or system error. */

/** Each follows a sentence that names what failed. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'Nothing listens at its address'],
  [/^ENOTFOUND$/, 'Its host name is unknown'],
  [/^EAI_/, 'Its host name cannot be looked up, because the DNS server does not answer'],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/, 'The connection was closed'],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/, 'It did not answer in time'],
  [/^E(HOST|NET)(UNREACH|DOWN)$|^EADDRNOTAVAIL$/, 'No network leads to its address'],
  [/^CERT_HAS_EXPIRED$/, 'Its certificate has expired, or the clock of this machine is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'Its certificate is not valid yet, or the clock of this machine is wrong'],
  [
    /SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|^CERT_UNTRUSTED$/,
    'Its certificate comes from an authority that this machine does not trust. If that is your own, or a proxy’s, name its certificate in NODE_EXTRA_CA_CERTS',
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'Its certificate is for another host name'],
  [/^(EPROTO|ERR_SSL_.+)$/, 'It does not speak TLS as expected. Check whether its address begins with http or https'],
  [/^HPE_/, 'It does not speak HTTP'],
  [/^UND_ERR_ABORTED$/, 'The proxy in between refused the connection'],
  [/^(ENOSPC|EDQUOT)$/, 'The disk is full'],
  [/^E[MN]FILE$/, 'Too many files and connections are open. Raise the limit (ulimit -n)'],
  [/^(EAGAIN|ENOMEM)$/, 'The system has no memory or processes left'],
  [/^(EACCES|EPERM|EROFS)$/, 'The system does not permit it'],
];

/** Codes that only the network has. */
const ofNetwork =
  /^(E(CONN|HOST|NET|AI_|SOCKET)|EPIPE|EPROTO|ENOTFOUND|ETIMEDOUT|EADDRNOTAVAIL|CERT_|UNABLE_TO_|ERR_TLS|ERR_SSL|UND_ERR|HPE_)|SELF_SIGNED/;

/**
 * Returns the code of the network or system error that an error is or contains: `fetch` hides it in the cause, and a
 * connection to several addresses in a list. @returns null if there is none
 */
export function systemCodeOf(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; Error.isError(at) && depth < 10; at = at.cause, depth++) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (sentenceFor(code) !== undefined || ofNetwork.test(code)) return code;
    if (at instanceof AggregateError)
      return at.errors.map((one) => systemCodeOf(one)).find((one) => one !== null) ?? null;
  }
  return null;
}

/** Whether an error says that a server could not be reached, rather than what a server or the machine answered. */
export function isOfNetwork(code: string): boolean {
  return ofNetwork.test(code);
}

/** Returns a sentence such as "Nothing listens at its address (ECONNREFUSED)." @returns null for other errors */
export function whyNoAnswer(error: unknown): string | null {
  const code = systemCodeOf(error);
  const sentence = code === null ? undefined : sentenceFor(code);
  return sentence === undefined ? null : `${sentence} (${code}).`;
}

/** The message of an error if a server, here named, gave no answer, or one that says no more than that. */
export function noAnswerMessage(server: string, error?: unknown): string {
  const parts = [`${server} gave no usable answer.`, whyNoAnswer(error), 'The request is retried automatically.'];
  return parts.filter((part) => part !== null).join(' ');
}

/** The same for the log: the code in brackets, if there is one. */
export function operatorReason(error: unknown): string {
  const code = systemCodeOf(error);
  return code === null ? '' : ` (${code})`;
}

function sentenceFor(code: string): string | undefined {
  return sentences.find(([pattern]) => pattern.test(code))?.[1];
}
