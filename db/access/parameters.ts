/** Cleans every parameter before it reaches a statement, so that PostgreSQL never rejects one for its characters. */

import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type PrimitiveValueListNode,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
  type ValueNode,
} from 'kysely';
import { storableText } from '../../domain/storable.ts';

/** Matches what `JSON.stringify` writes for NUL and for a lone surrogate (a complete pair is not escaped). */
const unstorable = /\\u(?:0000|d[89a-f])/;

/**
 * JSON for a parameter, with every text and name in it made storable. Depth is checked where the value enters: the API
 * rejects deep nesting, and values from vendors and files are stored as flat metadata (`storableListing`,
 * `storableDocument`).
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  return unstorable.test(json) ? JSON.stringify(cleaned(value)) : json;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), cleaned(inner)]));
}

/** Cleans text parameters; JSON parameters come from `toJson`. */
export class StorableParameters implements KyselyPlugin {
  readonly #transformer = new ParameterTransformer();

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return await Promise.resolve(result);
  }
}

class ParameterTransformer extends OperationNodeTransformer {
  protected override transformValue(node: ValueNode): ValueNode {
    return { ...node, value: storableParameter(node.value) };
  }

  protected override transformPrimitiveValueList(node: PrimitiveValueListNode): PrimitiveValueListNode {
    return { ...node, values: node.values.map(storableParameter) };
  }
}

function storableParameter(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  return Array.isArray(value) ? value.map(storableParameter) : value;
}
