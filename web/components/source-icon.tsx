import { ThemeIcon } from '@mantine/core';
import {
  IconBrandDropbox,
  IconBrandGmail,
  IconBrandGoogleDrive,
  IconBrandNotion,
  IconBrandOnedrive,
  IconBrandSlack,
  IconCloudUpload,
  IconDatabase,
  IconFolder,
} from '@tabler/icons-react';

/** Decoration only: a type without an icon of its own gets the general one. */
const icons: Readonly<Record<string, typeof IconDatabase>> = {
  google_drive: IconBrandGoogleDrive,
  gmail: IconBrandGmail,
  dropbox: IconBrandDropbox,
  onedrive: IconBrandOnedrive,
  local_folder: IconFolder,
  upload: IconCloudUpload,
  notion: IconBrandNotion,
  slack: IconBrandSlack,
};

export function SourceIcon({ type, size = 36 }: { readonly type: string | null; readonly size?: number }) {
  const Icon = icons[type ?? ''] ?? IconDatabase;
  return (
    <ThemeIcon variant="light" size={size} radius="md" aria-hidden>
      <Icon size={size * 0.55} stroke={1.6} />
    </ThemeIcon>
  );
}
