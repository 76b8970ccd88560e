import type { ColumnType } from 'kysely';

/** jsonb: read as a value, written as JSON text. */
export type Json<T> = ColumnType<T, string, string>;
/** timestamptz: read as a Date, written as a Date or an ISO string. */
export type Time = ColumnType<Date, Date | string, Date | string>;
/** timestamptz with a default. */
export type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>;
/** bigint: node-postgres returns it as text, because it may not fit a number. */
export type BigInteger = ColumnType<string, number | string, number | string>;
/** bigint with a default. */
export type GeneratedBigInteger = ColumnType<string, number | string | undefined, number | string>;
