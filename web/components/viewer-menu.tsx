import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconUser } from '@tabler/icons-react';
import { useSignOut } from '../api/session.ts';
import type { Session } from '../api/types.ts';

/** Theme, API reference and signing out; opened by the button that loads it. */
export function ViewerMenu({ session }: { readonly session: Session }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const schemes = [
    ['auto', 'System theme'],
    ['light', 'Light theme'],
    ['dark', 'Dark theme'],
  ] as const;
  return (
    <Menu position="bottom-end" width={220} defaultOpened>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account and theme">
          <IconUser size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.isLocal ? 'Local user' : session.userId}</Menu.Label>
        {schemes.map(([scheme, title]) => (
          <Menu.Item
            key={scheme}
            leftSection={<IconMoon size={15} aria-hidden />}
            onClick={() => setColorScheme(scheme)}
            fw={colorScheme === scheme ? 700 : 400}
          >
            {title}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href="/docs">
          API reference
        </Menu.Item>
        {!session.isLocal && <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
