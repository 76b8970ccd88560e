import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { Gauge, Registry } from 'prom-client';
import { findSourceHealth, type SourceHealth } from '../../db/access/health.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { requireAdmin } from '../plugins/auth.ts';

const gauges = {
  sources: ['headwater_sources', 'Data sources'],
  needSignIn: ['headwater_sources_need_sign_in', 'Data sources that wait for a new sign-in'],
  running: ['headwater_jobs_running', 'Running jobs'],
  waiting: ['headwater_jobs_waiting', 'Running jobs that wait for a rate limit, a quota or a sign-in'],
  held: ['headwater_jobs_held', 'Running jobs that wait for approval of removals'],
  oldestSuccessSeconds: [
    'headwater_oldest_success_age_seconds',
    'Time since the last success of the scheduled source that has gone longest without one',
  ],
  longestRunSeconds: ['headwater_longest_run_seconds', 'Duration of the longest running job'],
} as const satisfies Partial<Record<keyof SourceHealth, readonly [string, string]>>;

/** Metrics for Prometheus that only the database knows. Workers expose their own metrics (METRICS_ADDRESS). */
export const metricsRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    const registry = new Registry();
    const byName = Object.entries(gauges).map(([key, [name, help]]) => ({
      key: key as keyof typeof gauges,
      gauge: new Gauge({ name, help, labelNames: ['source_type'], registers: [registry] }),
    }));

    app.get('/metrics', {
      config: { public: true },
      schema: { summary: 'Metrics for Prometheus', description: 'Operators only.' },
      handler: async (request, reply) => {
        requireAdmin(deps.config, request);
        const health = await findSourceHealth(deps.db);
        for (const { key, gauge } of byName) {
          gauge.reset();
          for (const row of health) {
            const value = row[key];
            if (value !== null) gauge.set({ source_type: row.sourceType }, value);
          }
        }
        return await reply.type(registry.contentType).send(await registry.metrics());
      },
    });
  };
