import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { z } from 'zod';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The call that this is a second address of. */
    readonly sameAs?: { readonly method: string; readonly url: string };
  }
}

/** The parameters that name the object of a call. */
const names = ['id', 'jobId', 'ruleId'];

/**
 * Gives each change and deletion that names its object in the body or the query a second address, at which the object
 * stands in the path: `PATCH /api/data-sources/:id` beside `PUT /api/data-sources`, `DELETE /api/data-sources/:id`
 * beside `DELETE /api/data-sources?id=`. Both are the same call.
 */
export const addressesOfOnePlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.addHook('onRoute', function addAddress(route) {
      const part = route.method === 'PUT' ? 'body' : 'querystring';
      if (route.method !== 'PUT' && route.method !== 'DELETE') return;
      const named = route.schema?.[part];
      if (!(named instanceof z.ZodObject)) return;
      const name = names.find((known) => known in named.shape);
      if (name === undefined) return;
      this.route(addressOfOne(route, part, named, name));
    });
    done();
  },
  { name: 'addresses-of-one' },
);

function addressOfOne(
  route: RouteOptions,
  part: 'body' | 'querystring',
  named: z.ZodObject,
  name: string,
): RouteOptions {
  const { [name]: id, ...rest } = named.shape;
  const outer = route.schema?.params instanceof z.ZodObject ? route.schema.params.shape : {};
  // What is checked about several fields together does not concern the name.
  const checks = (named.def.checks ?? []) as unknown as readonly z.core.CheckFn<Record<string, unknown>>[];
  const others = z.strictObject(rest).check(...checks);
  return {
    ...route,
    config: { ...route.config, sameAs: { method: String(route.method), url: route.url } },
    method: part === 'body' ? 'PATCH' : 'DELETE',
    url: `${route.url}/:${name}`,
    schema: {
      ...route.schema,
      params: z.strictObject({ ...outer, [name]: id }),
      [part]: others,
    },
    preHandler: async (request: FastifyRequest) => {
      const given = request.params as Readonly<Record<string, unknown>>;
      const key = part === 'body' ? 'body' : 'query';
      request[key] = { ...(request[key] as object | undefined), [name]: given[name] };
    },
  };
}
