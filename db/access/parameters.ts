/** The last door before a statement: no value of a parameter can be one that PostgreSQL refuses for its characters alone. */

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

/** As `JSON.stringify` writes them: NUL, and a surrogate without its other half (a whole pair is not escaped). */
const unstorable = /\\u(?:0000|d[89a-f])/;

/**
 * JSON for a parameter: every text and name in it is storable. How deep it is nested is the business of whoever lets it in: the
 * API refuses deep nesting, what vendors and files say is kept as flat facts (`storableListing`, `storableDocument`).
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

/** Cleans what is passed as text; JSON is made by `toJson`. */
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
