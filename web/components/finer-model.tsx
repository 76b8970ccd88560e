import { Code, Text } from '@mantine/core';
import { useVectorStatus } from '../api/vectors.ts';
import { bytes, duration } from '../format.ts';

/** The length of most passages, in tokens. */
const passageTokens = 400;
const many = 10_000;

/** Says that a model which understands more can be chosen, and what it costs. Shows nothing if there is none. */
export function FinerModel() {
  const { data } = useVectorStatus();
  if (data === undefined || data.finer === null) return null;
  const { model, downloadBytes, tokensPerSecond } = data.finer;
  const passages = duration((many * passageTokens) / tokensPerSecond);
  return (
    <Text size="xs" c="dimmed" maw={560} mx="auto" px="md" ta="center">
      The model used here, <Code>{data.configured.model}</Code>, compares words. <Code>{model}</Code> understands whole
      sentences and needs no key either: {bytes(downloadBytes)} are downloaded once, and two cores need about {passages}{' '}
      for {many.toLocaleString()} passages. An operator chooses it with <Code>EMBEDDING_MODEL</Code>; the overview then
      shows what moving your documents takes before anything is embedded.
    </Text>
  );
}
