import type { FaultEffect } from '../../../simulators/kit/faults.ts';
import { apiError } from '../../../simulators/notion/errors.ts';
import { simulatedNotionClient, startNotion } from '../../../simulators/notion/server.ts';
import type { NotionWorkspace, SimDatabase, SimPage, SimParent } from '../../../simulators/notion/state.ts';
import {
  isOutOfOrder,
  isUnlucky,
  networkEffects,
  oftenManyCalls,
  oftenSignIn,
  oneByOne,
  poison,
  type SoakAccount,
  type SoakVendor,
  tokenEffects,
} from './vendor.ts';

/** Notion's times have minute precision, so pages listed within three minutes of their edit are read again later. */
const shownAfterMs = 190_000;

/** Pages of twenty. */
export async function openNotion(stack: AsyncDisposableStack): Promise<SoakVendor> {
  const notion = stack.use(await startNotion());
  notion.switches.maxPage = 20;
  return {
    sourceType: 'notion',
    environment: {
      NOTION_CLIENT_ID: simulatedNotionClient.clientId,
      NOTION_CLIENT_SECRET: simulatedNotionClient.clientSecret,
      NOTION_API_BASE_URL: notion.url,
      NOTION_TOKEN_URL: `${notion.url}/v1/oauth/token`,
    },
    log: notion.log,
    faults: [
      // Its blocks are read instead.
      {
        faults: notion.faults,
        path: '^/v1/pages/[^/]+/markdown$',
        effects: [refusal(400, 'validation_error')],
        when: ({ path }) => isUnlucky(path),
      },
      {
        faults: notion.faults,
        path: '^/v1/pages/[^/]+/markdown$',
        effects: [refusal(500, 'internal_server_error')],
        when: ({ path }) => isUnlucky(`${path} 500`),
      },
      // The page keeps its text, but its contents cannot be listed.
      {
        faults: notion.faults,
        path: '^/v1/blocks/[^/]+/children$',
        effects: [refusal(400, 'validation_error')],
        when: ({ path }) => isUnlucky(path),
      },
      {
        faults: notion.faults,
        path: '^/v1/data_sources/[^/]+/query$',
        effects: [refusal(503, 'service_unavailable')],
        when: ({ path }) => isOutOfOrder(path),
      },
      {
        faults: notion.faults,
        path: '^/v1/(?!oauth)',
        effects: [...refusals, ...networkEffects],
        often: oftenManyCalls,
      },
      { faults: notion.faults, path: '^/v1/oauth/token$', effects: tokenEffects, often: oftenSignIn },
    ],
    account: (email) => openWorkspace(notion.state.workspace(email), email, () => notion.oauth.issue(email)),
  };
}

/** One top-level page with sections and databases, which contain pages and rows with one fact each. */
function openWorkspace(workspace: NotionWorkspace, email: string, signIn: () => object): SoakAccount {
  const top = workspace.addPage({ title: 'Harbour handbook' });
  const inTop: SimParent = { type: 'page_id', id: top };
  const sections = ['Boats', 'Berths', 'Weather'].map((title) => workspace.addPage({ title, parent: inTop }));
  const databases = ['Repairs', 'Crew'].map((title) => workspace.addDatabase(title, inTop));
  const facts = new Map<string, string>();
  const trashed = new Set<string>();
  const hidden = new Set<string>();
  let last = 0;
  const sectionBy = (random: () => number): SimParent => ({ type: 'page_id', id: anyOf(sections, random) });
  const write = (id: string): void => {
    const fact = `fact${++last}x`;
    facts.set(id, fact);
    workspace.update(id, `# About it\nIt is said that ${fact} ${poison}`);
  };
  const add = (random: () => number): void => {
    const isRow = random() < 0.4;
    const title = `${isRow ? 'Row' : 'Page'} ${last}`;
    write(
      isRow
        ? addRow(workspace, anyOf(databases, random), title)
        : workspace.addPage({ title, parent: sectionBy(random) }),
    );
  };
  const trash = (id: string): void => {
    trashed.add(id);
    workspace.trash(id);
  };
  const changeOne = (random: () => number): void => {
    const id = anyOf([...facts.keys()], random);
    const kind = random();
    if (kind < 0.35) add(random);
    else if (kind < 0.6) write(id);
    else if (kind < 0.7) workspace.rename(id, `Renamed ${last}`);
    else if (kind < 0.77) workspace.move(id, sectionBy(random));
    else if (kind < 0.79) {
      hidden.add(id);
      workspace.unshare(id);
    } else if (kind < 0.81) {
      const [back] = hidden;
      if (back !== undefined && hidden.delete(back)) workspace.share(back);
    } else if (kind < 0.87) trash(id);
    else if (kind < 0.89) trash(anyOf([...sections, ...databases.map((database) => database.id)], random));
    else if (kind < 0.97) {
      const [back] = trashed;
      if (back !== undefined && trashed.delete(back)) workspace.restore(back);
    } else {
      trashed.delete(id);
      hidden.delete(id);
      facts.delete(id);
      workspace.delete(id);
    }
  };
  const isShown = (page: SimPage): boolean => !workspace.isTrashed(page) && workspace.isVisible(page);
  return {
    email,
    signIn,
    shownAfterMs,
    ...oneByOne(add, changeOne),
    truth: () => ({
      kind: 'facts',
      facts: [...facts].flatMap(([id, fact]) => (isShown(workspace.page(id)) ? [fact] : [])),
    }),
  };
}

function addRow(workspace: NotionWorkspace, database: SimDatabase, title: string): string {
  const status = { type: 'status', status: { id: 'a', name: 'In progress', color: 'default' } };
  return workspace.addRow(database, title, { Status: status });
}

/** @throws Error if there is nothing to choose from */
function anyOf<T>(all: readonly T[], random: () => number): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('There is nothing to choose from.');
  return one;
}

function refusal(status: number, code: string): FaultEffect {
  const { body } = apiError(status, code, 'The simulator was configured to refuse this.');
  return { status, body };
}

const refusals: readonly FaultEffect[] = [
  refusal(500, 'internal_server_error'),
  refusal(503, 'service_unavailable'),
  refusal(409, 'conflict_error'),
  refusal(401, 'unauthorized'),
  { ...refusal(429, 'rate_limited'), headers: { 'retry-after': '1' } },
];
