import type { ItemFacts, Metadata } from '../../domain/transformations.ts';

/** Maximum length of a value in a prefix. */
const maxValue = 300;
const placeholder = /\{([^{}]*)\}/g;

interface Values {
  readonly title: string;
  readonly facts: ItemFacts;
  readonly metadata: Metadata;
}

/** All placeholders, except `metadata.NAME`. */
const values = {
  title: ({ title }) => title,
  name: ({ facts }) => facts.name,
  path: ({ facts }) => facts.path,
  folder: ({ facts }) => facts.path.split('/').slice(0, -1).join('/'),
  source: ({ facts }) => facts.sourceType,
  type: ({ facts }) => facts.itemType,
  modified: ({ facts }) => facts.modifiedAt?.slice(0, 10) ?? '',
} as const satisfies Record<string, (from: Values) => string>;

/** Explains what is wrong with a template, or null. */
export function placeholderProblem(template: string): string | null {
  for (const [, name = ''] of template.matchAll(placeholder)) {
    if (Object.hasOwn(values, name) || /^metadata\.[\w-]{1,60}$/.test(name)) continue;
    return `{${name.slice(0, 40)}} is not a placeholder; the placeholders are ${Object.keys(values).join(', ')} and metadata.NAME`;
  }
  return /[{}]/.test(template.replaceAll(placeholder, '')) ? 'each { needs its }' : null;
}

/** Unknown values are left empty. */
export function fillTemplate(template: string, from: Values): string {
  return template.replaceAll(placeholder, (_all, name: string) => {
    const value = isValue(name) ? values[name](from) : String(from.metadata[name.slice('metadata.'.length)] ?? '');
    return value.slice(0, maxValue).toWellFormed();
  });
}

function isValue(name: string): name is keyof typeof values {
  return Object.hasOwn(values, name);
}
