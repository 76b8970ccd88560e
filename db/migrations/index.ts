import type { Migration } from 'kysely/migration';
import * as m0001 from './0001-roles-and-functions.ts';
import * as m0002 from './0002-data-sources.ts';
import * as m0003 from './0003-sync-jobs.ts';
import * as m0004 from './0004-sync-items.ts';
import * as m0005 from './0005-job-ledger.ts';
import * as m0006 from './0006-documents.ts';
import * as m0007 from './0007-organisation.ts';
import * as m0008 from './0008-row-level-security.ts';
import * as m0009 from './0009-title-search.ts';
import * as m0010 from './0010-users-with-schedules.ts';
import * as m0011 from './0011-account-limits.ts';
import * as m0012 from './0012-control.ts';
import * as m0013 from './0013-health.ts';
import * as m0014 from './0014-kept-items.ts';
import * as m0015 from './0015-transformations.ts';
import * as m0016 from './0016-assignments.ts';
import * as m0017 from './0017-vector-spaces.ts';
import * as m0019 from './0019-search-text.ts';
import * as m0020 from './0020-push.ts';
import * as m0022 from './0022-webhooks.ts';
import * as m0023 from './0023-no-search-indexes.ts';
import * as m0024 from './0024-deferred-items.ts';
import * as m0025 from './0025-cut-embeddings.ts';
import * as m0026 from './0026-notes.ts';
import * as m0027 from './0027-gaps-and-removals.ts';
import * as m0028 from './0028-attempts-alone.ts';
import * as m0029 from './0029-word-index.ts';
import * as m0030 from './0030-chunk-places.ts';

/** Append-only: a migration that has run anywhere is never edited. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-roles-and-functions': m0001,
  '0002-data-sources': m0002,
  '0003-sync-jobs': m0003,
  '0004-sync-items': m0004,
  '0005-job-ledger': m0005,
  '0006-documents': m0006,
  '0007-organisation': m0007,
  '0008-row-level-security': m0008,
  '0009-title-search': m0009,
  '0010-users-with-schedules': m0010,
  '0011-account-limits': m0011,
  '0012-control': m0012,
  '0013-health': m0013,
  '0014-kept-items': m0014,
  '0015-transformations': m0015,
  '0016-assignments': m0016,
  '0017-vector-spaces': m0017,
  '0019-search-text': m0019,
  '0020-push': m0020,
  '0022-webhooks': m0022,
  '0023-no-search-indexes': m0023,
  '0024-deferred-items': m0024,
  '0025-cut-embeddings': m0025,
  '0026-notes': m0026,
  '0027-gaps-and-removals': m0027,
  '0028-attempts-alone': m0028,
  '0029-word-index': m0029,
  '0030-chunk-places': m0030,
};
