import type { ColumnType, Generated } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { GeneratedTime, Time } from './columns.ts';

type JsonObject = ColumnType<Record<string, unknown>, string | undefined, string>;

export interface EtlTransformationsTable {
  id: Generated<string>;
  userId: string;
  name: string;
  sourceType: SourceType | null;
  transformationType: string;
  config: JsonObject;
  executionOrder: Generated<number>;
  isActive: Generated<boolean>;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

export interface ScheduledSyncsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
  scheduleConfig: JsonObject;
  nextRunAt: Time | null;
  lastRunAt: Time | null;
  isActive: Generated<boolean>;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

/** A project or a tag: a name of the user's own. */
export interface NamesTable {
  id: Generated<string>;
  userId: string;
  name: string;
  createdAt: GeneratedTime;
}

export interface ProjectDocumentsTable {
  userId: string;
  projectId: string;
  documentId: string;
}

export interface DocumentTagsTable {
  userId: string;
  documentId: string;
  tagId: string;
}
