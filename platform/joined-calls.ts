/**
 * Concurrent calls for one key share one answer, because many items of a batch request at the same time what one
 * statement returns for all of them. Nothing is cached after the answer.
 */
export function joinCalls<Result>(): (key: string, call: () => Promise<Result>) => Promise<Result> {
  const underWay = new Map<string, Promise<Result>>();
  return async (key, call) => {
    const running = underWay.get(key);
    if (running !== undefined) return await running;
    const own = call().finally(() => underWay.delete(key));
    underWay.set(key, own);
    return await own;
  };
}
