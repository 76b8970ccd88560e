import type { ColumnType, Generated } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { TransformationType } from '../../domain/transformations.ts';
import type { GeneratedTime, Time } from './columns.ts';

type JsonObject = ColumnType<Record<string, unknown>, string | undefined, string>;

export interface EtlTransformationsTable {
  id: Generated<string>;
  userId: string;
  name: string;
  sourceType: SourceType | null;
  transformationType: TransformationType;
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

/** A project or a tag: a name that the user chose. */
export interface NamesTable {
  id: Generated<string>;
  userId: string;
  name: string;
  createdAt: GeneratedTime;
}

interface Assignment {
  userId: string;
  documentId: string;
  assignedBy: Generated<'person' | 'rule'>;
  /** A person removed it, so no rule adds it again. */
  isRemoved: Generated<boolean>;
}

export interface ProjectDocumentsTable extends Assignment {
  projectId: string;
}

export interface DocumentTagsTable extends Assignment {
  tagId: string;
}

/** Assigns the documents of a source, or those below a path in it, to one project or one tag. */
export interface AssignmentRulesTable {
  id: Generated<string>;
  userId: string;
  projectId: string | null;
  tagId: string | null;
  dataSourceId: string;
  /** As its owner entered it. Null means the whole source. */
  path: string | null;
  /** The same path as a regular expression. */
  pathPattern: string | null;
  createdAt: GeneratedTime;
}
