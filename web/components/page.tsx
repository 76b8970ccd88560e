import { Anchor, Box, Breadcrumbs, Group, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';

interface PageProps {
  readonly title: string;
  /** Pages above this one. */
  readonly above?: readonly { readonly title: string; readonly to: string }[];
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page’s frame: window title, heading (focused on arrival) and actions. */
export function Page({ title, above = [], beside, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    document.title = `${title} · Headwater`;
  }, [title]);
  return (
    <Box component="article" maw={1180} mx="auto">
      {above.length > 0 && (
        <Breadcrumbs mb={4} fz="sm">
          {above.map(({ title: name, to }) => (
            <Anchor key={to} component={Link} href={to} fz="sm">
              {name}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" mb="lg" gap="sm">
        <Group gap="sm" miw={0} style={{ rowGap: 4 }}>
          <Title order={1} size="h2" ref={heading} tabIndex={-1} style={{ outline: 'none', overflowWrap: 'anywhere' }}>
            <bdi>{title}</bdi>
          </Title>
          {beside}
        </Group>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
