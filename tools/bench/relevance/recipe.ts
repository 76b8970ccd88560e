/**
 * Makes the larger part of the judged set from hand-written templates, always the same: each name has a document of each
 * topic of its language. A question asks one topic of one name, so ten documents share its name and ten its topic, and
 * only one is the answer.
 */

import { randomFrom } from '../soak/random.ts';
import type { SampleDocument } from './corpus.ts';
import type { Judgements } from './measures.ts';

export interface Question {
  readonly kind: string;
  readonly query: string;
  readonly relevant: Judgements;
  /** Questions of one group are in the same half; without it, every second question of a kind is held out. */
  readonly group?: number;
}

export interface Recipe {
  readonly topics: readonly Topic[];
  /** By language. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Sentences of no topic. */
  readonly fillers: Readonly<Record<string, readonly string[]>>;
  /** By language, or `*` for all others. */
  readonly people: Readonly<Record<string, readonly string[]>>;
}

interface Topic {
  readonly language: string;
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  /** A question in words of the document. */
  readonly words: string;
  /** Questions in other words. */
  readonly questions: readonly string[];
  /** A question in English about a document in another language. */
  readonly cross?: string;
}

/** Each topic is asked about this many of its names. */
const askedNames = 2;
/** Number of filler sentences; every seventh document is several chunks long. */
const fillersPerDocument = { usual: 8, long: 60 } as const;
const seed = 20_261_127;

export function makeSet(recipe: Recipe): { readonly documents: SampleDocument[]; readonly questions: Question[] } {
  const random = randomFrom(seed);
  const documents: SampleDocument[] = [];
  const questions: Question[] = [];
  recipe.topics.forEach((topic, group) => {
    const names = recipe.names[topic.language] ?? [];
    names.forEach((name, i) => {
      const id = `${topic.language}-${group}-${i}`;
      const fill = slotsOf(recipe, topic.language, name, random);
      const count =
        (documents.length % 7 === 0 ? fillersPerDocument.long : fillersPerDocument.usual) * (0.5 + random());
      const text = withFillers(fill(topic.text), topic, pick(recipe.fillers[topic.language] ?? [], count, random));
      documents.push({ id, title: fill(topic.title), text });
      // Different topics ask about different names, so that each name is asked about.
      const isAsked = (i + group * askedNames) % names.length < askedNames;
      if (isAsked) questions.push(...questionsOf(topic, group, id, fill));
    });
  });
  return { documents, questions };
}

function questionsOf(topic: Topic, group: number, id: string, fill: (template: string) => string): Question[] {
  const about = (kind: string, template: string): Question => ({
    kind,
    query: fill(template),
    relevant: { [id]: 3 },
    group,
  });
  const where = topic.language === 'en' ? 'English' : 'other languages';
  return [
    about(`grid, own words, ${where}`, topic.words),
    ...topic.questions.map((question) => about(`grid, other words, ${where}`, question)),
    ...(topic.cross === undefined ? [] : [about('grid, asked in English', topic.cross)]),
  ];
}

/** Replaces a template's slots: name, person, date, time, number, amount, code. */
function slotsOf(recipe: Recipe, language: string, name: string, random: () => number): (template: string) => string {
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const [person = ''] = pick(recipe.people[language] ?? recipe.people['*'] ?? [], 1, random);
  const values: Readonly<Record<string, string>> = {
    e: name,
    p: person,
    d: `${whole(1, 28)}.${whole(1, 12)}.${whole(2023, 2026)}`,
    t: `${whole(6, 21)}:${whole(1, 5)}0`,
    n: String(whole(3, 48)),
    a: String(whole(11, 980) * 10),
    c: `${String.fromCharCode(whole(65, 90), whole(65, 90))}-${whole(1000, 9999)}`,
  };
  return (template) => template.replaceAll(/\{([a-z])\}/g, (_all, slot: string) => values[slot] ?? '');
}

/** Prose has its fillers before and after it, in paragraphs of four; of other kinds they are notes below. */
function withFillers(text: string, { kind }: Topic, fillers: readonly string[]): string {
  const paragraphs = Array.from({ length: Math.ceil(fillers.length / 4) }, (_, i) =>
    fillers.slice(i * 4, i * 4 + 4).join(' '),
  );
  const isProse = !/code|table|Tabelle|chat/i.test(kind);
  const before = isProse ? Math.floor(paragraphs.length / 2) : 0;
  return [...paragraphs.slice(0, before), text, ...paragraphs.slice(before)].join('\n\n');
}

/** Picks at random, each as often as the others. */
function pick<Item>(from: readonly Item[], count: number, random: () => number): Item[] {
  const picked: Item[] = [];
  for (let i = 0; i < Math.floor(count) && from.length > 0; i++) {
    const item = from[Math.floor(random() * from.length)];
    if (item !== undefined) picked.push(item);
  }
  return picked;
}
