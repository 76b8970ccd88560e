/** Keeps one queue per user: the user with the least work in progress goes next, however much others have queued. */

export interface FairQueue<Entry> {
  /** Adds an entry to the end of its user's queue, or to its front if it was started before. */
  readonly add: (user: string, entry: Entry, where: 'front' | 'end') => void;
  readonly remove: (user: string, entry: Entry) => void;
  /**
   * Takes the next entry of the user with the least work in progress among those that may start; of several, the one
   * served least recently.
   */
  readonly next: (inWork: (user: string) => number, mayStart: (user: string) => boolean) => Entry | undefined;
  /** Also takes the user's next entry if it fits. */
  readonly nextOf: (user: string, fits: (entry: Entry) => boolean) => Entry | undefined;
  readonly isEmpty: () => boolean;
  readonly drain: () => Entry[];
}

export function createFairQueue<Entry>(): FairQueue<Entry> {
  // A user who is served moves to the end of the map, so the first one is the user served least recently.
  const lines = new Map<string, Entry[]>();

  function take(user: string, line: Entry[]): Entry | undefined {
    const entry = line.shift();
    lines.delete(user);
    if (line.length > 0) lines.set(user, line);
    return entry;
  }

  return {
    add: (user, entry, where) => {
      const line = lines.get(user) ?? [];
      if (where === 'front') line.unshift(entry);
      else line.push(entry);
      lines.set(user, line);
    },
    remove: (user, entry) => {
      const left = (lines.get(user) ?? []).filter((other) => other !== entry);
      if (left.length > 0) lines.set(user, left);
      else lines.delete(user);
    },
    next: (inWork, mayStart) => {
      let best: string | undefined;
      for (const user of lines.keys()) {
        if (mayStart(user) && (best === undefined || inWork(user) < inWork(best))) best = user;
      }
      return best === undefined ? undefined : take(best, lines.get(best) ?? []);
    },
    nextOf: (user, fits) => {
      const line = lines.get(user);
      const [entry] = line ?? [];
      return line !== undefined && entry !== undefined && fits(entry) ? take(user, line) : undefined;
    },
    isEmpty: () => lines.size === 0,
    drain: () => {
      const all = [...lines.values()].flat();
      lines.clear();
      return all;
    },
  };
}
