import type { Metadata, ReadDocument } from '../../domain/transformations.ts';
import type { ConfigOf } from './configs.ts';
import { compilePattern } from './patterns.ts';
import { trimText } from './trim-text.ts';

const maxFields = 50;
const maxField = 500;
/** Flat front matter: a limited number of lines `name: value` between two lines of `---`. */
const frontMatter = /^---\n((?:[^\n]{0,2000}\n){0,200}?)---(?:\n|$)/;
const frontMatterLine = /^([A-Za-z_][\w-]{0,59}):[ \t]+(\S.*)$/;

/** Extracts facts in the text as metadata. Metadata found by the reader is not overwritten. */
export function extractFields(document: ReadDocument, config: ConfigOf<'extract_fields'>): ReadDocument {
  const head = config.frontMatter ? (frontMatter.exec(document.text) ?? undefined) : undefined;
  const found = [
    ...(head?.[1]?.split('\n') ?? []).flatMap((line): [string, string][] => {
      const [, name, value] = frontMatterLine.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.replace(/^(["'])(.*)\1$/, '$2')]];
    }),
    ...config.patterns.flatMap((pattern) => namedGroups(document.text, pattern)),
  ];
  const text =
    head !== undefined && config.removeFrontMatter ? trimText(document.text.slice(head[0].length)) : document.text;
  return { ...document, text, metadata: { ...fieldsOf(found), ...document.metadata } };
}

function namedGroups(text: string, pattern: string): [string, string][] {
  const expression = compilePattern(pattern);
  const matcher = expression.matcher(text);
  if (!matcher.find()) return [];
  return Object.keys(expression.namedGroups()).flatMap((name): [string, string][] => {
    const value = matcher.group(name);
    return value === null || value === '' ? [] : [[name, value]];
  });
}

function fieldsOf(found: readonly (readonly [string, string])[]): Metadata {
  return Object.fromEntries(
    found.slice(0, maxFields).map(([name, value]) => [name, value.slice(0, maxField).toWellFormed()]),
  );
}
