import { Anchor, Badge, Button, Card, Group, SegmentedControl, Stack, Tabs, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { type FullDocument, useDeleteDocument, useDocument } from '../api/documents.ts';
import { useItemHistory } from '../api/job-items.ts';
import { useJob } from '../api/jobs.ts';
import { useSource } from '../api/sources.ts';
import { useAddress } from '../components/address.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { DocumentCollections } from '../components/document-collections.tsx';
import { ItemHistory } from '../components/item-history.tsx';
import { Page } from '../components/page.tsx';
import { isNotFound, Loading, NotFound, NotLoaded } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { count, plural } from '../format.ts';

const FormattedText = lazy(async () => ({ default: (await import('../components/formatted-text.tsx')).FormattedText }));

export function DocumentPage({ id }: { readonly id: string }) {
  const query = useDocument(id);
  const { data: document, error } = query;
  const { one, change } = useAddress();
  const tab = one('tab') ?? 'text';
  const above = [{ title: 'Documents', to: '/documents' }];
  if (isNotFound(error)) return <NotFound what="Document" to="/documents" list="All documents" />;
  if (document === undefined) return <NotLoaded query={query} title="Could not load the document" />;
  return (
    <Page title={document.title} above={above} actions={<Actions document={document} />}>
      <Facts document={document} />
      <DocumentCollections document={document} />
      <Tabs value={tab} onChange={(next) => change({ tab: next === 'text' ? null : next })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="chunks">Chunks ({count(document.chunkCount)})</Tabs.Tab>
          <Tabs.Tab value="metadata">Metadata</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="text">
          <DocumentText document={document} />
        </Tabs.Panel>
        <Tabs.Panel value="chunks">
          <Stack gap="sm">
            {document.chunks?.map((chunk) => (
              <Card key={chunk.id} withBorder radius="md">
                <Group justify="space-between" mb="xs">
                  <Badge variant="light" tt="none">
                    {count(chunk.ordinal + 1)}
                  </Badge>
                  <Text size="xs" c="dimmed">
                    {plural(chunk.tokens, 'token')}
                  </Text>
                </Group>
                <PlainText text={chunk.text} />
              </Card>
            ))}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="metadata">
          <Card withBorder radius="md">
            <PlainText text={JSON.stringify(document.metadata, null, 2)} />
          </Card>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Formats whose text is stored with the marks of Markdown. In others, each line break counts. */
const isMarkedUp = /markdown|html|csv|wordprocessingml|spreadsheetml|presentationml|google-apps|opendocument|epub/;

function DocumentText({ document: { text, mimeType } }: { readonly document: FullDocument }) {
  const [how, setHow] = useState(isMarkedUp.test(mimeType ?? '') ? 'formatted' : 'plain');
  return (
    <Card withBorder radius="md">
      <Group justify="flex-end" mb="xs">
        <SegmentedControl
          size="xs"
          aria-label="Text"
          value={how}
          onChange={setHow}
          data={[
            { value: 'formatted', label: 'Formatted' },
            { value: 'plain', label: 'Plain' },
          ]}
        />
      </Group>
      {how === 'plain' ? (
        <PlainText text={text} />
      ) : (
        <Suspense fallback={<Loading />}>
          <FormattedText text={text} />
        </Suspense>
      )}
    </Card>
  );
}

function PlainText({ text }: { readonly text: string }) {
  return (
    <Text
      component="div"
      size="sm"
      dir="auto"
      style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', lineHeight: 1.6 }}
    >
      {text}
    </Text>
  );
}

/** Its source, its path and the sync that last changed it. */
function Facts({ document }: { readonly document: FullDocument }) {
  const { source } = useSource(document.dataSourceId ?? '');
  return (
    <Group gap="lg" fz="sm" c="dimmed" mb="lg" style={{ rowGap: 6 }}>
      {source !== null && (
        <Anchor component={Link} href={`/sources/${source.id}`} fz="sm">
          {source.name}
        </Anchor>
      )}
      {document.path !== null && (
        <span dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {document.path}
        </span>
      )}
      <span>
        Modified <Time at={document.modifiedAt} none="at an unknown time" />
      </span>
      <span>{plural(document.tokens, 'token')}</span>
      <span>Version {document.version}</span>
      {document.dataSourceId !== null && (
        <SyncedBy dataSourceId={document.dataSourceId} externalId={document.externalId} />
      )}
    </Group>
  );
}

function SyncedBy({ dataSourceId, externalId }: { readonly dataSourceId: string; readonly externalId: string }) {
  const history = useItemHistory(dataSourceId, externalId);
  const jobId = history.data?.events.find((event) => event.outcome === 'created' || event.outcome === 'updated')?.jobId;
  return jobId === undefined ? null : <JobLinks id={jobId} />;
}

function JobLinks({ id }: { readonly id: string }) {
  const { data: job } = useJob(id, false);
  return (
    <>
      <Anchor component={Link} href={`/jobs/${id}`} fz="sm">
        Last sync that changed it
      </Anchor>
      {job?.temporalUrl != null && (
        <Anchor href={job.temporalUrl} target="_blank" rel="noreferrer" fz="sm">
          Open in Temporal <IconExternalLink size={13} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      )}
    </>
  );
}

function Actions({ document }: { readonly document: FullDocument }) {
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  const { dataSourceId, externalId, title, sourceUrl, archiveId } = document;
  return (
    <>
      {sourceUrl !== null && /^https?:/.test(sourceUrl) && (
        <Button
          component="a"
          href={sourceUrl}
          target="_blank"
          rel="noreferrer"
          variant="default"
          rightSection={<IconExternalLink size={14} aria-hidden />}
        >
          Open at the source
        </Button>
      )}
      {dataSourceId !== null && (
        <>
          <Button variant="default" onClick={() => setHistoryOpen(true)}>
            History
          </Button>
          <ItemHistory
            dataSourceId={dataSourceId}
            item={isHistoryOpen ? { externalId, name: title, webUrl: sourceUrl } : null}
            onClose={() => setHistoryOpen(false)}
          />
        </>
      )}
      {archiveId === null ? (
        <DeleteButton id={document.id} />
      ) : (
        <Button component={Link} href={`/documents/${archiveId}`} variant="default">
          Open the archive
        </Button>
      )}
    </>
  );
}

/** Not for a file in an archive, which comes and goes with the archive. */
function DeleteButton({ id }: { readonly id: string }) {
  const remove = useDeleteDocument();
  const [, go] = useLocation();
  return (
    <ConfirmButton
      question="Delete this document?"
      action={remove}
      onConfirm={() => remove.mutate(id, { onSuccess: () => go('/documents') })}
    >
      <Text size="sm">
        The document is deleted from Headwater, not from the source. Its item is skipped by later syncs until you sync
        it by hand.
      </Text>
    </ConfirmButton>
  );
}
