/** Ids of gaps that name something which the config selects and the source no longer has. */

const idPrefix = 'selected ';

/** @param what what it was: "folder", "channel" */
export function idOfMissing(what: string, id: string): string {
  return `${idPrefix}${what} ${id}`;
}

/** Whether this is the id of such a gap: no vendor can be asked about it. */
export function isMissingSelection(externalId: string): boolean {
  return externalId.startsWith(idPrefix);
}
