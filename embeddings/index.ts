import type { EmbeddingSettings } from '../config.ts';
import type { Embedder } from './embedder.ts';
import { createLocalEmbedder } from './local.ts';
import { createOpenAiEmbedder } from './openai.ts';

/** The embedder the environment asks for: OpenAI or a compatible server where a key or an address is set, else the local one. */
export function createEmbedder(settings: EmbeddingSettings): Embedder {
  return settings.provider === 'local' ? createLocalEmbedder(settings.dimensions) : createOpenAiEmbedder(settings);
}
