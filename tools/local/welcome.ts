import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createApiClient } from '../../cli/api-client.ts';
import { defaultUrl } from '../../cli/arguments.ts';
import { watchJob } from '../../cli/watch-job.ts';
import type { Config } from '../../platform/config.ts';
import { sourceDefinitions } from '../../sources/connectors/registry.ts';
import type { LocalSimulators } from './simulators.ts';

export interface WelcomeOptions {
  readonly config: Config;
  readonly firstStart: boolean;
  readonly sampleFolder: string;
  readonly simulators: LocalSimulators | null;
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
}

const signInTypes = sourceDefinitions.filter(({ oauth }) => oauth !== null).map(({ type }) => type);
const sampleQuery = 'Who repairs the lighthouse lamps?';

/** On the first start, syncs the sample through the API as any user would. Then prints the addresses. */
export async function showWelcome(options: WelcomeOptions): Promise<void> {
  const { config, say } = options;
  if (options.firstStart) {
    await syncSample(options).catch((error: unknown) =>
      say(`The sample folder could not be synced: ${Error.isError(error) ? error.message : String(error)}`),
    );
  }
  say('');
  say(`Headwater ready.  Page     ${config.publicUrl}`);
  say(`                  API      ${config.publicUrl}/docs`);
  if (config.temporal.uiUrl !== undefined)
    say(`                  Temporal ${config.temporal.uiUrl}        every job with all its activities`);
  say('                  CLI      npx headwater --help');
  if (config.publicUrl !== defaultUrl)
    say(`                           first: export HEADWATER_URL=${config.publicUrl}`);
  if (options.firstStart) showFirstSteps(options);
  if (options.simulators !== null) {
    say(`\nSimulated vendors: connect without an account (${signInTypes.join(', ')})`);
    say('                  npx headwater sources add "My Drive" google_drive');
    say('                  npx headwater connect "My Drive"      (open the address it prints, choose a person)');
    say('                  npx headwater sync "My Drive"');
  }
  say('\nCtrl-C stops everything. The next start continues where this one stopped.');
}

/** Three things to try, each with what it shows. */
function showFirstSteps({ config, simulators, say }: WelcomeOptions): void {
  say('\nThree things to try:');
  say(`  1. Ask the sample a question:   ${config.publicUrl}/search`);
  say('  2. Sync a folder of your own:   npx headwater sources add Notes local_folder --config \'{"path":"…"}\'');
  say('                                  npx headwater sync Notes     (LOCAL_FOLDER_ROOTS must name the folder)');
  say(
    simulators === null
      ? '  3. Connect a vendor without an account: start again with npm start -- --simulators'
      : '  3. Connect a simulated Google Drive, as below',
  );
}

async function syncSample({ config, sampleFolder, say, stop }: WelcomeOptions): Promise<void> {
  const api = createApiClient({ url: config.publicUrl, token: undefined });
  const existing = (await api.listSources()).find((source) => source.sourceType === 'local_folder');
  if (existing === undefined) {
    say('\nFirst start: syncing the sample folder …');
    const source = await api.createSource({
      name: 'Sample folder',
      sourceType: 'local_folder',
      config: { path: sampleFolder },
    });
    const job = await api.startJob({ dataSourceId: source.id, jobType: 'full_sync' });
    const ended = await watchJob(api, job.id, { isQuiet: false, signal: stop });
    if (ended === null) return;
    for (const item of (await api.listItems(job.id, { limit: 200 })).items) {
      if (item.errorMessage !== null)
        say(`  ${item.outcome ?? item.state}: ${item.path ?? item.externalId}: ${item.errorMessage}`);
    }
  }
  say(`\nA search: “${sampleQuery}”`);
  for (const hit of await api.search({ query: sampleQuery, limit: 1 })) {
    say(`  → ${hit.path ?? hit.title}: ${hit.snippet.replaceAll(/\s+/g, ' ').slice(0, 200)}`);
  }
  await writeFile(join(config.dataDir, 'started'), new Date().toISOString());
}
