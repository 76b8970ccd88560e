import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';

type Change = Readonly<Record<string, string | null | readonly string[]>>;

export interface Address {
  one: (name: string) => string | null;
  all: (name: string) => string[];
  /**
   * Null and an empty list remove a parameter. The browser’s back button undoes a change, unless it replaces the last
   * one, as while somebody types.
   */
  change: (change: Change, options?: { readonly replace?: boolean }) => void;
}

/** Filters live in the address, so that a view can be bookmarked, shared and returned to. */
export function useAddress(): Address {
  const [params, setParams] = useSearchParams();
  return {
    one: (name) => params.get(name),
    all: (name) => params.getAll(name),
    change: (change, { replace = false } = {}) => setParams((old) => changed(old, change), { replace }),
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

/** A text being typed, and the debounced value of it in the address. */
export function useAddressText(name: string) {
  const { one, change } = useAddress();
  const asked = one(name) ?? '';
  const [text, setText] = useState(asked);
  const [settled] = useDebouncedValue(text.trim(), 300);
  // A trailing space belongs to the next word.
  useEffect(() => setText((current) => (current.trim() === asked ? current : asked)), [asked]);
  useEffect(() => {
    if (settled !== asked && settled === text.trim())
      change({ [name]: settled === '' ? null : settled }, { replace: true });
    // oxlint-disable-next-line react/exhaustive-deps -- a settled text is carried over once, not at each change of the address
  }, [settled]);
  return { asked, text, setText };
}
