/** Keys that a user gives to programs: what they open, and how far. */

/** Each opens what those before it do. Nothing opens the keys themselves: only a person makes and revokes them. */
export const keyScopes = ['read', 'sync', 'admin'] as const;
export type KeyScope = (typeof keyScopes)[number];

/** Null allows everything of the user. With both limits, a document must be in one of the sources and one of the projects. */
export interface KeyLimits {
  readonly dataSourceIds: readonly string[] | null;
  readonly projectIds: readonly string[] | null;
}

export function isLimited({ dataSourceIds, projectIds }: KeyLimits): boolean {
  return dataSourceIds !== null || projectIds !== null;
}
