import type { Command } from 'commander';
import { ApiError, type ApiClient, createApiClient, type DataSource } from './api-client.ts';

/** The API and the printer that every command receives. */
export interface Terminal {
  readonly api: () => ApiClient;
  readonly isJsonWanted: () => boolean;
  /** Prints JSON if requested, otherwise the output of `show`. */
  readonly output: <T>(value: T, show: (value: T) => void) => void;
  /** Finds a source by its id, or by its name if the name is unique. */
  readonly find: (source: string) => Promise<DataSource>;
}

interface GlobalOptions {
  readonly url: string;
  readonly token?: string;
  readonly adminToken?: string;
  readonly json?: boolean;
}

/** Reads the global options of a program when a command runs. */
export function createTerminal(program: Command): Terminal {
  const api = (): ApiClient => {
    const { url, token, adminToken } = program.opts<GlobalOptions>();
    return createApiClient({ url, token, adminToken });
  };
  const isJsonWanted = (): boolean => program.opts<GlobalOptions>().json === true;
  return {
    api,
    isJsonWanted,
    output: (value, show) => {
      if (isJsonWanted()) console.log(JSON.stringify(value, null, 2));
      else show(value);
    },
    find: async (source) => findSource(await api().listSources(), source),
  };
}

function findSource(list: readonly DataSource[], source: string): DataSource {
  const found = list.filter((s) => s.id === source || s.name === source);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const why =
    found.length > 1
      ? `${found.length} sources are named "${source}". Use the id.`
      : `There is no source "${source}". Your sources: ${list.map((s) => s.name).join(', ') || 'none'}.`;
  throw new ApiError(404, { code: 'not_found', detail: why });
}
