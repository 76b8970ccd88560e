import { Anchor, Badge, Button, Group, type MantineColor, Text } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type AuditFilter, useAuditEvents } from '../api/audit-events.ts';
import { toQuery } from '../api/client.ts';
import type { AuditEvent } from '../api/types.ts';
import { type Address, useAddress } from '../components/address.ts';
import { AddressSelect, ClearFilters, FilterBar } from '../components/filter-bar.tsx';
import { Page } from '../components/page.tsx';
import { type Column, Rows } from '../components/rows.tsx';
import { Empty } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { noTime, readTimes, TimeFilter } from '../components/time-filter.tsx';

/** The audit log: what was done in the viewer's name, by whom and from where. */
export function ActivityPage() {
  const address = useAddress();
  const filter = filterOf(address);
  const clear = (): void => address.change({ action: null, ...noTime });
  const on = ['action', 'time'].filter((name) => address.one(name) !== null).length;
  const download = (
    <Button
      component="a"
      href={`/api/audit-events/export${toQuery(filter)}`}
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      Export
    </Button>
  );
  return (
    <Page title="Activity" actions={download}>
      <FilterBar on={on} clear={clear}>
        <AddressSelect name="action" label="Action" placeholder="All actions" data={actions} />
        <TimeFilter label="Done" />
      </FilterBar>
      <Rows
        label="Activity"
        pages={useAuditEvents(filter)}
        columns={columns}
        keyOf={(event) => event.id}
        empty={on === 0 ? <NoActivity /> : <NoMatch clear={clear} />}
      />
    </Page>
  );
}

/** The filters of the address, in the API’s form. */
function filterOf({ one }: Address): AuditFilter {
  const [since, until] = readTimes(one);
  return { action: one('action') ?? undefined, since, until };
}

function NoActivity() {
  return (
    <Empty icon={<IconShieldCheck size={28} />} title="No activity yet">
      Sign-ins, keys, changes to sources and schedules, decisions and deletions appear here.
    </Empty>
  );
}

function NoMatch({ clear }: { readonly clear: () => void }) {
  return (
    <Empty
      icon={<IconShieldCheck size={28} />}
      title="No activity with these filters"
      action={<ClearFilters clear={clear} />}
    >
      Clear the filters to see all activity.
    </Empty>
  );
}

const columns: readonly Column<AuditEvent>[] = [
  {
    title: 'Action',
    width: 'minmax(0, 1fr)',
    cell: (event) => (
      <>
        <Text size="sm" truncate>
          {labelOf(event.action)}
        </Text>
        <Group gap={4} wrap="nowrap" fz="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          <Time at={event.at} />
          {event.targetId !== null && <span aria-hidden>·</span>}
          <Target event={event} />
        </Group>
      </>
    ),
  },
  {
    title: 'By',
    width: '180px',
    wideOnly: true,
    cell: ({ actor, keyName }) => (actor === 'key' ? `Key: ${keyName ?? 'deleted'}` : 'You'),
  },
  { title: 'From', width: '150px', wideOnly: true, cell: ({ address }) => address ?? '–' },
  {
    title: 'Result',
    width: '110px',
    cell: ({ outcome }) => {
      const [text, color] = results[outcome];
      return (
        <Badge variant="dot" tt="none" fw={500} color={color}>
          {text}
        </Badge>
      );
    },
  },
];

const results: Readonly<Record<AuditEvent['outcome'], readonly [text: string, color: MantineColor]>> = {
  done: ['Done', 'teal'],
  refused: ['Refused', 'yellow'],
  failed: ['Failed', 'red'],
  unknown: ['Unknown', 'gray'],
};

const labels: Readonly<Record<string, string>> = {
  'session.start': 'Signed in',
  'session.end': 'Signed out',
  'key.create': 'API key created',
  'key.revoke': 'API key revoked',
  'source.create': 'Source added',
  'source.update': 'Source changed',
  'source.delete': 'Source deleted',
  'source.connect': 'Source sign-in started',
  'source.sign_in': 'Source signed in',
  'source.disconnect': 'Source disconnected',
  'sync.start': 'Sync started',
  'sync.cancel': 'Sync cancelled',
  'removals.approve': 'Removals approved',
  'removals.keep': 'Removals declined',
  'sync.pause': 'Sync paused',
  'sync.resume': 'Sync resumed',
  'sync.retry': 'Failed items retried',
  'sync.speed': 'Sync speed changed',
  'file.upload': 'File uploaded',
  'project.create': 'Project added',
  'project.update': 'Project renamed',
  'project.delete': 'Project deleted',
  'tag.create': 'Tag added',
  'tag.update': 'Tag renamed',
  'tag.delete': 'Tag deleted',
  'file.delete': 'Uploaded files deleted',
  'schedule.create': 'Schedule added',
  'schedule.update': 'Schedule changed',
  'schedule.delete': 'Schedule deleted',
  'transformation.create': 'Transformation added',
  'transformation.update': 'Transformation changed',
  'transformation.delete': 'Transformation deleted',
  'transformation.reprocess': 'Outdated documents processed again',
  'webhook.create': 'Webhook added',
  'webhook.update': 'Webhook changed',
  'webhook.delete': 'Webhook deleted',
  'vectors.move': 'Move of vectors started',
  'vectors.verify': 'Check of vectors started',
  'document.delete': 'Document deleted',
  'user.erase': 'Everything erased',
  'audit.export': 'Activity exported',
  'documents.export': 'Documents exported',
};

const actions = Object.entries(labels)
  .map(([value, label]) => ({ value, label }))
  .toSorted((a, b) => a.label.localeCompare(b.label));

/** `webhook.create` becomes "Webhook: create"; an action without a name is the request itself. */
function labelOf(action: string): string {
  const [noun = '', verb] = action.split('.');
  const named = verb === undefined ? action : `${noun.charAt(0).toUpperCase()}${noun.slice(1)}: ${verb}`;
  return labels[action] ?? named.replaceAll('_', ' ');
}

const pages: Readonly<Record<string, string>> = {
  source: 'sources',
  sync: 'jobs',
  removals: 'jobs',
  document: 'documents',
  transformation: 'transformations',
  webhook: 'webhooks',
};

/** Shows what the action was done to: its name with a link, where there is a page for it, else the id. */
function Target({ event: { action, targetId, targetName } }: { readonly event: AuditEvent }) {
  if (targetId === null) return null;
  const [noun = '', verb] = action.split('.');
  const list = pages[noun];
  const name = targetName ?? targetId;
  // A job has no name of its own, and its source may be gone.
  const isThere = targetName !== null || noun === 'sync' || noun === 'removals';
  if (list === undefined || verb === 'delete' || !isThere)
    return (
      <Text fz="xs" truncate>
        {name}
      </Text>
    );
  return (
    <Anchor component={Link} href={`/${list}/${targetId}`} fz="xs" truncate>
      {name}
    </Anchor>
  );
}
