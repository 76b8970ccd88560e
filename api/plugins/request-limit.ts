import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Config } from '../../platform/config.ts';
import { Problem } from '../problem.ts';

const windowMs = 60_000;
/** An orchestrator whose probe is refused would consider the process dead. */
const probes = ['/healthz', '/readyz'];

/**
 * Limits the requests of each address and each user, whatever the route. Addresses are counted before authentication,
 * so that guessing tokens is counted too; users after it. Each process counts separately
 * (docs/decisions/26-keys-and-limits.md).
 */
export const requestLimitPlugin = fastifyPlugin(
  async (app: FastifyInstance, { config }: { readonly config: Config }) => {
    await app.register(rateLimit, { global: false });
    const { perAddress, perUser } = config.requestLimits;
    const countAddress = app.createRateLimit({
      max: perAddress,
      timeWindow: windowMs,
      keyGenerator: (request) => normalizeIP(request.ip),
    });
    const countUser = app.createRateLimit({
      max: perUser,
      timeWindow: windowMs,
      keyGenerator: (request) => request.userId,
    });
    app.addHook('onRequest', async (request) => {
      if (!isProbe(request)) refuseIfExceeded(await countAddress(request), 'this address');
    });
    // Runs after every `onRequest` hook, when the user is known.
    app.addHook('preParsing', async (request) => {
      if (request.userId !== '') refuseIfExceeded(await countUser(request), 'this user');
    });
  },
  { name: 'request-limit', dependencies: ['errors'] },
);

function isProbe({ routeOptions }: FastifyRequest): boolean {
  return probes.includes(routeOptions.url ?? '');
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

function refuseIfExceeded(count: Count, whose: string): void {
  if (count.isAllowed || !count.isExceeded) return;
  throw new Problem(
    429,
    'rate_limited',
    `Too many requests from ${whose}: the limit is ${count.max} per minute. Try again in ${count.ttlInSeconds} seconds.`,
    { retryAfterSeconds: Math.max(1, count.ttlInSeconds) },
  );
}
