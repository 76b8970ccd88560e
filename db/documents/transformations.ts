/** A user's transformations in their order, and which of them apply to a source. */

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type SourceType, sourceTypes } from '../../domain/source.ts';
import type { Transformation, TransformationType } from '../../domain/transformations.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';

const columns = [
  'id',
  'name',
  'sourceType',
  'transformationType',
  'config',
  'executionOrder',
  'isActive',
  'createdAt',
  'updatedAt',
] as const;

/** The gap between two neighbors, so that others can be inserted. */
const orderStep = 10;

export type TransformationRow = Awaited<ReturnType<typeof listTransformations>>[number];

/** In execution order. */
export async function listTransformations(trx: UserTransaction) {
  return await trx
    .selectFrom('etlTransformations')
    .select(columns)
    .orderBy('executionOrder')
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
}

export async function findTransformation(trx: UserTransaction, id: string): Promise<TransformationRow | undefined> {
  return await trx.selectFrom('etlTransformations').select(columns).where('id', '=', id).executeTakeFirst();
}

export interface NewTransformation {
  readonly userId: string;
  readonly name: string;
  readonly sourceType: SourceType | null;
  readonly transformationType: TransformationType;
  readonly config: object;
  /** If omitted, it runs after all others. */
  readonly executionOrder?: number | undefined;
  readonly isActive: boolean;
}

/** `countOwned` comes first, so that two that are added at the same time do not get the same order. */
export async function createTransformation(trx: UserTransaction, row: NewTransformation): Promise<TransformationRow> {
  const { last } = await trx
    .selectFrom('etlTransformations')
    .select((eb) => eb.fn.max('executionOrder').as('last'))
    .executeTakeFirstOrThrow();
  return await trx
    .insertInto('etlTransformations')
    .values({
      ...row,
      executionOrder: row.executionOrder ?? (last ?? 0) + orderStep,
      config: toJson(row.config),
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

export interface TransformationChange {
  readonly name?: string | undefined;
  readonly sourceType?: SourceType | null | undefined;
  readonly config?: object | undefined;
  readonly executionOrder?: number | undefined;
  readonly isActive?: boolean | undefined;
}

export async function updateTransformation(
  trx: UserTransaction,
  id: string,
  { config, ...change }: TransformationChange,
): Promise<TransformationRow | undefined> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return await trx
    .updateTable('etlTransformations')
    .set({
      ...given,
      ...(config === undefined ? {} : { config: toJson(config) }),
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}

export async function deleteTransformation(trx: UserTransaction, id: string): Promise<boolean> {
  return (await trx.deleteFrom('etlTransformations').where('id', '=', id).returning('id').execute()).length > 0;
}

/** The transformations that apply to one type of source. */
export interface Applicable {
  /** Changes if other transformations apply, their order changes or a config changes; '' if there are none. */
  readonly hash: string;
  readonly transformations: readonly Transformation[];
}

export async function findApplicable(trx: UserTransaction, sourceType: SourceType): Promise<Applicable> {
  return applicableOf(await listTransformations(trx), sourceType);
}

/** The hash for each type of source. */
export async function findCurrentHashes(trx: UserTransaction): Promise<Readonly<Record<SourceType, string>>> {
  const rows = await listTransformations(trx);
  return Object.fromEntries(sourceTypes.map((type) => [type, applicableOf(rows, type).hash])) as Record<
    SourceType,
    string
  >;
}

export function applicableOf(rows: readonly TransformationRow[], sourceType: SourceType): Applicable {
  const applying = rows.filter((row) => row.isActive && (row.sourceType ?? sourceType) === sourceType);
  const transformations = applying.map(({ name, transformationType, config }) => ({
    name,
    type: transformationType,
    config,
  }));
  return { hash: hashOf(transformations), transformations };
}

/**
 * Names are only for people, so a new name makes nothing stale. Keys are sorted because Postgres stores the keys of a
 * config in its own order.
 */
function hashOf(transformations: readonly Transformation[]): string {
  if (transformations.length === 0) return '';
  const what = transformations.map(({ type, config }) => [type, config]);
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);
}
