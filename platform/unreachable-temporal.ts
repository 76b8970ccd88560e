/** Says why Temporal cannot be used: where it was looked for, which variable says so, and what to do. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { isGrpcServiceError } from '@temporalio/client';
import { whyNoAnswer } from '../domain/no-answer.ts';

/** Temporal could not be reached or does not have the namespace. The message is for an operator. */
export class UnreachableTemporal extends Error {
  override readonly name = 'UnreachableTemporal';
}

/** How long the address itself may take to accept a connection, in milliseconds. */
const lookMs = 5000;

/**
 * gRPC does not say why it could not connect, so the address is asked once more without it.
 * @param address host and port
 */
export async function unreachableTemporal(address: string, error: unknown): Promise<UnreachableTemporal> {
  const where = `Temporal at ${address} (TEMPORAL_ADDRESS, else 127.0.0.1:7233)`;
  const why = await whyNoConnection(address);
  const said = Error.isError(error) ? error.message : String(error);
  const message =
    why === null
      ? `${where} accepts connections but did not answer as Temporal does: ${said}. Check the port (7233 by default, its Web UI has another one), and whether the server wants TLS (TEMPORAL_TLS and the certificates in TEMPORAL_TLS_…) or an API key (TEMPORAL_API_KEY).`
      : `${where} gave no answer. ${why} Check that it is running, that TEMPORAL_ADDRESS names its host and port, and that nothing blocks the way to it.`;
  return new UnreachableTemporal(message, { cause: error });
}

/** @returns null if something accepts connections there */
async function whyNoConnection(address: string): Promise<string | null> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || '7233') });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(lookMs) });
    return null;
  } catch (error) {
    return whyNoAnswer(error) ?? 'It did not answer in time.';
  } finally {
    socket.destroy();
  }
}

/** By gRPC's codes: NOT_FOUND, PERMISSION_DENIED and UNAUTHENTICATED. */
const refusals = new Map<number, (namespace: string) => string>([
  [
    5,
    (namespace) =>
      `does not exist. Check TEMPORAL_NAMESPACE, or create it: temporal operator namespace create --namespace ${namespace} --retention 168h`,
  ],
  [
    7,
    () => 'may not be used with these credentials. Check TEMPORAL_API_KEY or the certificate, and TEMPORAL_NAMESPACE',
  ],
  [16, () => 'wants other credentials. Check TEMPORAL_API_KEY or the certificate'],
]);

/** What Temporal's refusal of a namespace means. @returns null for other errors */
export function refusedNamespace(namespace: string, error: unknown): UnreachableTemporal | null {
  if (!isGrpcServiceError(error)) return null;
  const refusal = refusals.get(error.code)?.(namespace);
  if (refusal === undefined) return null;
  const message = `The Temporal namespace "${namespace}" ${refusal} (${error.details}).`;
  return new UnreachableTemporal(message, { cause: error });
}
