import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { answerControl, type ControlSwitches } from './control.ts';
import { answerData, type DataSwitches } from './data.ts';
import { controlProblem, unauthenticated } from './errors.ts';
import type { SimulatedIndex } from './state.ts';

export interface PineconeSimulator extends SimServer {
  readonly apiKey: string;
  readonly indexes: Map<string, SimulatedIndex>;
  readonly switches: ControlSwitches & DataSwitches;
}

export const simulatedApiKey = 'pcsk_simulated';

/**
 * Runs Pinecone's control plane and the hosts of its indexes on one loopback port (0: any free one). An index's host is
 * the port with a path prefix: `http://127.0.0.1:PORT/hosts/NAME`.
 */
export async function startPinecone(port = 0): Promise<PineconeSimulator> {
  const indexes = new Map<string, SimulatedIndex>();
  const switches = { readyAfterMs: 0, deletedAfterMs: 0, visibleAfterMs: 0, sequenceNumbers: true };
  const server: SimServer = await serve(port, (request): SimResponse => {
    if (request.headers['api-key'] !== simulatedApiKey) return unauthenticated;
    if (request.headers['x-pinecone-api-version'] === undefined)
      return controlProblem(400, 'INVALID_ARGUMENT', 'The header X-Pinecone-Api-Version is missing');
    const hostOf = (name: string): string => `${server.url}/hosts/${name}`;
    return answerControl(indexes, switches, hostOf, request) ?? dataOf(indexes, switches, request);
  });
  return Object.assign(server, { apiKey: simulatedApiKey, indexes, switches });
}

function dataOf(indexes: Map<string, SimulatedIndex>, switches: DataSwitches, request: SimRequest): SimResponse {
  const [, name = '', path = ''] = /^\/hosts\/([^/]+)(\/.*)$/.exec(request.path) ?? [];
  const index = indexes.get(name);
  if (index === undefined || index.deletedAt !== null) return { status: 404, body: 'Not Found' };
  return answerData(index, switches, path, request);
}
