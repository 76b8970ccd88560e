import type { FinerModel } from '../../../domain/vectors.ts';

/** The cost of choosing multilingual-e5-small: a package of 91 MB once, and 400 tokens a second on two busy cores. */
export const e5: FinerModel = {
  model: 'local-multilingual-e5-small',
  downloadBytes: 91_000_000,
  tokensPerSecond: 400,
};
