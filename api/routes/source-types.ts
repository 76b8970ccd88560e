import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { definitionOf } from '../../sources/connectors/registry.ts';
import { findContainerPaths } from '../../db/items/selection.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import { type SourceType, sourceTypes } from '../../domain/source.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, Problem } from '../problem.ts';
import { describeChangeNotifications } from '../change-notifications.ts';
import * as schemas from '../schemas.ts';

const asked = z.strictObject({
  field: z.string().min(1).max(100).describe('a field of the config'),
  within: z.string().min(1).max(4096).optional().describe('the `value` of a choice that has children'),
});
const answer = {
  200: z.object({
    choices: z.array(schemas.choice),
    selected: z
      .array(schemas.choice.pick({ value: true, label: true }))
      .describe('names of the values in the saved config, as far as they are known'),
  }),
};

/** Describes what can be connected, its config, and the choices that an account offers. A form needs nothing else. */
export const sourceTypeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/source-types', {
      schema: {
        summary: 'List the types of sources',
        response: { 200: z.object({ sourceTypes: z.array(schemas.sourceTypeDescription) }) },
      },
      handler: () => ({ sourceTypes: sourceTypes.map((sourceType) => describe(deps, sourceType)) }),
    });

    app.get('/api/source-types/:sourceType/choices', {
      schema: {
        summary: 'List choices for a field of the config, before there is a source',
        description: 'Only for types without a sign-in. For the others, connect an account first.',
        params: z.strictObject({ sourceType: schemas.sourceType }),
        querystring: asked,
        response: answer,
      },
      handler: async ({ userId, params: { sourceType }, query, signal }) => {
        if (definitionOf(sourceType).oauth !== null)
          throw new Problem(
            409,
            'needs_sign_in',
            'This type needs a connected account. Add the source and connect it first.',
          );
        return {
          choices: await choices(deps, { sourceType, userId, dataSourceId: null }, query, signal),
          selected: [],
        };
      },
    });

    app.get('/api/data-sources/:id/choices', {
      schema: {
        summary: 'List choices for a field of the config, from the account',
        description: 'Folders, labels or drives: those directly inside one of them, or at the top level.',
        params: z.strictObject({ id: schemas.id }),
        querystring: asked,
        response: answer,
      },
      handler: async ({ userId, read, params: { id }, query, signal }) => {
        const source = found(await read((trx) => findDataSource(trx, id)), 'data source');
        if (source.needsSignIn || source.connectionStatus === 'disconnected')
          throw new Problem(409, 'needs_sign_in', 'The source is not connected. Connect it first.');
        const { sourceType } = source;
        const offered = await choices(deps, { sourceType, userId, dataSourceId: id }, query, signal);
        const saved = z.array(z.string()).catch([]).parse(source.config[query.field]);
        const paths = await read((trx) => findContainerPaths(trx, id, saved));
        return { choices: offered, selected: [...paths].map(([value, label]) => ({ value, label })) };
      },
    });
  };

function describe({ config }: ApiDependencies, sourceType: SourceType): z.infer<typeof schemas.sourceTypeDescription> {
  const { label, description, oauth, composio, config: schema, ...rest } = definitionOf(sourceType);
  const { choiceFields, receivesFiles = false } = rest;
  return {
    sourceType,
    label,
    description,
    signIn:
      oauth === null
        ? null
        : {
            vendor: oauth.vendor,
            isConfigured: config.vendors[oauth.vendor].clientId !== undefined,
            composio: config.composio.apiKey !== undefined && composio !== null,
          },
    changeNotifications: describeChangeNotifications(config, sourceType),
    configSchema: z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    choiceFields: [...choiceFields],
    receivesFiles,
  };
}

/** @throws Problem 400 for a field without choices */
async function choices(
  deps: ApiDependencies,
  source: Parameters<ApiDependencies['listChoices']>[0],
  { field, within }: z.infer<typeof asked>,
  signal: AbortSignal,
): Promise<z.infer<typeof schemas.choice>[]> {
  const fields = definitionOf(source.sourceType).choiceFields;
  if (!fields.includes(field)) {
    const message =
      fields.length === 0 ? 'there are no choices for the fields of this type' : `must be ${fields.join(' or ')}`;
    throw new Problem(400, 'invalid_request', `field: ${message}`, {
      errors: [{ field: 'field', message }],
    });
  }
  return [...(await deps.listChoices(source, { field, within: within ?? null }, signal))];
}
