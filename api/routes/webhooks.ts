import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { countOwned } from '../../db/access/count-owned.ts';
import {
  type DeliveryRow,
  endPending,
  findDelivery,
  listDeliveries,
  recordPing,
  reopenDelivery,
} from '../../db/webhooks/webhook-deliveries.ts';
import {
  createEndpoint,
  deleteEndpoint,
  findEndpoint,
  listEndpoints,
  updateEndpoint,
} from '../../db/webhooks/webhooks.ts';
import { webhookEvents } from '../../domain/webhooks.ts';
import { addressProblem } from '../../jobs/outgoing-webhooks/addresses.ts';
import { startDelivery } from '../../jobs/outgoing-webhooks/outbox.ts';
import { newSecret } from '../../jobs/outgoing-webhooks/send.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { serializeDelivery, serializeWebhook } from '../serializers.ts';
import { found, notFound, Problem, tooMany } from '../problem.ts';
import * as schemas from '../schemas.ts';
import { pageOf, readCursor } from '../paging.ts';

const root = '/api/webhooks';
const params = z.strictObject({ id: schemas.id });
const address = z.url('must be a URL such as https://example.com/headwater').max(2000);
const events = z.array(z.enum(webhookEvents)).min(1, 'must name at least one event').max(webhookEvents.length);
const answer = z.object({ webhook: schemas.webhook });
const deliveryAnswer = z.object({ delivery: schemas.webhookDelivery });

/** A user's own endpoints, their events, and their deliveries. */
export const webhookRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(endpointRoutes);
    await app.register(endpointChangeRoutes(deps));
    await app.register(deliveryRoutes(deps));
  };

const endpointRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(root, {
    schema: { summary: 'List webhooks', response: { 200: z.object({ webhooks: z.array(schemas.webhook) }) } },
    handler: async ({ read }) => ({
      webhooks: (await read(listEndpoints)).map(serializeWebhook),
    }),
  });

  app.get(`${root}/:id`, {
    schema: { summary: 'Show a webhook', params, response: { 200: answer } },
    handler: async ({ read, params: { id } }) => {
      const webhook = found(await read((trx) => findEndpoint(trx, id)), 'webhook');
      return { webhook: serializeWebhook(webhook) };
    },
  });
};

const endpointChangeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(root, {
      schema: {
        summary: 'Add a webhook',
        description:
          'The answer contains the secret, which is never shown again. Deliveries are signed according to Standard Webhooks.',
        body: z.strictObject({ url: address, events: events.default([...webhookEvents]) }),
        response: { 201: answer.extend({ secret: z.string() }) },
      },
      handler: async ({ userId, write, body }, reply) => {
        checkAddress(deps, body.url);
        const [id, secret] = [uuidv7(), newSecret()];
        const sealed = deps.keyring.seal(secret, id);
        const row = await write(async (trx) => {
          if ((await countOwned(trx, 'webhook_endpoints', userId)) >= deps.config.maxPerUser.webhooks)
            throw tooMany('webhooks', deps.config.maxPerUser.webhooks);
          return await createEndpoint(trx, { id, userId, ...body, secret: sealed });
        });
        return await reply.code(201).send({ webhook: serializeWebhook(row), secret });
      },
    });

    app.put(root, {
      schema: {
        summary: 'Change, disable or enable a webhook',
        body: z.strictObject({
          id: schemas.id,
          url: address.optional(),
          events: events.optional(),
          isActive: z.boolean().optional(),
        }),
        response: { 200: answer },
      },
      handler: async ({ write, body: { id, ...change } }) => {
        if (change.url !== undefined) checkAddress(deps, change.url);
        const row = await write(async (trx) => {
          if (change.isActive === false) await endPending(trx, id);
          return await updateEndpoint(trx, id, change);
        });
        return { webhook: serializeWebhook(found(row, 'webhook')) };
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Delete a webhook',
        querystring: params,
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ write, query: { id } }) => {
        if (!(await write((trx) => deleteEndpoint(trx, id)))) throw notFound('webhook');
        return { deleted: { id } };
      },
    });
  };

const deliveryRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(`${root}/:id/deliveries`, {
      schema: {
        summary: 'List the deliveries of a webhook',
        params,
        querystring: z.strictObject({ limit: schemas.limit, cursor: schemas.cursor }),
        response: { 200: z.object({ deliveries: z.array(schemas.webhookDelivery), nextCursor: schemas.nextCursor }) },
      },
      handler: async ({ read, params: { id }, query: { limit, cursor } }) => {
        const after = readCursor(cursor);
        const rows = await read(async (trx) => {
          found(await findEndpoint(trx, id), 'webhook');
          return await listDeliveries(trx, id, limit + 1, after);
        });
        const { page, nextCursor } = pageOf(rows, limit, ({ createdAt, id: last }) => ({
          at: createdAt.toISOString(),
          id: last,
        }));
        return { deliveries: page.map(serializeDelivery), nextCursor };
      },
    });

    app.post(`${root}/:id/ping`, {
      schema: { summary: 'Send a test event', params, response: { 202: deliveryAnswer } },
      handler: async ({ userId, write, params: { id } }, reply) => {
        const delivery = await write(async (trx) => {
          const endpoint = found(await findEndpoint(trx, id), 'webhook');
          if (!endpoint.isActive) throw switchedOff();
          return await findDelivery(trx, id, await recordPing(trx, userId, id));
        });
        return await reply.code(202).send(await begin(deps, userId, delivery));
      },
    });

    app.post(`${root}/:id/deliveries/:deliveryId/redeliver`, {
      schema: {
        summary: 'Send a delivery again, with the same id',
        params: params.extend({ deliveryId: schemas.id }),
        response: { 202: deliveryAnswer },
      },
      handler: async ({ userId, write, params: { id, deliveryId } }, reply) => {
        const delivery = await write(async (trx) => {
          const endpoint = await findEndpoint(trx, id);
          if (endpoint === undefined || (await findDelivery(trx, id, deliveryId)) === undefined)
            throw notFound('delivery');
          if (!endpoint.isActive) throw switchedOff();
          if (!(await reopenDelivery(trx, deliveryId)))
            throw new Problem(409, 'wrong_state', 'The delivery is being sent now. Wait for its result.');
          return await findDelivery(trx, id, deliveryId);
        });
        return await reply.code(202).send(await begin(deps, userId, delivery));
      },
    });
  };

/** The addresses to which the name resolves are checked when it is called. @throws Problem 400 */
function checkAddress({ config }: ApiDependencies, url: string): void {
  const problem = addressProblem(new URL(url), config.webhookAddresses);
  if (problem === null) return;
  throw new Problem(400, 'address_not_allowed', `url: ${problem}`, { errors: [{ field: 'url', message: problem }] });
}

function switchedOff(): Problem {
  return new Problem(409, 'wrong_state', 'The webhook is disabled. Enable it first.');
}

/** Starts a recorded delivery. If it cannot be started now, a worker starts it within minutes. */
async function begin(deps: ApiDependencies, userId: string, recorded: DeliveryRow | undefined) {
  const delivery = found(recorded, 'delivery');
  // An attempt that was planned before the endpoint was disabled may still be waiting for its time.
  await startDelivery(deps, userId, delivery.id, 'TERMINATE_EXISTING').catch((error: unknown) =>
    deps.logger.warn(
      { err: error, deliveryId: delivery.id },
      'Temporal does not answer; the next check of the outbox starts the delivery',
    ),
  );
  return { delivery: serializeDelivery(delivery) };
}
