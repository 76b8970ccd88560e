/** What a database holds, as counts and hashes that do not depend on the order of rows. */

import type { Client } from 'pg';

/** By name of the table, or of what else is compared. */
export type Fingerprint = Readonly<Record<string, { readonly count: number; readonly hash: string }>>;

/** The text of a row depends on these. */
const settings = [
  `set local timezone = 'UTC'`,
  `set local datestyle = 'ISO, MDY'`,
  `set local intervalstyle = 'postgres'`,
  `set local extra_float_digits = 1`,
  `set local bytea_output = 'hex'`,
  // Names are then written with their schema, or without it, in both databases alike.
  `set local search_path = pg_catalog`,
];

/** What row-level security is made of: losing it would lose no row. */
const rules = {
  'policies, rules of row-level security': "select * from pg_policies where schemaname = 'public'",
  'tables with forced row-level security':
    "select relname, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  functions:
    "select pg_get_functiondef(p.oid), pg_get_userbyid(proowner) from pg_proc p where pronamespace = 'public'::regnamespace and prokind = 'f' and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
  // The information schema shows a login only the grants of its own roles. PostgreSQL 17 has MAINTAIN, older ones do not.
  'grants on tables':
    "select c.relname, g.rolname, a.privilege_type from pg_class c cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a join pg_roles g on g.oid = a.grantee where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'f', 'p') and g.rolname like 'headwater%' and a.privilege_type <> 'MAINTAIN'",
  sequences: "select sequencename, last_value from pg_sequences where schemaname = 'public'",
} as const;

/**
 * Reads every row, so the login must be a superuser or have BYPASSRLS. Call it within a transaction.
 * @throws Error if row-level security would hide rows
 */
export async function fingerprintOf(client: Client): Promise<Fingerprint> {
  await refuseBlindLogin(client);
  for (const setting of settings) await client.query(setting);
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`,
  );
  const contents = tables.map(({ name }) => [name, `select * from public.${client.escapeIdentifier(name)}`] as const);
  const found: Record<string, { count: number; hash: string }> = {};
  for (const [name, query] of [...contents, ...Object.entries(rules)]) found[name] = await hashOf(client, query);
  return found;
}

async function hashOf(client: Client, query: string): Promise<{ count: number; hash: string }> {
  const { rows } = await client.query<{ count: number; hash: string }>(`
    select count(*)::int as count,
      coalesce(sum(('x' || left(md5(row::text), 15))::bit(60)::bigint::numeric), 0)::text as hash
    from (${query}) row`);
  return rows[0] ?? { count: 0, hash: '0' };
}

async function refuseBlindLogin(client: Client): Promise<void> {
  const { rows } = await client.query<{ sees: boolean }>(
    'select rolsuper or rolbypassrls as sees from pg_roles where rolname = current_user',
  );
  if (rows[0]?.sees === true) return;
  throw new Error(
    'This login does not see all rows, because row-level security is forced. Use a superuser, or a role with BYPASSRLS.',
  );
}

/** @returns what differs, one line each; none if both hold the same */
export function compareFingerprints(expected: Fingerprint, actual: Fingerprint): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.flatMap((name) => {
    const [was, is] = [expected[name], actual[name]];
    if (was === undefined) return [`${name}: not in the backup`];
    if (is === undefined) return [`${name}: missing after the restore`];
    if (was.count !== is.count) return [`${name}: ${was.count} in the backup, ${is.count} after the restore`];
    return was.hash === is.hash ? [] : [`${name}: the same number (${is.count}), but other contents`];
  });
}
