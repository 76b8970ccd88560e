import type { Checkpoint, Entry } from '../../../domain/source.ts';
import type { Connector } from '../../../sources/connectors/connector.ts';

const notes = ['ferry', 'lamp'];

export function createToyConnector({ greeting }: { readonly greeting: string }): Connector {
  const entryOf = (name: string): Entry => ({
    state: 'present',
    externalId: name,
    itemType: 'note',
    name: `${name}.md`,
    parentExternalId: null,
    mimeType: 'text/markdown',
    size: null,
    modifiedAt: null,
    fingerprint: { kind: 'version', value: greeting },
    webUrl: null,
  });
  return {
    sourceType: 'local_folder',
    reportsDeletions: false,
    hasChangeFeed: false,
    maxPageSize: notes.length,
    check: async () => await Promise.resolve({ account: 'toy' }),
    listPage: async () =>
      await Promise.resolve({
        entries: notes.map(entryOf),
        next: { more: false, checkpoint: 'now' as Checkpoint, complete: true },
      }),
    fetch: async ({ externalId }) =>
      await Promise.resolve({ bytes: Buffer.from(`${greeting}, ${externalId}`), mimeType: 'text/markdown' }),
    lookUp: async (ids) =>
      await Promise.resolve(ids.map((id) => (notes.includes(id) ? entryOf(id) : { state: 'deleted', externalId: id }))),
  };
}
