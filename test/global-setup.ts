import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributeNames } from '../domain/contract.ts';
import { temporalServerSettings } from '../tools/local/children.ts';
import { findTemporalCli } from '../tools/local/temporal-cli.ts';
import { prepareTemporal } from './harness/temporal.ts';
import { createTemplateDatabase, dumpMigratedDatabase } from './harness/migrated-database.ts';

/** One Temporal server for the whole run, in memory, and one migrated database; every test file has a task queue and a copy of its own. */
export default async function globalSetup(): Promise<void> {
  const path = await findTemporalCli(process.env, (line) => console.error(line));
  const stack = new AsyncDisposableStack();
  Object.assign(globalThis, { headwaterTests: stack });
  await prepareTemporal();
  // The server collects garbage four times less often than Go would, and uses a few hundred megabytes for it.
  process.env['GOGC'] ??= '400';
  const temporal = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'pretty', level: 'error' },
      extraArgs: [...(await temporalServerSettings())],
      // A server that workers tell of them knows them a moment later, and refuses the first jobs until then.
      searchAttributes: searchAttributeNames.map((name) => defineSearchAttributeKey(name, 'KEYWORD')),
    },
  });
  stack.defer(async () => await temporal.teardown());
  process.env['HEADWATER_TEST_TEMPORAL'] = temporal.address;
  const server = process.env['DATABASE_URL'];
  if (server === undefined || server === '') process.env['HEADWATER_TEST_DUMP'] = await dumpMigratedDatabase();
  else process.env['HEADWATER_TEST_TEMPLATE'] = stack.use(await createTemplateDatabase(server)).name;
}
