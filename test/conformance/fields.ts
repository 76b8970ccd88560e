/**
 * Damages each field of each answer of a vendor, one at a time: the field is dropped, nulled, retyped, emptied or out
 * of range, and each whole answer is replaced by something that is not an answer. This must never cause a removal or a
 * permanently failed job, and must affect at most that item or its container.
 *
 * A normal run is recorded first, with its calls and the fields of their answers. Then each field is damaged in turn,
 * in one place and in all, and the connector's result is compared with the normal run.
 */

import { isSyncError, type SyncErrorKind } from '../../domain/errors.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import type { SimulatedCall, Faults } from '../../tools/simulators/kit/faults.ts';
import {
  fieldsOf,
  inTurn,
  mutate,
  type Mutation,
  mutationsOf,
  nameOf,
  type Path,
  wholeAnswers,
} from './fields/mutations.ts';
import { RememberedAnswers } from './fields/remembered-answers.ts';
import { check, type Fetched, fetchAll, list, type Listing, lookUp, type Stage, stages } from './fields/stages.ts';
import {
  falselyDeleted,
  harmed,
  isWithinOne,
  checkFetches,
  checkRefusal,
  lostChanges,
  missing,
  type Outcome,
  outcomes,
  type Rules,
  Truth,
} from './fields/verdict.ts';

/** A small account at a simulated vendor that contains one of everything. */
export interface FieldSubject extends AsyncDisposable {
  /** A connector without state from earlier runs. */
  connect(): Connector;
  /** The faults of each host that the connector calls. */
  readonly faults: readonly Faults[];
  /** Adds, edits and deletes something, as changes for the feed. */
  change(): void;
}

export interface FieldSubjectKind {
  readonly name: string;
  open(): Promise<FieldSubject>;
  /** Distinguishes calls of one path by their query or body. */
  readonly variantOf?: (asked: SimulatedCall) => string;
  /** Calls whose whole answer concerns one item. */
  readonly itemCalls?: RegExp;
  /** Calls and fields that affect many items (names of people and labels), for which harm is not counted. */
  readonly shared?: RegExp;
  /** Calls and fields without which nobody can detect that there is more. */
  readonly undetectable?: RegExp;
}

interface Case {
  readonly call: string;
  /** Empty for the whole answer. */
  readonly path: Path;
  readonly what: string;
  readonly which: 'one' | 'all';
  readonly stages: readonly Stage[];
  /** The containers whose listing contains it; the others are listed as without damage. */
  readonly containers: ReadonlySet<string>;
  readonly damage: (answer: unknown) => { readonly answer: unknown; readonly done: boolean };
}

export interface FieldResult {
  readonly call: string;
  /** Empty for the whole answer. */
  readonly field: string;
  readonly what: string;
  readonly which: 'one' | 'all';
  readonly outcome: Outcome;
  readonly failures: readonly string[];
}

/** The result of a run without damage, with which all others are compared. */
interface Normal {
  readonly truth: Truth;
  readonly before: Listing;
  readonly account: string;
  readonly full: Listing;
  /** Null if the account has no feed, so that each run is a full listing. */
  readonly feed: Listing | null;
  readonly lookUp: Listing;
  readonly fetched: Fetched;
  readonly containers: ReadonlyMap<string, Listing>;
}

interface Recorded {
  readonly stage: Stage;
  /** The container that was listed, in that stage. */
  readonly container: string | null;
  readonly call: string;
  readonly answer: unknown;
}

/** Every case, or, for each run of the tests, a few for each field that cover every kind of damage over all fields. */
export type Breadth = 'all' | 'in turn';

/** @param only tries only those cases whose "call field: what (which)" it matches */
export async function tryFields(kind: FieldSubjectKind, breadth: Breadth, only = /./): Promise<FieldResult[]> {
  await using subject = await kind.open();
  const before = await list(subject.connect(), { at: 'start' });
  subject.change();
  const recorded: Recorded[] = [];
  const normal = await runNormal(kind, subject, before, recorded);
  const results: FieldResult[] = [];
  using remembered = new RememberedAnswers();
  for (const each of casesOf(recorded, breadth)) {
    if (only.test(`${each.call} ${nameOf(each.path)}: ${each.what} (${each.which})`))
      results.push(await runCase({ kind, subject, remembered, normal }, each));
  }
  return results;
}

/** The method and the path, with ids replaced by a star, and what else distinguishes the call. */
function callOf(kind: FieldSubjectKind, asked: SimulatedCall): string {
  const path = asked.path
    .split('/')
    .map((part) => (/^(?=.*[\d!])[^.]{8,}$/.test(part) ? '*' : part))
    .join('/');
  const variant = kind.variantOf?.(asked) ?? '';
  return `${asked.method} ${path}${variant === '' ? '' : ` ${variant}`}`;
}

function rewriteAll(subject: FieldSubject, rewrite: (answer: unknown, asked: SimulatedCall) => unknown): Disposable {
  for (const faults of subject.faults) faults.add({ path: '', then: { rewrite } });
  return { [Symbol.dispose]: () => subject.faults.forEach((faults) => faults.clear()) };
}

async function runNormal(
  kind: FieldSubjectKind,
  subject: FieldSubject,
  before: Listing,
  recorded: Recorded[],
): Promise<Normal> {
  let stage: Stage = 'check';
  let container: string | null = null;
  using _recording = rewriteAll(subject, (answer, asked) => {
    recorded.push({ stage, container, call: callOf(kind, asked), answer: structuredClone(answer) });
    return answer;
  });
  const account = await check(subject.connect());
  stage = 'full listing';
  const full = await list(subject.connect(), { at: 'start' });
  stage = 'feed';
  const feed = await unless('checkpoint_expired', list(subject.connect(), feedOf(before)));
  const truth = new Truth(before, full);
  stage = 'look-up';
  const found = await lookUp(subject.connect(), idsOf(truth));
  stage = 'fetch';
  const fetched = await fetchAll(subject.connect(), fetchable(truth));
  stage = 'container listing';
  const containers = new Map<string, Listing>();
  for (const externalId of truth.containers) {
    container = externalId;
    const listed = await unless('invalid_input', list(subject.connect(), { at: 'container', externalId }));
    if (listed !== null) containers.set(externalId, listed);
  }
  const normal = { truth, before, account, full, feed, lookUp: found, fetched, containers };
  refuseAbnormal(normal);
  return normal;
}

/** Ignores errors for what a connector cannot do even with undamaged answers. */
async function unless<T>(kind: SyncErrorKind, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isSyncError(error) && error.kind === kind) return null;
    throw error;
  }
}

/** A comparison is meaningful only if everything succeeds without damage. */
function refuseAbnormal({ truth, full, feed, lookUp: found, fetched }: Normal): void {
  const failed = [...fetched.values()].filter((result) => typeof result !== 'string');
  const gaps = [full, feed, found].flatMap((listing) => listing?.gaps ?? []);
  if (truth.items.length < 3 || !full.complete || feed?.entries.size === 0 || failed.length > 0 || gaps.length > 0)
    throw new Error(`a normal run is not normal: ${JSON.stringify({ failed, gaps, items: truth.items.length })}`);
}

function feedOf({ checkpoint }: Listing): {
  readonly at: 'checkpoint';
  readonly checkpoint: NonNullable<typeof checkpoint>;
} {
  if (checkpoint === null) throw new Error('the listing ended without a position');
  return { at: 'checkpoint', checkpoint };
}

const idsOf = (truth: Truth): string[] => truth.items.map(({ externalId }) => externalId);
const fetchable = (truth: Truth) => truth.items.filter(({ skip }) => skip === undefined);

function casesOf(recorded: readonly Recorded[], breadth: Breadth): Case[] {
  const byCall = Map.groupBy(recorded, ({ call }) => call);
  return [...byCall].flatMap(([call, answers]) => [
    ...wholeCases(call, answers, recorded.find((other) => other.call !== call)?.answer, breadth),
    ...fieldCases(call, answers, breadth),
  ]);
}

function wholeCases(call: string, answers: readonly Recorded[], ofAnotherCall: unknown, breadth: Breadth): Case[] {
  const kinds =
    ofAnotherCall === undefined ? wholeAnswers : { ...wholeAnswers, 'the answer of another call': ofAnotherCall };
  return Object.entries(kinds).flatMap(([what, answer], turn) =>
    (['one', 'all'] as const)
      .filter((_which, at) => breadth === 'all' || at === turn % 2)
      .map((which): Case => ({
        call,
        path: [],
        what,
        which,
        ...whereMet(answers),
        damage: () => ({ answer, done: true }),
      })),
  );
}

function fieldCases(call: string, answers: readonly Recorded[], breadth: Breadth): Case[] {
  const fieldsOfEach = new Map(answers.map((each) => [each, fieldsOf(each.answer)]));
  const fields = new Map([...fieldsOfEach.values()].flatMap((each) => [...each]));
  return [...fields].flatMap(([name, { path, sample }], turn) => {
    const met = whereMet(answers.filter((each) => fieldsOfEach.get(each)?.has(name)));
    const all = mutationsOf(path, sample);
    return (breadth === 'all' ? all : inTurn(all, turn)).map(({ mutation, which }) =>
      fieldCase(call, path, mutation, which, met),
    );
  });
}

function whereMet(answers: readonly Recorded[]): Pick<Case, 'stages' | 'containers'> {
  return {
    stages: [...new Set(answers.map(({ stage }) => stage))],
    containers: new Set(answers.flatMap(({ container }) => container ?? [])),
  };
}

function fieldCase(
  call: string,
  path: Path,
  mutation: Mutation,
  which: 'one' | 'all',
  met: Pick<Case, 'stages' | 'containers'>,
): Case {
  const damage = (answer: unknown) => ({ answer, done: mutate(answer, path, mutation, which) });
  return { call, path, what: mutation.name, which, ...met, damage };
}

interface Tried {
  readonly kind: FieldSubjectKind;
  readonly subject: FieldSubject;
  readonly remembered: RememberedAnswers;
  readonly normal: Normal;
}

async function runCase(tried: Tried, each: Case): Promise<FieldResult> {
  const rules = rulesOf(tried, each);
  const failures: string[] = [];
  let worst: Outcome = 'ignored';
  for (const stage of stages.filter((known) => each.stages.includes(known))) {
    const verdict = await runStage(tried, each, stage, rules);
    failures.push(...verdict.failures.map((failure) => `${stage}: ${failure}`));
    if (outcomes.indexOf(verdict.outcome) > outcomes.indexOf(worst)) worst = verdict.outcome;
  }
  const { call, path, what, which } = each;
  return { call, field: nameOf(path), what, which, outcome: worst, failures };
}

function rulesOf({ kind, subject }: Tried, { call, path, which }: Case): Rules & { shared: boolean } {
  const name = `${call} ${nameOf(path)}`;
  const isAboutItem = path.includes('*') || (path.length > 0 && kind.itemCalls?.test(call) === true);
  return {
    isOneItem: which === 'one' && isAboutItem,
    isWhole: path.length === 0,
    mayEndEarly: kind.undetectable?.test(name) === true && subject.connect().lookUpBatchSize !== undefined,
    shared: kind.shared?.test(name) === true,
  };
}

/**
 * In one place, the first answer with the field is damaged however often it is requested; in all places, every answer
 * is.
 */
function damaging({ kind, subject, remembered }: Tried, { call, which, damage }: Case): Disposable {
  let first: string | null = null;
  const requestOf = (asked: SimulatedCall): string =>
    JSON.stringify([asked.path, asked.query, asked.body.toString('latin1')]);
  const mayDamage = (asked: SimulatedCall): boolean =>
    callOf(kind, asked) === call && (which === 'all' || first === null || first === requestOf(asked));
  const stack = new DisposableStack();
  stack.use(
    rewriteAll(subject, (answer, asked) => {
      if (!mayDamage(asked)) return answer;
      const damaged = damage(answer);
      if (damaged.done) first = requestOf(asked);
      return damaged.answer;
    }),
  );
  stack.use(remembered.except(mayDamage));
  return stack;
}

interface StageVerdict {
  readonly outcome: Outcome;
  readonly failures: readonly string[];
}

async function runStage(
  tried: Tried,
  each: Case,
  stage: Stage,
  rules: Rules & { readonly shared: boolean },
): Promise<StageVerdict> {
  try {
    const { subject, normal } = tried;
    const run = { subject, normal, rules, containers: each.containers, damage: () => damaging(tried, each) };
    switch (stage) {
      case 'check':
        return await runCheck(run);
      case 'full listing':
        return await runFull(run);
      case 'feed':
        return await runFeed(run);
      case 'look-up':
        return await runLookUp(run);
      case 'fetch':
        return await runFetch(run);
      case 'container listing':
        return await runContainers(run);
    }
  } catch (error) {
    return { outcome: 'answer refused', failures: checkRefusal(error, rules) };
  }
}

interface Run {
  readonly subject: FieldSubject;
  readonly normal: Normal;
  readonly rules: Rules & { readonly shared: boolean };
  readonly containers: ReadonlySet<string>;
  readonly damage: () => Disposable;
}

async function whileDamaged<T>({ subject, damage }: Run, work: (connector: Connector) => Promise<T>): Promise<T> {
  using _damage = damage();
  return await work(subject.connect());
}

async function runCheck(run: Run): Promise<StageVerdict> {
  const account = await whileDamaged(run, check);
  return { outcome: account === run.normal.account ? 'ignored' : 'item', failures: [] };
}

async function runFull(run: Run): Promise<StageVerdict> {
  const { normal, rules, subject } = run;
  const found = await whileDamaged(run, async (connector) => await list(connector, { at: 'start' }));
  const verdict = checkListing(run, normal.full, found);
  const lost = rules.mayEndEarly ? [] : missing(normal.truth, found);
  const healed = await heal(run, found);
  const next =
    found.checkpoint === normal.full.checkpoint || found.checkpoint === null
      ? []
      : await goesOn(subject, found, normal);
  return { ...verdict, failures: [...verdict.failures, ...lost, ...healed, ...next] };
}

/** Checks that the next run can start from the position at the end of the listing. */
async function goesOn(subject: FieldSubject, found: Listing, { truth, feed }: Normal): Promise<string[]> {
  if (feed === null) return [];
  try {
    return falselyDeleted(truth, await list(subject.connect(), feedOf(found)));
  } catch (error) {
    return [`its position leads nowhere: ${String(error)}`];
  }
}

/** Checks that a named gap can be listed as soon as the vendor answers correctly again, and shows what was missing. */
async function heal({ subject, normal }: Run, found: Listing): Promise<string[]> {
  const failures: string[] = [];
  for (const { externalId } of found.gaps) {
    if (externalId === null) continue;
    try {
      const { entries } = await list(subject.connect(), { at: 'container', externalId });
      const still = normal.truth.items.filter(
        (item) =>
          !found.entries.has(item.externalId) &&
          !entries.has(item.externalId) &&
          normal.truth.isCovered(item.externalId, [{ externalId }]) &&
          found.gaps.length === 1,
      );
      failures.push(
        ...still.map((item) => `${item.externalId} is not shown when the gap ${externalId} is listed again`),
      );
    } catch (error) {
      failures.push(`the gap ${externalId} cannot be listed again: ${String(error)}`);
    }
  }
  return failures;
}

async function runFeed(run: Run): Promise<StageVerdict> {
  const { normal, rules, subject } = run;
  const expected = normal.feed;
  if (expected === null) return { outcome: 'ignored', failures: [] };
  const found = await whileDamaged(run, async (connector) => await list(connector, feedOf(normal.before)));
  const verdict = checkListing(run, expected, found);
  const reported = [found];
  if (found.checkpoint !== null && found.checkpoint !== expected.checkpoint)
    reported.push(await list(subject.connect(), feedOf(found)));
  const lost = found.checkpoint === null || rules.mayEndEarly ? [] : lostChanges(normal.truth, expected, reported);
  return { ...verdict, failures: [...verdict.failures, ...lost, ...(await heal(run, found))] };
}

async function runLookUp(run: Run): Promise<StageVerdict> {
  const { truth } = run.normal;
  const found = await whileDamaged(run, async (connector) => await lookUp(connector, idsOf(truth)));
  return checkListing(run, run.normal.lookUp, found);
}

async function runFetch(run: Run): Promise<StageVerdict> {
  const { normal, rules } = run;
  const found = await whileDamaged(run, async (connector) => await fetchAll(connector, fetchable(normal.truth)));
  const checked = checkFetches(normal.fetched, found, { ...rules, isOneItem: rules.isOneItem && !rules.shared });
  return { outcome: checked.harmed.length === 0 ? 'ignored' : 'item', failures: checked.failures };
}

async function runContainers(run: Run): Promise<StageVerdict> {
  const verdicts: StageVerdict[] = [];
  for (const [externalId, expected] of run.normal.containers) {
    if (!run.containers.has(externalId)) continue;
    const found = await whileDamaged(run, async (connector) => await list(connector, { at: 'container', externalId }));
    const { outcome, failures } = checkListing(run, expected, found);
    const lost = run.rules.mayEndEarly ? [] : missing(run.normal.truth, found, externalId);
    verdicts.push({ outcome, failures: [...failures, ...lost] });
  }
  const worst = verdicts.map(({ outcome }) => outcome).toSorted((a, b) => outcomes.indexOf(b) - outcomes.indexOf(a))[0];
  return { outcome: worst ?? 'ignored', failures: verdicts.flatMap(({ failures }) => failures) };
}

function checkListing({ normal: { truth }, rules }: Run, expected: Listing, found: Listing): StageVerdict {
  const harm = harmed(truth, expected, found);
  const isTooMuch = rules.isOneItem && !rules.shared && !isWithinOne(truth, harm, found.gaps);
  const outcome = found.gaps.length > 0 ? 'container gap' : harm.length > 0 ? 'item' : 'ignored';
  const tooMuch = isTooMuch
    ? [`${harm.length} items were harmed by one item's field: ${harm.slice(0, 3).join(', ')}`]
    : [];
  return { outcome, failures: [...falselyDeleted(truth, found), ...tooMuch] };
}
