import type { FieldsData } from '@kenjiuno/msgreader';

/** Sets of properties ([MS-OXPROPS] 1.3.2). */
const [address, appointment, task] = ['00062004', '00062002', '00062003'].map(
  (start) => `${start}-0000-0000-c000-000000000046`,
);
/** The properties that are shown under a name: the set, and the number within it. */
const stated: readonly (readonly [name: string, set: string | undefined, property: number])[] = [
  ['Begins', appointment, 0x820d],
  ['Ends', appointment, 0x820e],
  ['Where', appointment, 0x8208],
  ['Repeats', appointment, 0x8232],
  ['Time zone', appointment, 0x8234],
  ['Begins', task, 0x8104],
  ['Due', task, 0x8105],
  ['Owner', task, 0x811f],
  ['Email', address, 0x8083],
  ['Email', address, 0x8093],
  ['Email', address, 0x80a3],
];

/**
 * Returns what Outlook's appointments, tasks and contacts say beside their texts, by the names that are shown.
 * @param item read with `includeRawProps`
 * @returns nothing of a mail; '' for what is not stated
 */
export function itemFacts(item: FieldsData): Record<string, string> {
  const kind = item.messageClass ?? '';
  // The request for a meeting says when it is too.
  const isItem = /^IPM\.(Appointment|Schedule|Task|Contact)/i.test(kind);
  return { ...(/^IPM\.Contact/i.test(kind) ? contactFacts(item) : {}), ...(isItem ? statedFacts(item) : {}) };
}

function statedFacts({ rawProps = [] }: FieldsData): Record<string, string> {
  const facts = new Map<string, string[]>();
  for (const [name, set, property] of stated)
    for (const { propertySet, propertyLid, value } of rawProps)
      if (propertySet === set && Number.parseInt(propertyLid ?? '', 16) === property && typeof value === 'string')
        facts.set(name, [...(facts.get(name) ?? []), shownTime(value)]);
  return Object.fromEntries([...facts].map(([name, values]) => [name, joined(...values)]));
}

/** The library writes times as mail does. Days without a time, as those of tasks, are stated as midnight. */
function shownTime(value: string): string {
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(value)) return value;
  const [day = '', time = ''] = new Date(value).toISOString().split('T');
  return time.startsWith('00:00') ? day : `${day} ${time.slice(0, 5)} UTC`;
}

function contactFacts(contact: FieldsData): Record<string, string> {
  return {
    Name: joined(contact.name),
    Organization: joined(contact.companyName, contact.departmentName),
    Title: joined(contact.title),
    Phone: joined(contact.businessTelephoneNumber, contact.mobileTelephoneNumber, contact.homeTelephoneNumber),
    Fax: joined(contact.businessFaxNumber),
    Chat: joined(contact.instMsg),
    Address: joined(contact.workAddress ?? contact.postalAddress),
    Link: joined(contact.businessHomePage, contact.contactHtml),
  };
}

/** In one line, each value once. */
function joined(...values: readonly (string | undefined)[]): string {
  const known = values.flatMap((value) => value?.trim().replaceAll(/\s*[\r\n]+\s*/g, ', ') || []);
  return [...new Set(known)].join(', ');
}
