import type { GoogleSimulator } from '../../simulators/google/server.ts';
import type { Fault } from '../../simulators/kit/faults.ts';
import type { OpenAiSimulator } from '../../simulators/openai/server.ts';

const googleError = (code: number, reason: string) => ({ error: { code, message: reason, errors: [{ reason }] } });

/** Every kind of misbehaviour the simulators know, each hitting its share of the calls. */
export function addFaults(google: GoogleSimulator, openai: OpenAiSimulator, share: number): void {
  const drive: readonly Omit<Fault, 'share' | 'path'>[] = [
    { then: { status: 500, body: googleError(500, 'internalError') } },
    { then: { status: 503, body: googleError(503, 'backendError') } },
    { then: { status: 429, headers: { 'retry-after': '1' }, body: googleError(429, 'rateLimitExceeded') } },
    { then: { status: 403, body: googleError(403, 'userRateLimitExceeded') } },
    { then: { status: 401, body: googleError(401, 'authError') } },
    { then: { reset: true } },
    { then: { truncate: 0.6 } },
    { then: { delayMs: 2000 } },
  ];
  for (const fault of drive) google.faults.add({ ...fault, path: '^/drive/', share });
  google.faults.add({ path: '^/token$', share: share * 5, then: { status: 503 } });
  google.faults.add({ path: '^/token$', share: share * 5, then: { reset: true } });
  const server: readonly Fault['then'][] = [
    { status: 500, body: { error: { message: 'server error', type: 'server_error' } } },
    { status: 429, headers: { 'retry-after': '1' }, body: { error: { message: 'slow down', type: 'requests' } } },
    { reset: true },
    { truncate: 0.5 },
    { delayMs: 1500 },
  ];
  for (const then of server) openai.faults.add({ path: '^/v1/embeddings$', share, then });
}
