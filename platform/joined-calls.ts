/**
 * Calls for one key while another is under way share its answer: many items of a batch ask at once for what one statement
 * tells all of them. Nothing is kept once it is answered.
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
