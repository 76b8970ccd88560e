/** Workers whose attempts at activities lose their connections, die, are overtaken by another attempt, or lose their answers. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { type Activities, createActivities } from '../../activities/index.ts';
import { createActivityDependencies } from '../../composition/activity-dependencies.ts';
import { type OpenDatabase, openDatabase } from '../../db/access/database.ts';
import type { Config } from '../../platform/config.ts';
import type { TemporalClient } from '../../platform/temporal-connection.ts';
import type { LoadedSources } from '../../sources/connectors/registry.ts';
import type { Keyring } from '../../sources/credentials/keyring.ts';
import { failureReason, needsSignIn } from '../../workflows/failure-reason.ts';
import { activityEnvironment } from './activity.ts';
import type { RunActivity } from './job-order.ts';
import { readersInProcess } from './steps.ts';
import { startUnreliableLink, type UnreliableLink } from './unreliable-link.ts';

/** More attempts than any activity needs. */
const maxAttempts = 100;
/** The number of statements after which something happens is below this; most activities have fewer. */
const maxStatements = 25;
/** The simulated vendors ask for a second, and our own rate limits for less. */
const maxDelayMs = 1500;
/** Two workers and two attempts at each of their activities fit into the connections of the server. */
const poolSize = 6;

interface ShakenWorkersOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly keyring: Keyring;
  readonly sources: LoadedSources;
  readonly random: () => number;
  /** Share of the attempts to which something happens. It can be changed at any time. */
  readonly share: () => number;
  /** Saves a new sign-in. */
  readonly signIn: () => Promise<void>;
}

/** A worker's process: it can be killed, and then nothing that it still does reaches the database. */
interface WorkerProcess {
  readonly link: UnreliableLink;
  readonly db: OpenDatabase;
  readonly activities: Activities;
  readonly death: PromiseWithResolvers<'interrupted'>;
}

type AnyActivity = (input: object) => Promise<unknown>;

/** Runs activities, whatever happens to the attempts at them. */
export class ShakenWorkers implements AsyncDisposable {
  readonly #options: ShakenWorkersOptions;
  readonly #processes: WorkerProcess[] = [];
  /** Attempts that are not over, also those that nobody waits for any longer. */
  readonly #attempts = new Set<Promise<unknown>>();
  /** The process that begins attempts. */
  #current: Promise<WorkerProcess> | null = null;

  constructor(options: ShakenWorkersOptions) {
    this.#options = options;
  }

  readonly run: RunActivity = async (name, input) => {
    let heartbeatDetails: unknown;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const environment = activityEnvironment({ attempt, heartbeatDetails, activityType: name });
      environment.on('heartbeat', (details: unknown) => {
        heartbeatDetails = details;
      });
      try {
        const result = await this.#attempt(environment, name, input);
        // The compiler does not see that it is the result of this activity.
        if (result !== 'interrupted') return result as never;
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        if (needsSignIn(failureReason(error))) {
          await this.#options.signIn();
          [attempt, heartbeatDetails] = [0, undefined];
        } else if (error.nonRetryable === true) throw error;
        // After other failures nothing changes with the time.
        else if (error.type === 'rate_limited') await sleep(Math.min(Number(error.nextRetryDelay ?? 0), maxDelayMs));
      }
    }
    throw new Error(`${name} did not succeed in ${maxAttempts} attempts.`);
  };

  /** Waits for attempts that were overtaken or whose process was killed. */
  async idle(): Promise<void> {
    while (this.#attempts.size > 0) await Promise.all(this.#attempts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { link } of this.#processes) link.kill();
    await this.idle();
    await Promise.all(this.#processes.map(({ db }) => db[Symbol.asyncDispose]()));
    await Promise.all(this.#processes.map(({ link }) => link[Symbol.asyncDispose]()));
  }

  /** @returns `interrupted` if the attempt is not waited for any longer, or its answer is lost */
  async #attempt(environment: MockActivityEnvironment, name: keyof Activities, input: object): Promise<unknown> {
    const { random, share } = this.#options;
    const worker = await (this.#current ??= this.#start());
    const overtaken = Promise.withResolvers<'interrupted'>();
    if (random() < share()) this.#shake(worker, () => overtaken.resolve('interrupted'));
    const activity: unknown = worker.activities[name];
    const work = environment.run<[object], unknown, AnyActivity>(activity as AnyActivity, input);
    const isOver = Promise.allSettled([work]);
    this.#attempts.add(isOver);
    void isOver.then(() => this.#attempts.delete(isOver));
    const result = await Promise.race([work, worker.death.promise, overtaken.promise]);
    return random() < share() / 4 ? 'interrupted' : result;
  }

  /** Lets something happen at one of the next statements of this process. */
  #shake(worker: WorkerProcess, overtake: () => void): void {
    const { random } = this.#options;
    const what = Math.floor(random() * 5);
    const kills = what < 2 ? {} : { afterwards: () => void this.#kill(worker) };
    worker.link.atStatement(Math.floor(random() * maxStatements), () => {
      if (what < 4) return { cut: what % 2 === 0 ? 'unsent' : 'unanswered', ...kills };
      // Another process is given the activity while this one goes on.
      this.#current = null;
      overtake();
      return null;
    });
  }

  async #kill(worker: WorkerProcess): Promise<void> {
    const { random, config } = this.#options;
    worker.link.kill();
    this.#current = null;
    // Another machine has another disk. What an attempt is writing just now stays.
    if (random() < 0.2) await rm(join(config.dataDir, 'staging'), { recursive: true, force: true }).catch(() => {});
    worker.death.resolve('interrupted');
  }

  async #start(): Promise<WorkerProcess> {
    const started = await startProcess(this.#options);
    this.#processes.push(started);
    return started;
  }
}

async function startProcess({ config, databaseUrl, keyring, sources }: ShakenWorkersOptions): Promise<WorkerProcess> {
  const link = await startUnreliableLink(databaseUrl);
  const db = openDatabase(link.url, poolSize);
  // No workflow is started or queried here.
  const temporal = { withDeadline: async () => await Promise.resolve() } as unknown as TemporalClient;
  const logger = pino({ level: 'silent' });
  const deps = createActivityDependencies({ config, db, temporal, keyring, logger }, readersInProcess, sources);
  return { link, db, activities: createActivities(deps), death: Promise.withResolvers() };
}
