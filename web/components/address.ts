import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';

type Change = Readonly<Record<string, string | null | readonly string[]>>;

export interface Address {
  one: (name: string) => string | null;
  all: (name: string) => string[];
  /** Null and an empty list take a name out. */
  change: (change: Change) => void;
}

/** What is asked of a list stands in the address: it can be kept, sent and gone back to. */
export function useAddress(): Address {
  const [params, setParams] = useSearchParams();
  return {
    one: (name) => params.get(name),
    all: (name) => params.getAll(name),
    change: (change) => setParams((old) => changed(old, change), { replace: true }),
  };
}

function changed(old: URLSearchParams, change: Change): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [name, value] of Object.entries(change)) {
    next.delete(name);
    for (const one of [value ?? []].flat()) next.append(name, one);
  }
  return next;
}

/** A text that is being typed, and what of it has come to rest in the address. */
export function useAddressText(name: string) {
  const { one, change } = useAddress();
  const asked = one(name) ?? '';
  const [text, setText] = useState(asked);
  const [settled] = useDebouncedValue(text.trim(), 300);
  // A space at the end belongs to the word that comes next.
  useEffect(() => setText((current) => (current.trim() === asked ? current : asked)), [asked]);
  useEffect(() => {
    if (settled !== asked && settled === text.trim()) change({ [name]: settled === '' ? null : settled });
    // oxlint-disable-next-line react/exhaustive-deps -- a settled text is carried over once, not at each change of the address
  }, [settled]);
  return { asked, text, setText };
}
