import { Anchor, Badge, Button, Card, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import {
  type FullDocument,
  useDeleteDocument,
  useDocument,
  useExplanation,
  useJob,
  useSource,
} from '../api/queries.ts';
import { DeleteButton } from '../components/delete-button.tsx';
import { DocumentCollections } from '../components/document-collections.tsx';
import { ItemStory } from '../components/item-history.tsx';
import { Page } from '../components/page.tsx';
import { Loading, ProblemAlert } from '../components/status-views.tsx';
import { Time } from '../components/time.tsx';
import { count, plural } from '../format.ts';

export function DocumentPage({ id }: { readonly id: string }) {
  const { data: document, isPending, error, refetch } = useDocument(id);
  const above = [{ title: 'Documents', to: '/documents' }];
  if (isPending) return <Loading />;
  if (document === undefined)
    return (
      <Page title="Document" above={above}>
        <ProblemAlert error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page title={document.title} above={above} actions={<Actions document={document} />}>
      <Facts document={document} />
      <DocumentCollections document={document} />
      <Tabs defaultValue="text" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="chunks">Chunks ({count(document.chunkCount)})</Tabs.Tab>
          <Tabs.Tab value="metadata">Metadata</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="text">
          <Card withBorder radius="md">
            <PlainText text={document.text} />
          </Card>
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

function PlainText({ text }: { readonly text: string }) {
  return (
    <Text component="div" size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', lineHeight: 1.6 }}>
      {text}
    </Text>
  );
}

/** Where it is from, and which sync brought it. */
function Facts({ document }: { readonly document: FullDocument }) {
  const { source } = useSource(document.dataSourceId ?? '');
  return (
    <Group gap="lg" fz="sm" c="dimmed" mb="lg" style={{ rowGap: 6 }}>
      {source !== null && (
        <Anchor component={Link} href={`/sources/${source.id}`} fz="sm">
          {source.name}
        </Anchor>
      )}
      {document.path !== null && <span style={{ overflowWrap: 'anywhere' }}>{document.path}</span>}
      <span>
        Changed <Time at={document.modifiedAt} none="at an unknown time" />
      </span>
      <span>{plural(document.tokens, 'token')}</span>
      <span>Version {document.version}</span>
      {document.dataSourceId !== null && (
        <BroughtBy dataSourceId={document.dataSourceId} externalId={document.externalId} />
      )}
    </Group>
  );
}

function BroughtBy({ dataSourceId, externalId }: { readonly dataSourceId: string; readonly externalId: string }) {
  const story = useExplanation(dataSourceId, externalId);
  const jobId = story.data?.events.find((event) => event.outcome === 'created' || event.outcome === 'updated')?.jobId;
  return jobId === undefined ? null : <JobLinks id={jobId} />;
}

function JobLinks({ id }: { readonly id: string }) {
  const { data: job } = useJob(id, false);
  return (
    <>
      <Anchor component={Link} href={`/jobs/${id}`} fz="sm">
        The sync that brought it
      </Anchor>
      {job?.temporalUrl != null && (
        <Anchor href={job.temporalUrl} target="_blank" rel="noreferrer" fz="sm">
          In Temporal <IconExternalLink size={13} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      )}
    </>
  );
}

function Actions({ document }: { readonly document: FullDocument }) {
  const [isReported, setReported] = useState(false);
  const remove = useDeleteDocument();
  const [, go] = useLocation();
  const { dataSourceId, externalId, title, sourceUrl } = document;
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
          At the source
        </Button>
      )}
      {dataSourceId !== null && (
        <>
          <Button variant="default" onClick={() => setReported(true)}>
            Explain
          </Button>
          <ItemStory
            dataSourceId={dataSourceId}
            item={isReported ? { externalId, name: title, webUrl: sourceUrl } : null}
            onClose={() => setReported(false)}
          />
        </>
      )}
      <DeleteButton
        question="Delete this document?"
        removal={remove}
        onDelete={() => remove.mutate(document.id, { onSuccess: () => go('/documents') })}
      >
        <Text size="sm">Here, never at the source. It is left out from then on, until it is synced by name.</Text>
      </DeleteButton>
    </>
  );
}
