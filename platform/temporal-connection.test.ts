import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { registerSearchAttributes } from './temporal-connection.ts';

const grpc = (code: number, details: string): Error =>
  Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });

/** @param makes how making one is answered @param known what a query may name */
function namespaceThat(makes: Error | null, known: readonly string[]) {
  const made: string[] = [];
  const client = {
    connection: {
      operatorService: {
        addSearchAttributes: async ({ searchAttributes }: { searchAttributes: object }) => {
          if (makes !== null) return await Promise.reject(makes);
          return await Promise.resolve(made.push(...Object.keys(searchAttributes)));
        },
      },
      workflowService: {
        countWorkflowExecutions: async ({ query }: { query: string }) =>
          known.some((name) => query.startsWith(`${name} =`))
            ? await Promise.resolve({})
            : await Promise.reject(grpc(3, 'invalid query: column is not found')),
      },
    },
  } as unknown as Client;
  return { client, made };
}

const all = ['UserId', 'DataSourceId', 'SourceType', 'JobType'];

test('search attributes are created if that is allowed', async () => {
  const { client, made } = namespaceThat(null, []);
  await registerSearchAttributes(client, 'default');
  expect(made).toEqual(all);
});

test('those that are there are no error', async () => {
  await registerSearchAttributes(namespaceThat(grpc(6, 'UserId already exists'), []).client, 'default');
});

test.each([
  ['Temporal Cloud has no operator service', grpc(12, 'unknown service temporal.api.operatorservice')],
  ['a key may lack the right', grpc(7, 'Request unauthorized.')],
])('where they cannot be made (%s) they are looked for, and the worker starts', async (_name, refusal) => {
  await registerSearchAttributes(namespaceThat(refusal, all).client, 'default');
});

test('if they are missing too, the error names them and the commands that create them', async () => {
  const { client } = namespaceThat(grpc(12, 'unknown service'), ['UserId', 'JobType']);
  const refused = registerSearchAttributes(client, 'acme.a1b2c');
  await expect(refused).rejects.toThrow(/"acme.a1b2c" lacks DataSourceId, SourceType, and/);
  await expect(refused).rejects.toThrow(
    /temporal operator search-attribute create --namespace acme.a1b2c --name DataSourceId --type Keyword --name SourceType/,
  );
  await expect(refused).rejects.toThrow(/tcld namespace search-attributes add/);
});

test('a server that does not answer is not taken for one that forbids', async () => {
  await expect(registerSearchAttributes(namespaceThat(grpc(14, 'unavailable'), all).client, 'default')).rejects.toThrow(
    /unavailable/,
  );
});
