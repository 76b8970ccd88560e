import { sql } from 'kysely';
import { documentFilter } from './document-filter.ts';
import type { ChunkPlace, DocumentFilter } from '../../domain/documents.ts';
import { type SearchTerm, wordMarks } from '../../domain/search.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { type QueryTerm, type LookUp, type MeasuredTerm, planLookUps, queryOf } from './look-ups.ts';
import { userTag } from './word-index.ts';

/** Besides English, which the index stems: a word's stem in these languages is looked for as a beginning. */
const otherStemmers = ['german', 'french', 'spanish', 'italian', 'portuguese', 'dutch', 'russian'].map(
  (language) => `${language}_stem`,
);
/** A shorter beginning begins too many other words. */
const minBeginning = 4;
/** `der` and `les` say little, though they are rare where most texts are English. */
const stopWordWeight = 0.2;
/** A word of the title against one of the text. */
const titleWeight = 2;
/** Chunks whose words are counted to learn how rare each term is among the user's own. */
const sampleSize = 300;
/** Candidates that are compared word by word, at least. */
const minCompared = 300;
/** So few chunks that a filter leaves are compared without the index. */
const maxUnindexed = 1000;
/** From this share of a user's chunks on, a filter is applied to what the index finds and not before. */
const broadFrom = 0.25;

/**
 * Chunks of live documents that hold any of the terms, best first: each term counts by how rare it is among the user's own
 * chunks and how often it stands in the chunk, for the chunk's length (in the manner of BM25). The index names candidates,
 * rare words first, and the best of them are compared in full: what only a very common word would find may be cut off.
 */
export async function findByWords(
  trx: UserTransaction,
  userId: string,
  terms: readonly SearchTerm[],
  limit: number,
  filter: DocumentFilter | undefined,
): Promise<string[]> {
  const tag = userTag(userId);
  const asked = await askTerms(trx, terms);
  if (asked.length === 0) return [];
  const { chunks, terms: measured } = await measureTerms(trx, userId, tag, asked);
  const left = filter === undefined ? chunks : await countFiltered(trx, userId, filter);
  if (left === 0) return [];
  const compared = Math.max(minCompared, 2 * limit);
  const question: Question = { userId, tag, terms: measured, chunks, filter, compared, limit };
  return await rank(trx, question, left <= maxUnindexed ? everything(question) : indexed(question, left));
}

interface Question {
  readonly userId: string;
  readonly tag: string;
  readonly terms: readonly MeasuredTerm[];
  /** How many the user has, about. */
  readonly chunks: number;
  readonly filter: DocumentFilter | undefined;
  /** Candidates to compare in full. */
  readonly compared: number;
  readonly limit: number;
}

/** Named queries that end with `best(id)`, the candidates, and `counted(term, held)`, how many chunks hold a term where it is known. */
type Candidates = ReturnType<typeof sql>;

/** What the dictionaries say: stems in other languages as beginnings, and whether it is a stop word in one of them. */
async function askTerms(trx: UserTransaction, terms: readonly SearchTerm[]): Promise<QueryTerm[]> {
  const { rows } = await sql<{ place: number; beginnings: string[] | null; isStopWord: boolean }>`
    select place::integer - 1 as place, coalesce(bool_or(stem = '{}'), false) as is_stop_word,
      array_agg(distinct stem[1]) filter (where length(stem[1]) >= ${minBeginning}) as beginnings
    from unnest(${terms.map(({ term }) => term)}::text[]) with ordinality as given(term, place)
    left join lateral (select ts_lexize(language.name::regdictionary, term) as stem
      from unnest(${otherStemmers}::text[]) as language(name)) stems on term !~ '\\s'
    group by place order by place`.execute(trx);
  return rows.flatMap(({ place, beginnings, isStopWord }) => {
    const term = terms[place];
    if (term === undefined) return [];
    return [{ ...term, beginnings: beginnings ?? [], weight: isStopWord ? stopWordWeight : 1 }];
  });
}

/**
 * How many chunks the user has and how many hold each term, from a sample: texts by their hash are in random order, and how
 * far the first ones reach says how many there are. The same question gets the same answer.
 */
async function measureTerms(
  trx: UserTransaction,
  userId: string,
  tag: string,
  asked: readonly QueryTerm[],
): Promise<{ readonly chunks: number; readonly terms: readonly MeasuredTerm[] }> {
  const queries = asked.map((term) => queryOf(tag, wordMarks.any, term));
  const strong = asked.map((term) => (term.lexemes.length === 1 ? queryOf(tag, wordMarks.strong, term) : null));
  const { rows } = await sql<{ size: number; last: string | null; held: number[]; heldStrongly: number[] }>`
    with sample as materialized (
      select text_hash, search || '' as words from document_chunks where user_id = ${userId}
      order by text_hash limit ${sampleSize})
    select (select count(*)::integer from sample) as size, (select max(text_hash) from sample) as last,
      array(select (select count(*)::integer from sample where words @@ query)
        from unnest(${queries}::tsquery[]) with ordinality as q(query, place) order by place) as held,
      array(select (select count(*)::integer from sample where words @@ query)
        from unnest(${strong}::tsquery[]) with ordinality as q(query, place) order by place) as held_strongly`.execute(
    trx,
  );
  const { size = 0, last = null, held = [], heldStrongly = [] } = rows[0] ?? {};
  const chunks = size < sampleSize ? size : Math.round(size / shareUpTo(last ?? ''));
  return {
    chunks,
    terms: asked.map((term, i) => {
      const each = chunks / Math.max(1, size);
      const count = (held[i] ?? 0) * each;
      return {
        ...term,
        held: count,
        heldStrongly: (heldStrongly[i] ?? 0) * each,
        rarity: rarityOf(chunks, count > 0 ? count : chunks / (2 * sampleSize)),
      };
    }),
  };
}

/** Of all hashes, those up to this one. */
function shareUpTo(hash: string): number {
  return Math.max(1, Number.parseInt(hash.slice(0, 12), 16)) / 16 ** 12;
}

function rarityOf(chunks: number, held: number): number {
  return Math.log(1 + Math.max(0, chunks - held + 0.5) / (held + 0.5));
}

async function countFiltered(trx: UserTransaction, userId: string, filter: DocumentFilter): Promise<number> {
  const { rows } = await sql<{ chunks: number }>`
    select coalesce(sum(d.chunk_count), 0)::integer as chunks
    from documents d left join data_sources s on s.id = d.data_source_id
    where d.user_id = ${userId} and d.live_generation is not null ${documentFilter(filter)}`.execute(trx);
  return rows[0]?.chunks ?? 0;
}

/** Each chunk that passes the filter: fewer than reading lists would be worth. */
function everything({ userId, filter }: Question): Candidates {
  return sql`
    best as materialized (
      select c.id from documents d
      join document_chunks c on c.document_id = d.id and c.generation = d.live_generation
      left join data_sources s on s.id = d.data_source_id
      where d.user_id = ${userId} and c.user_id = ${userId} ${documentFilter(filter)}
    ), counted(term, held) as (select null::bigint, null::bigint where false)`;
}

/** What the lists of the index hold, most promising first. @param left chunks that pass the filter */
function indexed({ userId, tag, terms, chunks, filter, compared }: Question, left: number): Candidates {
  const lists = planLookUps(tag, terms);
  const isBroad = left >= broadFrom * chunks;
  const ids = isBroad
    ? sql`select null::uuid[] as ids`
    : sql`select coalesce(array_agg(d.id), '{}') as ids from documents d left join data_sources s on s.id = d.data_source_id
        where d.user_id = ${userId} ${documentFilter(filter)}`;
  return sql`
    among as materialized (${ids}), listed as materialized (
      select list.term, list.most, list.weight, hit.id
      from among, ${tableOf(lists, false)}, matching_chunks(list.query, among.ids, list.most) as hit(id)
    ), titled as materialized (
      select list.weight, hit.id
      from among, ${tableOf(lists, true)}, matching_documents(list.query, among.ids, list.most) as hit(id)
    ), best as materialized (
      select id from (
        select id, weight from listed
        union all
        select first.id, t.weight from titled t cross join lateral (
          select c.id from documents d join document_chunks c
            on c.document_id = d.id and c.generation = d.live_generation and c.ordinal = 0
          where d.id = t.id limit 1) first
      ) found
      group by id order by sum(weight) desc, id
      limit ${filter !== undefined && isBroad ? Math.ceil(compared / broadFrom) : compared}
    ), counted(term, held) as materialized (
      select term, count(*) from listed where term is not null group by term having count(*) < max(most)
    )`;
}

function tableOf(lists: readonly LookUp[], inTitles: boolean) {
  const some = lists.filter((list) => list.inTitles === inTitles);
  return sql`unnest(${some.map((l) => l.query)}::tsquery[], ${some.map((l) => l.most)}::integer[],
    ${some.map((l) => l.weight)}::float8[], ${some.map((l) => l.term)}::bigint[]) as list(query, most, weight, term)`;
}

/** The policies say once more whose the candidates are, and the documents' live generation that they still answer. */
async function rank(trx: UserTransaction, question: Question, candidates: Candidates): Promise<string[]> {
  const { userId, tag, terms, chunks, filter, limit } = question;
  const { rows } = await sql<{ id: string }>`
    -- The planner expects few rows of each step; materialised, none is done again for each row of another.
    with ${candidates}, asked as materialized (
      select place - 1 as term, words, weight * coalesce(
        (select ln(1 + greatest(0, ${chunks}::float8 - held + 0.5) / (held + 0.5)) from counted
          where counted.term = place - 1), rarity) as weight
      from unnest(${terms.map((term) => queryOf(tag, wordMarks.any, term))}::tsquery[],
        ${terms.map((term) => term.weight)}::float8[], ${terms.map((term) => term.rarity)}::float8[])
        with ordinality as given(words, weight, rarity, place)
    ), found as materialized (
      select c.id, coalesce(c.search, '') || '' as text, coalesce(d.search, '') || '' as title
      from best join document_chunks c on c.id = best.id
      join documents d on d.id = c.document_id and d.live_generation = c.generation
      left join data_sources s on s.id = d.data_source_id
      where d.user_id = ${userId} and c.user_id = ${userId} ${documentFilter(filter)}
    )
    select f.id from found f join asked a on f.text @@ a.words or f.title @@ a.words
    group by f.id
    order by sum(a.weight * (ts_rank(f.text, a.words, 1) + ${titleWeight}::float8 * ts_rank(f.title, a.words, 1))) desc, f.id
    limit ${limit}`.execute(trx);
  return rows.map((row) => row.id);
}

export interface FoundChunk {
  readonly chunkId: string;
  readonly documentId: string;
  readonly dataSourceId: string | null;
  readonly title: string;
  readonly path: string | null;
  readonly mimeType: string | null;
  readonly sourceUrl: string | null;
  readonly sourceType: string | null;
  readonly modifiedAt: Date | null;
  readonly ordinal: number;
  readonly text: string;
  readonly place: ChunkPlace;
  /** Of what was embedded: headings and overlap, then the text. */
  readonly tokens: number;
}

/** What is shown of a hit. Chunks that have been replaced meanwhile are left out. */
export async function findChunks(trx: UserTransaction, chunkIds: readonly string[]): Promise<FoundChunk[]> {
  const { rows } = await sql<FoundChunk>`
    select c.id as chunk_id, d.id as document_id, d.data_source_id, d.title, i.external_path as path, d.mime_type,
      d.source_url, s.source_type, d.modified_at, c.ordinal, c.text, c.tokens,
      coalesce(c.place, '{"headings": [], "pages": null}') as place
    from document_chunks c
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    left join data_sources s on s.id = d.data_source_id
    left join sync_items i on i.data_source_id = d.data_source_id and i.external_id = d.external_id
    where c.id = any(${chunkIds}::uuid[])`.execute(trx);
  return rows;
}

/** Where live chunks begin in their document's text, in UTF-16 code units (a character beyond the first 65,536 is two). */
export async function findOffsets(trx: UserTransaction, chunkIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; start: number }>`
    select id, start::integer from (
      select c.id, sum(length(c.text) + regexp_count(c.text, '[\\U00010000-\\U0010ffff]'))
          over (partition by c.document_id order by c.ordinal)
        - length(c.text) - regexp_count(c.text, '[\\U00010000-\\U0010ffff]') as start
      from document_chunks c join documents d on d.id = c.document_id and d.live_generation = c.generation
      where d.id in (select document_id from document_chunks where id = any(${chunkIds}::uuid[]))
    ) placed where id = any(${chunkIds}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, row.start]));
}
