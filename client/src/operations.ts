/** Written by `npm run client:operations` from the API’s own description. */

import type { Call, CallOptions, Send } from './request.ts';

export interface ApproveRemovalsData {
  job: Job;
}

export interface AssignProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface AssignProjectPayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface AssignTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface AssignTagPayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface AuditEvent {
  /** such as key.create; without a name of its own, the method and route */
  action: string;
  actor: 'user' | 'key';
  /** the IP address of the client */
  address: string | null;
  /** UTC, ISO 8601 */
  at: string;
  /** @format uuid */
  id: string;
  /** the API key that was used */
  keyId: string | null;
  keyName: string | null;
  /** unknown: the process ended before the answer was sent */
  outcome: 'done' | 'refused' | 'failed' | 'unknown';
  /** what it was done to: a source, job, key, document */
  targetId: string | null;
  /** its name today: of a job, that of its source; null if it has none or was deleted */
  targetName: string | null;
}

export interface BuildContextData {
  citations: {
    chunkIds: string[];
    /** @format uuid */
    documentId: string;
    /** exclusive */
    end: number;
    number: number;
    place: {
      /** headings above the passage, outermost first */
      headings: string[];
      /** counted from 1; null if the document has no pages */
      pages: {
        first: number;
        last: number;
      } | null;
    };
    sourceUrl: string | null;
    /** offset into the document’s text, in UTF-16 code units */
    start: number;
    text: string;
    title: string;
  }[];
  /** the passages under numbered headings, to be passed to a language model as data */
  text: string;
  /** tokens of the text (cl100k_base); never above `maxTokens` */
  tokens: number;
}

export interface BuildContextPayload {
  filters?: {
    /**
     * @maxItems 100
     * @minItems 1
     */
    dataSourceIds?: string[];
    /**
     * @maxItems 50
     * @minItems 1
     */
    mimeTypes?: string[];
    /** @format date-time */
    modifiedAfter?: string;
    /** @format date-time */
    modifiedBefore?: string;
    /**
     * matches documents in any of these projects
     * @maxItems 100
     * @minItems 1
     */
    projectIds?: string[];
    /** @minItems 1 */
    sourceTypes?: SourceType[];
    /**
     * matches documents with any of these tags
     * @maxItems 100
     * @minItems 1
     */
    tagIds?: string[];
  };
  /**
   * tokens of the whole text, headings included (cl100k_base)
   * @min 100
   * @max 32000
   * @default 2000
   */
  maxTokens?: number;
  /**
   * @minLength 1
   * @maxLength 2000
   */
  query: string;
}

export type CallMcpData = unknown;

export interface CancelJobByQueryData {
  job: Job;
}

export interface CancelJobData {
  job: Job;
}

export interface ChangeJobSpeedData {
  job: Job;
}

export interface ChangeJobSpeedPayload {
  pagesAtOnce?: number | null;
  requestsPerSecond?: number | null;
}

export interface Choice {
  /** whether it has choices inside it */
  hasChildren: boolean;
  label: string;
  /** the value for the config field */
  value: string;
}

export type ConfirmChangeNotificationsData = unknown;

export interface ConnectDataSourceData {
  authorizationUrl: string;
}

export interface CreateApiKeyData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
  secret: string;
}

export interface CreateApiKeyPayload {
  /**
   * limits it to these sources
   * @maxItems 100
   * @minItems 1
   */
  dataSourceIds?: string[];
  /** @format date-time */
  expiresAt?: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
  /**
   * limits it to documents in these projects
   * @maxItems 100
   * @minItems 1
   */
  projectIds?: string[];
  /**
   * each scope includes those before it
   * @default "read"
   */
  scope?: 'read' | 'sync' | 'admin';
}

export interface CreateDataSourceData {
  dataSource: DataSource;
}

export interface CreateDataSourcePayload {
  /**
   * what to sync; the fields depend on the source type
   * @default {}
   */
  config?: Partial<Record<string, unknown>>;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
  sourceType: SourceType;
  /** @default "manual" */
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface CreateProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface CreateProjectPayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface CreateProjectRuleData {
  rule: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  };
}

export interface CreateProjectRulePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default null */
  path?: string | null;
}

export interface CreateScheduledSyncData {
  scheduledSync: ScheduledSync;
}

export interface CreateScheduledSyncPayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default true */
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig: Partial<Record<string, unknown>>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface CreateSessionData {
  session: Session;
}

export interface CreateTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface CreateTagPayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface CreateTagRuleData {
  rule: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  };
}

export interface CreateTagRulePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default null */
  path?: string | null;
}

export interface CreateTransformationData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export type CreateTransformationPayload =
  | {
      /** Cleans up characters */
      config: {
        /**
         * Replace ligatures, full-width letters and similar forms with plain ones
         * @default false
         */
        compatibilityForms?: boolean;
        /**
         * Join words that were split at the end of a line
         * @default false
         */
        hyphenation?: boolean;
        /**
         * Remove zero-width characters and soft hyphens
         * @default true
         */
        invisibleCharacters?: boolean;
        /** @default false */
        plainQuotes?: boolean;
        /**
         * Replace several spaces, including non-breaking ones, with one
         * @default true
         */
        spaces?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'normalize';
    }
  | {
      /** Removes boilerplate that is not the author’s text */
      config: {
        /**
         * Remove earlier messages below an answer; a forwarded message is kept
         * @default true
         */
        mailQuotes?: boolean;
        /**
         * Remove three or more consecutive lines that contain only links
         * @default true
         */
        navigation?: boolean;
        /** @default true */
        signatures?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'strip_boilerplate';
    }
  | {
      /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
      config: {
        /**
         * Card numbers with a correct check digit
         * @default false
         */
        cards?: boolean;
        /** @default false */
        emails?: boolean;
        /**
         * Account numbers with correct check digits
         * @default false
         */
        ibans?: boolean;
        /**
         * @maxItems 20
         * @default []
         */
        patterns?: {
          label: string;
          /**
           * a regular expression in RE2 syntax
           * @minLength 1
           * @maxLength 500
           */
          pattern: string;
        }[];
        /** Country of national numbers; without it, only numbers with + are found */
        phoneCountry?: string;
        /** @default false */
        phones?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'redact';
    }
  | {
      /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
      config: {
        /** include: exclude everything else */
        action: 'include' | 'exclude';
        /**
         * @maxItems 20
         * @minItems 1
         */
        languages?: string[];
        /**
         * @min 0
         * @max 1000000000000
         */
        maxBytes?: number;
        /**
         * @maxItems 50
         * @minItems 1
         */
        mimeTypes?: string[];
        /**
         * @min 0
         * @max 1000000000000
         */
        minBytes?: number;
        /**
         * @min 1
         * @max 36500
         */
        newerThanDays?: number;
        /**
         * By the time of the last modification, evaluated when the item is processed
         * @min 1
         * @max 36500
         */
        olderThanDays?: number;
        /**
         * @maxItems 50
         * @minItems 1
         */
        paths?: string[];
        /**
         * Matches anywhere in the text
         * @minLength 1
         * @maxLength 500
         */
        pattern?: string;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'filter';
    }
  | {
      /** Adds metadata; existing names are not overwritten */
      config: {
        /**
         * Read name: value lines between --- at the very beginning
         * @default false
         */
        frontMatter?: boolean;
        /**
         * Named groups of the first match become metadata
         * @maxItems 20
         * @default []
         */
        patterns?: string[];
        /**
         * Remove them from the text
         * @default true
         */
        removeFrontMatter?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'extract_fields';
    }
  | {
      /** Keeps the beginning, up to the last whole word */
      config: {
        /**
         * @min 100
         * @max 5000000
         */
        maxCharacters: number;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'truncate';
    }
  | {
      /** Adds a paragraph before the text */
      config: {
        /**
         * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
         * @minLength 1
         * @maxLength 1000
         */
        template: string;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'prefix';
    }
  | {
      /** Sets how the text is cut; the last of several counts */
      config: {
        /**
         * Approximate number of tokens of the previous part that are embedded with each chunk
         * @min 0
         * @max 200
         * @default 50
         */
        overlapTokens?: number;
        /**
         * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
         * @min 100
         * @max 1500
         * @default 400
         */
        tokens?: number;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'chunking';
    };

export interface CreateWebhookData {
  secret: string;
  webhook: Webhook;
}

export interface CreateWebhookPayload {
  /**
   * @maxItems 4
   * @minItems 1
   * @default ["job.finished","job.failed","job.held","source.needs_sign_in"]
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /**
   * @format uri
   * @maxLength 2000
   */
  url: string;
}

export interface DataSource {
  accountLabel: string | null;
  /** whether the vendor sends them, as far as is known */
  changeNotificationsActive: boolean;
  /** whether the owner enabled real-time updates from the vendor */
  changeNotificationsEnabled: boolean;
  /** why the vendor does not send them */
  changeNotificationsError: string | null;
  config: Partial<Record<string, unknown>>;
  /** when the config was changed; null once a full listing has applied it. Until then, removals wait for approval */
  configChangedAt: string | null;
  connectionProvider: 'oauth' | 'composio' | 'token' | null;
  connectionStatus: 'connected' | 'disconnected' | 'error' | 'syncing';
  /** UTC, ISO 8601 */
  createdAt: string;
  gapCount: number;
  /** parts that could not be listed, by name, at most 100; items in them are not changed */
  gaps: Gap[];
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  lastFullListingAt: string | null;
  /** UTC, ISO 8601 */
  lastSyncAt: string | null;
  lastSyncError: string | null;
  lastSyncStatus: string | null;
  name: string;
  needsSignIn: boolean;
  sourceType: SourceType;
  syncFrequency: 'manual' | 'hourly' | 'daily' | 'weekly';
  totalItemsSynced: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
}

export interface DeleteDataSourceByQueryData {
  deletion: Deletion;
}

export interface DeleteDataSourceData {
  deletion: Deletion;
}

export interface DeleteDocumentData {
  deletion: Deletion;
}

export interface DeleteProjectByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteProjectData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteProjectRuleByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteProjectRuleData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteScheduledSyncByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteScheduledSyncData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteSessionData {
  signOutUrl: string;
}

export interface DeleteTagByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteTagData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteTagRuleByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteTagRuleData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteTransformationByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteTransformationData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteUploadedFilesData {
  deleted: number;
  /** set if no sync could be started */
  warning: string | null;
}

export interface DeleteWebhookByQueryData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface DeleteWebhookData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface Deletion {
  id: string;
  result: {
    /** what was still found afterwards */
    left: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** vectors that nothing else uses */
      vectors: number;
      /**
       * vectors counted by a store outside Postgres, for a whole user
       * @default 0
       */
      vectorsOutside: number;
    };
    removed: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** vectors that nothing else uses */
      vectors: number;
      /**
       * vectors counted by a store outside Postgres, for a whole user
       * @default 0
       */
      vectorsOutside: number;
    };
    /** sign-ins that are not revoked because another source uses them */
    signInsKept: number;
    signInsNotRevoked: number;
    signInsRevoked: number;
  } | null;
  status: 'running' | 'completed' | 'failed';
}

export interface DisconnectDataSourceData {
  dataSource: DataSource;
}

export interface Document {
  /** the document of the archive that contains this file */
  archiveId: string | null;
  chunkCount: number;
  /** UTC, ISO 8601 */
  createdAt: string;
  dataSourceId: string | null;
  /** of a file in an archive: `<id of the archive>!/<path>` */
  externalId: string;
  /** @format uuid */
  id: string;
  itemType: string;
  metadata: Partial<Record<string, unknown>>;
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  path: string | null;
  projects: {
    /** @format uuid */
    id: string;
    name: string;
  }[];
  sourceUrl: string | null;
  tags: {
    /** @format uuid */
    id: string;
    name: string;
  }[];
  title: string;
  tokens: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
  version: number;
}

export interface DocumentChange {
  /** when it became visible */
  at: string;
  dataSourceId: string | null;
  /** as it is now; null if it was deleted */
  document: Document | null;
  /** @format uuid */
  documentId: string;
  type: 'created' | 'updated' | 'deleted';
}

export interface EraseUserData {
  deletion: Deletion;
}

export interface EraseUserPayload {
  confirm: 'erase everything';
}

export type ExportAuditEventsData = unknown;

export type ExportDocumentsData = unknown;

export type FinishSignInData = unknown;

export interface Gap {
  code: string;
  /** null if it is unknown what is missing, in which case nothing at all is removed */
  externalId: string | null;
  /** why it could not be listed, and what to do */
  message: string;
  /** name of the folder, channel or database that could not be listed */
  name: string;
  /** the first sync after this time tries again; null means the next sync */
  nextAttemptAt: string | null;
  /** UTC, ISO 8601 */
  since: string;
}

export interface GetApiKeyData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface GetDataSourceData {
  dataSource: DataSource;
}

export interface GetDeletionData {
  deletion: Deletion;
}

export interface GetDocumentData {
  document: {
    /** the document of the archive that contains this file */
    archiveId: string | null;
    chunkCount: number;
    chunks?: {
      /** @format uuid */
      id: string;
      ordinal: number;
      text: string;
      tokens: number;
    }[];
    /** UTC, ISO 8601 */
    createdAt: string;
    dataSourceId: string | null;
    /** of a file in an archive: `<id of the archive>!/<path>` */
    externalId: string;
    /** @format uuid */
    id: string;
    itemType: string;
    metadata: Partial<Record<string, unknown>>;
    mimeType: string | null;
    /** UTC, ISO 8601 */
    modifiedAt: string | null;
    path: string | null;
    projects: {
      /** @format uuid */
      id: string;
      name: string;
    }[];
    sourceUrl: string | null;
    tags: {
      /** @format uuid */
      id: string;
      name: string;
    }[];
    text: string;
    title: string;
    tokens: number;
    /** UTC, ISO 8601 */
    updatedAt: string;
    version: number;
  };
}

export interface GetHealthData {
  status: 'ok';
}

export type GetItemHistoryData = ItemHistory;

export interface GetJobData {
  job: Job;
}

export type GetJobReportData = unknown;

export type GetMetricsData = unknown;

export interface GetNotionVerificationData {
  /** paste it into Notion’s page and set it as NOTION_VERIFICATION_TOKEN */
  token: string | null;
  /** null: nobody waits for a token */
  waitsUntil: string | null;
}

export interface GetProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface GetReadinessData {
  checks: {
    database: {
      detail: string | null;
      ok: boolean;
    };
    migrations: {
      detail: string | null;
      ok: boolean;
    };
    temporal: {
      detail: string | null;
      ok: boolean;
    };
  };
  ready: boolean;
}

export interface GetScheduledSyncData {
  scheduledSync: ScheduledSync;
}

export interface GetSessionData {
  session: Session | null;
  signInUrl: string | null;
  tokenExchangeUrl: string | null;
}

export type GetStatisticsData = Statistics;

export interface GetTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface GetTransformationData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface GetVectorOperationData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export interface GetWebhookData {
  webhook: Webhook;
}

export interface ItemEvent {
  action: string | null;
  /** UTC, ISO 8601 */
  at: string;
  errorCode: string | null;
  errorMessage: string | null;
  /** @format uuid */
  jobId: string;
  name: string | null;
  outcome: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
  state: string;
  what: string;
}

export interface ItemHistory {
  /** what recent jobs did with it, newest first; jobs that found it unchanged are not listed */
  events: ItemEvent[];
  /** null if the source has no such item now */
  item: {
    /** failures since the last success */
    attempts: number;
    documentId: string | null;
    errorCode: string | null;
    errorMessage: string | null;
    externalId: string;
    /** UTC, ISO 8601 */
    foundAt: string;
    /** whether its text can be searched */
    isLive: boolean;
    lastSeenJobId: string | null;
    /** UTC, ISO 8601 */
    lastSyncedAt: string | null;
    name: string;
    /** UTC, ISO 8601 */
    nextAttemptAt: string | null;
    /** what was changed so that it could be stored, and what the source did not return of it */
    notes: {
      code: string;
      message: string;
    }[];
    path: string;
    syncStatus: 'pending' | 'synced' | 'skipped' | 'failed';
  } | null;
  /** for people */
  summary: string;
}

export interface Job {
  bytesProcessed: number;
  /** UTC, ISO 8601 */
  completedAt: string | null;
  counts: {
    created: number;
    failed: number;
    found: number;
    /** not tried before the job was stopped; not included in the items found, and processed by the next sync */
    pending: number;
    processed: number;
    removed: number;
    skipped: number;
    unchanged: number;
    updated: number;
  };
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  dataSourceId: string;
  dryRun: boolean;
  errorCode: string | null;
  errorMessage: string | null;
  /** why the job ran in another mode than the requested one, as a code */
  fallback: string | null;
  /** the same in words */
  fallbackMessage: string | null;
  gapCount: number;
  /** parts that could not be listed, by name, at most 100; items in them are not changed */
  gaps: Gap[];
  /** @format uuid */
  id: string;
  jobType: 'full_sync' | 'incremental' | 'delta' | 'manual';
  mode: 'full' | 'feed' | 'window' | 'manual' | 'reprocess' | null;
  plan: JobPlan | null;
  /** only while the job is running */
  progress: {
    /** in the last minute */
    itemsPerSecond: number | null;
    listingComplete: boolean;
    /** null during the listing, while the total is unknown */
    percent: number | null;
    /** at the rate of the last minute */
    secondsLeft: number | null;
    /** range between the rate of the last minute and the rate since the start */
    secondsLeftRange: {
      max: number;
      min: number;
    } | null;
    stage: string | null;
    /** items by stage; those that wait have been found but not fetched */
    stages: {
      done: number;
      downloaded: number;
      transformed: number;
      waiting: number;
    };
    waitingFor: WaitingFor | null;
  } | null;
  removals: {
    /** whether a changed config is the reason to ask, whatever the number */
    configChanged: boolean;
    count: number;
    /** by whom and when; null: not yet, or not through the API */
    decided: {
      /** UTC, ISO 8601 */
      at: string;
      by: string;
    } | null;
    decision: 'waiting' | 'approve' | 'keep';
    of: number;
  } | null;
  /** set for this job only; null for the default */
  speed: {
    pagesAtOnce: number | null;
    requestsPerSecond: number | null;
  };
  /** UTC, ISO 8601 */
  startedAt: string | null;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  sweepSkipped: string | null;
  temporalUrl: string | null;
  trigger: 'api' | 'schedule' | 'cli' | 'retry' | 'change_notification' | 'upload';
  /** items missing from the listing that were kept because the vendor could not say whether they were deleted */
  unconfirmed: number;
  workflowId: string | null;
}

export interface JobItem {
  action: string | null;
  /** bytes that were downloaded */
  bytes: number;
  errorCode: string | null;
  errorMessage: string | null;
  externalId: string;
  mimeType: string | null;
  name: string | null;
  /** for a failed item: the first sync after this time tries again */
  nextAttemptAt: string | null;
  /** what was changed so that it could be stored, and what the source did not return of it */
  notes: {
    code: string;
    message: string;
  }[];
  outcome: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
  path: string | null;
  /** for a plan: what a sync would do with it; null for other jobs */
  planned: 'create' | 'update' | 'retry' | 'remove' | 'skip' | 'unchanged' | null;
  /** size as listed by the source; null if it reports none */
  size: number | null;
  state: string;
  /** UTC, ISO 8601 */
  updatedAt: string;
  webUrl: string | null;
}

export interface JobPlan {
  bytes: number;
  create: number;
  /** estimated */
  embeddingDollars: number;
  estimatedSeconds: number | null;
  removalsNeedApproval: boolean;
  remove: number;
  retry: number;
  skip: number;
  /** estimated from sizes and from documents of the same type */
  tokens: number;
  unchanged: number;
  /**
   * items to read for which the source reports no size; their share of `bytes` and `tokens` is a guess
   * @default 0
   */
  unsized: number;
  update: number;
}

export interface KeepRemovalsData {
  job: Job;
}

export interface ListApiKeysData {
  keys: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  }[];
}

export interface ListAuditEventsData {
  events: AuditEvent[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface ListDataSourceChoicesData {
  choices: Choice[];
  /** names of the values in the saved config, as far as they are known */
  selected: {
    label: string;
    /** the value for the config field */
    value: string;
  }[];
}

export interface ListDataSourcesData {
  dataSources: DataSource[];
}

export interface ListDocumentChangesData {
  changes: DocumentChange[];
  /** false: this was the last change until now */
  hasMore: boolean;
  /** where to continue, now or later; valid for 30 days */
  nextCursor: string;
}

export interface ListDocumentsData {
  documents: Document[];
  /** null after the last page */
  nextCursor: string | null;
  /** null if it was not asked for, or exceeds 100,000 */
  total: number | null;
}

export interface ListJobItemsData {
  items: JobItem[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface ListJobRemovalsData {
  items: UnseenItem[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface ListJobsData {
  jobs: Job[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface ListNextRunsData {
  nextRuns: {
    /** UTC, ISO 8601 */
    at: string;
    /** @format uuid */
    dataSourceId: string;
  }[];
}

export interface ListProjectRulesData {
  rules: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  }[];
}

export interface ListProjectsData {
  projects: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  }[];
}

export interface ListScheduledSyncsData {
  scheduledSyncs: ScheduledSync[];
}

export type ListSessionCallbackData = unknown;

export type ListSessionSignInData = unknown;

export interface ListSourceTypeChoicesData {
  choices: Choice[];
  /** names of the values in the saved config, as far as they are known */
  selected: {
    label: string;
    /** the value for the config field */
    value: string;
  }[];
}

export interface ListSourceTypesData {
  sourceTypes: SourceTypeDescription[];
}

export interface ListStaleDocumentsData {
  sources: {
    /** @format uuid */
    dataSourceId: string;
    /** number of those whose text is not stored and that have to be fetched again */
    fromVendor: number;
    items: number;
    name: string;
    sourceType: SourceType;
  }[];
}

export interface ListTagRulesData {
  rules: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  }[];
}

export interface ListTagsData {
  tags: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  }[];
}

export interface ListTransformationsData {
  transformations: (
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
  )[];
}

export interface ListUploadedFilesData {
  files: ListedUpload[];
  /** for each user */
  limit: {
    bytes: number;
    files: number;
  };
  maxFileBytes: number;
  /** null after the last page */
  nextCursor: string | null;
  /** of this source */
  total: {
    bytes: number;
    files: number;
  };
  /** of all the user’s files, also of uploads that have not ended */
  used: {
    bytes: number;
    files: number;
  };
}

export type ListVectorsData = VectorStatus;

export interface ListWebhookDeliveriesData {
  deliveries: WebhookDelivery[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface ListWebhooksData {
  webhooks: Webhook[];
}

export interface ListedUpload {
  sha256: string;
  documentId: string | null;
  /** @format uuid */
  id: string;
  /** why it was skipped or failed */
  message: string | null;
  path: string;
  /** in bytes */
  size: number;
  /** what the latest sync made of it; null if none has found it, or not since it was replaced */
  syncStatus: 'pending' | 'synced' | 'skipped' | 'failed' | null;
  /** UTC, ISO 8601 */
  uploadedAt: string;
}

export interface MoveVectorsData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export type MoveVectorsPayload = object;

export interface PauseJobData {
  job: Job;
}

export interface PingWebhookData {
  delivery: WebhookDelivery;
}

export interface PreviewScheduleData {
  nextRuns: string[];
}

export interface PreviewSchedulePayload {
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig: Partial<Record<string, unknown>>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface PreviewTransformationsData {
  preview: {
    /** null if it would be skipped */
    after: {
      characters: number;
      chunkCount: number;
      chunks: {
        ordinal: number;
        text: string;
        tokens: number;
      }[];
      /** text, chunks and diff contain the beginning only */
      isCut: boolean;
      metadata: Partial<Record<string, unknown>>;
      text: string;
    } | null;
    before: {
      characters: number;
      chunkCount: number;
      chunks: {
        ordinal: number;
        text: string;
        tokens: number;
      }[];
      /** text, chunks and diff contain the beginning only */
      isCut: boolean;
      metadata: Partial<Record<string, unknown>>;
      text: string;
    };
    chunksToEmbed: number;
    /** word by word; null if there is nothing to compare, or too much */
    diff:
      | {
          kind: 'same' | 'removed' | 'added';
          text: string;
        }[]
      | null;
    /** @format uuid */
    documentId: string;
    excluded: {
      by: string;
      message: string;
    } | null;
    /** false if the original text is not stored (something was redacted), so that `before` is the stored text */
    isOriginal: boolean;
  };
}

export interface PreviewTransformationsPayload {
  /** @format uuid */
  dataSourceId?: string;
  /** @format uuid */
  documentId?: string;
  /**
   * with dataSourceId: an item by its id at the source
   * @minLength 1
   * @maxLength 4096
   */
  externalId?: string;
  /**
   * in execution order; if omitted, the saved ones that apply to the document
   * @maxItems 50
   */
  transformations?: (
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms?: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation?: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters?: boolean;
          /** @default false */
          plainQuotes?: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'normalize';
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes?: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation?: boolean;
          /** @default true */
          signatures?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'strip_boilerplate';
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards?: boolean;
          /** @default false */
          emails?: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans?: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns?: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'redact';
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'filter';
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter?: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns?: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'extract_fields';
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'truncate';
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'prefix';
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens?: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens?: number;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'chunking';
      }
  )[];
}

export interface Problem {
  /** stable; listed in docs/errors.md */
  code: string;
  /** what happened, why, what to do */
  detail: string;
  errors?: {
    field: string;
    message: string;
  }[];
  status: number;
  title: string;
  type: string;
}

export interface PutDataSourceData {
  dataSource: DataSource;
}

export interface PutDataSourcePayload {
  /** request change notifications from the vendor: a subscription is created there on your behalf */
  changeNotificationsEnabled?: boolean;
  /** what to sync; the fields depend on the source type */
  config?: Partial<Record<string, unknown>>;
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface PutProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface PutProjectPayload {
  /** @format uuid */
  id: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface PutScheduledSyncData {
  scheduledSync: ScheduledSync;
}

export interface PutScheduledSyncPayload {
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig?: Partial<Record<string, unknown>>;
  scheduleType?: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface PutTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface PutTagPayload {
  /** @format uuid */
  id: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface PutTransformationData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface PutTransformationPayload {
  /** the complete config, as for a new one of this type */
  config?: Partial<Record<string, unknown>>;
  /**
   * lower numbers run earlier
   * @min 0
   * @max 1000000
   */
  executionOrder?: number;
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  /** null for all sources */
  sourceType?: SourceType | null;
}

export interface PutWebhookData {
  webhook: Webhook;
}

export interface PutWebhookPayload {
  /**
   * @maxItems 4
   * @minItems 1
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @format uri
   * @maxLength 2000
   */
  url?: string;
}

export type ReceiveChangeNotificationData = unknown;

export interface RedeliverData {
  delivery: WebhookDelivery;
}

export interface ReprocessData {
  jobs: Job[];
  notStarted: {
    code: string;
    /** @format uuid */
    dataSourceId: string;
    message: string;
  }[];
  /** why the job does not begin yet, as far as is known */
  warning: string | null;
}

export interface ReprocessPayload {
  /** @format uuid */
  dataSourceId?: string;
}

export interface RequestNotionVerificationData {
  /** paste it into Notion’s page and set it as NOTION_VERIFICATION_TOKEN */
  token: string | null;
  /** null: nobody waits for a token */
  waitsUntil: string | null;
}

export interface ResumeJobData {
  job: Job;
}

export interface RetryJobData {
  job: Job;
  /** why the job does not begin yet, as far as is known */
  warning: string | null;
}

export interface RevokeApiKeyByQueryData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface RevokeApiKeyData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface RunMigrationsData {
  applied: string[];
  pending: string[];
}

export interface ScheduledSync {
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  dataSourceId: string;
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  lastRunAt: string | null;
  /** from Temporal; null while it or its source is inactive, the source needs a sign-in, or an operator has paused it in Temporal */
  nextRunAt: string | null;
  /** the next five, before jitter; none while `nextRunAt` is null */
  nextRuns: string[];
  /** why it does not run although `isActive` is true; null if it runs */
  pausedReason: string | null;
  scheduleConfig: Partial<Record<string, unknown>>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
  /** runs that were skipped because an earlier one was still running */
  skippedRuns: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
}

export interface SearchData {
  hits: SearchHit[];
}

export interface SearchHit {
  /** @format uuid */
  chunkId: string;
  /** document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter` */
  citation: string;
  dataSourceId: string | null;
  /** @format uuid */
  documentId: string;
  /** offsets into the snippet, in UTF-16 code units; `end` is exclusive */
  highlights: {
    end: number;
    start: number;
  }[];
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  /** position of the chunk in the document, from 0 */
  ordinal: number;
  /** the next best passages of the same document, at most two */
  otherPassages: {
    /** @format uuid */
    chunkId: string;
    /** document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter` */
    citation: string;
    /** offsets into the snippet, in UTF-16 code units; `end` is exclusive */
    highlights: {
      end: number;
      start: number;
    }[];
    /** position of the chunk in the document, from 0 */
    ordinal: number;
    place: {
      /** headings above the passage, outermost first */
      headings: string[];
      /** counted from 1; null if the document has no pages */
      pages: {
        first: number;
        last: number;
      } | null;
    };
    snippet: string;
  }[];
  path: string | null;
  place: {
    /** headings above the passage, outermost first */
    headings: string[];
    /** counted from 1; null if the document has no pages */
    pages: {
      first: number;
      last: number;
    } | null;
  };
  /** comparable only within one answer */
  score: number;
  snippet: string;
  sourceType: string | null;
  sourceUrl: string | null;
  title: string;
}

export interface SearchPayload {
  filters?: {
    /**
     * @maxItems 100
     * @minItems 1
     */
    dataSourceIds?: string[];
    /**
     * @maxItems 50
     * @minItems 1
     */
    mimeTypes?: string[];
    /** @format date-time */
    modifiedAfter?: string;
    /** @format date-time */
    modifiedBefore?: string;
    /**
     * matches documents in any of these projects
     * @maxItems 100
     * @minItems 1
     */
    projectIds?: string[];
    /** @minItems 1 */
    sourceTypes?: SourceType[];
    /**
     * matches documents with any of these tags
     * @maxItems 100
     * @minItems 1
     */
    tagIds?: string[];
  };
  /**
   * @min 1
   * @max 50
   * @default 10
   */
  limit?: number;
  /**
   * @minLength 1
   * @maxLength 2000
   */
  query: string;
}

export interface Session {
  /** UTC, ISO 8601 */
  expiresAt: string | null;
  /** the single user of an installation without sign-in */
  isLocal: boolean;
  userId: string;
}

export interface SetCredentialsData {
  dataSource: DataSource;
}

export interface SetCredentialsPayload {
  /**
   * @minLength 1
   * @maxLength 10000
   */
  accessToken: string;
  /** @format date-time */
  expiresAt?: string;
  /**
   * @minLength 1
   * @maxLength 10000
   */
  refreshToken?: string;
}

export interface SourceDay {
  bytesProcessed: number;
  chunks: number;
  /** items by outcome */
  counts: {
    created: number;
    failed: number;
    removed: number;
    skipped: number;
    unchanged: number;
    updated: number;
  };
  /** @format uuid */
  dataSourceId: string;
  /** UTC, as 2026-01-31 */
  day: string;
  documents: number;
  /** synced items after the last job of the day */
  items: number;
  /** all their durations together, waiting included */
  jobSeconds: number;
  /** that ended; no plans */
  jobs: {
    cancelled: number;
    completed: number;
    failed: number;
  };
  longestJobSeconds: number;
  /** of all documents */
  tokens: number;
  tokensEmbedded: number;
}

export type SourceType =
  | 'google_drive'
  | 'gmail'
  | 'dropbox'
  | 'onedrive'
  | 'notion'
  | 'slack'
  | 'local_folder'
  | 'upload';

export interface SourceTypeDescription {
  /** null if this type has no change notifications */
  changeNotifications: {
    /** what the operator has to configure first */
    problem: string | null;
  } | null;
  /** fields of the config whose choices can be listed from the account */
  choiceFields: string[];
  /** JSON Schema of a source’s `config` */
  configSchema: Partial<Record<string, unknown>>;
  /** one line on what is synced, and what is not */
  description: string;
  label: string;
  /** whether users upload its files: PUT /api/data-sources/:id/files */
  receivesFiles: boolean;
  /** null if there is no sign-in */
  signIn: {
    /** whether Composio can hold the connection: `provider=composio` when connecting */
    composio: boolean;
    /** false if the operator has not configured an OAuth application; a token can be pasted instead */
    isConfigured: boolean;
    vendor: string;
  } | null;
  sourceType: SourceType;
}

export interface StartJobData {
  job: Job;
  /** why the job does not begin yet, as far as is known */
  warning: string | null;
}

export interface StartJobPayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default false */
  dryRun?: boolean;
  /** @maxItems 10000 */
  externalIds?: string[];
  /** @default "incremental" */
  jobType?: 'full_sync' | 'incremental' | 'delta' | 'manual';
}

export interface Statistics {
  /** levels before the first day, by source */
  before: {
    chunks: number;
    /** @format uuid */
    dataSourceId: string;
    documents: number;
    /** synced items after the last job of the day */
    items: number;
    /** of all documents */
    tokens: number;
  }[];
  /** oldest first */
  days: SourceDay[];
  embedding: {
    dimensions: number;
    dollarsPerMillionTokens: number;
    model: string;
  };
  /** failed items, most first */
  errors: {
    code: string;
    /** @format uuid */
    dataSourceId: string;
    items: number;
  }[];
  /** the first day (UTC) */
  from: string;
  /** the last twelve */
  months: {
    /** @format uuid */
    dataSourceId: string;
    /** at the price of the model that embeds now */
    dollars: number;
    /** as 2026-01 */
    month: string;
    /** embedded */
    tokens: number;
  }[];
  /** today (UTC) */
  to: string;
}

export interface UnassignProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface UnassignProjectPayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface UnassignTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface UnassignTagPayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface UnseenItem {
  externalId: string;
  name: string;
  path: string;
}

export interface UpdateDataSourceData {
  dataSource: DataSource;
}

export interface UpdateDataSourcePayload {
  /** request change notifications from the vendor: a subscription is created there on your behalf */
  changeNotificationsEnabled?: boolean;
  /** what to sync; the fields depend on the source type */
  config?: Partial<Record<string, unknown>>;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface UpdateProjectData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface UpdateProjectPayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface UpdateScheduledSyncData {
  scheduledSync: ScheduledSync;
}

export interface UpdateScheduledSyncPayload {
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig?: Partial<Record<string, unknown>>;
  scheduleType?: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface UpdateTagData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface UpdateTagPayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface UpdateTransformationData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface UpdateTransformationPayload {
  /** the complete config, as for a new one of this type */
  config?: Partial<Record<string, unknown>>;
  /**
   * lower numbers run earlier
   * @min 0
   * @max 1000000
   */
  executionOrder?: number;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  /** null for all sources */
  sourceType?: SourceType | null;
}

export interface UpdateWebhookData {
  webhook: Webhook;
}

export interface UpdateWebhookPayload {
  /**
   * @maxItems 4
   * @minItems 1
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  isActive?: boolean;
  /**
   * @format uri
   * @maxLength 2000
   */
  url?: string;
}

export interface UploadFileData {
  file: UploadedFile;
  outcome: 'created' | 'replaced' | 'unchanged';
  /** set if no sync could be started */
  warning: string | null;
}

/** @format binary */
export type UploadFilePayload = Blob;

export interface UploadedFile {
  sha256: string;
  /** @format uuid */
  id: string;
  path: string;
  /** in bytes */
  size: number;
  /** UTC, ISO 8601 */
  uploadedAt: string;
}

export interface VectorStatus {
  /** the store and model of the installation */
  configured: {
    dimensions: number;
    model: string;
    /** pgvector, or pinecone/INDEX */
    store: string;
  };
  /** a model that understands more and needs no key either, with what it costs; null if there is none */
  finer: {
    /** once */
    downloadBytes: number;
    /** what `EMBEDDING_MODEL` would be set to */
    model: string;
    /** approximately, on two cores */
    tokensPerSecond: number;
  } | null;
  /** what answers your searches; null before the first vector */
  live: {
    dimensions: number;
    model: string;
    /** pgvector, or pinecone/INDEX */
    store: string;
  } | null;
  /** what moving your vectors to the configured store and model takes; null if they are there */
  move: {
    /** whether this call’s caller may start it; otherwise an operator does */
    canStart: boolean;
    /** estimate */
    dollars: number;
    /** with the same model, vectors are copied and nothing is embedded */
    isCopy: boolean;
    /** estimate; null if it depends on a server */
    seconds: number | null;
    state: 'offered' | 'running';
    /** your texts that have no vector there yet */
    texts: number;
    /** estimate */
    tokens: number;
  } | null;
}

export interface VerifyVectorsData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export interface VerifyVectorsPayload {
  /** @default false */
  dryRun?: boolean;
}

/** a step that keeps failing */
export type WaitingFor =
  | {
      /** at least */
      attempts: number;
      /** what fails, and what to do */
      message: string;
      reason: 'embedder' | 'vector_store' | 'vendor' | 'database' | 'staging' | 'disk_full' | 'internal';
      /** UTC, ISO 8601 */
      since: string;
      step: string;
    }
  | {
      of: number;
      reason: 'approval';
      removals: number;
    }
  | {
      limitedBy: 'source' | 'embedder';
      reason: 'rate_limit' | 'quota';
      /** UTC, ISO 8601 */
      until: string;
    }
  | {
      reason: 'sign_in' | 'pause';
    }
  | {
      /** what is missing, and what to do */
      message: string;
      reason: 'worker' | 'temporal';
    };

export type WatchJobData = unknown;

export interface Webhook {
  /** UTC, ISO 8601 */
  createdAt: string;
  /** why it was disabled, if nobody did it by hand */
  disabledReason: string | null;
  events: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /** since when every delivery has failed */
  failingSince: string | null;
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  updatedAt: string;
  url: string;
}

export interface WebhookDelivery {
  attempts: number;
  /** UTC, ISO 8601 */
  createdAt: string;
  dataSourceId: string | null;
  /**
   * the `webhook-id` that the receiver got
   * @format uuid
   */
  eventId: string;
  eventType: string;
  /** @format uuid */
  id: string;
  jobId: string | null;
  /** UTC, ISO 8601 */
  lastAttemptAt: string | null;
  /** why there was no answer */
  lastError: string | null;
  /** HTTP status of the receiver’s last answer */
  lastStatus: number | null;
  /** UTC, ISO 8601 */
  nextAttemptAt: string | null;
  status: 'pending' | 'delivered' | 'failed';
}

export interface ConnectDataSourceQuery {
  /** @default "oauth" */
  provider?: 'oauth' | 'composio' | undefined;
  /** afterwards the browser returns to the web page */
  then?: 'page' | undefined;
}

export interface DeleteDataSourceQuery {
  keepDocuments?: boolean | undefined;
}

export interface DeleteUploadedFilesQuery {
  /**
   * the path of a file, or of a folder with "/" at its end: everything in it
   * @minLength 1
   * @maxLength 1000
   */
  path: string;
}

export interface ExportAuditEventsQuery {
  /**
   * @minLength 1
   * @maxLength 200
   */
  action?: string | undefined;
  /** @format date-time */
  since?: string | undefined;
  /** @format date-time */
  until?: string | undefined;
}
export interface ExportDocumentsQuery {
  /**
   * of a line of an export, or of the feed of changes
   * @maxLength 500
   */
  cursor?: string | undefined;
  /**
   * only documents of this source
   * @format uuid
   */
  dataSourceId?: string | undefined;
  /** @default "ndjson" */
  format?: 'ndjson' | 'parquet' | undefined;
  /**
   * documents after which the answer ends; its cursor continues
   * @min 1
   * @max 1000000
   */
  limit?: number | undefined;
  /** with the vector of each chunk */
  vectors?: boolean | undefined;
}

export interface GetDeletionQuery {
  /**
   * @minLength 1
   * @maxLength 1000
   */
  id: string;
}
export interface GetDocumentQuery {
  chunks?: boolean | undefined;
}

export interface GetItemHistoryQuery {
  /** @format uuid */
  dataSourceId: string;
  /**
   * @minLength 1
   * @maxLength 4096
   */
  externalId?: string | undefined;
  /**
   * @minLength 1
   * @maxLength 8192
   */
  path?: string | undefined;
}

export interface GetJobReportQuery {
  /** @default "json" */
  format?: 'json' | 'csv' | undefined;
}

export interface GetStatisticsQuery {
  /**
   * @min 1
   * @max 366
   * @default 30
   */
  days?: number | undefined;
}

export interface ListAuditEventsQuery {
  /**
   * @minLength 1
   * @maxLength 200
   */
  action?: string | undefined;
  /**
   * `nextCursor` of the previous page
   * @maxLength 500
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
  /** @format date-time */
  since?: string | undefined;
  /** @format date-time */
  until?: string | undefined;
}
export interface ListDataSourceChoicesQuery {
  /**
   * a field of the config
   * @minLength 1
   * @maxLength 100
   */
  field: string;
  /**
   * the `value` of a choice that has children
   * @minLength 1
   * @maxLength 4096
   */
  within?: string | undefined;
}

export interface ListDocumentChangesQuery {
  /**
   * `nextCursor` of the previous call, or the cursor of an export
   * @maxLength 500
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
}
export interface ListDocumentsQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 10000
   */
  cursor?: string | undefined;
  /** @format uuid */
  dataSourceId?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
  /** @maxLength 200 */
  mimeType?: string | undefined;
  /** @default "created" */
  order?: 'created' | 'changed' | 'title' | 'modified' | 'tokens' | undefined;
  /** @format uuid */
  projectId?: string | undefined;
  sourceType?: SourceType | undefined;
  /** @format uuid */
  tagId?: string | undefined;
  /**
   * part of the title or the path
   * @minLength 1
   * @maxLength 200
   */
  text?: string | undefined;
  /** with the number of all documents that match */
  total?: boolean | undefined;
}
export interface ListJobItemsQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 10000
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
  outcome?: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | undefined;
  /** for a plan: what a sync would do with the item */
  planned?: 'create' | 'update' | 'retry' | 'remove' | 'skip' | 'unchanged' | undefined;
}
export interface ListJobRemovalsQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 10000
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
}
export interface ListJobsQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 500
   */
  cursor?: string | undefined;
  /** @format uuid */
  dataSourceId?: string | undefined;
  /** only plans, or only syncs */
  dryRun?: boolean | undefined;
  jobType?: 'full_sync' | 'incremental' | 'delta' | 'manual' | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
  status?: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | undefined;
}

export interface ListScheduledSyncsQuery {
  /** @format uuid */
  dataSourceId?: string | undefined;
}
export interface ListSourceTypeChoicesQuery {
  /**
   * a field of the config
   * @minLength 1
   * @maxLength 100
   */
  field: string;
  /**
   * the `value` of a choice that has children
   * @minLength 1
   * @maxLength 4096
   */
  within?: string | undefined;
}

export interface ListUploadedFilesQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 10000
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
  /**
   * part of the path
   * @minLength 1
   * @maxLength 200
   */
  text?: string | undefined;
}

export interface ListWebhookDeliveriesQuery {
  /**
   * `nextCursor` of the previous page
   * @maxLength 500
   */
  cursor?: string | undefined;
  /**
   * @min 1
   * @max 200
   * @default 50
   */
  limit?: number | undefined;
}

export interface UploadFileQuery {
  /**
   * the place of the file in the source: a name, or folders and a name, as in `Reports/2026/May.pdf`
   * @minLength 1
   * @maxLength 1000
   */
  path: string;
}

export function createOperations(ask: <T>(call: Call) => Promise<T>, send: Send) {
  return {
    /** Approve the removals of a held job. */
    approveRemovals: async (jobId: string, options: CallOptions = {}) =>
      await ask<ApproveRemovalsData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/approve`,
        ...options,
      }),
    /** Manual assignments are not changed by later syncs and rules. */
    assignProject: async (id: string, body: AssignProjectPayload, options: CallOptions = {}) =>
      await ask<AssignProjectData>({
        method: 'POST',
        path: `/api/projects/${encodeURIComponent(id)}/assign`,
        body,
        ...options,
      }),
    /** Manual assignments are not changed by later syncs and rules. */
    assignTag: async (id: string, body: AssignTagPayload, options: CallOptions = {}) =>
      await ask<AssignTagData>({
        method: 'POST',
        path: `/api/tags/${encodeURIComponent(id)}/assign`,
        body,
        ...options,
      }),
    /** Find the best passages for a question, within a token budget, with citations. */
    buildContext: async (body: BuildContextPayload, options: CallOptions = {}) =>
      await ask<BuildContextData>({ method: 'POST', path: `/api/context`, body, ...options }),
    /** Cancel a sync. */
    cancelJob: async (jobId: string, options: CallOptions = {}) =>
      await ask<CancelJobData>({
        method: 'DELETE',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}`,
        ...options,
      }),
    /** null restores the default speed; omitted fields are not changed. */
    changeJobSpeed: async (jobId: string, body: ChangeJobSpeedPayload, options: CallOptions = {}) =>
      await ask<ChangeJobSpeedData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/speed`,
        body,
        ...options,
      }),
    /** Start a sign-in at the vendor, directly or through Composio. */
    connectDataSource: async (id: string, query: ConnectDataSourceQuery = {}, options: CallOptions = {}) =>
      await ask<ConnectDataSourceData>({
        method: 'GET',
        path: `/api/data-sources/${encodeURIComponent(id)}/connect`,
        query,
        ...options,
      }),
    /** The key is shown here and never again. Send it as Authorization: Bearer hw_…, also to /mcp. */
    createApiKey: async (body: CreateApiKeyPayload, options: CallOptions = {}) =>
      await ask<CreateApiKeyData>({ method: 'POST', path: `/api/keys`, body, ...options }),
    /** Add a source. */
    createDataSource: async (body: CreateDataSourcePayload, options: CallOptions = {}) =>
      await ask<CreateDataSourceData>({ method: 'POST', path: `/api/data-sources`, body, ...options }),
    /** Add a project. */
    createProject: async (body: CreateProjectPayload, options: CallOptions = {}) =>
      await ask<CreateProjectData>({ method: 'POST', path: `/api/projects`, body, ...options }),
    /** Documents that are already stored are assigned at once. A path is a folder, or a pattern such as Reports/** /*.pdf. */
    createProjectRule: async (id: string, body: CreateProjectRulePayload, options: CallOptions = {}) =>
      await ask<CreateProjectRuleData>({
        method: 'POST',
        path: `/api/projects/${encodeURIComponent(id)}/rules`,
        body,
        ...options,
      }),
    /** Add a recurring sync. */
    createScheduledSync: async (body: CreateScheduledSyncPayload, options: CallOptions = {}) =>
      await ask<CreateScheduledSyncData>({ method: 'POST', path: `/api/scheduled-syncs`, body, ...options }),
    /** Add a tag. */
    createTag: async (body: CreateTagPayload, options: CallOptions = {}) =>
      await ask<CreateTagData>({ method: 'POST', path: `/api/tags`, body, ...options }),
    /** Documents that are already stored are assigned at once. A path is a folder, or a pattern such as Reports/** /*.pdf. */
    createTagRule: async (id: string, body: CreateTagRulePayload, options: CallOptions = {}) =>
      await ask<CreateTagRuleData>({
        method: 'POST',
        path: `/api/tags/${encodeURIComponent(id)}/rules`,
        body,
        ...options,
      }),
    /** It applies to what is synced from now on. Stored documents are stale until they are processed again. */
    createTransformation: async (body: CreateTransformationPayload, options: CallOptions = {}) =>
      await ask<CreateTransformationData>({ method: 'POST', path: `/api/transformations`, body, ...options }),
    /** The answer contains the secret, which is never shown again. Deliveries are signed according to Standard Webhooks. */
    createWebhook: async (body: CreateWebhookPayload, options: CallOptions = {}) =>
      await ask<CreateWebhookData>({ method: 'POST', path: `/api/webhooks`, body, ...options }),
    /** Delete a source and its documents. */
    deleteDataSource: async (id: string, query: DeleteDataSourceQuery = {}, options: CallOptions = {}) =>
      await ask<DeleteDataSourceData>({
        method: 'DELETE',
        path: `/api/data-sources/${encodeURIComponent(id)}`,
        query,
        ...options,
      }),
    /** Deletes it in Headwater, never at the source. Its item is skipped until a manual sync names it. An archive is deleted with its files, which cannot be deleted alone. */
    deleteDocument: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteDocumentData>({ method: 'DELETE', path: `/api/documents/${encodeURIComponent(id)}`, ...options }),
    /** Deletes its assignments and rules too. The documents stay. */
    deleteProject: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteProjectData>({ method: 'DELETE', path: `/api/projects/${encodeURIComponent(id)}`, ...options }),
    /** Also removes its assignments, unless another rule or a person made them too. */
    deleteProjectRule: async (id: string, ruleId: string, options: CallOptions = {}) =>
      await ask<DeleteProjectRuleData>({
        method: 'DELETE',
        path: `/api/projects/${encodeURIComponent(id)}/rules/${encodeURIComponent(ruleId)}`,
        ...options,
      }),
    /** Delete a recurring sync. */
    deleteScheduledSync: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteScheduledSyncData>({
        method: 'DELETE',
        path: `/api/scheduled-syncs/${encodeURIComponent(id)}`,
        ...options,
      }),
    /** Deletes its assignments and rules too. The documents stay. */
    deleteTag: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteTagData>({ method: 'DELETE', path: `/api/tags/${encodeURIComponent(id)}`, ...options }),
    /** Also removes its assignments, unless another rule or a person made them too. */
    deleteTagRule: async (id: string, ruleId: string, options: CallOptions = {}) =>
      await ask<DeleteTagRuleData>({
        method: 'DELETE',
        path: `/api/tags/${encodeURIComponent(id)}/rules/${encodeURIComponent(ruleId)}`,
        ...options,
      }),
    /** Delete a transformation. */
    deleteTransformation: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteTransformationData>({
        method: 'DELETE',
        path: `/api/transformations/${encodeURIComponent(id)}`,
        ...options,
      }),
    /** One file, or everything in a folder. The next sync removes their documents; it starts by itself. */
    deleteUploadedFiles: async (id: string, query: DeleteUploadedFilesQuery, options: CallOptions = {}) =>
      await ask<DeleteUploadedFilesData>({
        method: 'DELETE',
        path: `/api/data-sources/${encodeURIComponent(id)}/files`,
        query,
        ...options,
      }),
    /** Delete a webhook. */
    deleteWebhook: async (id: string, options: CallOptions = {}) =>
      await ask<DeleteWebhookData>({ method: 'DELETE', path: `/api/webhooks/${encodeURIComponent(id)}`, ...options }),
    /** Revoke the sign-in and delete the tokens. */
    disconnectDataSource: async (id: string, options: CallOptions = {}) =>
      await ask<DisconnectDataSourceData>({
        method: 'POST',
        path: `/api/data-sources/${encodeURIComponent(id)}/disconnect`,
        ...options,
      }),
    /** Deletes all sources, documents, vectors, jobs, schedules and sign-ins. This cannot be undone. */
    eraseUser: async (body: EraseUserPayload, options: CallOptions = {}) =>
      await ask<EraseUserData>({ method: 'POST', path: `/api/user/erase`, body, ...options }),
    /** All events that match, newest first, one JSON object a line (application/x-ndjson). */
    exportAuditEvents: async (query: ExportAuditEventsQuery = {}, options: CallOptions = {}) =>
      await send({ method: 'GET', path: `/api/audit-events/export`, query, ...options }),
    /** Lines of JSON (NDJSON): `document` with its chunks, `deleted` after a cursor, and at last `end`; without that line it was cut off. Each line has the cursor after it, to resume from, and to read the changes since. A document that changes while the export runs may appear again: the later line replaces the earlier.

`format=parquet` has a row for each chunk, with the columns of its document, in one file that is streamed: of a document that appears twice, the rows with the larger `position` count. Its metadata has the cursor after it (`headwater.cursor`), and whether more follows (`headwater.hasMore`); a file that was cut off cannot be opened. With `limit`, a long export comes in parts: after a broken connection, only the last part is read again. */
    exportDocuments: async (query: ExportDocumentsQuery = {}, options: CallOptions = {}) =>
      await send({ method: 'GET', path: `/api/documents/export`, query, ...options }),
    /** Show an API key. */
    getApiKey: async (id: string, options: CallOptions = {}) =>
      await ask<GetApiKeyData>({ method: 'GET', path: `/api/keys/${encodeURIComponent(id)}`, ...options }),
    /** Show a source. */
    getDataSource: async (id: string, options: CallOptions = {}) =>
      await ask<GetDataSourceData>({ method: 'GET', path: `/api/data-sources/${encodeURIComponent(id)}`, ...options }),
    /** Shows what was deleted, store by store, after it has ended. */
    getDeletion: async (query: GetDeletionQuery, options: CallOptions = {}) =>
      await ask<GetDeletionData>({ method: 'GET', path: `/api/deletions`, query, ...options }),
    /** Read a document. */
    getDocument: async (id: string, query: GetDocumentQuery = {}, options: CallOptions = {}) =>
      await ask<GetDocumentData>({
        method: 'GET',
        path: `/api/documents/${encodeURIComponent(id)}`,
        query,
        ...options,
      }),
    /** Check that the process is alive. */
    getHealth: async (options: CallOptions = {}) =>
      await ask<GetHealthData>({ method: 'GET', path: `/healthz`, ...options }),
    /** Shows when it was found, what each job did with it, why it was skipped or failed, and when it is retried. */
    getItemHistory: async (query: GetItemHistoryQuery, options: CallOptions = {}) =>
      await ask<GetItemHistoryData>({ method: 'GET', path: `/api/documents/history`, query, ...options }),
    /** Show a job. */
    getJob: async (jobId: string, options: CallOptions = {}) =>
      await ask<GetJobData>({ method: 'GET', path: `/api/data-sources/sync/${encodeURIComponent(jobId)}`, ...options }),
    /** Contains its counts, which add up, and the outcome of each item. Unchanged items are only counted. */
    getJobReport: async (jobId: string, query: GetJobReportQuery = {}, options: CallOptions = {}) =>
      await send({
        method: 'GET',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/report`,
        query,
        ...options,
      }),
    /** Operators only. */
    getMetrics: async (options: CallOptions = {}) => await send({ method: 'GET', path: `/metrics`, ...options }),
    /** Show a project. */
    getProject: async (id: string, options: CallOptions = {}) =>
      await ask<GetProjectData>({ method: 'GET', path: `/api/projects/${encodeURIComponent(id)}`, ...options }),
    /** Check that the database, its migrations and Temporal are ready. */
    getReadiness: async (options: CallOptions = {}) =>
      await ask<GetReadinessData>({ method: 'GET', path: `/readyz`, ...options }),
    /** Show a recurring sync. */
    getScheduledSync: async (id: string, options: CallOptions = {}) =>
      await ask<GetScheduledSyncData>({
        method: 'GET',
        path: `/api/scheduled-syncs/${encodeURIComponent(id)}`,
        ...options,
      }),
    /** By source and day (UTC): jobs that ended, their items, and how much there was after the last of them. A day without a job has no entry: its levels are those of the day before. */
    getStatistics: async (query: GetStatisticsQuery = {}, options: CallOptions = {}) =>
      await ask<GetStatisticsData>({ method: 'GET', path: `/api/stats`, query, ...options }),
    /** Show a tag. */
    getTag: async (id: string, options: CallOptions = {}) =>
      await ask<GetTagData>({ method: 'GET', path: `/api/tags/${encodeURIComponent(id)}`, ...options }),
    /** Show a transformation. */
    getTransformation: async (id: string, options: CallOptions = {}) =>
      await ask<GetTransformationData>({
        method: 'GET',
        path: `/api/transformations/${encodeURIComponent(id)}`,
        ...options,
      }),
    /** Operators only. While it runs, its counts are those so far. */
    getVectorOperation: async (operation: string, options: CallOptions = {}) =>
      await ask<GetVectorOperationData>({
        method: 'GET',
        path: `/api/vectors/${encodeURIComponent(operation)}`,
        ...options,
      }),
    /** Show a webhook. */
    getWebhook: async (id: string, options: CallOptions = {}) =>
      await ask<GetWebhookData>({ method: 'GET', path: `/api/webhooks/${encodeURIComponent(id)}`, ...options }),
    /** Keep the items that a held job would remove. */
    keepRemovals: async (jobId: string, options: CallOptions = {}) =>
      await ask<KeepRemovalsData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/keep`,
        ...options,
      }),
    /** List API keys. */
    listApiKeys: async (options: CallOptions = {}) =>
      await ask<ListApiKeysData>({ method: 'GET', path: `/api/keys`, ...options }),
    /** List the audit log, newest first. */
    listAuditEvents: async (query: ListAuditEventsQuery = {}, options: CallOptions = {}) =>
      await ask<ListAuditEventsData>({ method: 'GET', path: `/api/audit-events`, query, ...options }),
    /** Folders, labels or drives: those directly inside one of them, or at the top level. */
    listDataSourceChoices: async (id: string, query: ListDataSourceChoicesQuery, options: CallOptions = {}) =>
      await ask<ListDataSourceChoicesData>({
        method: 'GET',
        path: `/api/data-sources/${encodeURIComponent(id)}/choices`,
        query,
        ...options,
      }),
    /** List sources. */
    listDataSources: async (options: CallOptions = {}) =>
      await ask<ListDataSourcesData>({ method: 'GET', path: `/api/data-sources`, ...options }),
    /** In the order in which they became visible, complete while syncs run. Without a cursor it begins with every document. A document is shown as it is now: several updates in a row are one. A deletion may name a document that was never shown. */
    listDocumentChanges: async (query: ListDocumentChangesQuery = {}, options: CallOptions = {}) =>
      await ask<ListDocumentChangesData>({ method: 'GET', path: `/api/documents/changes`, query, ...options }),
    /** In the order of their creation, newest first: page after page has every document that exists all the while, once. `order=changed` shows the latest change first; a document that changes meanwhile moves to the front. `title`, `modified` and `tokens` sort by title, by the latest modification at the source and by size. */
    listDocuments: async (query: ListDocumentsQuery = {}, options: CallOptions = {}) =>
      await ask<ListDocumentsData>({ method: 'GET', path: `/api/documents`, query, ...options }),
    /** List a job’s items with their outcomes. */
    listJobItems: async (jobId: string, query: ListJobItemsQuery = {}, options: CallOptions = {}) =>
      await ask<ListJobItemsData>({
        method: 'GET',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/items`,
        query,
        ...options,
      }),
    /** List what a held job would remove. */
    listJobRemovals: async (jobId: string, query: ListJobRemovalsQuery = {}, options: CallOptions = {}) =>
      await ask<ListJobRemovalsData>({
        method: 'GET',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/removals`,
        query,
        ...options,
      }),
    /** List jobs. */
    listJobs: async (query: ListJobsQuery = {}, options: CallOptions = {}) =>
      await ask<ListJobsData>({ method: 'GET', path: `/api/data-sources/sync`, query, ...options }),
    /** Times are before jitter. Sources that have no schedule or are paused are not listed. */
    listNextRuns: async (options: CallOptions = {}) =>
      await ask<ListNextRunsData>({ method: 'GET', path: `/api/scheduled-syncs/next-runs`, ...options }),
    /** List the rules of a project. */
    listProjectRules: async (id: string, options: CallOptions = {}) =>
      await ask<ListProjectRulesData>({
        method: 'GET',
        path: `/api/projects/${encodeURIComponent(id)}/rules`,
        ...options,
      }),
    /** List projects. */
    listProjects: async (options: CallOptions = {}) =>
      await ask<ListProjectsData>({ method: 'GET', path: `/api/projects`, ...options }),
    /** List recurring syncs. */
    listScheduledSyncs: async (query: ListScheduledSyncsQuery = {}, options: CallOptions = {}) =>
      await ask<ListScheduledSyncsData>({ method: 'GET', path: `/api/scheduled-syncs`, query, ...options }),
    /** Only for types without a sign-in. For the others, connect an account first. */
    listSourceTypeChoices: async (sourceType: string, query: ListSourceTypeChoicesQuery, options: CallOptions = {}) =>
      await ask<ListSourceTypeChoicesData>({
        method: 'GET',
        path: `/api/source-types/${encodeURIComponent(sourceType)}/choices`,
        query,
        ...options,
      }),
    /** List the types of sources. */
    listSourceTypes: async (options: CallOptions = {}) =>
      await ask<ListSourceTypesData>({ method: 'GET', path: `/api/source-types`, ...options }),
    /** Counts are per source. The next sync of a source processes them; POST /api/transformations/reprocess does it at once. */
    listStaleDocuments: async (options: CallOptions = {}) =>
      await ask<ListStaleDocumentsData>({ method: 'GET', path: `/api/transformations/stale`, ...options }),
    /** List the rules of a tag. */
    listTagRules: async (id: string, options: CallOptions = {}) =>
      await ask<ListTagRulesData>({ method: 'GET', path: `/api/tags/${encodeURIComponent(id)}/rules`, ...options }),
    /** List tags. */
    listTags: async (options: CallOptions = {}) =>
      await ask<ListTagsData>({ method: 'GET', path: `/api/tags`, ...options }),
    /** In execution order. */
    listTransformations: async (options: CallOptions = {}) =>
      await ask<ListTransformationsData>({ method: 'GET', path: `/api/transformations`, ...options }),
    /** In the order of their paths, with what the latest sync made of each. */
    listUploadedFiles: async (id: string, query: ListUploadedFilesQuery = {}, options: CallOptions = {}) =>
      await ask<ListUploadedFilesData>({
        method: 'GET',
        path: `/api/data-sources/${encodeURIComponent(id)}/files`,
        query,
        ...options,
      }),
    /** If the installation is configured with others, also what moving your vectors there takes. */
    listVectors: async (options: CallOptions = {}) =>
      await ask<ListVectorsData>({ method: 'GET', path: `/api/vectors`, ...options }),
    /** List the deliveries of a webhook. */
    listWebhookDeliveries: async (id: string, query: ListWebhookDeliveriesQuery = {}, options: CallOptions = {}) =>
      await ask<ListWebhookDeliveriesData>({
        method: 'GET',
        path: `/api/webhooks/${encodeURIComponent(id)}/deliveries`,
        query,
        ...options,
      }),
    /** List webhooks. */
    listWebhooks: async (options: CallOptions = {}) =>
      await ask<ListWebhooksData>({ method: 'GET', path: `/api/webhooks`, ...options }),
    /** Operators only. Searches use the old vectors until each user’s new ones are complete. */
    moveVectors: async (body: MoveVectorsPayload, options: CallOptions = {}) =>
      await ask<MoveVectorsData>({ method: 'POST', path: `/api/vectors/move`, body, ...options }),
    /** Pause a job: no new work starts. */
    pauseJob: async (jobId: string, options: CallOptions = {}) =>
      await ask<PauseJobData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/pause`,
        ...options,
      }),
    /** Send a test event. */
    pingWebhook: async (id: string, options: CallOptions = {}) =>
      await ask<PingWebhookData>({ method: 'POST', path: `/api/webhooks/${encodeURIComponent(id)}/ping`, ...options }),
    /** Preview the runs of a schedule. */
    previewSchedule: async (body: PreviewSchedulePayload, options: CallOptions = {}) =>
      await ask<PreviewScheduleData>({ method: 'POST', path: `/api/scheduled-syncs/preview`, body, ...options }),
    /** Stores nothing and calls no vendor. Long texts are cut to 100,000 characters. */
    previewTransformations: async (body: PreviewTransformationsPayload, options: CallOptions = {}) =>
      await ask<PreviewTransformationsData>({ method: 'POST', path: `/api/transformations/preview`, body, ...options }),
    /** Send a delivery again, with the same id. */
    redeliver: async (id: string, deliveryId: string, options: CallOptions = {}) =>
      await ask<RedeliverData>({
        method: 'POST',
        path: `/api/webhooks/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`,
        ...options,
      }),
    /** Starts one job for each source with stale items. It uses the stored original text; items without one are fetched again. */
    reprocess: async (body: ReprocessPayload, options: CallOptions = {}) =>
      await ask<ReprocessData>({ method: 'POST', path: `/api/transformations/reprocess`, body, ...options }),
    /** Resume a paused job. */
    resumeJob: async (jobId: string, options: CallOptions = {}) =>
      await ask<ResumeJobData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/resume`,
        ...options,
      }),
    /** Starts a new job for all failed items of this job’s source. */
    retryJob: async (jobId: string, options: CallOptions = {}) =>
      await ask<RetryJobData>({
        method: 'POST',
        path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/retry`,
        ...options,
      }),
    /** It is rejected from now on. The list still contains it. */
    revokeApiKey: async (id: string, options: CallOptions = {}) =>
      await ask<RevokeApiKeyData>({ method: 'DELETE', path: `/api/keys/${encodeURIComponent(id)}`, ...options }),
    /** Runs pending migrations. Operators only. */
    runMigrations: async (options: CallOptions = {}) =>
      await ask<RunMigrationsData>({ method: 'GET', path: `/api/setup/etl-pipelines`, ...options }),
    /** Returns each document once, with its best passage. At most 50 are returned: narrow the search with filters instead of paging. */
    search: async (body: SearchPayload, options: CallOptions = {}) =>
      await ask<SearchData>({ method: 'POST', path: `/api/search`, body, ...options }),
    /** Store an existing token. */
    setCredentials: async (id: string, body: SetCredentialsPayload, options: CallOptions = {}) =>
      await ask<SetCredentialsData>({
        method: 'PUT',
        path: `/api/data-sources/${encodeURIComponent(id)}/credentials`,
        body,
        ...options,
      }),
    /** Start a sync. */
    startJob: async (body: StartJobPayload, options: CallOptions = {}) =>
      await ask<StartJobData>({ method: 'POST', path: `/api/data-sources/sync`, body, ...options }),
    /** Manual assignments are not changed by later syncs and rules. */
    unassignProject: async (id: string, body: UnassignProjectPayload, options: CallOptions = {}) =>
      await ask<UnassignProjectData>({
        method: 'POST',
        path: `/api/projects/${encodeURIComponent(id)}/remove`,
        body,
        ...options,
      }),
    /** Manual assignments are not changed by later syncs and rules. */
    unassignTag: async (id: string, body: UnassignTagPayload, options: CallOptions = {}) =>
      await ask<UnassignTagData>({
        method: 'POST',
        path: `/api/tags/${encodeURIComponent(id)}/remove`,
        body,
        ...options,
      }),
    /** Change a source. */
    updateDataSource: async (id: string, body: UpdateDataSourcePayload, options: CallOptions = {}) =>
      await ask<UpdateDataSourceData>({
        method: 'PATCH',
        path: `/api/data-sources/${encodeURIComponent(id)}`,
        body,
        ...options,
      }),
    /** Rename a project. */
    updateProject: async (id: string, body: UpdateProjectPayload, options: CallOptions = {}) =>
      await ask<UpdateProjectData>({
        method: 'PATCH',
        path: `/api/projects/${encodeURIComponent(id)}`,
        body,
        ...options,
      }),
    /** Change a recurring sync. */
    updateScheduledSync: async (id: string, body: UpdateScheduledSyncPayload, options: CallOptions = {}) =>
      await ask<UpdateScheduledSyncData>({
        method: 'PATCH',
        path: `/api/scheduled-syncs/${encodeURIComponent(id)}`,
        body,
        ...options,
      }),
    /** Rename a tag. */
    updateTag: async (id: string, body: UpdateTagPayload, options: CallOptions = {}) =>
      await ask<UpdateTagData>({ method: 'PATCH', path: `/api/tags/${encodeURIComponent(id)}`, body, ...options }),
    /** Change a transformation. */
    updateTransformation: async (id: string, body: UpdateTransformationPayload, options: CallOptions = {}) =>
      await ask<UpdateTransformationData>({
        method: 'PATCH',
        path: `/api/transformations/${encodeURIComponent(id)}`,
        body,
        ...options,
      }),
    /** Change, disable or enable a webhook. */
    updateWebhook: async (id: string, body: UpdateWebhookPayload, options: CallOptions = {}) =>
      await ask<UpdateWebhookData>({
        method: 'PATCH',
        path: `/api/webhooks/${encodeURIComponent(id)}`,
        body,
        ...options,
      }),
    /** The body is the file. A file at the same path is replaced; the same bytes once more change nothing. A sync starts by itself a few seconds after the last change. */
    uploadFile: async (id: string, body: UploadFilePayload, query: UploadFileQuery, options: CallOptions = {}) =>
      await ask<UploadFileData>({
        method: 'PUT',
        path: `/api/data-sources/${encodeURIComponent(id)}/files`,
        query,
        body,
        ...options,
      }),
    /** Operators only. Repairs the differences; with `dryRun` it only counts them. */
    verifyVectors: async (body: VerifyVectorsPayload, options: CallOptions = {}) =>
      await ask<VerifyVectorsData>({ method: 'POST', path: `/api/vectors/verify`, body, ...options }),
    /** Server-sent events: `progress` with the job every second until it ends; `problem` (a code and a detail) while it cannot be read. */
    watchJob: async (jobId: string, options: CallOptions = {}) =>
      await send({ method: 'GET', path: `/api/data-sources/sync/${encodeURIComponent(jobId)}/events`, ...options }),
  };
}
