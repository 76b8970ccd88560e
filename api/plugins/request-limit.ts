import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Kysely } from 'kysely';
import { addRequestCounts } from '../../db/access/request-counts.ts';
import type { Database } from '../../db/access/database.ts';
import type { Config } from '../../platform/config.ts';
import { Problem } from '../problem.ts';
import { createRequestCounts, type RequestCounts } from '../request-counts.ts';

const windowMs = 60_000;
/** How often the processes tell each other of busy users and addresses. */
const exchangeMs = 2000;
/** An orchestrator whose probe is refused would consider the process dead. */
const probes = ['/healthz', '/readyz'];

interface RequestLimitOptions {
  readonly config: Config;
  readonly db: Kysely<Database>;
}

/**
 * Limits the requests of each address and each user, whatever the route. Addresses are counted before authentication,
 * so that guessing tokens is counted too; users after it. All API processes share the limits
 * (docs/decisions/26-keys-and-limits.md).
 */
export const requestLimitPlugin = fastifyPlugin(
  async (app: FastifyInstance, { config, db }: RequestLimitOptions) => {
    const counts = createRequestCounts((minute, added) => addRequestCounts(db, minute, added));
    exchangeUntilClosed(app, counts);
    await app.register(rateLimit, { global: false, store: storeOf(counts) });
    const { perAddress, perUser } = config.requestLimits;
    const countAddress = app.createRateLimit({
      max: perAddress,
      timeWindow: windowMs,
      keyGenerator: (request) => `address ${normalizeIP(request.ip)}`,
    });
    const countUser = app.createRateLimit({
      max: perUser,
      timeWindow: windowMs,
      keyGenerator: (request) => `user ${request.userId}`,
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

function storeOf(counts: RequestCounts): new () => FastifyRateLimitStore {
  return class implements FastifyRateLimitStore {
    incr(...[key, done, , max]: Parameters<FastifyRateLimitStore['incr']>): void {
      done(null, counts.add(key, max));
    }
    child(): FastifyRateLimitStore {
      return this;
    }
  };
}

/** Without an answer of the database, each process goes on with what it knows. */
function exchangeUntilClosed(app: FastifyInstance, counts: RequestCounts): void {
  let exchanging: Promise<void> | null = null;
  const exchange = async (): Promise<void> => {
    await counts
      .exchange()
      .catch(() => app.log.warn('the limits of requests are not shared: no answer of the database'));
    exchanging = null;
  };
  // A database that takes longer than the interval is asked by one exchange at a time.
  const timer = setInterval(() => {
    exchanging ??= exchange();
  }, exchangeMs);
  timer.unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await exchanging;
  });
}

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
