"""Written by `npm run client:python` from the API's own description."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, BinaryIO, Literal, NotRequired, TypeAlias, TypedDict
from urllib.parse import quote


class AuditEvent(TypedDict):
    id: str
    at: str
    """UTC, ISO 8601"""
    action: str
    """such as key.create; without a name of its own, the method and route"""
    outcome: Literal["done", "refused", "failed", "unknown"]
    """unknown: the process ended before the answer was sent"""
    actor: Literal["user", "key"]
    keyId: str | None
    """the API key that was used"""
    keyName: str | None
    address: str | None
    """the IP address of the client"""
    targetId: str | None
    """what it was done to: a source, job, key, document"""
    targetName: str | None
    """its name today: of a job, that of its source; null if it has none or was deleted"""


class Choice(TypedDict):
    value: str
    """the value for the config field"""
    label: str
    hasChildren: bool
    """whether it has choices inside it"""


class DataSource(TypedDict):
    id: str
    name: str
    sourceType: SourceType
    connectionStatus: Literal["connected", "disconnected", "error", "syncing"]
    connectionProvider: Literal["oauth", "composio", "token"] | None
    needsSignIn: bool
    accountLabel: str | None
    config: dict[str, Any]
    lastSyncAt: str | None
    lastSyncStatus: str | None
    lastSyncError: str | None
    lastFullListingAt: str | None
    configChangedAt: str | None
    """when the config was changed; null once a full listing has applied it. Until then, removals wait for approval"""
    totalItemsSynced: float
    gaps: list[Gap]
    """parts that could not be listed, by name, at most 100; items in them are not changed"""
    gapCount: float
    syncFrequency: Literal["manual", "hourly", "daily", "weekly"]
    isActive: bool
    changeNotificationsEnabled: bool
    """whether the owner enabled real-time updates from the vendor"""
    changeNotificationsActive: bool
    """whether the vendor sends them, as far as is known"""
    changeNotificationsError: str | None
    """why the vendor does not send them"""
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class DeletionResultRemoved(TypedDict):
    sources: float
    documents: float
    chunks: float
    vectors: float
    """vectors that nothing else uses"""
    vectorsOutside: float
    """vectors counted by a store outside Postgres, for a whole user"""
    otherRows: float
    stagedBytes: float
    schedules: float


class DeletionResultLeft(TypedDict):
    """what was still found afterwards"""
    sources: float
    documents: float
    chunks: float
    vectors: float
    """vectors that nothing else uses"""
    vectorsOutside: float
    """vectors counted by a store outside Postgres, for a whole user"""
    otherRows: float
    stagedBytes: float
    schedules: float


class DeletionResult(TypedDict):
    removed: DeletionResultRemoved
    left: DeletionResultLeft
    """what was still found afterwards"""
    signInsRevoked: float
    signInsNotRevoked: float
    signInsKept: float
    """sign-ins that are not revoked because another source uses them"""


class Deletion(TypedDict):
    id: str
    status: Literal["running", "completed", "failed"]
    result: DeletionResult | None


class DocumentProjectsItem(TypedDict):
    id: str
    name: str


class DocumentTagsItem(TypedDict):
    id: str
    name: str


class Document(TypedDict):
    id: str
    dataSourceId: str | None
    externalId: str
    """of a file in an archive: `<id of the archive>!/<path>`"""
    archiveId: str | None
    """the document of the archive that contains this file"""
    itemType: str
    title: str
    path: str | None
    mimeType: str | None
    sourceUrl: str | None
    metadata: dict[str, Any]
    version: float
    chunkCount: float
    tokens: float
    modifiedAt: str | None
    projects: list[DocumentProjectsItem]
    tags: list[DocumentTagsItem]
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class DocumentChange(TypedDict):
    type: Literal["created", "updated", "deleted"]
    at: str
    """when it became visible"""
    documentId: str
    dataSourceId: str | None
    document: Document | None
    """as it is now; null if it was deleted"""


class Gap(TypedDict):
    externalId: str | None
    """null if it is unknown what is missing, in which case nothing at all is removed"""
    name: str
    """name of the folder, channel or database that could not be listed"""
    code: str
    message: str
    """why it could not be listed, and what to do"""
    since: str
    """UTC, ISO 8601"""
    nextAttemptAt: str | None
    """the first sync after this time tries again; null means the next sync"""


class ItemEvent(TypedDict):
    jobId: str
    at: str
    """UTC, ISO 8601"""
    name: str | None
    action: str | None
    state: str
    outcome: Literal["created", "updated", "unchanged", "removed", "skipped", "failed"] | None
    errorCode: str | None
    errorMessage: str | None
    what: str


class ItemHistoryItemNotesItem(TypedDict):
    code: str
    message: str


class ItemHistoryItem(TypedDict):
    externalId: str
    name: str
    path: str
    syncStatus: Literal["pending", "synced", "skipped", "failed"]
    documentId: str | None
    isLive: bool
    """whether its text can be searched"""
    errorCode: str | None
    errorMessage: str | None
    notes: list[ItemHistoryItemNotesItem]
    """what was changed so that it could be stored, and what the source did not return of it"""
    attempts: float
    """failures since the last success"""
    nextAttemptAt: str | None
    foundAt: str
    """UTC, ISO 8601"""
    lastSeenJobId: str | None
    lastSyncedAt: str | None


class ItemHistory(TypedDict):
    summary: str
    """for people"""
    item: ItemHistoryItem | None
    """null if the source has no such item now"""
    events: list[ItemEvent]
    """what recent jobs did with it, newest first; jobs that found it unchanged are not listed"""


class JobCounts(TypedDict):
    found: float
    processed: float
    created: float
    updated: float
    unchanged: float
    removed: float
    skipped: float
    failed: float
    pending: float
    """not tried before the job was stopped; not included in the items found, and processed by the next sync"""


class JobProgressStages(TypedDict):
    """items by stage; those that wait have been found but not fetched"""
    waiting: float
    downloaded: float
    transformed: float
    done: float


class JobProgressSecondsLeftRange(TypedDict):
    min: float
    max: float


class JobProgress(TypedDict):
    stage: str | None
    listingComplete: bool
    stages: JobProgressStages
    """items by stage; those that wait have been found but not fetched"""
    itemsPerSecond: float | None
    """in the last minute"""
    percent: float | None
    """null during the listing, while the total is unknown"""
    secondsLeft: float | None
    """at the rate of the last minute"""
    secondsLeftRange: JobProgressSecondsLeftRange | None
    """range between the rate of the last minute and the rate since the start"""
    waitingFor: WaitingFor | None


class JobSpeed(TypedDict):
    """set for this job only; null for the default"""
    pagesAtOnce: float | None
    requestsPerSecond: float | None


class JobRemovalsDecided(TypedDict):
    by: str
    at: str
    """UTC, ISO 8601"""


class JobRemovals(TypedDict):
    count: float
    of: float
    decision: Literal["waiting", "approve", "keep"]
    configChanged: bool
    """whether a changed config is the reason to ask, whatever the number"""
    decided: JobRemovalsDecided | None
    """by whom and when; null: not yet, or not through the API"""


class Job(TypedDict):
    id: str
    dataSourceId: str
    jobType: Literal["full_sync", "incremental", "delta", "manual"]
    mode: Literal["full", "feed", "window", "manual", "reprocess"] | None
    trigger: Literal["api", "schedule", "cli", "retry", "change_notification", "upload"]
    dryRun: bool
    status: Literal["pending", "running", "completed", "failed", "cancelled"]
    counts: JobCounts
    bytesProcessed: float
    progress: JobProgress | None
    """only while the job is running"""
    speed: JobSpeed
    """set for this job only; null for the default"""
    fallback: str | None
    """why the job ran in another mode than the requested one, as a code"""
    fallbackMessage: str | None
    """the same in words"""
    removals: JobRemovals | None
    sweepSkipped: str | None
    unconfirmed: float
    """items missing from the listing that were kept because the vendor could not say whether they were deleted"""
    gaps: list[Gap]
    """parts that could not be listed, by name, at most 100; items in them are not changed"""
    gapCount: float
    plan: JobPlan | None
    errorCode: str | None
    errorMessage: str | None
    workflowId: str | None
    temporalUrl: str | None
    startedAt: str | None
    completedAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class JobItemNotesItem(TypedDict):
    code: str
    message: str


class JobItem(TypedDict):
    externalId: str
    name: str | None
    path: str | None
    mimeType: str | None
    webUrl: str | None
    action: str | None
    state: str
    outcome: Literal["created", "updated", "unchanged", "removed", "skipped", "failed"] | None
    planned: Literal["create", "update", "retry", "remove", "skip", "unchanged"] | None
    """for a plan: what a sync would do with it; null for other jobs"""
    errorCode: str | None
    errorMessage: str | None
    nextAttemptAt: str | None
    """for a failed item: the first sync after this time tries again"""
    notes: list[JobItemNotesItem]
    """what was changed so that it could be stored, and what the source did not return of it"""
    size: float | None
    """size as listed by the source; null if it reports none"""
    bytes: float
    """bytes that were downloaded"""
    updatedAt: str
    """UTC, ISO 8601"""


class JobPlan(TypedDict):
    create: float
    update: float
    remove: float
    skip: float
    unchanged: float
    retry: float
    bytes: float
    unsized: float
    """items to read for which the source reports no size; their share of `bytes` and `tokens` is a guess"""
    tokens: float
    """estimated from sizes and from documents of the same type"""
    embeddingDollars: float
    """estimated"""
    estimatedSeconds: float | None
    removalsNeedApproval: bool


class ListedUpload(TypedDict):
    id: str
    path: str
    size: float
    """in bytes"""
    sha256: str
    uploadedAt: str
    """UTC, ISO 8601"""
    syncStatus: Literal["pending", "synced", "skipped", "failed"] | None
    """what the latest sync made of it; null if none has found it, or not since it was replaced"""
    message: str | None
    """why it was skipped or failed"""
    documentId: str | None


class ProblemErrorsItem(TypedDict):
    field: str
    message: str


class Problem(TypedDict):
    type: str
    title: str
    status: int
    code: str
    """stable; listed in docs/errors.md"""
    detail: str
    """what happened, why, what to do"""
    errors: NotRequired[list[ProblemErrorsItem]]


class ScheduledSync(TypedDict):
    id: str
    dataSourceId: str
    scheduleType: Literal["cron", "interval", "daily", "weekly"]
    scheduleConfig: dict[str, Any]
    isActive: bool
    nextRunAt: str | None
    """from Temporal; null while it or its source is inactive, the source needs a sign-in, or an operator has paused it in Temporal"""
    lastRunAt: str | None
    skippedRuns: float
    """runs that were skipped because an earlier one was still running"""
    nextRuns: list[str]
    """the next five, before jitter; none while `nextRunAt` is null"""
    pausedReason: str | None
    """why it does not run although `isActive` is true; null if it runs"""
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class SearchHitPlacePages(TypedDict):
    first: float
    last: float


class SearchHitPlace(TypedDict):
    headings: list[str]
    """headings above the passage, outermost first"""
    pages: SearchHitPlacePages | None
    """counted from 1; null if the document has no pages"""


class SearchHitHighlightsItem(TypedDict):
    start: float
    end: float


class SearchHitOtherPassagesItemPlacePages(TypedDict):
    first: float
    last: float


class SearchHitOtherPassagesItemPlace(TypedDict):
    headings: list[str]
    """headings above the passage, outermost first"""
    pages: SearchHitOtherPassagesItemPlacePages | None
    """counted from 1; null if the document has no pages"""


class SearchHitOtherPassagesItemHighlightsItem(TypedDict):
    start: float
    end: float


class SearchHitOtherPassagesItem(TypedDict):
    chunkId: str
    ordinal: float
    """position of the chunk in the document, from 0"""
    citation: str
    """document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter`"""
    place: SearchHitOtherPassagesItemPlace
    snippet: str
    highlights: list[SearchHitOtherPassagesItemHighlightsItem]
    """offsets into the snippet, in UTF-16 code units; `end` is exclusive"""


class SearchHit(TypedDict):
    chunkId: str
    ordinal: float
    """position of the chunk in the document, from 0"""
    citation: str
    """document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter`"""
    place: SearchHitPlace
    snippet: str
    highlights: list[SearchHitHighlightsItem]
    """offsets into the snippet, in UTF-16 code units; `end` is exclusive"""
    documentId: str
    score: float
    """comparable only within one answer"""
    otherPassages: list[SearchHitOtherPassagesItem]
    """the next best passages of the same document, at most two"""
    title: str
    path: str | None
    mimeType: str | None
    sourceUrl: str | None
    sourceType: str | None
    dataSourceId: str | None
    modifiedAt: str | None


class Session(TypedDict):
    userId: str
    isLocal: bool
    """the single user of an installation without sign-in"""
    expiresAt: str | None


class SourceDayJobs(TypedDict):
    """that ended; no plans"""
    completed: float
    failed: float
    cancelled: float


class SourceDayCounts(TypedDict):
    """items by outcome"""
    created: float
    updated: float
    unchanged: float
    removed: float
    skipped: float
    failed: float


class SourceDay(TypedDict):
    dataSourceId: str
    day: str
    """UTC, as 2026-01-31"""
    jobs: SourceDayJobs
    """that ended; no plans"""
    jobSeconds: float
    """all their durations together, waiting included"""
    longestJobSeconds: float
    counts: SourceDayCounts
    """items by outcome"""
    bytesProcessed: float
    tokensEmbedded: float
    items: float
    """synced items after the last job of the day"""
    documents: float
    chunks: float
    tokens: float
    """of all documents"""


SourceType: TypeAlias = "Literal[\"google_drive\", \"gmail\", \"dropbox\", \"onedrive\", \"notion\", \"slack\", \"local_folder\", \"upload\"]"


class SourceTypeDescriptionSignIn(TypedDict):
    vendor: str
    isConfigured: bool
    """false if the operator has not configured an OAuth application; a token can be pasted instead"""
    composio: bool
    """whether Composio can hold the connection: `provider=composio` when connecting"""


class SourceTypeDescriptionChangeNotifications(TypedDict):
    problem: str | None
    """what the operator has to configure first"""


class SourceTypeDescription(TypedDict):
    sourceType: SourceType
    label: str
    description: str
    """one line on what is synced, and what is not"""
    signIn: SourceTypeDescriptionSignIn | None
    """null if there is no sign-in"""
    changeNotifications: SourceTypeDescriptionChangeNotifications | None
    """null if this type has no change notifications"""
    configSchema: dict[str, Any]
    """JSON Schema of a source’s `config`"""
    choiceFields: list[str]
    """fields of the config whose choices can be listed from the account"""
    receivesFiles: bool
    """whether users upload its files: PUT /api/data-sources/:id/files"""


class StatisticsBeforeItem(TypedDict):
    dataSourceId: str
    items: float
    """synced items after the last job of the day"""
    documents: float
    chunks: float
    tokens: float
    """of all documents"""


class StatisticsErrorsItem(TypedDict):
    code: str
    dataSourceId: str
    items: float


class StatisticsMonthsItem(TypedDict):
    month: str
    """as 2026-01"""
    dataSourceId: str
    tokens: float
    """embedded"""
    dollars: float
    """at the price of the model that embeds now"""


class StatisticsEmbedding(TypedDict):
    model: str
    dimensions: float
    dollarsPerMillionTokens: float


Statistics = TypedDict("Statistics", {
    "from": "str",
    "to": "str",
    "days": "list[SourceDay]",
    "before": "list[StatisticsBeforeItem]",
    "errors": "list[StatisticsErrorsItem]",
    "months": "list[StatisticsMonthsItem]",
    "embedding": "StatisticsEmbedding",
})


class UnseenItem(TypedDict):
    externalId: str
    name: str
    path: str


class UploadedFile(TypedDict):
    id: str
    path: str
    size: float
    """in bytes"""
    sha256: str
    uploadedAt: str
    """UTC, ISO 8601"""


class VectorStatusLive(TypedDict):
    store: str
    """pgvector, or pinecone/INDEX"""
    model: str
    dimensions: float


class VectorStatusConfigured(TypedDict):
    """the store and model of the installation"""
    store: str
    """pgvector, or pinecone/INDEX"""
    model: str
    dimensions: float


class VectorStatusMove(TypedDict):
    state: Literal["offered", "running"]
    canStart: bool
    """whether this call’s caller may start it; otherwise an operator does"""
    isCopy: bool
    """with the same model, vectors are copied and nothing is embedded"""
    texts: float
    """your texts that have no vector there yet"""
    tokens: float
    """estimate"""
    dollars: float
    """estimate"""
    seconds: float | None
    """estimate; null if it depends on a server"""


class VectorStatusFiner(TypedDict):
    model: str
    """what `EMBEDDING_MODEL` would be set to"""
    downloadBytes: float
    """once"""
    tokensPerSecond: float
    """approximately, on two cores"""


class VectorStatus(TypedDict):
    live: VectorStatusLive | None
    """what answers your searches; null before the first vector"""
    configured: VectorStatusConfigured
    """the store and model of the installation"""
    move: VectorStatusMove | None
    """what moving your vectors to the configured store and model takes; null if they are there"""
    finer: VectorStatusFiner | None
    """a model that understands more and needs no key either, with what it costs; null if there is none"""


class WaitingForValue1(TypedDict):
    """a step that keeps failing"""
    reason: Literal["embedder", "vector_store", "vendor", "database", "staging", "disk_full", "internal"]
    step: str
    since: str
    """UTC, ISO 8601"""
    attempts: float
    """at least"""
    message: str
    """what fails, and what to do"""


class WaitingForValue2(TypedDict):
    reason: Literal["approval"]
    removals: float
    of: float


class WaitingForValue3(TypedDict):
    reason: Literal["rate_limit", "quota"]
    limitedBy: Literal["source", "embedder"]
    until: str
    """UTC, ISO 8601"""


class WaitingForValue4(TypedDict):
    reason: Literal["sign_in", "pause"]


class WaitingForValue5(TypedDict):
    """nothing works on the job"""
    reason: Literal["worker", "temporal"]
    message: str
    """what is missing, and what to do"""


WaitingFor: TypeAlias = "WaitingForValue1 | WaitingForValue2 | WaitingForValue3 | WaitingForValue4 | WaitingForValue5"


class Webhook(TypedDict):
    id: str
    url: str
    events: list[Literal["job.finished", "job.failed", "job.held", "source.needs_sign_in"]]
    isActive: bool
    disabledReason: str | None
    """why it was disabled, if nobody did it by hand"""
    failingSince: str | None
    """since when every delivery has failed"""
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class WebhookDelivery(TypedDict):
    id: str
    eventId: str
    """the `webhook-id` that the receiver got"""
    eventType: str
    jobId: str | None
    dataSourceId: str | None
    status: Literal["pending", "delivered", "failed"]
    attempts: float
    lastStatus: float | None
    """HTTP status of the receiver’s last answer"""
    lastError: str | None
    """why there was no answer"""
    lastAttemptAt: str | None
    nextAttemptAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class ApproveRemovalsResult(TypedDict):
    job: Job


class AssignProjectResultProject(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class AssignProjectResult(TypedDict):
    project: AssignProjectResultProject


class AssignProjectBody(TypedDict):
    documentIds: list[str]


class AssignTagResultTag(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class AssignTagResult(TypedDict):
    tag: AssignTagResultTag


class AssignTagBody(TypedDict):
    documentIds: list[str]


class BuildContextResultCitationsItemPlacePages(TypedDict):
    first: float
    last: float


class BuildContextResultCitationsItemPlace(TypedDict):
    headings: list[str]
    """headings above the passage, outermost first"""
    pages: BuildContextResultCitationsItemPlacePages | None
    """counted from 1; null if the document has no pages"""


class BuildContextResultCitationsItem(TypedDict):
    number: float
    documentId: str
    title: str
    place: BuildContextResultCitationsItemPlace
    sourceUrl: str | None
    chunkIds: list[str]
    start: float
    """offset into the document’s text, in UTF-16 code units"""
    end: float
    """exclusive"""
    text: str


class BuildContextResult(TypedDict):
    text: str
    """the passages under numbered headings, to be passed to a language model as data"""
    tokens: float
    """tokens of the text (cl100k_base); never above `maxTokens`"""
    citations: list[BuildContextResultCitationsItem]


class BuildContextBodyFilters(TypedDict):
    dataSourceIds: NotRequired[list[str]]
    sourceTypes: NotRequired[list[SourceType]]
    mimeTypes: NotRequired[list[str]]
    projectIds: NotRequired[list[str]]
    """matches documents in any of these projects"""
    tagIds: NotRequired[list[str]]
    """matches documents with any of these tags"""
    modifiedAfter: NotRequired[str]
    modifiedBefore: NotRequired[str]


class BuildContextBody(TypedDict):
    query: str
    maxTokens: NotRequired[int]
    """tokens of the whole text, headings included (cl100k_base)"""
    filters: NotRequired[BuildContextBodyFilters]


class CancelJobResult(TypedDict):
    job: Job


class ChangeJobSpeedResult(TypedDict):
    job: Job


class ChangeJobSpeedBody(TypedDict):
    pagesAtOnce: NotRequired[int | None]
    requestsPerSecond: NotRequired[float | None]


class ConnectDataSourceResult(TypedDict):
    authorizationUrl: str


class CreateApiKeyResultKey(TypedDict):
    id: str
    name: str
    hint: str
    """how the key begins"""
    scope: Literal["read", "sync", "admin"]
    dataSourceIds: list[str] | None
    """the sources it is limited to"""
    projectIds: list[str] | None
    """the projects it is limited to"""
    expiresAt: str | None
    lastUsedAt: str | None
    """to the minute"""
    revokedAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class CreateApiKeyResult(TypedDict):
    key: CreateApiKeyResultKey
    secret: str


class CreateApiKeyBody(TypedDict):
    name: str
    scope: NotRequired[Literal["read", "sync", "admin"]]
    """each scope includes those before it"""
    dataSourceIds: NotRequired[list[str]]
    """limits it to these sources"""
    projectIds: NotRequired[list[str]]
    """limits it to documents in these projects"""
    expiresAt: NotRequired[str]


class CreateDataSourceResult(TypedDict):
    dataSource: DataSource


class CreateDataSourceBody(TypedDict):
    name: str
    sourceType: SourceType
    config: NotRequired[dict[str, Any]]
    """what to sync; the fields depend on the source type"""
    syncFrequency: NotRequired[Literal["manual", "hourly", "daily", "weekly"]]


class CreateProjectResultProject(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class CreateProjectResult(TypedDict):
    project: CreateProjectResultProject


class CreateProjectBody(TypedDict):
    name: str


class CreateProjectRuleResultRule(TypedDict):
    id: str
    dataSourceId: str
    path: str | None
    """null for the whole source"""
    createdAt: str
    """UTC, ISO 8601"""


class CreateProjectRuleResult(TypedDict):
    rule: CreateProjectRuleResultRule


class CreateProjectRuleBody(TypedDict):
    dataSourceId: str
    path: NotRequired[str | None]


class CreateScheduledSyncResult(TypedDict):
    scheduledSync: ScheduledSync


class CreateScheduledSyncBody(TypedDict):
    dataSourceId: str
    scheduleType: Literal["cron", "interval", "daily", "weekly"]
    scheduleConfig: dict[str, Any]
    """cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes"""
    isActive: NotRequired[bool]


class CreateTagResultTag(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class CreateTagResult(TypedDict):
    tag: CreateTagResultTag


class CreateTagBody(TypedDict):
    name: str


class CreateTagRuleResultRule(TypedDict):
    id: str
    dataSourceId: str
    path: str | None
    """null for the whole source"""
    createdAt: str
    """UTC, ISO 8601"""


class CreateTagRuleResult(TypedDict):
    rule: CreateTagRuleResultRule


class CreateTagRuleBody(TypedDict):
    dataSourceId: str
    path: NotRequired[str | None]


class CreateTransformationResultTransformation1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: bool
    """Remove zero-width characters and soft hyphens"""
    spaces: bool
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: bool
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: bool
    hyphenation: bool
    """Join words that were split at the end of a line"""


class CreateTransformationResultTransformation1(TypedDict):
    transformationType: Literal["normalize"]
    config: CreateTransformationResultTransformation1Config
    """Cleans up characters"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: bool
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: bool
    navigation: bool
    """Remove three or more consecutive lines that contain only links"""


class CreateTransformationResultTransformation2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: CreateTransformationResultTransformation2Config
    """Removes boilerplate that is not the author’s text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class CreateTransformationResultTransformation3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: bool
    phones: bool
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: bool
    """Card numbers with a correct check digit"""
    ibans: bool
    """Account numbers with correct check digits"""
    patterns: list[CreateTransformationResultTransformation3ConfigPatternsItem]


class CreateTransformationResultTransformation3(TypedDict):
    transformationType: Literal["redact"]
    config: CreateTransformationResultTransformation3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class CreateTransformationResultTransformation4(TypedDict):
    transformationType: Literal["filter"]
    config: CreateTransformationResultTransformation4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: list[str]
    """Named groups of the first match become metadata"""
    frontMatter: bool
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: bool
    """Remove them from the text"""


class CreateTransformationResultTransformation5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: CreateTransformationResultTransformation5Config
    """Adds metadata; existing names are not overwritten"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class CreateTransformationResultTransformation6(TypedDict):
    transformationType: Literal["truncate"]
    config: CreateTransformationResultTransformation6Config
    """Keeps the beginning, up to the last whole word"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class CreateTransformationResultTransformation7(TypedDict):
    transformationType: Literal["prefix"]
    config: CreateTransformationResultTransformation7Config
    """Adds a paragraph before the text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResultTransformation8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: int
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: int
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class CreateTransformationResultTransformation8(TypedDict):
    transformationType: Literal["chunking"]
    config: CreateTransformationResultTransformation8Config
    """Sets how the text is cut; the last of several counts"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class CreateTransformationResult(TypedDict):
    transformation: CreateTransformationResultTransformation1 | CreateTransformationResultTransformation2 | CreateTransformationResultTransformation3 | CreateTransformationResultTransformation4 | CreateTransformationResultTransformation5 | CreateTransformationResultTransformation6 | CreateTransformationResultTransformation7 | CreateTransformationResultTransformation8


class CreateTransformationBody1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: NotRequired[bool]
    """Remove zero-width characters and soft hyphens"""
    spaces: NotRequired[bool]
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: NotRequired[bool]
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: NotRequired[bool]
    hyphenation: NotRequired[bool]
    """Join words that were split at the end of a line"""


class CreateTransformationBody1(TypedDict):
    transformationType: Literal["normalize"]
    config: CreateTransformationBody1Config
    """Cleans up characters"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: NotRequired[bool]
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: NotRequired[bool]
    navigation: NotRequired[bool]
    """Remove three or more consecutive lines that contain only links"""


class CreateTransformationBody2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: CreateTransformationBody2Config
    """Removes boilerplate that is not the author’s text"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class CreateTransformationBody3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: NotRequired[bool]
    phones: NotRequired[bool]
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: NotRequired[bool]
    """Card numbers with a correct check digit"""
    ibans: NotRequired[bool]
    """Account numbers with correct check digits"""
    patterns: NotRequired[list[CreateTransformationBody3ConfigPatternsItem]]


class CreateTransformationBody3(TypedDict):
    transformationType: Literal["redact"]
    config: CreateTransformationBody3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class CreateTransformationBody4(TypedDict):
    transformationType: Literal["filter"]
    config: CreateTransformationBody4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: NotRequired[list[str]]
    """Named groups of the first match become metadata"""
    frontMatter: NotRequired[bool]
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: NotRequired[bool]
    """Remove them from the text"""


class CreateTransformationBody5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: CreateTransformationBody5Config
    """Adds metadata; existing names are not overwritten"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class CreateTransformationBody6(TypedDict):
    transformationType: Literal["truncate"]
    config: CreateTransformationBody6Config
    """Keeps the beginning, up to the last whole word"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class CreateTransformationBody7(TypedDict):
    transformationType: Literal["prefix"]
    config: CreateTransformationBody7Config
    """Adds a paragraph before the text"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateTransformationBody8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: NotRequired[int]
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: NotRequired[int]
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class CreateTransformationBody8(TypedDict):
    transformationType: Literal["chunking"]
    config: CreateTransformationBody8Config
    """Sets how the text is cut; the last of several counts"""
    name: str
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    executionOrder: NotRequired[int]
    """if omitted, it runs after all others"""
    isActive: NotRequired[bool]


class CreateWebhookResult(TypedDict):
    webhook: Webhook
    secret: str


class CreateWebhookBody(TypedDict):
    url: str
    events: NotRequired[list[Literal["job.finished", "job.failed", "job.held", "source.needs_sign_in"]]]


class DeleteDataSourceResult(TypedDict):
    deletion: Deletion


class DeleteDocumentResult(TypedDict):
    deletion: Deletion


class DeleteProjectResultDeleted(TypedDict):
    id: str


class DeleteProjectResult(TypedDict):
    deleted: DeleteProjectResultDeleted


class DeleteProjectRuleResultDeleted(TypedDict):
    id: str


class DeleteProjectRuleResult(TypedDict):
    deleted: DeleteProjectRuleResultDeleted


class DeleteScheduledSyncResultDeleted(TypedDict):
    id: str


class DeleteScheduledSyncResult(TypedDict):
    deleted: DeleteScheduledSyncResultDeleted


class DeleteTagResultDeleted(TypedDict):
    id: str


class DeleteTagResult(TypedDict):
    deleted: DeleteTagResultDeleted


class DeleteTagRuleResultDeleted(TypedDict):
    id: str


class DeleteTagRuleResult(TypedDict):
    deleted: DeleteTagRuleResultDeleted


class DeleteTransformationResultDeleted(TypedDict):
    id: str


class DeleteTransformationResult(TypedDict):
    deleted: DeleteTransformationResultDeleted


class DeleteUploadedFilesResult(TypedDict):
    deleted: float
    warning: str | None
    """set if no sync could be started"""


class DeleteWebhookResultDeleted(TypedDict):
    id: str


class DeleteWebhookResult(TypedDict):
    deleted: DeleteWebhookResultDeleted


class DisconnectDataSourceResult(TypedDict):
    dataSource: DataSource


class EraseUserResult(TypedDict):
    deletion: Deletion


class EraseUserBody(TypedDict):
    confirm: Literal["erase everything"]


class GetApiKeyResultKey(TypedDict):
    id: str
    name: str
    hint: str
    """how the key begins"""
    scope: Literal["read", "sync", "admin"]
    dataSourceIds: list[str] | None
    """the sources it is limited to"""
    projectIds: list[str] | None
    """the projects it is limited to"""
    expiresAt: str | None
    lastUsedAt: str | None
    """to the minute"""
    revokedAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class GetApiKeyResult(TypedDict):
    key: GetApiKeyResultKey


class GetDataSourceResult(TypedDict):
    dataSource: DataSource


class GetDeletionResult(TypedDict):
    deletion: Deletion


class GetDocumentResultDocumentProjectsItem(TypedDict):
    id: str
    name: str


class GetDocumentResultDocumentTagsItem(TypedDict):
    id: str
    name: str


class GetDocumentResultDocumentChunksItem(TypedDict):
    id: str
    ordinal: float
    text: str
    tokens: float


class GetDocumentResultDocument(TypedDict):
    id: str
    dataSourceId: str | None
    externalId: str
    """of a file in an archive: `<id of the archive>!/<path>`"""
    archiveId: str | None
    """the document of the archive that contains this file"""
    itemType: str
    title: str
    path: str | None
    mimeType: str | None
    sourceUrl: str | None
    metadata: dict[str, Any]
    version: float
    chunkCount: float
    tokens: float
    modifiedAt: str | None
    projects: list[GetDocumentResultDocumentProjectsItem]
    tags: list[GetDocumentResultDocumentTagsItem]
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""
    text: str
    chunks: NotRequired[list[GetDocumentResultDocumentChunksItem]]


class GetDocumentResult(TypedDict):
    document: GetDocumentResultDocument


class GetHealthResult(TypedDict):
    status: Literal["ok"]


class GetJobResult(TypedDict):
    job: Job


class GetProjectResultProject(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class GetProjectResult(TypedDict):
    project: GetProjectResultProject


class GetReadinessResultChecksDatabase(TypedDict):
    ok: bool
    detail: str | None


class GetReadinessResultChecksMigrations(TypedDict):
    ok: bool
    detail: str | None


class GetReadinessResultChecksTemporal(TypedDict):
    ok: bool
    detail: str | None


class GetReadinessResultChecks(TypedDict):
    database: GetReadinessResultChecksDatabase
    migrations: GetReadinessResultChecksMigrations
    temporal: GetReadinessResultChecksTemporal


class GetReadinessResult(TypedDict):
    ready: bool
    checks: GetReadinessResultChecks


class GetScheduledSyncResult(TypedDict):
    scheduledSync: ScheduledSync


class GetTagResultTag(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class GetTagResult(TypedDict):
    tag: GetTagResultTag


class GetTransformationResultTransformation1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: bool
    """Remove zero-width characters and soft hyphens"""
    spaces: bool
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: bool
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: bool
    hyphenation: bool
    """Join words that were split at the end of a line"""


class GetTransformationResultTransformation1(TypedDict):
    transformationType: Literal["normalize"]
    config: GetTransformationResultTransformation1Config
    """Cleans up characters"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: bool
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: bool
    navigation: bool
    """Remove three or more consecutive lines that contain only links"""


class GetTransformationResultTransformation2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: GetTransformationResultTransformation2Config
    """Removes boilerplate that is not the author’s text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class GetTransformationResultTransformation3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: bool
    phones: bool
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: bool
    """Card numbers with a correct check digit"""
    ibans: bool
    """Account numbers with correct check digits"""
    patterns: list[GetTransformationResultTransformation3ConfigPatternsItem]


class GetTransformationResultTransformation3(TypedDict):
    transformationType: Literal["redact"]
    config: GetTransformationResultTransformation3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class GetTransformationResultTransformation4(TypedDict):
    transformationType: Literal["filter"]
    config: GetTransformationResultTransformation4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: list[str]
    """Named groups of the first match become metadata"""
    frontMatter: bool
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: bool
    """Remove them from the text"""


class GetTransformationResultTransformation5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: GetTransformationResultTransformation5Config
    """Adds metadata; existing names are not overwritten"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class GetTransformationResultTransformation6(TypedDict):
    transformationType: Literal["truncate"]
    config: GetTransformationResultTransformation6Config
    """Keeps the beginning, up to the last whole word"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class GetTransformationResultTransformation7(TypedDict):
    transformationType: Literal["prefix"]
    config: GetTransformationResultTransformation7Config
    """Adds a paragraph before the text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResultTransformation8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: int
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: int
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class GetTransformationResultTransformation8(TypedDict):
    transformationType: Literal["chunking"]
    config: GetTransformationResultTransformation8Config
    """Sets how the text is cut; the last of several counts"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class GetTransformationResult(TypedDict):
    transformation: GetTransformationResultTransformation1 | GetTransformationResultTransformation2 | GetTransformationResultTransformation3 | GetTransformationResultTransformation4 | GetTransformationResultTransformation5 | GetTransformationResultTransformation6 | GetTransformationResultTransformation7 | GetTransformationResultTransformation8


class GetVectorOperationResultOperation(TypedDict):
    name: Literal["verify", "move"]
    status: Literal["running", "completed", "failed"]
    counts: dict[str, float]


class GetVectorOperationResult(TypedDict):
    operation: GetVectorOperationResultOperation


class GetWebhookResult(TypedDict):
    webhook: Webhook


class KeepRemovalsResult(TypedDict):
    job: Job


class ListApiKeysResultKeysItem(TypedDict):
    id: str
    name: str
    hint: str
    """how the key begins"""
    scope: Literal["read", "sync", "admin"]
    dataSourceIds: list[str] | None
    """the sources it is limited to"""
    projectIds: list[str] | None
    """the projects it is limited to"""
    expiresAt: str | None
    lastUsedAt: str | None
    """to the minute"""
    revokedAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class ListApiKeysResult(TypedDict):
    keys: list[ListApiKeysResultKeysItem]


class ListAuditEventsResult(TypedDict):
    events: list[AuditEvent]
    nextCursor: str | None
    """null after the last page"""


class ListDataSourceChoicesResultSelectedItem(TypedDict):
    value: str
    """the value for the config field"""
    label: str


class ListDataSourceChoicesResult(TypedDict):
    choices: list[Choice]
    selected: list[ListDataSourceChoicesResultSelectedItem]
    """names of the values in the saved config, as far as they are known"""


class ListDataSourcesResult(TypedDict):
    dataSources: list[DataSource]


class ListDocumentChangesResult(TypedDict):
    changes: list[DocumentChange]
    nextCursor: str
    """where to continue, now or later; valid for 30 days"""
    hasMore: bool
    """false: this was the last change until now"""


class ListDocumentsResult(TypedDict):
    documents: list[Document]
    nextCursor: str | None
    """null after the last page"""
    total: float | None
    """null if it was not asked for, or exceeds 100,000"""


class ListJobItemsResult(TypedDict):
    items: list[JobItem]
    nextCursor: str | None
    """null after the last page"""


class ListJobRemovalsResult(TypedDict):
    items: list[UnseenItem]
    nextCursor: str | None
    """null after the last page"""


class ListJobsResult(TypedDict):
    jobs: list[Job]
    nextCursor: str | None
    """null after the last page"""


class ListNextRunsResultNextRunsItem(TypedDict):
    dataSourceId: str
    at: str
    """UTC, ISO 8601"""


class ListNextRunsResult(TypedDict):
    nextRuns: list[ListNextRunsResultNextRunsItem]


class ListProjectRulesResultRulesItem(TypedDict):
    id: str
    dataSourceId: str
    path: str | None
    """null for the whole source"""
    createdAt: str
    """UTC, ISO 8601"""


class ListProjectRulesResult(TypedDict):
    rules: list[ListProjectRulesResultRulesItem]


class ListProjectsResultProjectsItem(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class ListProjectsResult(TypedDict):
    projects: list[ListProjectsResultProjectsItem]


class ListScheduledSyncsResult(TypedDict):
    scheduledSyncs: list[ScheduledSync]


class ListSourceTypeChoicesResultSelectedItem(TypedDict):
    value: str
    """the value for the config field"""
    label: str


class ListSourceTypeChoicesResult(TypedDict):
    choices: list[Choice]
    selected: list[ListSourceTypeChoicesResultSelectedItem]
    """names of the values in the saved config, as far as they are known"""


class ListSourceTypesResult(TypedDict):
    sourceTypes: list[SourceTypeDescription]


class ListStaleDocumentsResultSourcesItem(TypedDict):
    dataSourceId: str
    name: str
    sourceType: SourceType
    items: float
    fromVendor: float
    """number of those whose text is not stored and that have to be fetched again"""


class ListStaleDocumentsResult(TypedDict):
    sources: list[ListStaleDocumentsResultSourcesItem]


class ListTagRulesResultRulesItem(TypedDict):
    id: str
    dataSourceId: str
    path: str | None
    """null for the whole source"""
    createdAt: str
    """UTC, ISO 8601"""


class ListTagRulesResult(TypedDict):
    rules: list[ListTagRulesResultRulesItem]


class ListTagsResultTagsItem(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class ListTagsResult(TypedDict):
    tags: list[ListTagsResultTagsItem]


class ListTransformationsResultTransformationsItem1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: bool
    """Remove zero-width characters and soft hyphens"""
    spaces: bool
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: bool
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: bool
    hyphenation: bool
    """Join words that were split at the end of a line"""


class ListTransformationsResultTransformationsItem1(TypedDict):
    transformationType: Literal["normalize"]
    config: ListTransformationsResultTransformationsItem1Config
    """Cleans up characters"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: bool
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: bool
    navigation: bool
    """Remove three or more consecutive lines that contain only links"""


class ListTransformationsResultTransformationsItem2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: ListTransformationsResultTransformationsItem2Config
    """Removes boilerplate that is not the author’s text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class ListTransformationsResultTransformationsItem3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: bool
    phones: bool
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: bool
    """Card numbers with a correct check digit"""
    ibans: bool
    """Account numbers with correct check digits"""
    patterns: list[ListTransformationsResultTransformationsItem3ConfigPatternsItem]


class ListTransformationsResultTransformationsItem3(TypedDict):
    transformationType: Literal["redact"]
    config: ListTransformationsResultTransformationsItem3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class ListTransformationsResultTransformationsItem4(TypedDict):
    transformationType: Literal["filter"]
    config: ListTransformationsResultTransformationsItem4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: list[str]
    """Named groups of the first match become metadata"""
    frontMatter: bool
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: bool
    """Remove them from the text"""


class ListTransformationsResultTransformationsItem5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: ListTransformationsResultTransformationsItem5Config
    """Adds metadata; existing names are not overwritten"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class ListTransformationsResultTransformationsItem6(TypedDict):
    transformationType: Literal["truncate"]
    config: ListTransformationsResultTransformationsItem6Config
    """Keeps the beginning, up to the last whole word"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class ListTransformationsResultTransformationsItem7(TypedDict):
    transformationType: Literal["prefix"]
    config: ListTransformationsResultTransformationsItem7Config
    """Adds a paragraph before the text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResultTransformationsItem8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: int
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: int
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class ListTransformationsResultTransformationsItem8(TypedDict):
    transformationType: Literal["chunking"]
    config: ListTransformationsResultTransformationsItem8Config
    """Sets how the text is cut; the last of several counts"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class ListTransformationsResult(TypedDict):
    transformations: list[ListTransformationsResultTransformationsItem1 | ListTransformationsResultTransformationsItem2 | ListTransformationsResultTransformationsItem3 | ListTransformationsResultTransformationsItem4 | ListTransformationsResultTransformationsItem5 | ListTransformationsResultTransformationsItem6 | ListTransformationsResultTransformationsItem7 | ListTransformationsResultTransformationsItem8]


class ListUploadedFilesResultTotal(TypedDict):
    """of this source"""
    files: float
    bytes: float


class ListUploadedFilesResultUsed(TypedDict):
    """of all the user’s files, also of uploads that have not ended"""
    files: float
    bytes: float


class ListUploadedFilesResultLimit(TypedDict):
    """for each user"""
    files: float
    bytes: float


class ListUploadedFilesResult(TypedDict):
    files: list[ListedUpload]
    nextCursor: str | None
    """null after the last page"""
    total: ListUploadedFilesResultTotal
    """of this source"""
    used: ListUploadedFilesResultUsed
    """of all the user’s files, also of uploads that have not ended"""
    limit: ListUploadedFilesResultLimit
    """for each user"""
    maxFileBytes: float


class ListWebhookDeliveriesResult(TypedDict):
    deliveries: list[WebhookDelivery]
    nextCursor: str | None
    """null after the last page"""


class ListWebhooksResult(TypedDict):
    webhooks: list[Webhook]


class MoveVectorsResultOperation(TypedDict):
    name: Literal["verify", "move"]
    status: Literal["running", "completed", "failed"]
    counts: dict[str, float]


class MoveVectorsResult(TypedDict):
    operation: MoveVectorsResultOperation


class MoveVectorsBody(TypedDict):
    pass


class PauseJobResult(TypedDict):
    job: Job


class PingWebhookResult(TypedDict):
    delivery: WebhookDelivery


class PreviewScheduleResult(TypedDict):
    nextRuns: list[str]


class PreviewScheduleBody(TypedDict):
    scheduleType: Literal["cron", "interval", "daily", "weekly"]
    scheduleConfig: dict[str, Any]
    """cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes"""


class PreviewTransformationsResultPreviewExcluded(TypedDict):
    by: str
    message: str


class PreviewTransformationsResultPreviewBeforeChunksItem(TypedDict):
    ordinal: float
    text: str
    tokens: float


class PreviewTransformationsResultPreviewBefore(TypedDict):
    text: str
    characters: float
    isCut: bool
    """text, chunks and diff contain the beginning only"""
    chunkCount: float
    chunks: list[PreviewTransformationsResultPreviewBeforeChunksItem]
    metadata: dict[str, Any]


class PreviewTransformationsResultPreviewAfterChunksItem(TypedDict):
    ordinal: float
    text: str
    tokens: float


class PreviewTransformationsResultPreviewAfter(TypedDict):
    text: str
    characters: float
    isCut: bool
    """text, chunks and diff contain the beginning only"""
    chunkCount: float
    chunks: list[PreviewTransformationsResultPreviewAfterChunksItem]
    metadata: dict[str, Any]


class PreviewTransformationsResultPreviewDiffItem(TypedDict):
    kind: Literal["same", "removed", "added"]
    text: str


class PreviewTransformationsResultPreview(TypedDict):
    documentId: str
    isOriginal: bool
    """false if the original text is not stored (something was redacted), so that `before` is the stored text"""
    excluded: PreviewTransformationsResultPreviewExcluded | None
    before: PreviewTransformationsResultPreviewBefore
    after: PreviewTransformationsResultPreviewAfter | None
    """null if it would be skipped"""
    diff: list[PreviewTransformationsResultPreviewDiffItem] | None
    """word by word; null if there is nothing to compare, or too much"""
    chunksToEmbed: float


class PreviewTransformationsResult(TypedDict):
    preview: PreviewTransformationsResultPreview


class PreviewTransformationsBodyTransformationsItem1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: NotRequired[bool]
    """Remove zero-width characters and soft hyphens"""
    spaces: NotRequired[bool]
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: NotRequired[bool]
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: NotRequired[bool]
    hyphenation: NotRequired[bool]
    """Join words that were split at the end of a line"""


class PreviewTransformationsBodyTransformationsItem1(TypedDict):
    transformationType: Literal["normalize"]
    config: PreviewTransformationsBodyTransformationsItem1Config
    """Cleans up characters"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: NotRequired[bool]
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: NotRequired[bool]
    navigation: NotRequired[bool]
    """Remove three or more consecutive lines that contain only links"""


class PreviewTransformationsBodyTransformationsItem2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: PreviewTransformationsBodyTransformationsItem2Config
    """Removes boilerplate that is not the author’s text"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class PreviewTransformationsBodyTransformationsItem3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: NotRequired[bool]
    phones: NotRequired[bool]
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: NotRequired[bool]
    """Card numbers with a correct check digit"""
    ibans: NotRequired[bool]
    """Account numbers with correct check digits"""
    patterns: NotRequired[list[PreviewTransformationsBodyTransformationsItem3ConfigPatternsItem]]


class PreviewTransformationsBodyTransformationsItem3(TypedDict):
    transformationType: Literal["redact"]
    config: PreviewTransformationsBodyTransformationsItem3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class PreviewTransformationsBodyTransformationsItem4(TypedDict):
    transformationType: Literal["filter"]
    config: PreviewTransformationsBodyTransformationsItem4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: NotRequired[list[str]]
    """Named groups of the first match become metadata"""
    frontMatter: NotRequired[bool]
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: NotRequired[bool]
    """Remove them from the text"""


class PreviewTransformationsBodyTransformationsItem5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: PreviewTransformationsBodyTransformationsItem5Config
    """Adds metadata; existing names are not overwritten"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class PreviewTransformationsBodyTransformationsItem6(TypedDict):
    transformationType: Literal["truncate"]
    config: PreviewTransformationsBodyTransformationsItem6Config
    """Keeps the beginning, up to the last whole word"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class PreviewTransformationsBodyTransformationsItem7(TypedDict):
    transformationType: Literal["prefix"]
    config: PreviewTransformationsBodyTransformationsItem7Config
    """Adds a paragraph before the text"""
    name: NotRequired[str]


class PreviewTransformationsBodyTransformationsItem8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: NotRequired[int]
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: NotRequired[int]
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class PreviewTransformationsBodyTransformationsItem8(TypedDict):
    transformationType: Literal["chunking"]
    config: PreviewTransformationsBodyTransformationsItem8Config
    """Sets how the text is cut; the last of several counts"""
    name: NotRequired[str]


class PreviewTransformationsBody(TypedDict):
    documentId: NotRequired[str]
    dataSourceId: NotRequired[str]
    externalId: NotRequired[str]
    """with dataSourceId: an item by its id at the source"""
    transformations: NotRequired[list[PreviewTransformationsBodyTransformationsItem1 | PreviewTransformationsBodyTransformationsItem2 | PreviewTransformationsBodyTransformationsItem3 | PreviewTransformationsBodyTransformationsItem4 | PreviewTransformationsBodyTransformationsItem5 | PreviewTransformationsBodyTransformationsItem6 | PreviewTransformationsBodyTransformationsItem7 | PreviewTransformationsBodyTransformationsItem8]]
    """in execution order; if omitted, the saved ones that apply to the document"""


class RedeliverResult(TypedDict):
    delivery: WebhookDelivery


class ReprocessResultNotStartedItem(TypedDict):
    dataSourceId: str
    code: str
    message: str


class ReprocessResult(TypedDict):
    jobs: list[Job]
    notStarted: list[ReprocessResultNotStartedItem]
    warning: str | None
    """why the job does not begin yet, as far as is known"""


class ReprocessBody(TypedDict):
    dataSourceId: NotRequired[str]


class ResumeJobResult(TypedDict):
    job: Job


class RetryJobResult(TypedDict):
    job: Job
    warning: str | None
    """why the job does not begin yet, as far as is known"""


class RevokeApiKeyResultKey(TypedDict):
    id: str
    name: str
    hint: str
    """how the key begins"""
    scope: Literal["read", "sync", "admin"]
    dataSourceIds: list[str] | None
    """the sources it is limited to"""
    projectIds: list[str] | None
    """the projects it is limited to"""
    expiresAt: str | None
    lastUsedAt: str | None
    """to the minute"""
    revokedAt: str | None
    createdAt: str
    """UTC, ISO 8601"""


class RevokeApiKeyResult(TypedDict):
    key: RevokeApiKeyResultKey


class RunMigrationsResult(TypedDict):
    applied: list[str]
    pending: list[str]


class SearchResult(TypedDict):
    hits: list[SearchHit]


class SearchBodyFilters(TypedDict):
    dataSourceIds: NotRequired[list[str]]
    sourceTypes: NotRequired[list[SourceType]]
    mimeTypes: NotRequired[list[str]]
    projectIds: NotRequired[list[str]]
    """matches documents in any of these projects"""
    tagIds: NotRequired[list[str]]
    """matches documents with any of these tags"""
    modifiedAfter: NotRequired[str]
    modifiedBefore: NotRequired[str]


class SearchBody(TypedDict):
    query: str
    limit: NotRequired[int]
    filters: NotRequired[SearchBodyFilters]


class SetCredentialsResult(TypedDict):
    dataSource: DataSource


class SetCredentialsBody(TypedDict):
    accessToken: str
    refreshToken: NotRequired[str]
    expiresAt: NotRequired[str]


class StartJobResult(TypedDict):
    job: Job
    warning: str | None
    """why the job does not begin yet, as far as is known"""


class StartJobBody(TypedDict):
    dataSourceId: str
    jobType: NotRequired[Literal["full_sync", "incremental", "delta", "manual"]]
    externalIds: NotRequired[list[str]]
    dryRun: NotRequired[bool]


class UnassignProjectResultProject(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class UnassignProjectResult(TypedDict):
    project: UnassignProjectResultProject


class UnassignProjectBody(TypedDict):
    documentIds: list[str]


class UnassignTagResultTag(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class UnassignTagResult(TypedDict):
    tag: UnassignTagResultTag


class UnassignTagBody(TypedDict):
    documentIds: list[str]


class UpdateDataSourceResult(TypedDict):
    dataSource: DataSource


class UpdateDataSourceBody(TypedDict):
    name: NotRequired[str]
    config: NotRequired[dict[str, Any]]
    """what to sync; the fields depend on the source type"""
    syncFrequency: NotRequired[Literal["manual", "hourly", "daily", "weekly"]]
    isActive: NotRequired[bool]
    changeNotificationsEnabled: NotRequired[bool]
    """request change notifications from the vendor: a subscription is created there on your behalf"""


class UpdateProjectResultProject(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class UpdateProjectResult(TypedDict):
    project: UpdateProjectResultProject


class UpdateProjectBody(TypedDict):
    name: str


class UpdateScheduledSyncResult(TypedDict):
    scheduledSync: ScheduledSync


class UpdateScheduledSyncBody(TypedDict):
    scheduleType: NotRequired[Literal["cron", "interval", "daily", "weekly"]]
    scheduleConfig: NotRequired[dict[str, Any]]
    """cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes"""
    isActive: NotRequired[bool]


class UpdateTagResultTag(TypedDict):
    id: str
    name: str
    documents: float
    """number of live documents in it"""
    createdAt: str
    """UTC, ISO 8601"""


class UpdateTagResult(TypedDict):
    tag: UpdateTagResultTag


class UpdateTagBody(TypedDict):
    name: str


class UpdateTransformationResultTransformation1Config(TypedDict):
    """Cleans up characters"""
    invisibleCharacters: bool
    """Remove zero-width characters and soft hyphens"""
    spaces: bool
    """Replace several spaces, including non-breaking ones, with one"""
    compatibilityForms: bool
    """Replace ligatures, full-width letters and similar forms with plain ones"""
    plainQuotes: bool
    hyphenation: bool
    """Join words that were split at the end of a line"""


class UpdateTransformationResultTransformation1(TypedDict):
    transformationType: Literal["normalize"]
    config: UpdateTransformationResultTransformation1Config
    """Cleans up characters"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation2Config(TypedDict):
    """Removes boilerplate that is not the author’s text"""
    mailQuotes: bool
    """Remove earlier messages below an answer; a forwarded message is kept"""
    signatures: bool
    navigation: bool
    """Remove three or more consecutive lines that contain only links"""


class UpdateTransformationResultTransformation2(TypedDict):
    transformationType: Literal["strip_boilerplate"]
    config: UpdateTransformationResultTransformation2Config
    """Removes boilerplate that is not the author’s text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation3ConfigPatternsItem(TypedDict):
    pattern: str
    """a regular expression in RE2 syntax"""
    label: str


class UpdateTransformationResultTransformation3Config(TypedDict):
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    emails: bool
    phones: bool
    phoneCountry: NotRequired[str]
    """Country of national numbers; without it, only numbers with + are found"""
    cards: bool
    """Card numbers with a correct check digit"""
    ibans: bool
    """Account numbers with correct check digits"""
    patterns: list[UpdateTransformationResultTransformation3ConfigPatternsItem]


class UpdateTransformationResultTransformation3(TypedDict):
    transformationType: Literal["redact"]
    config: UpdateTransformationResultTransformation3Config
    """Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation4Config(TypedDict):
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    action: Literal["include", "exclude"]
    """include: exclude everything else"""
    paths: NotRequired[list[str]]
    mimeTypes: NotRequired[list[str]]
    minBytes: NotRequired[int]
    maxBytes: NotRequired[int]
    olderThanDays: NotRequired[int]
    """By the time of the last modification, evaluated when the item is processed"""
    newerThanDays: NotRequired[int]
    languages: NotRequired[list[str]]
    pattern: NotRequired[str]
    """Matches anywhere in the text"""


class UpdateTransformationResultTransformation4(TypedDict):
    transformationType: Literal["filter"]
    config: UpdateTransformationResultTransformation4Config
    """An item matches a filter if it meets all its conditions; of a list, one entry is enough"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation5Config(TypedDict):
    """Adds metadata; existing names are not overwritten"""
    patterns: list[str]
    """Named groups of the first match become metadata"""
    frontMatter: bool
    """Read name: value lines between --- at the very beginning"""
    removeFrontMatter: bool
    """Remove them from the text"""


class UpdateTransformationResultTransformation5(TypedDict):
    transformationType: Literal["extract_fields"]
    config: UpdateTransformationResultTransformation5Config
    """Adds metadata; existing names are not overwritten"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation6Config(TypedDict):
    """Keeps the beginning, up to the last whole word"""
    maxCharacters: int


class UpdateTransformationResultTransformation6(TypedDict):
    transformationType: Literal["truncate"]
    config: UpdateTransformationResultTransformation6Config
    """Keeps the beginning, up to the last whole word"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation7Config(TypedDict):
    """Adds a paragraph before the text"""
    template: str
    """With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}"""


class UpdateTransformationResultTransformation7(TypedDict):
    transformationType: Literal["prefix"]
    config: UpdateTransformationResultTransformation7Config
    """Adds a paragraph before the text"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResultTransformation8Config(TypedDict):
    """Sets how the text is cut; the last of several counts"""
    tokens: int
    """Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many"""
    overlapTokens: int
    """Approximate number of tokens of the previous part that are embedded with each chunk"""


class UpdateTransformationResultTransformation8(TypedDict):
    transformationType: Literal["chunking"]
    config: UpdateTransformationResultTransformation8Config
    """Sets how the text is cut; the last of several counts"""
    id: str
    name: str
    sourceType: SourceType | None
    """null for all sources"""
    executionOrder: float
    isActive: bool
    createdAt: str
    """UTC, ISO 8601"""
    updatedAt: str
    """UTC, ISO 8601"""


class UpdateTransformationResult(TypedDict):
    transformation: UpdateTransformationResultTransformation1 | UpdateTransformationResultTransformation2 | UpdateTransformationResultTransformation3 | UpdateTransformationResultTransformation4 | UpdateTransformationResultTransformation5 | UpdateTransformationResultTransformation6 | UpdateTransformationResultTransformation7 | UpdateTransformationResultTransformation8


class UpdateTransformationBody(TypedDict):
    name: NotRequired[str]
    sourceType: NotRequired[SourceType | None]
    """null for all sources"""
    config: NotRequired[dict[str, Any]]
    """the complete config, as for a new one of this type"""
    executionOrder: NotRequired[int]
    """lower numbers run earlier"""
    isActive: NotRequired[bool]


class UpdateWebhookResult(TypedDict):
    webhook: Webhook


class UpdateWebhookBody(TypedDict):
    url: NotRequired[str]
    events: NotRequired[list[Literal["job.finished", "job.failed", "job.held", "source.needs_sign_in"]]]
    isActive: NotRequired[bool]


class UploadFileResult(TypedDict):
    file: UploadedFile
    outcome: Literal["created", "replaced", "unchanged"]
    warning: str | None
    """set if no sync could be started"""


class VerifyVectorsResultOperation(TypedDict):
    name: Literal["verify", "move"]
    status: Literal["running", "completed", "failed"]
    counts: dict[str, float]


class VerifyVectorsResult(TypedDict):
    operation: VerifyVectorsResultOperation


class VerifyVectorsBody(TypedDict):
    dryRun: NotRequired[bool]


class Operations:
    """One method for each call of the API."""

    def _ask(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None,
             headers: Mapping[str, str | None] | None = None) -> Any:
        """Sends a call. :returns: the JSON of its answer :raises HeadwaterError:"""
        raise NotImplementedError

    def _open(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None,
              headers: Mapping[str, str | None] | None = None) -> HTTPResponse:
        """Sends a call. :returns: its answer, to be read as a file :raises HeadwaterError:"""
        raise NotImplementedError

    def approve_removals(self, job_id: str) -> ApproveRemovalsResult:
        """Approve the removals of a held job."""
        return self._ask("POST", f"/api/data-sources/sync/{quote(job_id, safe='')}/approve")

    def assign_project(self, id: str, body: AssignProjectBody) -> AssignProjectResult:
        """Add documents to a project.

        Manual assignments are not changed by later syncs and rules.
        """
        return self._ask("POST", f"/api/projects/{quote(id, safe='')}/assign", body=body)

    def assign_tag(self, id: str, body: AssignTagBody) -> AssignTagResult:
        """Add documents to a tag.

        Manual assignments are not changed by later syncs and rules.
        """
        return self._ask("POST", f"/api/tags/{quote(id, safe='')}/assign", body=body)

    def build_context(self, body: BuildContextBody) -> BuildContextResult:
        """Find the best passages for a question, within a token budget, with citations."""
        return self._ask("POST", "/api/context", body=body)

    def cancel_job(self, job_id: str) -> CancelJobResult:
        """Cancel a sync."""
        return self._ask("DELETE", f"/api/data-sources/sync/{quote(job_id, safe='')}")

    def change_job_speed(self, job_id: str, body: ChangeJobSpeedBody) -> ChangeJobSpeedResult:
        """Change the speed of a running job.

        null restores the default speed; omitted fields are not changed.
        """
        return self._ask(
            "POST",
            f"/api/data-sources/sync/{quote(job_id, safe='')}/speed",
            body=body,
        )

    def connect_data_source(
        self,
        id: str,
        *,
        provider: Literal["oauth", "composio"] | None = None,
        then: Literal["page"] | None = None,
    ) -> ConnectDataSourceResult:
        """Start a sign-in at the vendor, directly or through Composio."""
        return self._ask(
            "GET",
            f"/api/data-sources/{quote(id, safe='')}/connect",
            query={"provider": provider, "then": then},
        )

    def create_api_key(self, body: CreateApiKeyBody) -> CreateApiKeyResult:
        """Create an API key.

        The key is shown here and never again. Send it as Authorization: Bearer hw_…, also to /mcp.
        """
        return self._ask("POST", "/api/keys", body=body)

    def create_data_source(self, body: CreateDataSourceBody) -> CreateDataSourceResult:
        """Add a source."""
        return self._ask("POST", "/api/data-sources", body=body)

    def create_project(self, body: CreateProjectBody) -> CreateProjectResult:
        """Add a project."""
        return self._ask("POST", "/api/projects", body=body)

    def create_project_rule(self, id: str, body: CreateProjectRuleBody) -> CreateProjectRuleResult:
        """Assign synced documents to a project.

        Documents that are already stored are assigned at once. A path is a folder, or a pattern such as Reports/**/*.pdf.
        """
        return self._ask("POST", f"/api/projects/{quote(id, safe='')}/rules", body=body)

    def create_scheduled_sync(self, body: CreateScheduledSyncBody) -> CreateScheduledSyncResult:
        """Add a recurring sync."""
        return self._ask("POST", "/api/scheduled-syncs", body=body)

    def create_tag(self, body: CreateTagBody) -> CreateTagResult:
        """Add a tag."""
        return self._ask("POST", "/api/tags", body=body)

    def create_tag_rule(self, id: str, body: CreateTagRuleBody) -> CreateTagRuleResult:
        """Assign synced documents to a tag.

        Documents that are already stored are assigned at once. A path is a folder, or a pattern such as Reports/**/*.pdf.
        """
        return self._ask("POST", f"/api/tags/{quote(id, safe='')}/rules", body=body)

    def create_transformation(
        self,
        body: CreateTransformationBody1 | CreateTransformationBody2 | CreateTransformationBody3 | CreateTransformationBody4 | CreateTransformationBody5 | CreateTransformationBody6 | CreateTransformationBody7 | CreateTransformationBody8,
    ) -> CreateTransformationResult:
        """Add a transformation.

        It applies to what is synced from now on. Stored documents are stale until they are processed again.
        """
        return self._ask("POST", "/api/transformations", body=body)

    def create_webhook(self, body: CreateWebhookBody) -> CreateWebhookResult:
        """Add a webhook.

        The answer contains the secret, which is never shown again. Deliveries are signed according to Standard Webhooks.
        """
        return self._ask("POST", "/api/webhooks", body=body)

    def delete_data_source(
        self,
        id: str,
        *,
        keep_documents: bool | None = None,
    ) -> DeleteDataSourceResult:
        """Delete a source and its documents."""
        return self._ask(
            "DELETE",
            f"/api/data-sources/{quote(id, safe='')}",
            query={"keepDocuments": keep_documents},
        )

    def delete_document(self, id: str) -> DeleteDocumentResult:
        """Delete a document.

        Deletes it in Headwater, never at the source. Its item is skipped until a manual sync names it. An archive is deleted with its files, which cannot be deleted alone.
        """
        return self._ask("DELETE", f"/api/documents/{quote(id, safe='')}")

    def delete_project(self, id: str) -> DeleteProjectResult:
        """Delete a project.

        Deletes its assignments and rules too. The documents stay.
        """
        return self._ask("DELETE", f"/api/projects/{quote(id, safe='')}")

    def delete_project_rule(self, id: str, rule_id: str) -> DeleteProjectRuleResult:
        """Delete a rule of a project.

        Also removes its assignments, unless another rule or a person made them too.
        """
        return self._ask(
            "DELETE",
            f"/api/projects/{quote(id, safe='')}/rules/{quote(rule_id, safe='')}",
        )

    def delete_scheduled_sync(self, id: str) -> DeleteScheduledSyncResult:
        """Delete a recurring sync."""
        return self._ask("DELETE", f"/api/scheduled-syncs/{quote(id, safe='')}")

    def delete_tag(self, id: str) -> DeleteTagResult:
        """Delete a tag.

        Deletes its assignments and rules too. The documents stay.
        """
        return self._ask("DELETE", f"/api/tags/{quote(id, safe='')}")

    def delete_tag_rule(self, id: str, rule_id: str) -> DeleteTagRuleResult:
        """Delete a rule of a tag.

        Also removes its assignments, unless another rule or a person made them too.
        """
        return self._ask(
            "DELETE",
            f"/api/tags/{quote(id, safe='')}/rules/{quote(rule_id, safe='')}",
        )

    def delete_transformation(self, id: str) -> DeleteTransformationResult:
        """Delete a transformation."""
        return self._ask("DELETE", f"/api/transformations/{quote(id, safe='')}")

    def delete_uploaded_files(self, id: str, *, path: str) -> DeleteUploadedFilesResult:
        """Delete uploaded files.

        One file, or everything in a folder. The next sync removes their documents; it starts by itself.
        """
        return self._ask(
            "DELETE",
            f"/api/data-sources/{quote(id, safe='')}/files",
            query={"path": path},
        )

    def delete_webhook(self, id: str) -> DeleteWebhookResult:
        """Delete a webhook."""
        return self._ask("DELETE", f"/api/webhooks/{quote(id, safe='')}")

    def disconnect_data_source(self, id: str) -> DisconnectDataSourceResult:
        """Revoke the sign-in and delete the tokens."""
        return self._ask("POST", f"/api/data-sources/{quote(id, safe='')}/disconnect")

    def erase_user(self, body: EraseUserBody) -> EraseUserResult:
        """Erase everything of this user.

        Deletes all sources, documents, vectors, jobs, schedules and sign-ins. This cannot be undone.
        """
        return self._ask("POST", "/api/user/erase", body=body)

    def export_audit_events(
        self,
        *,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> HTTPResponse:
        """Export the audit log, as lines of JSON.

        All events that match, newest first, one JSON object a line (application/x-ndjson).
        """
        return self._open(
            "GET",
            "/api/audit-events/export",
            query={"action": action, "since": since, "until": until},
        )

    def export_documents(
        self,
        *,
        data_source_id: str | None = None,
        format: Literal["ndjson", "parquet"] | None = None,
        vectors: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> HTTPResponse:
        """Export documents.

        Lines of JSON (NDJSON): `document` with its chunks, `deleted` after a cursor, and at last `end`; without that line it was cut off. Each line has the cursor after it, to resume from, and to read the changes since. A document that changes while the export runs may appear again: the later line replaces the earlier.

        `format=parquet` has a row for each chunk, with the columns of its document, in one file that is streamed: of a document that appears twice, the rows with the larger `position` count. Its metadata has the cursor after it (`headwater.cursor`), and whether more follows (`headwater.hasMore`); a file that was cut off cannot be opened. With `limit`, a long export comes in parts: after a broken connection, only the last part is read again.
        """
        return self._open(
            "GET",
            "/api/documents/export",
            query={"dataSourceId": data_source_id, "format": format, "vectors": vectors, "cursor": cursor, "limit": limit},
        )

    def get_api_key(self, id: str) -> GetApiKeyResult:
        """Show an API key."""
        return self._ask("GET", f"/api/keys/{quote(id, safe='')}")

    def get_data_source(self, id: str) -> GetDataSourceResult:
        """Show a source."""
        return self._ask("GET", f"/api/data-sources/{quote(id, safe='')}")

    def get_deletion(self, *, id: str) -> GetDeletionResult:
        """Show a deletion.

        Shows what was deleted, store by store, after it has ended.
        """
        return self._ask("GET", "/api/deletions", query={"id": id})

    def get_document(self, id: str, *, chunks: bool | None = None) -> GetDocumentResult:
        """Read a document."""
        return self._ask(
            "GET",
            f"/api/documents/{quote(id, safe='')}",
            query={"chunks": chunks},
        )

    def get_health(self) -> GetHealthResult:
        """Check that the process is alive."""
        return self._ask("GET", "/healthz")

    def get_item_history(
        self,
        *,
        data_source_id: str,
        external_id: str | None = None,
        path: str | None = None,
    ) -> ItemHistory:
        """Show the history of one item.

        Shows when it was found, what each job did with it, why it was skipped or failed, and when it is retried.
        """
        return self._ask(
            "GET",
            "/api/documents/history",
            query={"dataSourceId": data_source_id, "externalId": external_id, "path": path},
        )

    def get_job(self, job_id: str) -> GetJobResult:
        """Show a job."""
        return self._ask("GET", f"/api/data-sources/sync/{quote(job_id, safe='')}")

    def get_job_report(
        self,
        job_id: str,
        *,
        format: Literal["json", "csv"] | None = None,
    ) -> HTTPResponse:
        """Download a job’s report.

        Contains its counts, which add up, and the outcome of each item. Unchanged items are only counted.
        """
        return self._open(
            "GET",
            f"/api/data-sources/sync/{quote(job_id, safe='')}/report",
            query={"format": format},
        )

    def get_metrics(self) -> HTTPResponse:
        """Metrics for Prometheus.

        Operators only.
        """
        return self._open("GET", "/metrics")

    def get_project(self, id: str) -> GetProjectResult:
        """Show a project."""
        return self._ask("GET", f"/api/projects/{quote(id, safe='')}")

    def get_readiness(self) -> GetReadinessResult:
        """Check that the database, its migrations and Temporal are ready."""
        return self._ask("GET", "/readyz")

    def get_scheduled_sync(self, id: str) -> GetScheduledSyncResult:
        """Show a recurring sync."""
        return self._ask("GET", f"/api/scheduled-syncs/{quote(id, safe='')}")

    def get_statistics(self, *, days: int | None = None) -> Statistics:
        """Show figures over time.

        By source and day (UTC): jobs that ended, their items, and how much there was after the last of them. A day without a job has no entry: its levels are those of the day before.
        """
        return self._ask("GET", "/api/stats", query={"days": days})

    def get_tag(self, id: str) -> GetTagResult:
        """Show a tag."""
        return self._ask("GET", f"/api/tags/{quote(id, safe='')}")

    def get_transformation(self, id: str) -> GetTransformationResult:
        """Show a transformation."""
        return self._ask("GET", f"/api/transformations/{quote(id, safe='')}")

    def get_vector_operation(self, operation: str) -> GetVectorOperationResult:
        """Show the last comparison or move of vectors.

        Operators only. While it runs, its counts are those so far.
        """
        return self._ask("GET", f"/api/vectors/{quote(operation, safe='')}")

    def get_webhook(self, id: str) -> GetWebhookResult:
        """Show a webhook."""
        return self._ask("GET", f"/api/webhooks/{quote(id, safe='')}")

    def keep_removals(self, job_id: str) -> KeepRemovalsResult:
        """Keep the items that a held job would remove."""
        return self._ask("POST", f"/api/data-sources/sync/{quote(job_id, safe='')}/keep")

    def list_api_keys(self) -> ListApiKeysResult:
        """List API keys."""
        return self._ask("GET", "/api/keys")

    def list_audit_events(
        self,
        *,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListAuditEventsResult:
        """List the audit log, newest first."""
        return self._ask(
            "GET",
            "/api/audit-events",
            query={"action": action, "since": since, "until": until, "limit": limit, "cursor": cursor},
        )

    def list_data_source_choices(
        self,
        id: str,
        *,
        field: str,
        within: str | None = None,
    ) -> ListDataSourceChoicesResult:
        """List choices for a field of the config, from the account.

        Folders, labels or drives: those directly inside one of them, or at the top level.
        """
        return self._ask(
            "GET",
            f"/api/data-sources/{quote(id, safe='')}/choices",
            query={"field": field, "within": within},
        )

    def list_data_sources(self) -> ListDataSourcesResult:
        """List sources."""
        return self._ask("GET", "/api/data-sources")

    def list_document_changes(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListDocumentChangesResult:
        """List changes of documents.

        In the order in which they became visible, complete while syncs run. Without a cursor it begins with every document. A document is shown as it is now: several updates in a row are one. A deletion may name a document that was never shown.
        """
        return self._ask(
            "GET",
            "/api/documents/changes",
            query={"limit": limit, "cursor": cursor},
        )

    def list_documents(
        self,
        *,
        data_source_id: str | None = None,
        source_type: SourceType | None = None,
        mime_type: str | None = None,
        project_id: str | None = None,
        tag_id: str | None = None,
        text: str | None = None,
        order: Literal["created", "changed", "title", "modified", "tokens"] | None = None,
        total: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListDocumentsResult:
        """List documents.

        In the order of their creation, newest first: page after page has every document that exists all the while, once. `order=changed` shows the latest change first; a document that changes meanwhile moves to the front. `title`, `modified` and `tokens` sort by title, by the latest modification at the source and by size.
        """
        return self._ask(
            "GET",
            "/api/documents",
            query={"dataSourceId": data_source_id, "sourceType": source_type, "mimeType": mime_type, "projectId": project_id, "tagId": tag_id, "text": text, "order": order, "total": total, "limit": limit, "cursor": cursor},
        )

    def list_job_items(
        self,
        job_id: str,
        *,
        outcome: Literal["created", "updated", "unchanged", "removed", "skipped", "failed"] | None = None,
        planned: Literal["create", "update", "retry", "remove", "skip", "unchanged"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListJobItemsResult:
        """List a job’s items with their outcomes."""
        return self._ask(
            "GET",
            f"/api/data-sources/sync/{quote(job_id, safe='')}/items",
            query={"outcome": outcome, "planned": planned, "limit": limit, "cursor": cursor},
        )

    def list_job_removals(
        self,
        job_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListJobRemovalsResult:
        """List what a held job would remove."""
        return self._ask(
            "GET",
            f"/api/data-sources/sync/{quote(job_id, safe='')}/removals",
            query={"limit": limit, "cursor": cursor},
        )

    def list_jobs(
        self,
        *,
        data_source_id: str | None = None,
        status: Literal["pending", "running", "completed", "failed", "cancelled"] | None = None,
        job_type: Literal["full_sync", "incremental", "delta", "manual"] | None = None,
        dry_run: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListJobsResult:
        """List jobs."""
        return self._ask(
            "GET",
            "/api/data-sources/sync",
            query={"dataSourceId": data_source_id, "status": status, "jobType": job_type, "dryRun": dry_run, "limit": limit, "cursor": cursor},
        )

    def list_next_runs(self) -> ListNextRunsResult:
        """List the next run of each source, by its own frequency or a recurring sync.

        Times are before jitter. Sources that have no schedule or are paused are not listed.
        """
        return self._ask("GET", "/api/scheduled-syncs/next-runs")

    def list_project_rules(self, id: str) -> ListProjectRulesResult:
        """List the rules of a project."""
        return self._ask("GET", f"/api/projects/{quote(id, safe='')}/rules")

    def list_projects(self) -> ListProjectsResult:
        """List projects."""
        return self._ask("GET", "/api/projects")

    def list_scheduled_syncs(self, *, data_source_id: str | None = None) -> ListScheduledSyncsResult:
        """List recurring syncs."""
        return self._ask("GET", "/api/scheduled-syncs", query={"dataSourceId": data_source_id})

    def list_source_type_choices(
        self,
        source_type: str,
        *,
        field: str,
        within: str | None = None,
    ) -> ListSourceTypeChoicesResult:
        """List choices for a field of the config, before there is a source.

        Only for types without a sign-in. For the others, connect an account first.
        """
        return self._ask(
            "GET",
            f"/api/source-types/{quote(source_type, safe='')}/choices",
            query={"field": field, "within": within},
        )

    def list_source_types(self) -> ListSourceTypesResult:
        """List the types of sources."""
        return self._ask("GET", "/api/source-types")

    def list_stale_documents(self) -> ListStaleDocumentsResult:
        """List stale documents, whose transformations have changed.

        Counts are per source. The next sync of a source processes them; POST /api/transformations/reprocess does it at once.
        """
        return self._ask("GET", "/api/transformations/stale")

    def list_tag_rules(self, id: str) -> ListTagRulesResult:
        """List the rules of a tag."""
        return self._ask("GET", f"/api/tags/{quote(id, safe='')}/rules")

    def list_tags(self) -> ListTagsResult:
        """List tags."""
        return self._ask("GET", "/api/tags")

    def list_transformations(self) -> ListTransformationsResult:
        """List transformations.

        In execution order.
        """
        return self._ask("GET", "/api/transformations")

    def list_uploaded_files(
        self,
        id: str,
        *,
        text: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListUploadedFilesResult:
        """List uploaded files.

        In the order of their paths, with what the latest sync made of each.
        """
        return self._ask(
            "GET",
            f"/api/data-sources/{quote(id, safe='')}/files",
            query={"text": text, "limit": limit, "cursor": cursor},
        )

    def list_vectors(self) -> VectorStatus:
        """Show which store and model answer your searches.

        If the installation is configured with others, also what moving your vectors there takes.
        """
        return self._ask("GET", "/api/vectors")

    def list_webhook_deliveries(
        self,
        id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListWebhookDeliveriesResult:
        """List the deliveries of a webhook."""
        return self._ask(
            "GET",
            f"/api/webhooks/{quote(id, safe='')}/deliveries",
            query={"limit": limit, "cursor": cursor},
        )

    def list_webhooks(self) -> ListWebhooksResult:
        """List webhooks."""
        return self._ask("GET", "/api/webhooks")

    def move_vectors(self, body: MoveVectorsBody) -> MoveVectorsResult:
        """Move vectors to the configured store and model.

        Operators only. Searches use the old vectors until each user’s new ones are complete.
        """
        return self._ask("POST", "/api/vectors/move", body=body)

    def pause_job(self, job_id: str) -> PauseJobResult:
        """Pause a job: no new work starts."""
        return self._ask("POST", f"/api/data-sources/sync/{quote(job_id, safe='')}/pause")

    def ping_webhook(self, id: str) -> PingWebhookResult:
        """Send a test event."""
        return self._ask("POST", f"/api/webhooks/{quote(id, safe='')}/ping")

    def preview_schedule(self, body: PreviewScheduleBody) -> PreviewScheduleResult:
        """Preview the runs of a schedule."""
        return self._ask("POST", "/api/scheduled-syncs/preview", body=body)

    def preview_transformations(self, body: PreviewTransformationsBody) -> PreviewTransformationsResult:
        """Try transformations on a document.

        Stores nothing and calls no vendor. Long texts are cut to 100,000 characters.
        """
        return self._ask("POST", "/api/transformations/preview", body=body)

    def redeliver(self, id: str, delivery_id: str) -> RedeliverResult:
        """Send a delivery again, with the same id."""
        return self._ask(
            "POST",
            f"/api/webhooks/{quote(id, safe='')}/deliveries/{quote(delivery_id, safe='')}/redeliver",
        )

    def reprocess(self, body: ReprocessBody) -> ReprocessResult:
        """Process stale documents again.

        Starts one job for each source with stale items. It uses the stored original text; items without one are fetched again.
        """
        return self._ask("POST", "/api/transformations/reprocess", body=body)

    def resume_job(self, job_id: str) -> ResumeJobResult:
        """Resume a paused job."""
        return self._ask("POST", f"/api/data-sources/sync/{quote(job_id, safe='')}/resume")

    def retry_job(self, job_id: str) -> RetryJobResult:
        """Retry failed items.

        Starts a new job for all failed items of this job’s source.
        """
        return self._ask("POST", f"/api/data-sources/sync/{quote(job_id, safe='')}/retry")

    def revoke_api_key(self, id: str) -> RevokeApiKeyResult:
        """Revoke an API key.

        It is rejected from now on. The list still contains it.
        """
        return self._ask("DELETE", f"/api/keys/{quote(id, safe='')}")

    def run_migrations(self) -> RunMigrationsResult:
        """Run pending migrations.

        Runs pending migrations. Operators only.
        """
        return self._ask("GET", "/api/setup/etl-pipelines")

    def search(self, body: SearchBody) -> SearchResult:
        """Search by meaning and by words.

        Returns each document once, with its best passage. At most 50 are returned: narrow the search with filters instead of paging.
        """
        return self._ask("POST", "/api/search", body=body)

    def set_credentials(self, id: str, body: SetCredentialsBody) -> SetCredentialsResult:
        """Store an existing token."""
        return self._ask(
            "PUT",
            f"/api/data-sources/{quote(id, safe='')}/credentials",
            body=body,
        )

    def start_job(
        self,
        body: StartJobBody,
        *,
        idempotency_key: str | None = None,
    ) -> StartJobResult:
        """Start a sync."""
        return self._ask(
            "POST",
            "/api/data-sources/sync",
            body=body,
            headers={"idempotency-key": idempotency_key},
        )

    def unassign_project(self, id: str, body: UnassignProjectBody) -> UnassignProjectResult:
        """Remove documents from a project.

        Manual assignments are not changed by later syncs and rules.
        """
        return self._ask("POST", f"/api/projects/{quote(id, safe='')}/remove", body=body)

    def unassign_tag(self, id: str, body: UnassignTagBody) -> UnassignTagResult:
        """Remove documents from a tag.

        Manual assignments are not changed by later syncs and rules.
        """
        return self._ask("POST", f"/api/tags/{quote(id, safe='')}/remove", body=body)

    def update_data_source(self, id: str, body: UpdateDataSourceBody) -> UpdateDataSourceResult:
        """Change a source."""
        return self._ask("PATCH", f"/api/data-sources/{quote(id, safe='')}", body=body)

    def update_project(self, id: str, body: UpdateProjectBody) -> UpdateProjectResult:
        """Rename a project."""
        return self._ask("PATCH", f"/api/projects/{quote(id, safe='')}", body=body)

    def update_scheduled_sync(
        self,
        id: str,
        body: UpdateScheduledSyncBody,
    ) -> UpdateScheduledSyncResult:
        """Change a recurring sync."""
        return self._ask("PATCH", f"/api/scheduled-syncs/{quote(id, safe='')}", body=body)

    def update_tag(self, id: str, body: UpdateTagBody) -> UpdateTagResult:
        """Rename a tag."""
        return self._ask("PATCH", f"/api/tags/{quote(id, safe='')}", body=body)

    def update_transformation(
        self,
        id: str,
        body: UpdateTransformationBody,
    ) -> UpdateTransformationResult:
        """Change a transformation."""
        return self._ask("PATCH", f"/api/transformations/{quote(id, safe='')}", body=body)

    def update_webhook(self, id: str, body: UpdateWebhookBody) -> UpdateWebhookResult:
        """Change, disable or enable a webhook."""
        return self._ask("PATCH", f"/api/webhooks/{quote(id, safe='')}", body=body)

    def upload_file(self, id: str, body: bytes | BinaryIO, *, path: str) -> UploadFileResult:
        """Upload a file.

        The body is the file. A file at the same path is replaced; the same bytes once more change nothing. A sync starts by itself a few seconds after the last change.
        """
        return self._ask(
            "PUT",
            f"/api/data-sources/{quote(id, safe='')}/files",
            query={"path": path},
            body=body,
        )

    def verify_vectors(self, body: VerifyVectorsBody) -> VerifyVectorsResult:
        """Compare vectors with their stores.

        Operators only. Repairs the differences; with `dryRun` it only counts them.
        """
        return self._ask("POST", "/api/vectors/verify", body=body)

    def watch_job(self, job_id: str) -> HTTPResponse:
        """Watch a job.

        Server-sent events: `progress` with the job every second until it ends; `problem` (a code and a detail) while it cannot be read.
        """
        return self._open("GET", f"/api/data-sources/sync/{quote(job_id, safe='')}/events")
