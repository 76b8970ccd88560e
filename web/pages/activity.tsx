import { Anchor, Badge, Button, type MantineColor, Text } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { useAuditEvents } from '../api/audit-events.ts';
import type { AuditEvent } from '../api/types.ts';
import { Page } from '../components/page.tsx';
import { type Column, Rows } from '../components/rows.tsx';
import { Empty } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';

/** The audit log: what was done in the viewer's name, by whom and from where. */
export function ActivityPage() {
  const download = (
    <Button
      component="a"
      href="/api/audit-events/export"
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      Export
    </Button>
  );
  return (
    <Page title="Activity" actions={download}>
      <Rows
        label="Activity"
        pages={useAuditEvents()}
        columns={columns}
        keyOf={(event) => event.id}
        empty={
          <Empty icon={<IconShieldCheck size={28} />} title="No activity yet">
            Sign-ins, keys, changes to sources and schedules, decisions and deletions appear here.
          </Empty>
        }
      />
    </Page>
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
        <Text size="xs" c="dimmed" truncate>
          <Time at={event.at} />
          {event.targetId !== null && ' · '}
          <Target event={event} />
        </Text>
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
        <Badge variant="light" color={color}>
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
  'document.delete': 'Document deleted',
  'user.erase': 'Everything erased',
  'audit.export': 'Activity exported',
  'documents.export': 'Documents exported',
};

/** `webhook.create` becomes "Webhook: create"; an action without a name is the request itself. */
function labelOf(action: string): string {
  const [noun = '', verb] = action.split('.');
  const named = verb === undefined ? action : `${noun.charAt(0).toUpperCase()}${noun.slice(1)}: ${verb}`;
  return labels[action] ?? named.replaceAll('_', ' ');
}

/** A link, where there is a page for it. */
function Target({ event: { action, targetId } }: { readonly event: AuditEvent }) {
  if (targetId === null) return null;
  const [noun = ''] = action.split('.');
  const list = { source: 'sources', sync: 'jobs', removals: 'jobs' }[noun];
  if (list === undefined || action === 'source.delete') return targetId;
  return (
    <Anchor href={`/${list}/${targetId}`} fz="xs">
      {targetId}
    </Anchor>
  );
}
