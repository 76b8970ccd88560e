/** The files that were uploaded to a source: add, replace, delete, and what the sync has made of each. */

import { Alert, Anchor, Badge, Button, Card, Group, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCloudUpload, IconFiles, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useRunningJobs } from '../api/jobs.ts';
import { useSource } from '../api/sources.ts';
import type { ListedUpload } from '../api/types.ts';
import {
  type ChosenFile,
  clearUploads,
  startUploads,
  useDeleteUploads,
  useUploadedFiles,
  useUploads,
} from '../api/uploads.ts';
import { bytes, count, plural } from '../format.ts';
import { droppedFiles, pickedFiles } from './chosen-files.ts';
import { ConfirmButton } from './confirm-button.tsx';
import { type Column, Rows } from './rows.tsx';
import { Empty, ProblemAlert } from './status-views.tsx';
import { Time } from './time.tsx';

export function UploadedFiles({ dataSourceId }: { readonly dataSourceId: string }) {
  const [text, setText] = useState('');
  const [part] = useDebouncedValue(text.trim(), 200);
  const pages = useUploadedFiles(dataSourceId, part === '' ? undefined : part);
  const about = pages.data?.pages.at(-1)?.about;
  const isUploading = !useUploads(dataSourceId).isOver;
  return (
    <Stack gap="md">
      <DropZone dataSourceId={dataSourceId} maxFileBytes={about?.maxFileBytes} />
      <UploadProgress dataSourceId={dataSourceId} />
      <Group justify="space-between" gap="sm">
        <TextInput
          aria-label="Filter uploaded files"
          placeholder="Filter by name or folder"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: '1 1 200px', maxWidth: 320 }}
        />
        {about !== undefined && (
          <Text size="sm" c="dimmed">
            {plural(about.total.files, 'file')}, {bytes(about.total.bytes)}
            {about.used.bytes > about.limit.bytes / 100 &&
              ` · ${megabytes(about.used.bytes)} of your ${megabytes(about.limit.bytes)} used`}
          </Text>
        )}
      </Group>
      <Rows
        label="Uploaded files"
        pages={pages}
        columns={columnsOf(dataSourceId)}
        keyOf={({ id }) => id}
        empty={
          isUploading ? null : (
            <Empty icon={<IconFiles size={28} />} title={part === '' ? 'No files yet' : 'No files with this name'}>
              {part === '' ? 'Files that you upload are read, embedded and searchable within seconds.' : null}
            </Empty>
          )
        }
      />
    </Stack>
  );
}

/** As the operator sets limits, and as a refusal states them. */
function megabytes(value: number): string {
  return `${count(Math.round(value / 1_048_576))} MB`;
}

function DropZone({
  dataSourceId,
  maxFileBytes,
}: {
  readonly dataSourceId: string;
  readonly maxFileBytes: number | undefined;
}) {
  const client = useQueryClient();
  const [isOver, setOver] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const add = (files: readonly ChosenFile[]): void => {
    setError(files.length === 0 ? new Error('There are no files in it, or only hidden ones.') : null);
    if (files.length > 0) startUploads(client, dataSourceId, files);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer).then(add, (reason: unknown) =>
      setError(Error.isError(reason) ? reason : new Error('The folder cannot be read.')),
    );
  };
  return (
    <Card
      radius="md"
      padding="lg"
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      style={{
        border: `2px dashed var(--mantine-color-${isOver ? 'teal-6' : 'default-border'})`,
        background: isOver ? 'var(--mantine-color-teal-light)' : undefined,
      }}
    >
      <Stack align="center" gap="xs" ta="center">
        <IconCloudUpload size={32} stroke={1.5} aria-hidden />
        <Text fw={600}>Drop files or folders here</Text>
        <Text size="sm" c="dimmed">
          A file with the same name in the same folder is replaced.
          {maxFileBytes === undefined ? '' : ` Up to ${megabytes(maxFileBytes)} each.`}
        </Text>
        <Group gap="xs" justify="center">
          <PickButton label="Choose files" onPick={add} />
          <PickButton label="Choose a folder" isFolder onPick={add} />
        </Group>
        <ProblemAlert error={error} title="Nothing was uploaded" />
      </Stack>
    </Card>
  );
}

interface PickButtonProps {
  readonly label: string;
  readonly isFolder?: boolean;
  readonly onPick: (files: readonly ChosenFile[]) => void;
}

function PickButton({ label, isFolder = false, onPick }: PickButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(isFolder ? { webkitdirectory: '' } : {})}
        onChange={({ currentTarget }) => {
          onPick(pickedFiles(currentTarget.files));
          // So that the same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <Button variant="default" onClick={() => input.current?.click()}>
        {label}
      </Button>
    </>
  );
}

/** Whether the sync of what was uploaded is still to come, at work, or done. */
function WhatFollows({ dataSourceId, endedAt }: { readonly dataSourceId: string; readonly endedAt: number }) {
  const { source } = useSource(dataSourceId);
  const isRunning = useRunningJobs().data?.has(dataSourceId) === true;
  if (isRunning) return <>Syncing…</>;
  if (source?.lastSyncAt != null && Date.parse(source.lastSyncAt) > endedAt) return <>Synced</>;
  return <>A sync starts by itself in a few seconds.</>;
}

/** How far the uploads are, and what could not be uploaded and why. */
function UploadProgress({ dataSourceId }: { readonly dataSourceId: string }) {
  const client = useQueryClient();
  const { files, done, bytes: total, sent, failed, isOver, endedAt, warning } = useUploads(dataSourceId);
  if (files === 0) return null;
  const retry = (): void => {
    clearUploads(dataSourceId);
    startUploads(client, dataSourceId, failed);
  };
  return (
    <Card withBorder radius="md">
      <Group justify="space-between" mb={isOver ? 0 : 'xs'} gap="xs">
        <Text size="sm" fw={600} role="status">
          {isOver ? `${plural(done, 'file')} uploaded` : `Uploading ${count(done + failed.length)} of ${count(files)}`}
        </Text>
        <Text size="sm" c="dimmed">
          {!isOver && `${bytes(sent)} of ${bytes(total)}`}
          {isOver && done > 0 && <WhatFollows dataSourceId={dataSourceId} endedAt={endedAt} />}
        </Text>
      </Group>
      {!isOver && <Progress value={total === 0 ? 0 : (sent / total) * 100} aria-label="Upload" />}
      {warning !== null && (
        <Alert color="yellow" mt="sm">
          {warning}
        </Alert>
      )}
      {failed.length > 0 && (
        <Alert color="red" mt="sm" title={`${plural(failed.length, 'file')} could not be uploaded`}>
          <Stack gap={4} component="ul" m={0} pl="md">
            {failed.slice(0, 10).map(({ path, message }) => (
              <Text key={path} component="li" size="sm" style={{ overflowWrap: 'anywhere' }}>
                {path}: {message}
              </Text>
            ))}
            {failed.length > 10 && (
              <Text component="li" size="sm">
                and {count(failed.length - 10)} more
              </Text>
            )}
          </Stack>
          {isOver && (
            <Button size="xs" variant="light" color="red" mt="xs" onClick={retry}>
              Try again
            </Button>
          )}
        </Alert>
      )}
    </Card>
  );
}

function columnsOf(dataSourceId: string): readonly Column<ListedUpload>[] {
  return [
    {
      title: 'File',
      width: 'minmax(0, 1fr)',
      cell: (file) => <FileName file={file} />,
    },
    { title: 'Size', width: '90px', align: 'right', wideOnly: true, cell: ({ size }) => bytes(size) },
    { title: 'Uploaded', width: '130px', wideOnly: true, cell: ({ uploadedAt }) => <Time at={uploadedAt} /> },
    { title: 'Status', width: '110px', cell: (file) => <FileStatus file={file} /> },
    { title: 'Delete', head: '', width: '32px', cell: ({ path }) => <DeleteFile id={dataSourceId} path={path} /> },
  ];
}

function FileName({ file: { path, documentId, message } }: { readonly file: ListedUpload }) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  return (
    <>
      {documentId === null ? (
        <Text size="sm" truncate dir="auto">
          {name}
        </Text>
      ) : (
        <Anchor component={Link} href={`/documents/${documentId}`} fz="sm" truncate display="block" dir="auto">
          {name}
        </Anchor>
      )}
      {(message ?? folder) !== '' && (
        <Text size="xs" c="dimmed" truncate dir="auto" title={message ?? folder}>
          {message ?? folder}
        </Text>
      )}
    </>
  );
}

const statuses = {
  pending: ['Waiting', 'gray'],
  synced: ['Synced', 'teal'],
  skipped: ['Skipped', 'yellow'],
  failed: ['Failed', 'red'],
} as const;

function FileStatus({ file: { syncStatus } }: { readonly file: ListedUpload }) {
  const [text, color] = statuses[syncStatus ?? 'pending'];
  return (
    <Badge color={color} variant="dot" tt="none" fw={500}>
      {text}
    </Badge>
  );
}

function DeleteFile({ id, path }: { readonly id: string; readonly path: string }) {
  const remove = useDeleteUploads(id);
  return (
    <ConfirmButton
      isIcon
      label={`Delete ${path}`}
      question={`Delete ${path}?`}
      action={remove}
      onConfirm={(close) => remove.mutate(path, { onSuccess: close })}
    >
      <Text size="sm">The file is deleted from Headwater. Its document is removed by the next sync, in a moment.</Text>
    </ConfirmButton>
  );
}
