/**
 * The names of operations, which are the names of functions in generated clients (`client/`). A name that is released
 * stays. A route that is not listed gets a name from its address.
 */
const names: Readonly<Record<string, string>> = {
  'GET /api/source-types/:sourceType/choices': 'listSourceTypeChoices',
  'GET /api/data-sources/:id/choices': 'listDataSourceChoices',
  'POST /api/data-sources': 'createDataSource',
  'PUT /api/data-sources': 'putDataSource',
  'DELETE /api/data-sources': 'deleteDataSourceByQuery',
  'GET /api/data-sources/:id': 'getDataSource',
  'PATCH /api/data-sources/:id': 'updateDataSource',
  'DELETE /api/data-sources/:id': 'deleteDataSource',
  'GET /api/data-sources/:id/connect': 'connectDataSource',
  'PUT /api/data-sources/:id/credentials': 'setCredentials',
  'POST /api/data-sources/:id/disconnect': 'disconnectDataSource',
  'GET /api/data-sources/:id/files': 'listUploadedFiles',
  'PUT /api/data-sources/:id/files': 'uploadFile',
  'DELETE /api/data-sources/:id/files': 'deleteUploadedFiles',
  'GET /api/oauth/callback': 'finishSignIn',
  'GET /api/data-sources/sync': 'listJobs',
  'POST /api/data-sources/sync': 'startJob',
  'DELETE /api/data-sources/sync': 'cancelJobByQuery',
  'DELETE /api/data-sources/sync/:jobId': 'cancelJob',
  'GET /api/data-sources/sync/:jobId': 'getJob',
  'GET /api/data-sources/sync/:jobId/items': 'listJobItems',
  'GET /api/data-sources/sync/:jobId/removals': 'listJobRemovals',
  'GET /api/data-sources/sync/:jobId/report': 'getJobReport',
  'GET /api/data-sources/sync/:jobId/events': 'watchJob',
  'POST /api/data-sources/sync/:jobId/pause': 'pauseJob',
  'POST /api/data-sources/sync/:jobId/resume': 'resumeJob',
  'POST /api/data-sources/sync/:jobId/approve': 'approveRemovals',
  'POST /api/data-sources/sync/:jobId/keep': 'keepRemovals',
  'POST /api/data-sources/sync/:jobId/speed': 'changeJobSpeed',
  'POST /api/data-sources/sync/:jobId/retry': 'retryJob',
  'GET /api/scheduled-syncs/next-runs': 'listNextRuns',
  'POST /api/scheduled-syncs/preview': 'previewSchedule',
  'GET /api/documents/history': 'getItemHistory',
  'GET /api/documents/:id': 'getDocument',
  'DELETE /api/documents/:id': 'deleteDocument',
  'GET /api/documents/changes': 'listDocumentChanges',
  'GET /api/documents/export': 'exportDocuments',
  'POST /api/search': 'search',
  'POST /api/context': 'buildContext',
  'GET /api/audit-events/export': 'exportAuditEvents',
  'GET /api/stats': 'getStatistics',
  'POST /mcp': 'callMcp',
  'POST /api/user/erase': 'eraseUser',
  'GET /api/deletions': 'getDeletion',
  'GET /api/session': 'getSession',
  'POST /api/session': 'createSession',
  'POST /api/transformations/preview': 'previewTransformations',
  'GET /api/transformations/stale': 'listStaleDocuments',
  'POST /api/transformations/reprocess': 'reprocess',
  'POST /api/vectors/verify': 'verifyVectors',
  'POST /api/vectors/move': 'moveVectors',
  'GET /api/vectors/:operation': 'getVectorOperation',
  'GET /api/webhooks/:id/deliveries': 'listWebhookDeliveries',
  'POST /api/webhooks/:id/ping': 'pingWebhook',
  'POST /api/webhooks/:id/deliveries/:deliveryId/redeliver': 'redeliver',
  'GET /api/setup/etl-pipelines': 'runMigrations',
  'POST /api/setup/notion-verification': 'requestNotionVerification',
  'GET /api/setup/notion-verification': 'getNotionVerification',
  'POST /api/change-notifications/:vendor': 'receiveChangeNotification',
  'GET /api/change-notifications/:vendor': 'confirmChangeNotifications',
  'GET /healthz': 'getHealth',
  'GET /readyz': 'getReadiness',
  'GET /metrics': 'getMetrics',
  ...namesOf('/api/keys', 'ApiKey'),
  'DELETE /api/keys': 'revokeApiKeyByQuery',
  'DELETE /api/keys/:id': 'revokeApiKey',
  ...namesOf('/api/scheduled-syncs', 'ScheduledSync'),
  ...namesOf('/api/transformations', 'Transformation'),
  ...namesOf('/api/webhooks', 'Webhook'),
  ...collectionNames('/api/projects', 'Project'),
  ...collectionNames('/api/tags', 'Tag'),
};

function namesOf(root: string, one: string): Readonly<Record<string, string>> {
  return {
    [`GET ${root}`]: `list${one}s`,
    [`POST ${root}`]: `create${one}`,
    [`PUT ${root}`]: `put${one}`,
    [`DELETE ${root}`]: `delete${one}ByQuery`,
    [`GET ${root}/:id`]: `get${one}`,
    [`PATCH ${root}/:id`]: `update${one}`,
    [`DELETE ${root}/:id`]: `delete${one}`,
  };
}

function collectionNames(root: string, one: string): Readonly<Record<string, string>> {
  return {
    ...namesOf(root, one),
    [`POST ${root}/:id/assign`]: `assign${one}`,
    [`POST ${root}/:id/remove`]: `unassign${one}`,
    [`GET ${root}/:id/rules`]: `list${one}Rules`,
    [`POST ${root}/:id/rules`]: `create${one}Rule`,
    [`DELETE ${root}/:id/rules`]: `delete${one}RuleByQuery`,
    [`DELETE ${root}/:id/rules/:ruleId`]: `delete${one}Rule`,
  };
}

export function operationIdOf(method: string, url: string): string {
  return names[`${method} ${url}`] ?? nameOfAddress(method, url);
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'put', PATCH: 'update', DELETE: 'delete' };

/** `GET /api/data-sources/:id/choices` is `getDataSourcesChoicesById`. */
function nameOfAddress(method: string, url: string): string {
  const parts = url.split('/').filter((part) => part !== '' && part !== 'api');
  const words = parts.filter((part) => !part.startsWith(':')).flatMap((part) => part.split(/[^A-Za-z0-9]+/));
  const parameters = parts.filter((part) => part.startsWith(':')).map((part) => part.slice(1));
  const verb = verbs[method] ?? (parameters.length === 0 ? 'list' : 'get');
  return `${verb}${pascal(words)}${parameters.length === 0 ? '' : `By${pascal(parameters)}`}`;
}

function pascal(words: readonly string[]): string {
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
