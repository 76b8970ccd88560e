/**
 * The schema, one migration per subject: roles (0001), sources (0002), items (0003), jobs and their ledger (0004),
 * documents (0005), vectors (0006), transformations, projects and tags (0007), outgoing webhooks (0008), look-ups
 * across users (0009), the word index (0010), recognized text (0011), statistics (0012), API keys
 * (0013), renamed values (0014), items in doubt (0015), the change feed (0016), the audit log (0017), the buffer of the
 * word index (0018), sessions of the page (0019), what a config selects (0020), one index per look-up (0021), retention
 * by age (0022), counts of requests (0023), uploaded files (0024), files in archives (0025), the token of
 * Notion (0026), jobs of uploads (0027), bounded look-ups (0028).
 * The first ten replace thirty from before the first release. A database that was migrated with those is refused and
 * must be created again.
 *
 * From here on the list is append-only: a migration that has run anywhere is never edited, and neither is what it uses
 * of `row-security.ts`. A new table calls `allowOwnRows` and gets a case in `test/data/row-level-security.test.ts`.
 */

import type { Migration } from 'kysely/migration';
import * as m0001 from './0001-roles-and-functions.ts';
import * as m0002 from './0002-data-sources.ts';
import * as m0003 from './0003-items.ts';
import * as m0004 from './0004-jobs.ts';
import * as m0005 from './0005-documents.ts';
import * as m0006 from './0006-vectors.ts';
import * as m0007 from './0007-organisation.ts';
import * as m0008 from './0008-outgoing-webhooks.ts';
import * as m0009 from './0009-look-ups.ts';
import * as m0010 from './0010-word-index.ts';
import * as m0011 from './0011-recognised-pages.ts';
import * as m0012 from './0012-statistics.ts';
import * as m0013 from './0013-api-keys.ts';
import * as m0014 from './0014-values.ts';
import * as m0015 from './0015-items-in-doubt.ts';
import * as m0016 from './0016-document-changes.ts';
import * as m0017 from './0017-audit-log.ts';
import * as m0018 from './0018-word-index-buffer.ts';
import * as m0019 from './0019-page-sessions.ts';
import * as m0020 from './0020-selection.ts';
import * as m0021 from './0021-one-way-in.ts';
import * as m0022 from './0022-retention.ts';
import * as m0023 from './0023-request-counts.ts';
import * as m0024 from './0024-uploaded-files.ts';
import * as m0025 from './0025-archive-members.ts';
import * as m0026 from './0026-notion-verification.ts';
import * as m0027 from './0027-upload-trigger.ts';
import * as m0028 from './0028-bounded-look-ups.ts';
import * as m0029 from './0029-open-rows-of-a-job.ts';
import * as m0030 from './0030-vectors-by-text.ts';
import * as m0031 from './0031-statistics-of-use.ts';
import * as m0032 from './0032-indexes-of-users.ts';
import * as m0033 from './0033-changes-by-document.ts';
import * as m0034 from './0034-look-ups-by-key.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-roles-and-functions': m0001,
  '0002-data-sources': m0002,
  '0003-items': m0003,
  '0004-jobs': m0004,
  '0005-documents': m0005,
  '0006-vectors': m0006,
  '0007-organisation': m0007,
  '0008-outgoing-webhooks': m0008,
  '0009-look-ups': m0009,
  '0010-word-index': m0010,
  '0011-recognised-pages': m0011,
  '0012-statistics': m0012,
  '0013-api-keys': m0013,
  '0014-values': m0014,
  '0015-items-in-doubt': m0015,
  '0016-document-changes': m0016,
  '0017-audit-log': m0017,
  '0018-word-index-buffer': m0018,
  '0019-page-sessions': m0019,
  '0020-selection': m0020,
  '0021-one-way-in': m0021,
  '0022-retention': m0022,
  '0023-request-counts': m0023,
  '0024-uploaded-files': m0024,
  '0025-archive-members': m0025,
  '0026-notion-verification': m0026,
  '0027-upload-trigger': m0027,
  '0028-bounded-look-ups': m0028,
  '0029-open-rows-of-a-job': m0029,
  '0030-vectors-by-text': m0030,
  '0031-statistics-of-use': m0031,
  '0032-indexes-of-users': m0032,
  '0033-changes-by-document': m0033,
  '0034-look-ups-by-key': m0034,
};
