/** Which calls of the API the generated clients have, in TypeScript and in Python. */

/** Pages of a sign-in, notifications of vendors, and the second address of a call: no program makes these. */
const excluded =
  /(ByQuery|^put[A-Z]\w*|^(finishSignIn|callMcp|receiveChangeNotification|confirmChangeNotifications|createSession|deleteSession|getSession|listSessionSignIn|listSessionCallback|requestNotionVerification|getNotionVerification))$/;

export function isClientCall(operationId: string): boolean {
  return !excluded.test(operationId);
}
