/** The reading calls of Notion's API. Any other call counts as a change. */

import type { SimRequest, SimResponse } from '../kit/server.ts';
import { richText, type MarkdownLimit, toMarkdown } from './blocks.ts';
import { apiError, invalid, notFound } from './errors.ts';
import { broken, listOf, type NotionSwitches, queryRows, search } from './lists.ts';
import type { NotionGrant } from './oauth.ts';
import {
  blockObject,
  childDatabaseBlock,
  childPageBlock,
  databaseObject,
  dataSourceObject,
  pageObject,
  type View,
} from './objects.ts';
import { findBlock, type SimDatabase, type SimPage } from './state.ts';

export interface SimulatedCall {
  readonly view: View;
  readonly switches: NotionSwitches;
  readonly grant: NotionGrant;
  readonly request: SimRequest;
}

type Route = (asked: SimulatedCall, ...ids: string[]) => SimResponse;

const id = '([0-9a-f-]{32,36})';
const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['GET', /^\/v1\/users\/me$/, me],
  ['GET', at(`users/${id}`), getUser],
  ['POST', /^\/v1\/search$/, ({ view, switches, request }) => search(view, switches, request)],
  [
    'POST',
    at(`data_sources/${id}/query`),
    ({ view, switches, request }, of = '') => queryRows(view, switches, request, of),
  ],
  ['GET', at(`data_sources/${id}`), getDataSource],
  ['GET', at(`databases/${id}`), getDatabase],
  ['GET', at(`pages/${id}`), getPage],
  ['GET', at(`pages/${id}/markdown`), getMarkdown],
  ['GET', at(`pages/${id}/properties/([^/]+)`), getProperty],
  ['GET', at(`blocks/${id}`), getBlock],
  ['GET', at(`blocks/${id}/children`), getChildren],
  ['GET', /^\/v1\/comments$/, getComments],
];

function at(path: string): RegExp {
  return new RegExp(`^/v1/${path}$`);
}

export function handleApi(asked: SimulatedCall): SimResponse {
  const { method, path } = asked.request;
  if (!asked.grant.capabilities.includes('read_content') && path !== '/v1/users/me') return restricted();
  for (const [routeMethod, pattern, route] of routes) {
    const match = routeMethod === method ? pattern.exec(path) : null;
    if (match !== null) return route(asked, ...match.slice(1));
  }
  if (method === 'GET') return apiError(400, 'invalid_request_url', 'Invalid request URL.');
  return { status: 200, body: {}, mutating: true };
}

function restricted(): SimResponse {
  return apiError(403, 'restricted_resource', 'Insufficient permissions for this endpoint.');
}

function getUser({ view: { workspace }, grant }: SimulatedCall, userId = ''): SimResponse {
  if (!grant.capabilities.includes('read_users')) return restricted();
  const name = workspace.people.get(userId);
  const body = { object: 'user', id: userId, type: 'person', name, avatar_url: null, person: {} };
  return name === undefined ? notFound('user', userId) : { status: 200, body };
}

function me({ view: { workspace }, grant }: SimulatedCall): SimResponse {
  const person = {
    object: 'user',
    id: '11111111-1111-4111-8111-111111111111',
    name: workspace.email.split('@')[0],
    avatar_url: null,
    type: 'person',
    person: { email: workspace.email },
  };
  const owner = grant.internal ? { type: 'workspace', workspace: true } : { type: 'user', user: person };
  return {
    status: 200,
    body: {
      object: 'user',
      id: '22222222-2222-4222-8222-222222222222',
      name: 'Headwater',
      avatar_url: null,
      type: 'bot',
      bot: { owner, workspace_id: workspace.id, workspace_name: workspace.name },
    },
  };
}

function visiblePage({ view: { workspace } }: SimulatedCall, pageId: string): SimPage | undefined {
  const page = workspace.pages.get(pageId);
  return page !== undefined && workspace.isVisible(page) ? page : undefined;
}

function visibleDatabase(
  { view: { workspace } }: SimulatedCall,
  database: SimDatabase | undefined,
): SimDatabase | undefined {
  return database !== undefined && workspace.isVisible(database) ? database : undefined;
}

function getPage(asked: SimulatedCall, pageId = ''): SimResponse {
  if (asked.switches.brokenPage === pageId) return broken();
  const page = visiblePage(asked, pageId);
  return page === undefined ? notFound('page', pageId) : { status: 200, body: pageObject(asked.view, page) };
}

function getDatabase(asked: SimulatedCall, databaseId = ''): SimResponse {
  const database = visibleDatabase(asked, asked.view.workspace.databases.get(databaseId));
  return database === undefined
    ? notFound('database', databaseId)
    : { status: 200, body: databaseObject(asked.view, database) };
}

function getDataSource(asked: SimulatedCall, dataSourceId = ''): SimResponse {
  const database = visibleDatabase(asked, asked.view.workspace.databaseOf(dataSourceId));
  return database === undefined
    ? notFound('data source', dataSourceId)
    : { status: 200, body: dataSourceObject(asked.view, database) };
}

/** For a page, or for a part of it that an earlier answer named. */
function getMarkdown(asked: SimulatedCall, pageOrBlockId = ''): SimResponse {
  const { view, switches, request } = asked;
  if (switches.noMarkdown) return invalid('This page cannot be shown as Markdown.');
  const page = visiblePage(asked, pageOrBlockId);
  const owner = page ?? view.workspace.pageOfBlock(pageOrBlockId);
  if (owner === undefined || !view.workspace.isVisible(owner)) return notFound('page', pageOrBlockId);
  const part = page === undefined ? findBlock(owner.blocks, pageOrBlockId)?.block : undefined;
  const withTranscripts = request.query['include_transcript'] === 'true';
  const limit: MarkdownLimit = { maxBlocks: switches.markdownBlocks, used: 0, unknown: [], withTranscripts };
  const text = toMarkdown(part === undefined ? owner.blocks : [part], limit, view.fileUrl);
  const inside = part === undefined ? view.workspace.childrenOf(owner.id, null) : { pages: [], databases: [] };
  const links = inside.pages.map(
    (child) => `<page url="https://www.notion.so/${child.id.replaceAll('-', '')}">${child.title}</page>`,
  );
  return {
    status: 200,
    body: {
      object: 'page_markdown',
      id: pageOrBlockId,
      markdown: [text, ...links].filter((each) => each !== '').join('\n'),
      truncated: limit.unknown.length > 0,
      unknown_block_ids: limit.unknown,
    },
  };
}

function getProperty(asked: SimulatedCall, pageId = '', propertyId = ''): SimResponse {
  const page = visiblePage(asked, pageId);
  const name = decodeURIComponent(propertyId);
  const value = page?.properties[name] as Record<string, unknown> | undefined;
  if (value === undefined) return notFound('property', propertyId);
  const type = String(value['type']);
  const rolledUp = type === 'rollup' ? (value[type] as { readonly array?: readonly object[] }).array : undefined;
  const all = Array.isArray(value[type]) ? (value[type] as object[]) : [value[type] as object];
  // Each value of a rollup has the form of the rolled-up values.
  const items =
    rolledUp?.map((each) => ({ object: 'property_item', id: propertyId, ...each })) ??
    all.map((each) => ({ object: 'property_item', id: propertyId, type, [type]: each }));
  return listOf(items, 'property_item', `${pageId} ${name}`, asked.switches, asked.request.query);
}

function getBlock(asked: SimulatedCall, blockId = ''): SimResponse {
  const { view } = asked;
  const page = visiblePage(asked, blockId);
  if (page !== undefined) return { status: 200, body: childPageBlock(view, page) };
  const owner = view.workspace.pageOfBlock(blockId);
  const found = owner === undefined ? undefined : findBlock(owner.blocks, blockId);
  if (owner === undefined || found === undefined || !view.workspace.isVisible(owner)) return notFound('block', blockId);
  return { status: 200, body: blockObject(view, owner, found.block, found.above) };
}

function getChildren(asked: SimulatedCall, blockId = ''): SimResponse {
  const { view, switches, request } = asked;
  const { workspace } = view;
  const page = visiblePage(asked, blockId) ?? workspace.pageOfBlock(blockId);
  if (page === undefined || !workspace.isVisible(page)) return notFound('block', blockId);
  const isPage = page.id === blockId;
  const found = isPage ? undefined : findBlock(page.blocks, blockId)?.block;
  if (found?.type === 'unsupported') return invalid('Block type is not supported via the API.');
  const blocks = isPage ? page.blocks : (found?.children ?? []);
  const inside = workspace.childrenOf(page.id, isPage ? null : blockId);
  const isThere = (thing: SimPage | SimDatabase): boolean => !thing.inTrash && workspace.isVisible(thing);
  const all = [
    ...blocks.map((each) => blockObject(view, page, each, isPage ? null : blockId)),
    ...inside.pages.filter((each) => isThere(each)).map((each) => childPageBlock(view, each)),
    ...inside.databases.filter((each) => isThere(each)).map((each) => childDatabaseBlock(view, each)),
  ];
  return listOf(all, 'block', `children of ${blockId}`, { ...switches, resultCap: all.length }, request.query);
}

function getComments(asked: SimulatedCall): SimResponse {
  if (!asked.grant.capabilities.includes('read_comments')) return restricted();
  const pageId = asked.request.query['block_id'] ?? '';
  const page = visiblePage(asked, pageId);
  if (page === undefined) return notFound('block', pageId);
  const comments = page.comments.map((comment) => ({
    object: 'comment',
    id: comment.id,
    parent: { type: 'page_id', page_id: pageId },
    discussion_id: comment.id,
    created_time: new Date(page.editedMs).toISOString(),
    last_edited_time: new Date(page.editedMs).toISOString(),
    created_by: { object: 'user', id: '11111111-1111-4111-8111-111111111111' },
    rich_text: richText(comment.text),
    display_name: { type: 'user', resolved_name: comment.by },
  }));
  return listOf(comments, 'comment', `comments on ${pageId}`, asked.switches, asked.request.query);
}
