/** One waiting line per user: whoever has the least in work goes next, however much somebody else has queued. */

export interface FairQueue<Entry> {
  /** Puts it at the end of its user's line, or at its front where it was begun before. */
  readonly add: (user: string, entry: Entry, where: 'front' | 'end') => void;
  readonly remove: (user: string, entry: Entry) => void;
  /**
   * Takes the next entry of the user who has the least in work among those that may start; of several, whoever was served
   * longest ago.
   */
  readonly next: (inWork: (user: string) => number, mayStart: (user: string) => boolean) => Entry | undefined;
  /** Takes the user's next entry as well, where it fits. */
  readonly nextOf: (user: string, fits: (entry: Entry) => boolean) => Entry | undefined;
  readonly isEmpty: () => boolean;
  /** Takes everything. */
  readonly drain: () => Entry[];
}

export function createFairQueue<Entry>(): FairQueue<Entry> {
  // A user who is served goes to the end of the map, so that its order is who was served longest ago.
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
