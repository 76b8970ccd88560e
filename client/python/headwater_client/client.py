"""What the description of the API cannot say: errors, repetitions, pages, waiting for a job, a resumed export."""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .operations import Document, Job, Operations, StartJobBody, StartJobResult

MAX_BROKEN_EXPORTS = 5


class HeadwaterError(Exception):
    """The API refused a request, or did not answer.

    `code` is stable (docs/errors.md of Headwater); the text is for people: what happened, why, what to do.
    """

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        super().__init__(str(body.get("detail", f"The API answered {status}.")))
        self.status = status
        """The HTTP status; 0 without an answer of the API (`unreachable`, `redirects`, `not_headwater`, `cut_off`)."""
        self.code = str(body.get("code", "unknown"))
        self.errors: list[dict[str, str]] = list(body.get("errors", []))
        """The fields of the request that are not valid."""
        self.retry_after = retry_after
        """After how many seconds a repetition makes sense; None if the API does not say."""
        self.body = body


class _StayHere(HTTPRedirectHandler):
    """Follows no redirect: the token would be sent along."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class Client(Operations):
    """A client of one installation.

    :param url: where Headwater listens, such as https://headwater.example.com
    :param token: a JWT or an API key, or what gets one for each request
    :param admin_token: ADMIN_TOKEN, for the calls of operators
    :param timeout: how many seconds the API may be silent
    :param max_retries: how often a request is repeated that was refused with 429 or 503, or whose answer was lost
    :param max_retry_after: a longer Retry-After (seconds) is raised, not waited for
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | Callable[[], str] | None = None,
        admin_token: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
        max_retry_after: float = 60.0,
    ) -> None:
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError(f'url must be an address such as https://headwater.example.com, not "{url}".')
        self._url = url.rstrip("/")
        self._token = token
        self._admin_token = admin_token
        self._timeout = timeout
        self._max_retries = max_retries
        self._max_retry_after = max_retry_after
        self._opener = build_opener(_StayHere)

    def start_job(self, body: StartJobBody, *, idempotency_key: str | None = None) -> StartJobResult:
        """Starts a job. A repetition after a lost answer returns the same job."""
        return super().start_job(body, idempotency_key=idempotency_key or str(uuid.uuid4()))

    def wait_for_job(
        self,
        job_id: str,
        *,
        poll_seconds: float = 1.0,
        max_outage_seconds: float = 300.0,
        on_progress: Callable[[Job], None] | None = None,
    ) -> Job:
        """Waits until a job has ended, however it has.

        :param max_outage_seconds: how long Headwater may be away, as while it is updated, once it has answered
        """
        answered_at = float("-inf")
        while True:
            try:
                job = self.get_job(job_id)["job"]
            except HeadwaterError as error:
                if not _is_outage(error) or time.monotonic() - answered_at > max_outage_seconds:
                    raise
            else:
                answered_at = time.monotonic()
                if on_progress is not None:
                    on_progress(job)
                if job["status"] not in ("pending", "running"):
                    return job
            time.sleep(poll_seconds)

    def documents(self, **query: Any) -> Iterator[Document]:
        """Every document, page after page: complete while syncs run, unless `order` is "changed"."""
        for page in pages(self.list_documents, **query):
            yield from page["documents"]

    def export_lines(self, *, cursor: str | None = None, **query: Any) -> Iterator[dict[str, Any]]:
        """Every document with its chunks, resumed where the connection breaks. The last line is of the type "end"."""
        broken = 0
        while broken < MAX_BROKEN_EXPORTS:
            try:
                with self.export_documents(cursor=cursor, **query) as answer:
                    for text in answer:
                        # What follows the last end of a line was cut off.
                        if not text.endswith(b"\n"):
                            break
                        line = json.loads(text)
                        yield line
                        broken = 0
                        cursor = line["cursor"]
                        if line["type"] == "end":
                            return
            except (HTTPException, OSError):
                pass
            broken += 1
        detail = "The export breaks off again and again."
        raise HeadwaterError(0, {"code": "cut_off", "detail": detail, "cursor": cursor})

    def _ask(self, method: str, path: str, **call: Any) -> Any:
        return self._exchange(self._read_json, method, path, **call)

    def _open(self, method: str, path: str, **call: Any) -> HTTPResponse:
        answer: HTTPResponse = self._exchange(lambda answer: answer, method, path, **call)
        return answer

    def _exchange(
        self,
        read: Callable[[HTTPResponse], Any],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Any:
        """Sends a request and reads its answer; both are repeated together."""
        known = {name: _text_of(value) for name, value in (query or {}).items() if value is not None}
        address = f"{self._url}{path}{'?' + urlencode(known) if known else ''}"
        sent = {**self._headers(), **{name: value for name, value in (headers or {}).items() if value is not None}}
        data = _bytes_of(body, sent)
        for attempt in range(self._max_retries + 1):
            try:
                return self._exchange_once(Request(address, data=data, headers=sent, method=method), read)
            except HeadwaterError as error:
                pause = _pause_before(error, method, sent, attempt)
                # What was read from a file is not there a second time.
                is_last = attempt == self._max_retries or hasattr(data, "read")
                if pause is None or is_last or pause > self._max_retry_after:
                    raise
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _exchange_once(self, request: Request, read: Callable[[HTTPResponse], Any]) -> Any:
        try:
            try:
                return read(self._opener.open(request, timeout=self._timeout))
            except HTTPError as refusal:
                with refusal:
                    raise self._error_of(refusal) from None
        except (HTTPException, URLError, OSError) as error:
            detail = f"Headwater does not answer at {self._url}. Check that it is running."
            raise HeadwaterError(0, {"code": "unreachable", "detail": detail}) from error

    def _error_of(self, refusal: HTTPError) -> HeadwaterError:
        if 300 <= refusal.code < 400:
            detail = f"{self._url} redirects; tokens are not sent along. If that is your Headwater, use its address."
            return HeadwaterError(0, {"code": "redirects", "detail": detail})
        after = refusal.headers.get("retry-after", "")
        retry_after = float(after) if after.isdecimal() else None
        # A proxy in front of Headwater answers with a page of its own while Headwater is restarted.
        if not _is_json(refusal) and refusal.code == 429:
            return HeadwaterError(429, {"code": "rate_limited", "detail": f"A proxy at {self._url} limits requests (429)."}, retry_after)
        if not _is_json(refusal) and refusal.code in (502, 503, 504):
            detail = f"A proxy answers at {self._url} ({refusal.code}), but Headwater does not behind it."
            return HeadwaterError(0, {"code": "unreachable", "detail": detail}, retry_after)
        return HeadwaterError(refusal.code, self._json_of(refusal, refusal.code), retry_after)

    def _read_json(self, answer: HTTPResponse) -> Any:
        with answer:
            return self._json_of(answer, answer.status)

    def _json_of(self, answer: HTTPResponse | HTTPError, status: int) -> Any:
        if _is_json(answer):
            try:
                return json.load(answer)
            except ValueError:
                pass
        detail = f"The server at {self._url} ({status}) is not Headwater's API."
        raise HeadwaterError(0, {"code": "not_headwater", "detail": detail})

    def _headers(self) -> dict[str, str]:
        token = self._token() if callable(self._token) else self._token
        headers = {"accept": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if self._admin_token is not None:
            headers["x-admin-token"] = self._admin_token
        return headers


def _is_outage(error: HeadwaterError) -> bool:
    """Whether Headwater, or what it needs, is away for a moment, so that the same request may succeed later."""
    return error.code == "unreachable" or error.status in (429, 502, 503, 504)


def _is_json(answer: HTTPResponse | HTTPError) -> bool:
    return "json" in answer.headers.get("content-type", "")


def pages(call: Callable[..., Any], *args: str, **query: Any) -> Iterator[Any]:
    """Every page of a list: `for page in pages(client.list_jobs, status="failed")`."""
    cursor: str | None = None
    while True:
        page = call(*args, cursor=cursor, **query)
        yield page
        cursor = page["nextCursor"]
        if cursor is None:
            return


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bytes_of(body: Any, headers: dict[str, str]) -> Any:
    """The body as it is sent: a file as it is, anything else as JSON."""
    if body is None:
        return None
    if isinstance(body, bytes):
        headers["content-type"] = "application/octet-stream"
        return body
    if hasattr(body, "read"):
        headers["content-type"] = "application/octet-stream"
        # The API wants to know the size before the first byte.
        headers["content-length"] = str(os.fstat(body.fileno()).st_size - body.tell())
        return body
    headers["content-type"] = "application/json"
    return json.dumps(body).encode()


def _pause_before(error: HeadwaterError, method: str, headers: Mapping[str, str], attempt: int) -> float | None:
    """How long to wait before a repetition; None if repeating is no use, or might do something twice."""
    is_refused = error.status in (429, 503) and error.code != "worker_unavailable"
    is_repeatable = method != "POST" or "idempotency-key" in headers
    is_lost = error.code == "unreachable" or error.status in (502, 504)
    if not is_refused and not (is_lost and is_repeatable):
        return None
    return error.retry_after if error.retry_after is not None else 0.5 * 2**attempt * (0.5 + random.random())
