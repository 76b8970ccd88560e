import type { EmbeddingSettings } from '../../platform/config.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { Embedder } from './embedder.ts';
import { createLocalEmbedder, isLocalModel } from './local.ts';
import { createOpenAiEmbedder } from './openai.ts';

/** The embedder the environment asks for: OpenAI or a compatible server where a key or an address is set, else the local one. */
export function createEmbedder(settings: EmbeddingSettings): Embedder {
  return settings.provider === 'local' ? createLocalEmbedder(settings.dimensions) : createOpenAiEmbedder(settings);
}

/** Finds the embedder of a space: until a user's vectors have been moved, another model than the configured one answers. */
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
  if (isLocalModel(model)) return createLocalEmbedder(dimensions);
  if (settings.provider === 'openai') return createOpenAiEmbedder({ ...settings, model, dimensions });
  throw new SyncError('invalid_input', {
    code: 'model_not_configured',
    message: `These vectors were made by ${model}: set OPENAI_API_KEY or OPENAI_BASE_URL, at least until they have been moved (headwater vectors move).`,
  });
}
