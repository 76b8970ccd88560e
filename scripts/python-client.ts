/**
 * `npm run client:python`: writes `client/python/headwater_client/operations.py`, the types and methods of the Python
 * client, from the API's description. With `--check` it writes nothing and fails if the file is outdated.
 */

import { join } from 'node:path';
import { isClientCall } from './client-calls.ts';
import { describeApi } from './describe-api.ts';
import { writeGenerated } from './write-generated.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content; readonly required?: boolean };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A call with its method and its address. */
type Call = Operation & { readonly method: string; readonly path: string };

const file = join(import.meta.dirname, '..', 'client', 'python', 'headwater_client', 'operations.py');
const plainTypes: Readonly<Record<string, string>> = {
  string: 'str',
  number: 'float',
  integer: 'int',
  boolean: 'bool',
  null: 'None',
  object: 'dict[str, Any]',
};
const keywords = new Set(['as', 'class', 'from', 'global', 'import', 'in', 'is', 'not', 'or', 'with']);
const maxColumns = 120;

await writeGenerated(generate((await describeApi()) as Description), file, 'client:python');

function generate({ paths, components }: Description): string {
  const types = createTypes();
  for (const [name, schema] of Object.entries(components.schemas).toSorted(byName)) types.declare(name, schema);
  const methods = callsOf(paths).map((call) => methodOf(call, types));
  return `"""Written by \`npm run client:python\` from the API's own description."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, BinaryIO, Literal, NotRequired, TypeAlias, TypedDict
from urllib.parse import quote


${types.declared().join('\n\n\n')}


class Operations:
    """One method for each call of the API."""

    def _ask(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None,
             headers: Mapping[str, str | None] | None = None) -> Any:
        """Sends a call. :returns: the JSON of its answer :raises HeadwaterError:"""
        raise NotImplementedError

    def _open(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None,
              headers: Mapping[str, str | None] | None = None) -> HTTPResponse:
        """Sends a call. :returns: its answer, to be read as a file :raises HeadwaterError:"""
        raise NotImplementedError

${methods.join('\n\n')}
`;
}

function callsOf(paths: Description['paths']): Call[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
    )
    .filter(({ operationId }) => isClientCall(operationId))
    .toSorted((a, b) => a.operationId.localeCompare(b.operationId));
}

type Types = ReturnType<typeof createTypes>;

/** The types that are written before the methods. Objects within objects get a name of their own. */
function createTypes() {
  const written = new Map<string, string>();

  const write = (name: string, text: string): void => {
    if ((written.get(name) ?? text) !== text) throw new Error(`Two types of the Python client are named ${name}.`);
    written.set(name, text);
  };

  const declare = (name: string, schema: Schema): void => {
    if (schema.properties !== undefined) writeClass(name, schema);
    // A name in quotes is read when it is needed, so the order of the types does not matter.
    else write(name, `${name}: TypeAlias = ${pythonText(typeOf(schema, `${name}Value`))}`);
  };

  const writeClass = (name: string, { properties = {}, required = [], description }: Schema): void => {
    const fields = Object.entries(properties).map(([key, schema]) => {
      const type = typeOf(schema, `${name}${capital(key)}`);
      return { key, type: required.includes(key) ? type : `NotRequired[${type}]`, note: schema.description };
    });
    const isClass = fields.every(({ key }) => !keywords.has(key));
    write(name, isClass ? classOf(name, fields, description) : callOf(name, fields));
  };

  /** The type of a value as an annotation. @param name of the class, if it needs one */
  const typeOf = (schema: Schema, name: string): string => {
    const variants = schema.anyOf ?? schema.oneOf;
    if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
    if (schema.enum !== undefined) return `Literal[${schema.enum.map(pythonValue).join(', ')}]`;
    if (schema.const !== undefined) return `Literal[${pythonValue(schema.const)}]`;
    if (variants !== undefined) return unionOf(variants, name);
    if (schema.type === 'array') return `list[${typeOf(schema.items ?? {}, `${name}Item`)}]`;
    if (schema.properties !== undefined) {
      writeClass(name, schema);
      return name;
    }
    if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
      return `dict[str, ${typeOf(schema.additionalProperties, `${name}Value`)}]`;
    return plainTypeOf(schema.type);
  };

  const unionOf = (variants: readonly Schema[], name: string): string => {
    const shapes = variants.filter(({ properties }) => properties !== undefined);
    const nameOf = (variant: Schema) => (shapes.length > 1 ? `${name}${shapes.indexOf(variant) + 1}` : name);
    return [...new Set(variants.map((variant) => typeOf(variant, nameOf(variant))))].join(' | ');
  };

  return { declare, typeOf, declared: () => [...written.values()] };
}

interface Field {
  readonly key: string;
  readonly type: string;
  readonly note: string | undefined;
}

function classOf(name: string, fields: readonly Field[], description: string | undefined): string {
  const head = description === undefined ? [] : [`    ${docstring(description)}`];
  const lines = fields.flatMap(({ key, type, note }) => [
    `    ${key}: ${type}`,
    ...(note === undefined ? [] : [`    ${docstring(note)}`]),
  ]);
  return `class ${name}(TypedDict):\n${lines.length === 0 ? '    pass' : [...head, ...lines].join('\n')}`;
}

/** A class cannot have a field whose name is a word of Python's own (`from`). */
function callOf(name: string, fields: readonly Field[]): string {
  const lines = fields.map(({ key, type }) => `    ${pythonText(key)}: ${pythonText(type)},`);
  return `${name} = TypedDict(${pythonText(name)}, {\n${lines.join('\n')}\n})`;
}

function plainTypeOf(type: Schema['type']): string {
  if (type === undefined) return 'Any';
  return [type]
    .flat()
    .map((each) => plainTypes[each] ?? 'Any')
    .join(' | ');
}

function methodOf(call: Call, types: Types): string {
  const { operationId, parameters = [], method, path } = call;
  const result = answerOf(call, types);
  const [inPath, named] = [parameters.filter((p) => p.in === 'path'), parameters.filter((p) => p.in !== 'path')];
  const body = bodyOf(call, types);
  const options = named
    .toSorted((a, b) => Number(b.required) - Number(a.required))
    .map((p) => optionOf(p, call, types));
  const accepted = [
    'self',
    ...inPath.map(({ name }) => `${snake(name)}: str`),
    ...(body === null ? [] : [`body: ${body}`]),
    ...(options.length === 0 ? [] : ['*', ...options]),
  ];
  const sent = [
    pythonText(method),
    `${inPath.length > 0 ? 'f' : ''}${pythonText(path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => `{quote(${snake(name)}, safe='')}`))}`,
    ...mappingOf('query', named),
    ...(body === null ? [] : ['body=body']),
    ...mappingOf('headers', named),
  ];
  return [
    `    def ${snake(operationId)}${inParentheses(accepted, `) -> ${result ?? 'HTTPResponse'}:`, 4)}`,
    `        ${docstring(helpOf(call), 8)}`,
    `        return self.${result === null ? '_open' : '_ask'}${inParentheses(sent, ')', 8)}`,
  ].join('\n');
}

/** The type of the JSON of an answer; null if the answer is a file or a stream. */
function answerOf({ operationId, responses }: Call, types: Types): string | null {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? [];
  const schema = success?.content?.['application/json']?.schema;
  return schema === undefined ? null : types.typeOf(schema, `${capital(operationId)}Result`);
}

function bodyOf({ operationId, requestBody }: Call, types: Types): string | null {
  if (requestBody === undefined) return null;
  const schema = requestBody.content['application/json']?.schema;
  const type = schema === undefined ? 'bytes | BinaryIO' : types.typeOf(schema, `${capital(operationId)}Body`);
  return requestBody.required === true ? type : `${type} | None = None`;
}

function optionOf({ name, required, schema }: Parameter, { operationId }: Call, types: Types): string {
  const type = types.typeOf(schema, `${capital(operationId)}${capital(name)}`);
  return `${snake(name)}: ${type}${required ? '' : ' | None = None'}`;
}

/** `query` or `headers` of a call; what is None is not sent. */
function mappingOf(name: 'query' | 'headers', parameters: readonly Parameter[]): string[] {
  const entries = parameters
    .filter((parameter) => (name === 'query') === (parameter.in === 'query'))
    .map((parameter) => `${pythonText(parameter.name)}: ${snake(parameter.name)}`);
  return entries.length === 0 ? [] : [`${name}={${entries.join(', ')}}`];
}

function helpOf({ summary, description }: Call): string {
  const isMore = description !== undefined && description.replace(/\.$/, '') !== summary;
  return isMore ? `${summary}.\n\n${description}` : `${summary}.`;
}

/** Writes parts in parentheses, on one line if they fit. */
function inParentheses(parts: readonly string[], end: string, indent: number): string {
  const line = `(${parts.join(', ')}${end}`;
  if (line.length + indent + 40 < maxColumns) return line;
  const inner = ' '.repeat(indent + 4);
  return `(\n${parts.map((part) => `${inner}${part},\n`).join('')}${' '.repeat(indent)}${end}`;
}

function docstring(text: string, indent = 4): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"""', "'''")
    .replaceAll('\n\n', `\n\n${' '.repeat(indent)}`);
  return escaped.includes('\n') ? `"""${escaped}\n${' '.repeat(indent)}"""` : `"""${escaped}"""`;
}

function pythonValue(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

function pythonText(text: string): string {
  return JSON.stringify(text);
}

function snake(name: string): string {
  return name
    .replaceAll('-', '_')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function capital(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a.localeCompare(b);
}
