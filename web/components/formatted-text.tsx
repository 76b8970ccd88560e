/** A document’s text with its headings, lists and tables. Loaded only by the pages that show one. */

import { Anchor, Table, Text, Typography } from '@mantine/core';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

/** Formatting more than this makes a browser unresponsive. */
const maxFormatted = 200_000;

/**
 * HTML in the text is shown as text, addresses are limited to safe protocols (both by the library), and pictures are not
 * loaded: nothing in a document may make the browser call anyone.
 */
const components: Components = {
  a: ({ href, children }) => (
    <Anchor href={href} target="_blank" rel="noreferrer nofollow" inherit>
      {children}
    </Anchor>
  ),
  img: ({ alt, src }) => <em>{alt === undefined || alt === '' ? (src ?? 'picture') : alt}</em>,
  table: ({ children }) => (
    <Table.ScrollContainer minWidth={0}>
      <Table withTableBorder>{children}</Table>
    </Table.ScrollContainer>
  ),
  // The page has its own headings: those of a document come below them.
  h1: ({ children }) => <h3 dir="auto">{children}</h3>,
  h2: ({ children }) => <h4 dir="auto">{children}</h4>,
  h3: ({ children }) => <h5 dir="auto">{children}</h5>,
  h4: ({ children }) => <h6 dir="auto">{children}</h6>,
  p: ({ children }) => <p dir="auto">{children}</p>,
  li: ({ children }) => <li dir="auto">{children}</li>,
};

export function FormattedText({ text }: { readonly text: string }) {
  return (
    <Typography fz="sm" style={{ overflowWrap: 'anywhere' }}>
      <Markdown remarkPlugins={[remarkGfm]} components={components}>
        {text.slice(0, maxFormatted)}
      </Markdown>
      {text.length > maxFormatted && (
        <Text size="sm" c="dimmed">
          Only the beginning is formatted. Choose “Plain” for all of it.
        </Text>
      )}
    </Typography>
  );
}
