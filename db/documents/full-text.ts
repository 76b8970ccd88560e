import { sql } from 'kysely';
import { estimateChunks, lastOfSample, passingOfSample, sampleOf, sampleSize, sizeOfSample } from './chunk-sample.ts';
import { documentFilter, documentsToFilter, hasAnyId } from './document-filter.ts';
import { itemOfDocument } from './document-queries.ts';
import { chunksOfDocument } from './live-chunks.ts';
import type { ChunkPlace, DocumentFilter } from '../../domain/documents.ts';
import { type SearchTerm, wordMarks } from '../../domain/search.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { type QueryTerm, type LookUp, type MeasuredTerm, planLookUps, queryOf } from './look-ups.ts';
import { userTag } from './word-index.ts';

/** Besides the English stems in the index, a word's stem in these languages is looked up as a prefix. */
const otherStemmers = ['german', 'french', 'spanish', 'italian', 'portuguese', 'dutch', 'russian'].map(
  (language) => `${language}_stem`,
);
/** Shorter prefixes match too many other words. */
const minBeginning = 4;
/** Stop words such as `der` and `les` carry little meaning, although they are rare in mostly English texts. */
const stopWordWeight = 0.2;
/** Weight of a word in the title relative to one in the text. */
const titleWeight = 2;
/** Minimum number of candidates that are ranked in full. */
const minCompared = 300;
/** If a filter leaves at most this many chunks, they are ranked without the index. */
const maxUnindexed = 1000;
/**
 * If a filter matches at least this share of the sample, it is applied to the results of the index. Of a narrower one,
 * the documents are listed first.
 */
const broadFrom = 0.05;
/** Number of rows that a look-up among named documents reads at most for each one that it may return (migration 0028). */
export const readPerRow = 8;

/** A chunk with its score, which is comparable only within one answer. */
export interface ChunkByWords {
  readonly id: string;
  readonly score: number;
  /** The share of the question that it contains, from 0 to 1: each term counts by its weight. */
  readonly share: number;
}

export interface FoundByWords {
  /** Best first. */
  readonly hits: readonly ChunkByWords[];
  /** The logarithm of each term's rarity among the user's chunks; stop words have none. */
  readonly rarities: ReadonlyMap<string, number>;
}

/**
 * Finds chunks of live documents that contain any of the terms, best first. Each term counts by its rarity among the
 * user's chunks and its frequency in the chunk, relative to the chunk's length (similar to BM25). The index provides
 * candidates, rare words first, and the best of them are ranked in full. Chunks that match only a very common word may
 * be cut off.
 */
export async function findByWords(
  trx: UserTransaction,
  userId: string,
  terms: readonly SearchTerm[],
  limit: number,
  filter: DocumentFilter | undefined,
): Promise<FoundByWords> {
  const tag = userTag(userId);
  const asked = await askTerms(trx, terms);
  const nothing: FoundByWords = { hits: [], rarities: new Map() };
  if (asked.length === 0) return nothing;
  const { chunks, share, terms: measured } = await measureTerms(trx, userId, tag, asked, filter);
  const question: Question = { userId, tag, terms: measured, chunks, filter, limit };
  const hits = await rank(trx, question, await candidatesOf(trx, question, share));
  return { hits, rarities: new Map(measured.map(({ term, weight, rarity }) => [term, weight * rarity])) };
}

async function candidatesOf(trx: UserTransaction, question: Question, share: number): Promise<Candidates> {
  const { userId, chunks, filter } = question;
  if (chunks <= maxUnindexed) return everything(question, null);
  if (filter === undefined || (share >= broadFrom && share * chunks > maxUnindexed)) {
    return indexed(question, share, null);
  }
  const left = await listFiltered(trx, userId, filter);
  return left.chunks <= maxUnindexed ? everything(question, left.ids) : indexed(question, 1, left.ids);
}

interface Question {
  readonly userId: string;
  readonly tag: string;
  readonly terms: readonly MeasuredTerm[];
  /** Approximate number of the user's chunks. */
  readonly chunks: number;
  readonly filter: DocumentFilter | undefined;
  readonly limit: number;
}

/**
 * Named queries that end with `best(id)`, the candidates, and `counted(term, held)`, the number of chunks that contain
 * a term, if known.
 */
type Candidates = ReturnType<typeof sql>;

/**
 * Looks up the terms in the dictionaries: their stems in other languages, used as prefixes, and whether one of them
 * lists the term as a stop word.
 */
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
 * Estimates from a sample the number of the user's chunks, of those that contain each term, and the share of those that
 * pass the filter. The same query always gets the same estimate.
 */
async function measureTerms(
  trx: UserTransaction,
  userId: string,
  tag: string,
  asked: readonly QueryTerm[],
  filter: DocumentFilter | undefined,
): Promise<{ readonly chunks: number; readonly share: number; readonly terms: readonly MeasuredTerm[] }> {
  const queries = asked.map((term) => queryOf(tag, wordMarks.any, term));
  const strong = asked.map((term) => (term.lexemes.length === 1 ? queryOf(tag, wordMarks.strong, term) : null));
  const exact = asked.map((term) =>
    term.lexemes.length === 1 && term.beginnings.length > 0
      ? queryOf(tag, wordMarks.any, { ...term, beginnings: [] })
      : null,
  );
  // What contains a word strongly or exactly contains it, so each chunk of the sample is compared once with most words.
  const { rows } = await sql<Sample>`
    with ${sampleOf(userId, sql`text_hash, document_id, ${readOnce(sql`search`)} as words`)},
    counted as materialized (
      select place, counts.*
      from unnest(${queries}::tsquery[], ${strong}::tsquery[], ${exact}::tsquery[])
        with ordinality as asked(query, strong, exact, place)
      cross join lateral (
        select count(*)::integer as held, count(*) filter (where words @@ strong)::integer as strongly,
          count(*) filter (where words @@ exact)::integer as exactly
        from sample where words @@ query) counts)
    select ${sizeOfSample} as size, ${lastOfSample} as last, ${passingOfSample(filter)} as passing,
      array(select held from counted order by place) as held,
      array(select strongly from counted order by place) as held_strongly,
      array(select exactly from counted order by place) as held_exactly`.execute(trx);
  const { size = 0, last = null, passing: left = 0, held = [], heldStrongly = [], heldExactly = [] } = rows[0] ?? {};
  const chunks = estimateChunks(size, last);
  const each = chunks / Math.max(1, size);
  return {
    chunks,
    share: left / Math.max(1, size),
    terms: asked.map((term, i) => {
      const count = (held[i] ?? 0) * each;
      return {
        ...term,
        held: count,
        heldStrongly: (heldStrongly[i] ?? 0) * each,
        heldExactly: (heldExactly[i] ?? 0) * each,
        rarity: rarityOf(chunks, count > 0 ? count : chunks / (2 * sampleSize)),
      };
    }),
  };
}

interface Sample {
  readonly size: number;
  readonly last: string | null;
  readonly passing: number;
  readonly held: readonly number[];
  readonly heldStrongly: readonly number[];
  readonly heldExactly: readonly number[];
}

/**
 * Reads a long value from its place outside of the row now, and not again for each comparison: an array contains its
 * elements whole. Joining it with an empty one (`|| ''`) does too, and takes ten microseconds longer.
 */
function readOnce(search: ReturnType<typeof sql>) {
  return sql`(array[${search}])[1]`;
}

function rarityOf(chunks: number, held: number): number {
  return Math.log(1 + Math.max(0, chunks - held + 0.5) / (held + 0.5));
}

/** Lists the documents that pass the filter, with the number of their chunks. */
async function listFiltered(
  trx: UserTransaction,
  userId: string,
  filter: DocumentFilter,
): Promise<{ readonly ids: readonly string[]; readonly chunks: number }> {
  const { rows } = await sql<{ ids: string[]; chunks: number }>`
    select coalesce(array_agg(d.id), '{}') as ids, coalesce(sum(d.chunk_count), 0)::integer as chunks
    from ${documentsToFilter(filter)} d
    where ${hasAnyId} and d.user_id = ${userId} and d.live_generation is not null ${documentFilter(filter)}`.execute(
    trx,
  );
  return rows[0] ?? { ids: [], chunks: 0 };
}

/** Takes every chunk, or every one of these documents, when there are too few for the index to pay off. */
function everything({ userId }: Question, ids: readonly string[] | null): Candidates {
  return sql`
    best as materialized (
      select c.id from documents d cross join ${chunksOfDocument} c
      where ${hasAnyId} and d.user_id = ${userId} and c.user_id = ${userId} ${ids === null ? sql`` : sql`and d.id = any(${ids}::uuid[])`}
    ), counted(term, held) as (select null::bigint, null::bigint where false)`;
}

/**
 * Reads the lists of the index, most promising first.
 * @param share the part of the chunks that pass the filter, if it is applied to the candidates
 * @param ids the documents to look among; null for all
 */
function indexed(question: Question, share: number, ids: readonly string[] | null): Candidates {
  const { tag, terms, chunks, limit } = question;
  const lists = planLookUps(tag, terms, { chunks, share, readPerRow: ids === null ? 1 : readPerRow });
  const compared = Math.max(minCompared, 2 * limit);
  return sql`
    listed as materialized (
      select list.term, list.max_hits, list.weight, hit.id
      from ${tableOf(lists, false)}, matching_chunks(list.query, ${ids}::uuid[], list.max_hits) as hit(id)
    ), titled as materialized (
      select list.weight, hit.id
      from ${tableOf(lists, true)}, matching_documents(list.query, ${ids}::uuid[], list.max_hits) as hit(id)
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
      limit ${Math.ceil(compared / share)}
    ), counted(term, held) as materialized (
      select term, count(*) from listed where term is not null group by term having count(*) < max(max_hits)
    )`;
}

function tableOf(lists: readonly LookUp[], inTitles: boolean) {
  const some = lists.filter((list) => list.inTitles === inTitles);
  return sql`unnest(${some.map((l) => l.query)}::tsquery[], ${some.map((l) => l.maxHits)}::integer[],
    ${some.map((l) => l.weight)}::float8[], ${some.map((l) => l.term)}::bigint[]) as list(query, max_hits, weight, term)`;
}

/**
 * Ranks the candidates. The policies check again that they belong to the user, and the join that they are part of a
 * document's live generation.
 */
async function rank(trx: UserTransaction, question: Question, candidates: Candidates): Promise<ChunkByWords[]> {
  const { userId, tag, terms, chunks, filter, limit } = question;
  const { rows } = await sql<ChunkByWords>`
    -- The planner expects few rows of each step; materialised, none is done again for each row of another.
    with ${candidates}, asked as materialized (
      select place - 1 as term, words, weight * coalesce(
        (select ln(1 + greatest(0, ${chunks}::float8 - held + 0.5) / (held + 0.5)) from counted
          where counted.term = place - 1), rarity) as weight
      from unnest(${terms.map((term) => queryOf(tag, wordMarks.any, term))}::tsquery[],
        ${terms.map((term) => term.weight)}::float8[], ${terms.map((term) => term.rarity)}::float8[])
        with ordinality as given(words, weight, rarity, place)
    ), found as materialized (
      select c.id, ${readOnce(sql`coalesce(c.search, '')`)} as text, ${readOnce(sql`coalesce(live.search, '')`)} as title
      from best cross join lateral (select * from document_chunks where id = best.id offset 0) c
      cross join lateral (
        select d.search from documents d
        where d.id = c.document_id and d.live_generation = c.generation and d.user_id = ${userId}
          ${documentFilter(filter)} offset 0) live
      where c.user_id = ${userId}
    )
    select f.id, sum(a.weight * (ts_rank(f.text, a.words, 1) + ${titleWeight}::float8 * ts_rank(f.title, a.words, 1))) as score,
      sum(a.weight) / (select sum(weight) from asked) as share
    from found f join asked a on f.text @@ a.words or f.title @@ a.words
    group by f.id
    order by score desc, f.id
    limit ${limit}`.execute(trx);
  return rows;
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
  /** Number of tokens of the embedded text: headings, overlap and the text itself. */
  readonly tokens: number;
}

/** Loads what is displayed for a hit. Chunks that have been replaced meanwhile are omitted. */
export async function findChunks(trx: UserTransaction, chunkIds: readonly string[]): Promise<FoundChunk[]> {
  const { rows } = await sql<FoundChunk>`
    select c.id as chunk_id, d.id as document_id, d.data_source_id, d.title,
      i.external_path || coalesce('!/' || d.member_path, '') as path, d.mime_type,
      d.source_url, s.source_type, d.modified_at, c.ordinal, c.text, c.tokens,
      coalesce(c.place, '{"headings": [], "pages": null}') as place
    from (select * from document_chunks where id = any(${chunkIds}::uuid[]) offset 0) c
    cross join lateral (select * from documents
      where id = c.document_id and live_generation = c.generation offset 0) d
    left join data_sources s on s.id = d.data_source_id
    left join ${itemOfDocument} i on true`.execute(trx);
  return rows;
}

/** The offsets of live chunks in their document's text, in UTF-16 code units (a character above U+FFFF takes two). */
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
