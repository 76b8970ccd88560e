/** Edits that are not saved: whoever would lose them is asked first. One rule for all forms, on pages and in dialogs. */

import { useEffect, useId, useState } from 'react';

/** The forms that have edits. */
const edited = new Set<string>();

/** @param isEdited whether the form differs from what is saved */
export function useUnsaved(isEdited: boolean): void {
  const id = useId();
  useEffect(() => {
    if (!isEdited) return undefined;
    edited.add(id);
    return () => void edited.delete(id);
  }, [id, isEdited]);
}

/** @param fields of a form, which has edits while they are not what they were at first */
export function useUnsavedFields(fields: unknown): void {
  const now = JSON.stringify(fields);
  const [first] = useState(now);
  useUnsaved(now !== first);
}

/** Asks, if there are edits. @returns false if the viewer wants to stay with them */
export function mayLeave(): boolean {
  // The browser’s own question also holds the back button, and needs nothing of a server that may be away.
  return edited.size === 0 || window.confirm('Your changes are not saved. Discard them?');
}

/** Leaves what is saved, or what is deleted together with its edits, without a question. */
export function leaveSaved(leave: () => void): void {
  edited.clear();
  leave();
}

/** Asks before another address is shown, whatever leads there: a link, the command palette, the back button, a closed tab. */
export function holdUnsaved(): void {
  window.addEventListener('beforeunload', (event) => {
    if (edited.size > 0) event.preventDefault();
  });
  // Browsers before 2026 may lack it; there only a reload and a closed tab ask.
  if ('navigation' in window) window.navigation.addEventListener('navigate', holdNavigation);
}

function holdNavigation(event: NavigateEvent): void {
  const { cancelable, destination } = event;
  // Another document asks by `beforeunload`.
  if (!cancelable || !destination.sameDocument || destination.url === window.location.href) return;
  if (!mayLeave()) event.preventDefault();
}
