import { type Kysely, sql } from 'kysely';

/** Letters whose case or form `lower` (in the C locale: ASCII only) and Unicode's decomposition leave alone. */
const from = 'АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςØøŁłĐđıÞþÆŒẞ';
const to = 'абвгдежзиклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψωσoollddiþþæœß';

/** Written without spaces between words: kana, Han, Hangul, Thai. */
const unspaced = '[\\u0e00-\\u0e7f\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\U00020000-\\U0003ffff]';
const punctuation =
  '[\\u0001-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00bf\\u2000-\\u206f\\u3000-\\u303f\\uff00-\\uff0f]';

/**
 * `search_text` makes of a text what is indexed and asked for: no case, no accents, full-width as plain, `3,498.60` as
 * `3498 60`, identifiers in their parts, and each character of a script without spaces as a word of its own (two that
 * follow each other are then a phrase). Both sides use it, so that they cannot drift apart.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const folded = sql`translate(lower(normalize(regexp_replace(normalize($1, NFKD), '[\\u0300-\\u036f]', '', 'g'), NFC)),
    ${sql.lit(from)}, ${sql.lit(to)})`;
  const spelled = sql`replace(replace(replace(${folded}, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')`;
  const numbers = sql`regexp_replace(${spelled}, '([0-9])[.,''](?=[0-9]{3}(?![0-9]))', '\\1', 'g')`;
  await sql`
    create function search_text(text) returns text language sql immutable strict parallel safe as $body$
      select regexp_replace(
        regexp_replace(${numbers}, ${sql.lit(punctuation)}, ' ', 'g'),
        ${sql.lit(unspaced)}, ' \\& ', 'g')
    $body$`.execute(db);
  await sql`
    alter table document_chunks drop column search,
      add column search tsvector generated always as (to_tsvector('english', search_text(text))) stored`.execute(db);
  await sql`
    alter table documents drop column search,
      add column search tsvector generated always as (to_tsvector('english', search_text(title))) stored`.execute(db);
  await sql`create index document_chunks_search on document_chunks using gin (search)`.execute(db);
  await sql`create index documents_search on documents using gin (search)`.execute(db);
}
