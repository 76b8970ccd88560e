import { expect, test } from '@jest/globals';
import { inputTypeParameters, prefixesOf } from './prefixes.ts';

const instruct = 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:';
const searching = 'Represent this sentence for searching relevant passages: ';

/** Names as servers spell them (the model hub's, Ollama's), and what their model cards say. */
test.each([
  ['intfloat/multilingual-e5-large', 'query: ', 'passage: '],
  ['e5-base-v2', 'query: ', 'passage: '],
  ['intfloat/multilingual-e5-large-instruct', `${instruct} `, ''],
  ['intfloat/e5-mistral-7b-instruct', `${instruct} `, ''],
  ['Alibaba-NLP/gte-Qwen2-1.5B-instruct', `${instruct} `, ''],
  ['Alibaba-NLP/gte-multilingual-base', '', ''],
  ['thenlper/gte-large', '', ''],
  ['Qwen/Qwen3-Embedding-0.6B', instruct, ''],
  ['qwen3-embedding:4b', instruct, ''],
  ['Salesforce/SFR-Embedding-Mistral', `${instruct} `, ''],
  ['nomic-embed-text', 'search_query: ', 'search_document: '],
  ['nomic-ai/nomic-embed-text-v2-moe', 'search_query: ', 'search_document: '],
  ['BAAI/bge-large-en-v1.5', searching, ''],
  ['bge-large', searching, ''],
  ['BAAI/bge-small-zh-v1.5', '为这个句子生成表示以用于检索相关文章：', ''],
  ['BAAI/bge-m3', '', ''],
  ['mxbai-embed-large', searching, ''],
  ['mixedbread-ai/deepset-mxbai-embed-de-large-v1', 'query: ', 'passage: '],
  ['WhereIsAI/UAE-Large-V1', searching, ''],
  ['Snowflake/snowflake-arctic-embed-m-v1.5', searching, ''],
  ['Snowflake/snowflake-arctic-embed-m-long', searching, ''],
  ['snowflake-arctic-embed:335m', searching, ''],
  ['Snowflake/snowflake-arctic-embed-l-v2.0', 'query: ', ''],
  ['snowflake-arctic-embed2', 'query: ', ''],
  ['google/embeddinggemma-300m', 'task: search result | query: ', 'title: none | text: '],
  ['jinaai/jina-embeddings-v2-base-de', '', ''],
  ['nvidia/nv-embedqa-e5-v5', '', ''],
  ['text-embedding-3-small', '', ''],
  ['mistral-embed', '', ''],
])('%s', (model, query, passage) => {
  expect(prefixesOf(model)).toEqual({ query, passage });
});

test.each([
  ['embed-multilingual-v3.0', { input_type: 'search_query' }, { input_type: 'search_document' }],
  ['cohere.embed-english-v3', { input_type: 'search_query' }, { input_type: 'search_document' }],
  ['embed-v4.0', { input_type: 'search_query' }, { input_type: 'search_document' }],
  ['embed-english-v2.0', {}, {}],
  ['mistral-embed', {}, {}],
  ['voyage-3.5', { input_type: 'query' }, { input_type: 'document' }],
  ['jina-embeddings-v3', { task: 'retrieval.query' }, { task: 'retrieval.passage' }],
  ['nvidia/nv-embedqa-e5-v5', { input_type: 'query' }, { input_type: 'passage' }],
  ['text-embedding-3-small', {}, {}],
])('%s gets the type of a text as a parameter', (model, query, passage) => {
  expect(inputTypeParameters(model, 'query')).toEqual(query);
  expect(inputTypeParameters(model, 'passage')).toEqual(passage);
});
