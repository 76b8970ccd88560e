import type { EmbeddingSettings } from '../../platform/config.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { Embedder } from './embedder.ts';
import { createLexicalEmbedder, lexicalDimensions } from './lexical.ts';
import { createOpenAiEmbedder } from './openai.ts';
import { e5 } from './semantic/e5-facts.ts';
import { createE5Embedder } from './semantic/e5.ts';
import { createSemanticEmbedder } from './semantic/index.ts';
import { semanticModel } from './semantic/vocabulary.ts';

/**
 * Creates the configured embedder: OpenAI or a compatible server if a key or an address is set, else a local one.
 * @throws SyncError `invalid_input` for a model that is neither
 */
export function createEmbedder(settings: EmbeddingSettings): Embedder {
  if (settings.provider === 'openai') return createOpenAiEmbedder(settings);
  const embedder = createBuiltIn(settings, settings.model ?? semanticModel);
  if (embedder !== null) return embedder;
  throw new SyncError('invalid_input', {
    code: 'model_not_configured',
    message: `EMBEDDING_MODEL=${settings.model} needs a server: set OPENAI_API_KEY or OPENAI_BASE_URL. Without them, the available models are ${semanticModel} (the default), ${e5.model} (better but slower) and local-lexical-384.`,
  });
}

function createBuiltIn({ weights }: EmbeddingSettings, model: string): Embedder | null {
  if (model === semanticModel) return createSemanticEmbedder();
  if (model === e5.model) return createE5Embedder(weights);
  const size = lexicalDimensions(model);
  return size === null ? null : createLexicalEmbedder(size);
}

/**
 * Finds the embedder of a vector space. Until a user's vectors have been moved, this may be another model than the
 * configured one.
 */
export type EmbedderOf = (space: Pick<VectorSpace, 'model' | 'dimensions'>) => Embedder;

/** @throws SyncError `invalid_input` for a model that the environment gives no access to */
export function embedderFinder(settings: EmbeddingSettings, configured: Embedder): EmbedderOf {
  const others = new Map<string, Embedder>();
  return ({ model, dimensions }) => {
    if (model === configured.model && dimensions === configured.dimensions) return configured;
    const key = `${model}/${dimensions}`;
    const embedder = others.get(key) ?? createOther(settings, model, dimensions);
    others.set(key, embedder);
    return embedder;
  };
}

function createOther(settings: EmbeddingSettings, model: string, dimensions: number): Embedder {
  const builtIn = createBuiltIn(settings, model);
  if (builtIn !== null) return builtIn;
  if (settings.provider === 'openai') return createOpenAiEmbedder({ ...settings, model, dimensions });
  throw new SyncError('invalid_input', {
    code: 'model_not_configured',
    message: `These vectors were made by ${model}. Set OPENAI_API_KEY or OPENAI_BASE_URL, at least until the vectors have been moved ("headwater vectors move").`,
  });
}
