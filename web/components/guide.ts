/** Tells a newcomer in a line what a thing is, and where the documentation says more. */

const synced: Readonly<Record<string, string>> = {
  google_drive:
    'My Drive, shared drives and files shared with you. Google Docs are exported; sound and video are not read.',
  gmail:
    'Mail and its attachments, by label or search. Drafts, spam and trash only by choice; no calendars or contacts.',
  dropbox: 'All folders, shared ones included. Paper is exported; links to other files are skipped.',
  onedrive:
    'Your own drive, folders added to it, and SharePoint libraries by choice. OneNote notebooks are not synced.',
  notion:
    'Pages and databases that you share with the connection, and the files in them. Linked files are not followed.',
  slack: 'Public channels with threads and files; private channels and direct messages by choice. It joins no channel.',
  upload: 'Files and folders from your computer. No account is needed; a sync starts by itself.',
  local_folder: 'A folder of the server’s own disk. Nothing outside of it is followed.',
};

/** One line on what is synced, and what is not; empty for a type without one. */
export function whatIsSynced(sourceType: string): string {
  return synced[sourceType] ?? '';
}
