/** Why a job that was asked for changes only listed everything, by the code that is stored with it. */
const messages: Readonly<Record<string, string>> = {
  no_checkpoint: 'First sync: listing everything.',
  reconcile_due: 'Periodic full listing, to make sure that nothing was missed.',
  no_change_feed: 'Listed everything: this source doesn’t report changes.',
  unknown_gap: 'Listed everything: an earlier sync couldn’t tell what it had missed.',
  listing_stopped: 'Listed everything: an earlier full listing was stopped.',
  endless_listing: 'Listed everything: the source kept reporting the same changes.',
  checkpoint_expired: 'Listed everything: the source’s record of changes since the last sync had expired.',
};

/** The reason in words. A code of another release is given as it is. */
export function fallbackMessage(code: string): string {
  return messages[code] ?? `Listed everything: ${code}.`;
}
