import type { FastifyReply } from 'fastify';

/**
 * Aborted when whoever asked hangs up before the answer is there. (Fastify's own `request.signal` is also aborted once the
 * body of a request over a socket has been read.)
 */
export function callerGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
