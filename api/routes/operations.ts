import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { migrateToLatest, migrationState } from '../../db/access/migrate.ts';
import { isStandby } from '../../db/access/reach.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { createNotionVerification } from '../../sources/change-notifications/notion-verification.ts';
import { requireAdmin } from '../plugins/auth.ts';
import { Problem } from '../problem.ts';
import * as schemas from '../schemas.ts';

const probeTimeoutMs = 3000;
const check = z.object({ ok: z.boolean(), detail: z.string().nullable() });
const readiness = z.object({
  ready: z.boolean(),
  checks: z.object({ database: check, migrations: check, temporal: check }),
});

/** Health, readiness and set-up. */
export const operationRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(healthRoutes(deps));
    await app.register(setupRoutes(deps));
  };

const healthRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/healthz', {
      config: { public: true },
      schema: { summary: 'Check that the process is alive', response: { 200: z.object({ status: z.literal('ok') }) } },
      handler: () => ({ status: 'ok' as const }),
    });

    app.get('/readyz', {
      config: { public: true },
      schema: {
        summary: 'Check that the database, its migrations and Temporal are ready',
        response: { 200: readiness, 503: readiness },
      },
      handler: async (_request, reply) => {
        const [database, migrations, temporal] = await Promise.all([
          probe(async () => requirePrimary(await isStandby(deps.db)), 'The database does not answer.'),
          probe(() => requireMigrated(deps), 'Migrations are pending. GET /api/setup/etl-pipelines runs them.'),
          probe(
            () =>
              deps.temporal.withDeadline(Date.now() + probeTimeoutMs, () =>
                deps.temporal.workflowService.getSystemInfo({}),
              ),
            'Temporal does not answer.',
          ),
        ]);
        // The state of migrations is unknown if the database does not answer.
        if (!database.ok && !migrations.ok) migrations.detail = database.detail;
        const ready = database.ok && migrations.ok && temporal.ok;
        return await reply.code(ready ? 200 : 503).send({ ready, checks: { database, migrations, temporal } });
      },
    });
  };

/** For operators only. */
const setupRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/setup/etl-pipelines', {
      // A HEAD would do the same without being seen.
      exposeHeadRoute: false,
      config: { forOperators: true },
      schema: {
        summary: 'Run pending migrations',
        description: 'Runs pending migrations. Operators only.',
        response: { 200: z.object({ applied: z.array(z.string()), pending: z.array(z.string()) }) },
      },
      handler: async (request) => {
        requireAdmin(deps.config, request);
        const { applied, pending } = await migrateToLatest(deps.db);
        return { applied: [...applied], pending: [...pending] };
      },
    });

    const notion = createNotionVerification(deps);
    const verification = z.object({
      waitsUntil: schemas.time.nullable().describe('null: nobody waits for a token'),
      token: z.string().nullable().describe('paste it into Notion’s page and set it as NOTION_VERIFICATION_TOKEN'),
    });

    app.post('/api/setup/notion-verification', {
      config: { forOperators: true },
      schema: {
        summary: 'Wait for the token of a new webhook subscription at Notion',
        description:
          'For 15 minutes the first token that comes to /api/change-notifications/notion is kept; at any other time it is refused. Operators only.',
        response: { 200: verification },
      },
      handler: async (request) => {
        requireAdmin(deps.config, request);
        if (deps.config.changeNotifications.notionVerificationToken !== undefined)
          throw new Problem(
            409,
            'already_set',
            'NOTION_VERIFICATION_TOKEN is set. Take it away and start the API again to wait for another token.',
          );
        return { waitsUntil: (await notion.begin()).toISOString(), token: null };
      },
    });

    app.get('/api/setup/notion-verification', {
      config: { forOperators: true },
      schema: {
        summary: 'The token of a new webhook subscription at Notion',
        description: 'Operators only.',
        response: { 200: verification },
      },
      handler: async (request) => {
        requireAdmin(deps.config, request);
        const { waitsUntil, token } = await notion.find();
        return { waitsUntil: waitsUntil?.toISOString() ?? null, token };
      },
    });
  };

/** A reason that an operator may read; others are replaced by a fixed sentence. */
class NotReady extends Error {}

function requirePrimary(standby: boolean): void {
  if (standby) throw new NotReady('The database accepts no changes: it is a standby.');
}

async function requireMigrated({ db }: ApiDependencies): Promise<void> {
  const { pending } = await migrationState(db);
  if (pending.length > 0) throw new Error('pending');
}

async function probe(ask: () => Promise<unknown>, whenNot: string): Promise<z.infer<typeof check>> {
  try {
    await Promise.race([
      ask(),
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error('too slow')), probeTimeoutMs).unref()),
    ]);
    return { ok: true, detail: null };
  } catch (error) {
    return { ok: false, detail: error instanceof NotReady ? error.message : whenNot };
  }
}
