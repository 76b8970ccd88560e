/** The types of the API, which the client generates from its description. */

export type * from '../../client/src/operations.ts';
