import { sql } from 'kysely';
import { documentFilter } from './document-filter.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';

/** Besides English, which the index stems: a word's stem in these languages is looked for as a beginning. */
const otherStemmers = ['german', 'french', 'spanish', 'italian', 'portuguese', 'dutch', 'russian'].map(
  (language) => `${language}_stem`,
);
/** A shorter beginning begins too many other words. */
const shortestBeginning = 4;
/** `der` and `les` say little, though they are rare where most texts are English. */
const stopWordWeight = 0.2;
/** A word of the title against one of the text. */
const titleWeight = 2;

/**
 * Chunks of live documents that hold any of the terms, best first: each term counts by how rare it is among what may
 * answer and how often it stands in the chunk, for the chunk's length (in the manner of BM25).
 * @param terms as `toTerms` makes them; one of several words asks for these words in a row
 */
export async function findByWords(
  trx: UserTransaction,
  userId: string,
  terms: readonly string[],
  limit: number,
  filter: DocumentFilter | undefined,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    -- The planner expects one row of each step; materialised, none is done again for each row of another.
    with asked as materialized (${askedTerms(terms)}),
    anything as materialized (select string_agg('(' || words::text || ')', '|')::tsquery as words from asked),
    found as materialized (
      select c.id, c.search || '' as text, d.search || '' as title
      from anything, documents d
      join document_chunks c on c.document_id = d.id and c.generation = d.live_generation
      left join data_sources s on s.id = d.data_source_id
      where d.user_id = ${userId} and c.user_id = ${userId} ${documentFilter(filter)}
        and (c.search @@ anything.words or (c.ordinal = 0 and d.search @@ anything.words))
    ), scores as materialized (
      select f.id, a.term,
        a.weight * (ts_rank(f.text, a.words, 1) + ${titleWeight}::float * ts_rank(f.title, a.words, 1)) as score
      from found f, asked a where f.text @@ a.words or f.title @@ a.words
    ), held as materialized (select sum(chunk_count)::float as chunks from documents where user_id = ${userId}
    ), rarity as materialized (
      select term, ln(1 + greatest(0, (select chunks from held) - count(*) + 0.5) / (count(*) + 0.5)) as weight
      from scores group by term
    )
    select id from scores join rarity using (term)
    group by id order by sum(score * rarity.weight) desc, id
    limit ${limit}`.execute(trx);
  return rows.map((row) => row.id);
}

/** Each term as a query: a row of words as a phrase, a single word also by its stems. Nothing is left of a stop word. */
function askedTerms(terms: readonly string[]) {
  return sql`
    select distinct on (term) term,
      case when beginnings is null then words else words || beginnings::tsquery end as words,
      case when is_stop_word then ${stopWordWeight}::float else 1 end as weight
    from (select trim(search_text(t)) as term, phraseto_tsquery('english', search_text(t)) as words
      from unnest(${terms}::text[]) as given(t)) plain
    cross join lateral (
      select string_agg(distinct quote_literal(stem[1]) || ':*', '|')
          filter (where length(stem[1]) >= ${shortestBeginning}) as beginnings,
        coalesce(bool_or(stem = '{}'), false) as is_stop_word
      from unnest(${otherStemmers}::text[]) as language(name), ts_lexize(language.name::regdictionary, term) as stem
      where term !~ '\\s') stems
    where numnode(words) > (case when term ~ '\\s' then 1 else 0 end)
    order by term`;
}

/** Of these terms, those that are no stop words, in the order given. */
export async function findMeaningful(trx: UserTransaction, terms: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ term: string }>`
    select t as term from unnest(${terms}::text[]) with ordinality as given(t, place)
    where numnode(plainto_tsquery('english', search_text(t))) > 0 order by place`.execute(trx);
  return rows.map((row) => row.term);
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
  /** Of what was embedded: headings and overlap, then the text. */
  readonly tokens: number;
}

/** What is shown of a hit. Chunks that have been replaced meanwhile are left out. */
export async function findChunks(trx: UserTransaction, chunkIds: readonly string[]): Promise<FoundChunk[]> {
  const { rows } = await sql<FoundChunk>`
    select c.id as chunk_id, d.id as document_id, d.data_source_id, d.title, i.external_path as path, d.mime_type,
      d.source_url, s.source_type, d.modified_at, c.ordinal, c.text, c.tokens
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
