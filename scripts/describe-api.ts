import { pino } from 'pino';
import { buildApp } from '../api/app.ts';
import type { ApiDependencies } from '../api/dependencies.ts';
import { readConfig } from '../platform/config.ts';

/** The API's own description, as `/docs/openapi.json` has it. */
export async function describeApi(): Promise<object> {
  // Building the description uses no database and no vendor, so the other dependencies are never read.
  const deps = { config: readConfig({}), logger: pino({ level: 'silent' }) } as unknown as ApiDependencies;
  const app = await buildApp(deps);
  await app.ready();
  const description = app.swagger();
  await app.close();
  return description;
}
