import type { Trouble, TroubleOver } from '../domain/contract.ts';

/** The activities of a job that keep failing. */
export class Troubles {
  /** By step, the most recent last. */
  readonly #byStep = new Map<string, Trouble>();

  /** An activity keeps failing, or has recovered. */
  note(news: Trouble | TroubleOver): void {
    this.#byStep.delete('over' in news ? news.over : news.step);
    if (!('over' in news)) this.#byStep.set(news.step, news);
  }

  /** A step that was not reported again in time has succeeded on another worker. */
  latest(): Trouble | null {
    const now = Date.now();
    return [...this.#byStep.values()].findLast(({ until }) => Date.parse(until) > now) ?? null;
  }
}
