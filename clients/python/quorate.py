"""
Quorate for Python, in one file and with nothing but the standard library: copy it beside your program, or install it.

    from quorate import connect

    lunch = connect("http://127.0.0.1:5000").group("lunch")
    lunch.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
    outcome = lunch.agree("ann", lambda last, number: "pizza", deadline=60)
    print(outcome["value"])

`connect_async` gives the same with `async` and `await`. Every call is safe to repeat, and is repeated by itself when a reply is lost,
over all servers that it knows. Times are seconds (a number or a `timedelta`) or texts such as "500ms", "30s", "5m".
Needs Python 3.9 or later.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import inspect
import json
import os
import random
import re
import secrets
import socket
import ssl
import threading
import time
import weakref
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import (
    Any, AsyncGenerator, AsyncIterable, Awaitable, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple,
    TypedDict, TypeVar, Union, cast,
)
from urllib.parse import quote, unquote, urlencode, urlsplit

__version__ = "0.1.0"
__all__ = [
    "ABSTAIN", "AsyncClaim", "AsyncClient", "AsyncGroup", "AsyncMember", "Claim", "Client", "Duration", "Event", "Group", "GroupInfo",
    "AsyncWebhooks", "Ballot", "Item", "Json", "Member", "Outcome", "QuorateError", "Round", "Said", "Retry", "Settled", "Step", "Webhooks", "connect", "connect_async",
]

Json = Any
T = TypeVar("T")
Duration = Union[int, float, str, timedelta]


class Round(TypedDict, total=False):
    """A round as the server shows it; docs/openapi.json says what else it may hold."""

    group: str
    round: int
    state: str  # "WAITING", "SUCCESS" or "FAILED"
    reason: Optional[str]
    value: Json
    options: Optional[Dict[str, Any]]
    equality: Any
    present: int
    eligible: int
    missing: Optional[List[str]]
    waived: List[Dict[str, Any]]
    tally: Optional[List[Dict[str, Any]]]
    moreValues: int
    stats: Optional[Dict[str, Any]]
    explain: str
    subjectHash: Optional[str]
    revision: int
    index: int
    openedAt: str
    deadlineAt: Optional[str]
    deadlineSet: Optional[Dict[str, Any]]
    closedAt: Optional[str]


Outcome = Round


class GroupInfo(TypedDict, total=False):
    """A group as the server shows it."""

    group: str
    title: Optional[str]
    preset: Optional[str]
    status: str  # "open", "decided", "exhausted" or "idle"
    rule: Dict[str, Any]
    admission: str
    mayClose: Union[str, List[str]]
    mayWaive: Union[str, List[str]]
    maySpend: Union[str, List[str]]
    retention: Optional[Dict[str, Any]]
    subjectHash: Optional[str]
    round: int  # the open one, or the last
    createdAt: str
    revision: int
    index: int
    joinKey: str
    observerKey: str


class Event(TypedDict, total=False):
    """A change of a group, or its present state (`snapshot`, `resync`)."""

    type: str
    group: str
    revision: int
    index: int
    time: str
    agent: Optional[str]
    round: Optional[Round]
    details: Dict[str, Any]
    claim: Dict[str, Any]


class Item(TypedDict, total=False):
    """An item of a group's stream: a view, a message, a round opened or closed, or the place of a message to others (`withheld`)."""

    offset: int
    index: int
    at: str
    type: str  # "view", "message", "round-opened" or "round-closed"; none where withheld
    withheld: bool
    # Of a message: whose, to whom (None: to all), and what.
    body: Json
    to: Optional[List[str]]
    replyTo: Optional[int]
    ackBy: Optional[Any]
    # Of a view: who has come or gone, and how.
    agent: str
    name: str
    kind: str
    role: str
    change: str  # "joined", "left", "expired", ...
    incarnation: int
    view: int
    # Of a round.
    round: int
    revision: int
    state: str
    reason: Optional[str]
    value: Json
    stability: str  # "pending", "stable" or "impossible", of a message that was said with `ack_by`
    acknowledgements: Dict[str, Any]


# A field of JSON that is a word of Python.
Item.__annotations__["from"] = str


class Said(TypedDict, total=False):
    """The server's answer to a message."""

    group: str
    offset: int
    view: int
    index: int
    stability: str  # with `ack_by`
    acknowledgements: Dict[str, Any]


class _Ballot(TypedDict):
    group: str
    round: int
    agent: str


class Ballot(_Ballot, total=False):
    """One of many proposals. It names its round, so that it is safe to send again. It has a `value` or `abstain`."""

    value: Json
    abstain: bool
    token: str  # the agent's, where it has joined; without it that of the client counts
    seq: int
    note: str
    idempotencyKey: str


class _Abstain:
    def __repr__(self) -> str:
        return "quorate.ABSTAIN"


ABSTAIN = _Abstain()
"""What a strategy returns, instead of a value, to abstain in a round."""

_UNSET: Any = object()

Headers = Union[Mapping[str, str], Callable[[], Mapping[str, str]]]

Strategy = Callable[[Optional[Round], int], Any]
"""Chooses what to propose: gets the round that closed before (None in the first one seen) and the number of the open one."""

_FIXES = {
    "unreachable": ("Server unreachable", "check the address, and that the server runs: quorate server"),
    "untrusted": ("Certificate not trusted", "for a private CA name its certificate: connect(url, ca=FILE)"),
    "redirected": ("Redirected", "use the address of the server itself, and only if you trust where it leads"),
    "deadline": ("Deadline passed", "ask again with the same group, round and agent, or allow more time"),
    "unexpected-reply": ("Unexpected reply", "check that the address is that of a Quorate server, and look for a proxy in between"),
    "not-json": ("Not JSON", "propose None, True, False, a finite number, a text, or lists and dicts of these"),
    "lease-lost": ("Lease lost", "join again; another instance may have taken the name by now"),
    "claim-lost": ("Claim lost", "stop acting: another may act now; claim again to go on"),
    "expelled": ("No member any more", "join again and listen: it goes on where the cursor is"),
    "not-sent": ("Not sent", "look in the stream what was said last, and say the rest once more"),
}


class QuorateError(Exception):
    """
    A refusal by the server, or no answer.

    `code` is one of docs/errors.md, or of this client: unreachable, untrusted, redirected, deadline, unexpected-reply, not-json,
    lease-lost, claim-lost, expelled, not-sent. `status` is the HTTP status, 0 when no server answered. `fix` says what to do. `outcome` says whether
    the request may have taken effect: "not-executed" or "unknown"; to repeat it is safe in both cases. `round` is the round that
    the refusal is about, and `claim` the claim, where the server sends them; `since`, `seq`, `oldest` and `view` likewise; `errors` are
    the wrong fields.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('title')}: {problem.get('detail')}")
        self.code: str = problem.get("code", "")
        self.status: int = problem.get("status", 0)
        self.title: str = problem.get("title", "")
        self.detail: str = problem.get("detail", "")
        self.fix: str = problem.get("fix", "")
        self.outcome: str = problem.get("outcome", "not-executed")
        self.round: Optional[Round] = problem.get("round")
        self.claim: Optional[Dict[str, Any]] = problem.get("claim")
        self.since: Optional[str] = problem.get("since")
        self.seq: Optional[int] = problem.get("seq")
        self.oldest: Optional[int] = problem.get("oldest")
        self.view: Optional[int] = problem.get("view")
        self.errors: List[Dict[str, Any]] = problem.get("errors") or []


class Retry(NamedTuple):
    """An attempt that had no answer, before the call is sent again."""

    url: str
    error: QuorateError
    failures: int
    """How many attempts of this call have failed."""
    delay: float
    """Seconds until it is sent again."""


class Step(TypedDict, total=False):
    """
    A `number` that the classroom's server has counted, or the `state` of the round it was counted in; `round` is None where the server
    does not name it. With SUCCESS comes `value`: what was agreed on, None when unknown.
    """

    round: Optional[int]
    number: Union[int, float]
    state: str
    value: Json


class Settled(NamedTuple):
    """What came of one of many proposals: the round it was taken in, or the error."""

    line: int
    """Its place among all, from 1."""
    proposal: Ballot
    round: Optional[Round]
    error: Optional[QuorateError]


def _error(code: str, detail: str, outcome: str = "not-executed", status: int = 0) -> QuorateError:
    title, fix = _FIXES[code]
    return QuorateError({"code": code, "title": title, "fix": fix, "detail": detail, "outcome": outcome, "status": status})


def _refusal(url: str, status: int, body: Any) -> QuorateError:
    if isinstance(body, dict) and all(isinstance(body.get(key), str) for key in ("code", "title", "detail")):
        return QuorateError({**body, "status": status})
    detail = f"{url} answered with status {status} and a body that is not Quorate's"
    return _error("unexpected-reply", detail, "unknown" if status >= 500 else "not-executed", status)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(duration: Duration) -> float:
    """The duration in seconds. Raises ValueError for what is none."""
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if isinstance(duration, (int, float)) and not isinstance(duration, bool) and duration >= 0:
        return float(duration)
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)(ms|s|m|h|d)", str(duration))
    if match is None:
        raise ValueError(f'{duration!r} is no duration: give seconds, or a text such as "500ms", "30s", "5m"')
    return float(match[1]) * _UNITS[match[2]]


def _to_json(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:  # a UnicodeEncodeError is a ValueError
        raise _error("not-json", f"the value cannot be written as JSON: {error}") from error


def _from_json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


# --- Reaching a server: the code is written once, with await; what blocks and what does not differs only in _Blocking and _Async.


class _TimedOut(Exception):
    pass


class _NotReady(Exception):
    """The server keeps the connection open, and does not answer a question whether it is ready."""


class _BlockingSocket:
    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._process = sock, os.getpid()

    async def receive(self, seconds: float) -> bytes:
        self._sock.settimeout(max(seconds, 0.001))
        try:
            return self._sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError) as error:
            raise _TimedOut() from error

    async def send(self, data: bytes, seconds: float) -> None:
        self._sock.settimeout(max(seconds, 0.001))
        self._sock.sendall(data)

    @property
    def usable(self) -> bool:
        """Whether it is this process's own: after a fork, two would get each other's answers."""
        return self._process == os.getpid()

    def close(self) -> None:
        self._sock.close()


class _Blocking:
    """Waits in the calling thread: no call is ever suspended."""

    async def connect(self, host: str, port: int, tls: Optional[ssl.SSLContext], seconds: float) -> _BlockingSocket:
        sock = socket.create_connection((host, port), max(seconds, 0.001))
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _BlockingSocket(sock if tls is None else tls.wrap_socket(sock, server_hostname=host))
        except BaseException:
            sock.close()
            raise

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def event(self) -> threading.Event:
        return threading.Event()

    async def is_set_within(self, event: Any, seconds: float) -> bool:
        return event.wait(seconds)

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        threading.Thread(target=lambda: _run(work()), daemon=True, name="quorate lease").start()


class _AsyncSocket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._process, self._loop = os.getpid(), asyncio.get_running_loop()
        self._early: Optional[bytes] = None  # what came before all was sent

    @property
    def usable(self) -> bool:
        """Whether it is this process's own, and of the running event loop: a program may have several, one after the other."""
        return self._process == os.getpid() and self._loop is asyncio.get_running_loop()

    async def receive(self, seconds: float) -> bytes:
        if self._early is not None:
            early, self._early = self._early, None
            return early
        try:
            return await asyncio.wait_for(self._reader.read(65536), max(seconds, 0.001))
        except asyncio.TimeoutError as error:
            raise _TimedOut() from error

    async def send(self, data: bytes, seconds: float) -> None:
        self._writer.write(data)
        if len(data) < 65536:
            await asyncio.wait_for(self._writer.drain(), max(seconds, 0.001))
            return
        # What came before all was sent would be lost when the connection breaks.
        sending = asyncio.ensure_future(self._writer.drain())
        coming = asyncio.ensure_future(self._reader.read(65536))
        both: Set[asyncio.Future[Any]] = {sending, coming}
        try:
            done, _ = await asyncio.wait(both, timeout=max(seconds, 0.001), return_when=asyncio.FIRST_COMPLETED)
            if coming in done:
                self._early = coming.result()
            elif sending in done:
                sending.result()
            else:
                raise _TimedOut()
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def close(self) -> None:
        try:
            self._writer.close()
        except RuntimeError:
            pass  # its event loop is closed, and the connection with it


class _Async:
    """Waits in the running event loop."""

    def __init__(self) -> None:
        self._tasks: Set[asyncio.Future[None]] = set()

    async def connect(self, host: str, port: int, tls: Optional[ssl.SSLContext], seconds: float) -> _AsyncSocket:
        opening = asyncio.open_connection(host, port, ssl=tls, server_hostname=host if tls else None)
        return _AsyncSocket(*await asyncio.wait_for(opening, max(seconds, 0.001)))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def event(self) -> asyncio.Event:
        return asyncio.Event()

    async def is_set_within(self, event: Any, seconds: float) -> bool:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work())
        self._tasks.add(task)  # the loop itself keeps no hold on it
        task.add_done_callback(self._tasks.discard)


_PLAIN_ONLY = "give this client plain functions and iterables, or use connect_async for async ones"


def _run(work: Awaitable[T]) -> T:
    """The result of a coroutine that never waits, because all it does blocks the thread."""
    running: Any = work
    try:
        running.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    running.close()
    raise TypeError(_PLAIN_ONLY)


class _Connection:
    """One HTTP/1.1 connection: one request at a time."""

    def __init__(self, stream: Any, check_every: float) -> None:
        self._stream = stream
        self._check_every = check_every
        self._buffer = b""
        self._length: Optional[int] = 0  # what is left of the body; None: in chunks; -1: up to the end of the connection
        self._keep = True
        self.heard = False

    async def ask(self, head: bytes, body: bytes, until: float) -> None:
        self.heard = False
        await self._stream.send(head + body, until - time.monotonic())

    async def answer(self, until: float, check: Optional[Callable[[], Awaitable[None]]]) -> Tuple[int, Dict[str, str]]:
        """Status and headers, with names in lower case."""
        status = 100
        while status < 200:
            line = await self._line(until, check)
            match = re.match(rb"HTTP/1\.[01] ([0-9]{3})", line)
            if match is None:
                raise OSError("the reply is not HTTP")
            status = int(match[1])
            headers: Dict[str, str] = {}
            while True:
                line = await self._line(until, check)
                if line == b"":
                    break
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.strip().lower()] = value.strip()
        self._keep = headers.get("connection", "").lower() != "close"
        if headers.get("transfer-encoding", "").lower() == "chunked":
            self._length = None
        elif status in (204, 304):
            self._length = 0
        else:
            self._length = int(headers.get("content-length", -1))
        return status, headers

    async def body(self, until: float, check: Optional[Callable[[], Awaitable[None]]] = None) -> bytes:
        parts: List[bytes] = []
        size = 0
        while True:
            part = await self.part(until, check)
            if part == b"":
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > _MOST_REPLY:
                raise _error("unexpected-reply", f"a server answers with more than {_MOST_REPLY >> 20} MiB", "unknown")

    async def part(self, until: float, check: Optional[Callable[[], Awaitable[None]]] = None) -> bytes:
        """The next bytes of the body; b"" at its end."""
        if self._length == 0:
            return b""
        if self._length is None:
            size = int((await self._line(until, check)).split(b";")[0], 16)
            data = b""
            while len(self._buffer) < size:
                await self._fill(until, check)
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            await self._line(until, check)
            if size == 0:
                self._length = 0
            return data
        if self._buffer == b"" and not await self._fill(until, check, may_end=self._length < 0):
            self._length, self._keep = 0, False
            return b""
        most = len(self._buffer) if self._length < 0 else self._length
        data, self._buffer = self._buffer[:most], self._buffer[most:]
        if self._length > 0:
            self._length -= len(data)
        return data

    @property
    def usable(self) -> bool:
        return bool(self._stream.usable)

    @property
    def reusable(self) -> bool:
        return self._keep and self._length == 0 and self._buffer == b""

    def close(self) -> None:
        self._stream.close()

    async def _line(self, until: float, check: Optional[Callable[[], Awaitable[None]]]) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > 65536:
                raise OSError("a line of the reply is too long")
            await self._fill(until, check)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    async def _fill(self, until: float, check: Optional[Callable[[], Awaitable[None]]], may_end: bool = False) -> bool:
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise _TimedOut()
            try:
                data = await self._stream.receive(left if check is None else min(left, self._check_every))
                break
            except _TimedOut:
                if check is not None:
                    await check()
        if data == b"" and not may_end:
            raise OSError("the connection ended in the middle of a reply")
        self.heard = True
        self._buffer += data
        return data != b""


_MOST_REPLY = 256 << 20  # far more than any server sends at once
_RETRIED = (408, 429, 502, 503, 504)
_BACKOFF_FIRST = 0.1
_BACKOFF_MOST = 5.0  # while a server is overloaded
_BACKOFF_AWAY = 1.0  # while no server is ready: the call should go on soon after
_ANSWER_WITHIN = 10.0  # beyond the wait
_LONGEST_WAIT = 30.0  # servers shorten or refuse longer ones
_PROBE_WITHIN = 0.6
_CHECK_EVERY = 0.5


class _Call:
    def __init__(
        self, method: str, path: str, body: Any = None, *, query: Optional[Mapping[str, Any]] = None, headers: Optional[Mapping[str, str]] = None,
        wait: Optional[float] = None, until: float = float("inf"), guard: Optional[Callable[[], None]] = None, patience: float = _ANSWER_WITHIN,
        text: Optional[bytes] = None, stream: Optional[str] = None, may_be_empty: bool = False,
    ) -> None:
        self.method, self.path, self.headers, self.wait, self.until = method, path, dict(headers or {}), wait, until
        self.guard, self.patience = guard, patience
        self.may_be_empty = may_be_empty
        self.stream = stream  # the media type of a reply that is read as it comes
        self.repeated = False  # whether an attempt so far may have taken effect although no answer came
        self.body = text if text is not None else b"" if body is None else _to_json(body)
        self.query = {name: value for name, value in (query or {}).items() if value is not None}


class _Reply:
    def __init__(self, status: int, headers: Dict[str, str], body: Any, connection: Optional[_Connection] = None, is_empty: bool = False) -> None:
        self.status, self.headers, self.body, self.connection, self.is_empty = status, headers, body, connection, is_empty
        self.turn = 0  # whose reply it is


class _Shared:
    """What all tokens of one client share. Its connections are closed with it, so that a client needs no closing."""

    def __init__(self) -> None:
        self.preferred = 0  # the server to ask next
        self.session: Optional[str] = None  # the position of the log seen so far
        self.lock = threading.Lock()
        self.idle: Dict[str, List[_Connection]] = {}
        weakref.finalize(self, _close_all, self.idle)


def _close_all(idle: Dict[str, List[_Connection]]) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


class _Transport:
    """
    Sends a call until it has a definite answer. It is repeated after a network error, 408, 429, 502, 503 and 504, which is safe because
    servers recognise a repeated write: at the next server at once, at the same one after a pause with jitter.
    """

    def __init__(
        self, io: Any, urls: Sequence[str], token: Optional[str], tls: Optional[ssl.SSLContext], retry_for: float, headers: Optional[Headers],
        on_retry: Optional[Callable[[Retry], Any]], record: Optional[Callable[[Dict[str, Any]], Any]], process: Optional[str],
    ) -> None:
        self.io, self.urls, self.token, self.tls, self.retry_for = io, list(urls), token, tls, retry_for
        self.headers, self.on_retry, self.record = headers, on_retry, record
        self.process = process or f"python {os.getpid()} {secrets.token_hex(4)}"
        self.shared = _Shared()

    def as_(self, token: Optional[str]) -> "_Transport":
        other = copy.copy(self)
        other.token = token
        return other

    async def send(self, call: _Call) -> Any:
        """The body of the reply as JSON."""
        return (await self._retry(call)).body

    async def ask(self, call: _Call) -> _Reply:
        """The whole reply."""
        return await self._retry(call)

    async def open(self, call: _Call) -> Tuple[_Connection, _Reply]:
        """A reply of the type that the call names; its connection is the caller's to close."""
        call.headers["accept"] = call.stream or ""
        reply = await self._retry(call)
        assert reply.connection is not None
        return reply.connection, reply

    async def _retry(self, call: _Call) -> _Reply:
        shared, started = self.shared, time.monotonic()
        waits_until = started + (call.wait or 0.0)
        until = min(call.until, waits_until + self.retry_for)
        failures = 0
        while True:
            if call.guard is not None:
                call.guard()
            turn = shared.preferred
            url = self.urls[turn % len(self.urls)]
            wait = None if call.wait is None else max(0.0, waits_until - time.monotonic())
            # However short the time for retries is, the server that is asked first has a second.
            most = until if failures else min(call.until, waits_until + max(self.retry_for, 1.0))
            retry_after, reply = 0.0, None
            head = self._head(url, call, wait)
            try:
                reply = await self._attempt(url, call, head, wait, most)
            except (OSError, _TimedOut, _NotReady, asyncio.TimeoutError, ValueError) as cause:
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise _error("untrusted", f"{url} shows a certificate that is not trusted: {cause}") from cause
                error = _error("unreachable", f"{url} does not answer: {cause or type(cause).__name__.strip('_')}", "unknown")
                error.__cause__ = cause
            if reply is not None:
                expected = reply.connection is not None if call.stream else reply.body is not None or reply.status == 204 or (call.may_be_empty and reply.is_empty)
                reply.turn = turn
                if 200 <= reply.status < 300 and expected:
                    return reply
                # Not found on a repeat: the attempt whose reply was lost has deleted it.
                if call.method == "DELETE" and reply.status == 404 and call.repeated:
                    return reply
                error = _refusal(url, reply.status, reply.body)
                retry_after = _retry_after(reply.headers.get("retry-after"))
            if error.code == "history-changed":
                shared.session = None
            if error.code != "unreachable" and error.status not in _RETRIED:
                raise error
            failures += 1
            call.repeated = call.repeated or error.outcome == "unknown"
            if error.status != 429:
                self.pass_over(turn)
            pause = self._pause(error.status, failures, retry_after)
            if time.monotonic() + pause >= until:
                error.outcome = "unknown" if call.repeated else "not-executed"
                if until == call.until:
                    raise _error("deadline", "the time allowed for this call ran out", error.outcome) from error
                raise error
            if self.on_retry is not None:
                self.on_retry(Retry(url, error, failures, pause))
            if pause > 0:
                await self.io.sleep(pause)

    def pass_over(self, turn: int) -> None:
        """The server whose turn it was is not asked next. Of several calls that meet the same, only the first moves on."""
        if self.shared.preferred == turn:
            self.shared.preferred = turn + 1

    def _pause(self, status: int, failures: int, retry_after: float) -> float:
        if status != 429 and failures % len(self.urls) != 0:
            return 0.0
        most = _BACKOFF_MOST if status == 429 else _BACKOFF_AWAY
        rounds = -(-failures // len(self.urls))
        return retry_after + random.random() * min(most, _BACKOFF_FIRST * 2.0 ** min(rounds, 16))

    async def _attempt(self, url: str, call: _Call, head: bytes, wait: Optional[float], most: float) -> _Reply:
        until = min(most, time.monotonic() + (wait or 0.0) + call.patience)

        async def check() -> None:
            if call.guard is not None:
                call.guard()
            if len(self.urls) > 1 and not await self._is_ready(url):
                raise _NotReady("it is not ready")

        connection = self._idle(url)
        fresh = connection is None
        while True:
            if connection is None:
                connection = await self._connect(url, until)
            done = False
            sent_at = _now_ms()
            try:
                try:
                    await connection.ask(head, call.body, until)
                except OSError:
                    pass  # a server that takes no such large body may have said so, and closed, before it had all of it
                status, headers = await connection.answer(until, check)
                if 300 <= status < 400:
                    raise _error("redirected", f"{url} sends its callers elsewhere: {headers.get('location', '')}")
                self._seen(headers.get("quorate-session"))
                if call.stream and status == 200 and headers.get("content-type", "").startswith(call.stream):
                    done = True
                    return _Reply(status, headers, None, connection)
                text = await connection.body(until)
                body = _from_json(text)
                done = True
                self._give_back(url, connection)
                self._record(call, sent_at, body)
                return _Reply(status, headers, body, is_empty=text == b"")
            except OSError:
                # A connection that was idle may have been closed meanwhile: one that is new tells more.
                if fresh or connection.heard:
                    raise
                fresh = call.repeated = True
            finally:
                if not done:
                    connection.close()
                    self._record(call, sent_at, None)
            connection = None

    def _record(self, call: _Call, sent_at: float, answer: Any) -> None:
        if self.record is not None and call.stream is None:
            asked = _recorded(call)
            if asked is not None:
                response = answer if isinstance(answer, dict) and isinstance(answer.get("index"), int) else None
                times = {"invokedAt": sent_at, "completedAt": None if answer is None else _now_ms()}
                self.record({"process": self.process, **times, **asked, "response": response})

    def _head(self, url: str, call: _Call, wait: Optional[float]) -> bytes:
        parts = urlsplit(url)
        query = dict(call.query)
        if wait is not None:
            query["wait"] = f"{round(wait * 1000)}ms"
        target = parts.path.rstrip("/") + call.path + (f"?{urlencode(query)}" if query else "")
        own = self.headers() if callable(self.headers) else self.headers or {}
        if not isinstance(own, Mapping) or not all(isinstance(part, str) for pair in own.items() for part in pair):
            raise TypeError(f"headers must be a dict of texts, or a function that returns one, and not {own!r}")
        headers = {name.lower(): value for name, value in own.items()}
        headers.update({"host": parts.netloc.rpartition("@")[2], "accept": "application/json", **call.headers})
        headers["content-length"] = str(len(call.body))
        if call.body:
            headers.setdefault("content-type", "application/json")
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        if self.shared.session is not None:
            headers["quorate-session"] = self.shared.session
        if not re.fullmatch(r"[!-~]+", target):
            raise ValueError(f"{target!r} is no path: write what is not plain ASCII as %xx")
        for name, value in headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9a-z-]+", name):
                raise ValueError(f"{name!r} is no name of a header: use letters, digits and -")
            if not re.fullmatch(r"[\t -~\x80-\xff]*", value):
                raise ValueError(f"what is sent as {name} must be one line of plain text, and is not: a wrong token, key or header?")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{call.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")

    async def _connect(self, url: str, until: float) -> _Connection:
        parts = urlsplit(url)
        tls = self.tls if parts.scheme == "https" else None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        left = min(until - time.monotonic(), _ANSWER_WITHIN)
        return _Connection(await self.io.connect(parts.hostname, port, tls, left), _CHECK_EVERY)

    async def _is_ready(self, url: str) -> bool:
        """Asks a server that holds a reply back whether it is ready: one that is frozen keeps its connections open."""
        until = time.monotonic() + _PROBE_WITHIN
        try:
            connection = await self._connect(url, until)
            try:
                await connection.ask(self._head(url, _Call("GET", "/readyz"), None), b"", until)
                return (await connection.answer(until, None))[0] != 503
            finally:
                connection.close()
        except (OSError, _TimedOut, asyncio.TimeoutError):
            return False

    def _idle(self, url: str) -> Optional[_Connection]:
        with self.shared.lock:
            idle = self.shared.idle.get(url, [])
            while idle:
                connection = idle.pop()
                if connection.usable:
                    return connection
                connection.close()
            return None

    def _give_back(self, url: str, connection: _Connection) -> None:
        with self.shared.lock:
            idle = self.shared.idle.setdefault(url, [])
            if connection.reusable and len(idle) < 8:
                idle.append(connection)
                return
        connection.close()

    async def unhurried(self, wait: float, sent_at: float) -> None:
        """A server or proxy that does not wait causes no busy loop."""
        rest = min(wait, 0.5) - (time.monotonic() - sent_at)
        if rest > 0:
            await self.io.sleep(rest)

    def close(self) -> None:
        with self.shared.lock:
            _close_all(self.shared.idle)

    def _seen(self, session: Optional[str]) -> None:
        known = self.shared.session
        if session is None:
            return
        log, _, index = session.rpartition(".")
        known_log, _, known_index = (known or "").rpartition(".")
        if known is None or log != known_log or int(index) >= int(known_index):
            self.shared.session = session

    def reached(self, index: int) -> None:
        """A streamed reply has shown this position of the log: no later answer may be older."""
        if self.shared.session is not None:
            self._seen(f"{self.shared.session.rpartition('.')[0]}.{index}")


_BEGAN = time.time() - time.monotonic()


def _now_ms() -> float:
    """Milliseconds since 1970, by a clock that never goes back."""
    return (_BEGAN + time.monotonic()) * 1000


_RECORDED = re.compile(r"/v1/groups/([^/?]+)(?:/(\w+)(?:/([^/?]+)(?:/(\w+)(?:/([^/?]+))?)?)?)?(?:\?.*)?")


def _recorded(call: _Call) -> Optional[Dict[str, Any]]:
    """What a call asks of which group, as docs/history-format.md describes it; None for one that is not recorded."""
    match = _RECORDED.fullmatch(call.path)
    if match is None or match[2] == "events" or "consistency=local" in call.path:
        return None
    group, what, which, verb, last = (None if part is None else unquote(part) for part in match.groups())
    # The index in the answer is that of the message, as old as it is.
    if what == "messages" and which is not None:
        return None
    number = int(which) if what == "rounds" and which is not None and which.isdigit() else None
    asked: Dict[str, Any] = {"op": "read" if call.method == "GET" else call.method.lower(), "group": group, "round": number, "agent": None}
    if call.method == "GET":
        return asked
    sent = _from_json(call.body)
    body = sent if isinstance(sent, dict) else {}
    if what == "messages" and call.method == "POST":
        key = call.headers.get("idempotency-key")
        return {**asked, "op": "say", **_only(body, "body"), **_without_none({"key": key})}
    if what == "proposals" or verb == "proposals":
        return {**asked, "op": "propose", "agent": body.get("agent") if last is None else last, **_only(body, "value", "seq")}
    return asked


def _only(body: Mapping[str, Any], *names: str) -> Dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def _retry_after(header: Optional[str]) -> float:
    if header is None:
        return 0.0
    if header.isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


# --- With await


def _until(deadline: Optional[Duration]) -> float:
    return float("inf") if deadline is None else time.monotonic() + _seconds(deadline)


class _Lease:
    """
    Renews in the background and gives up early: it counts from the moment at which the last confirmed renewal was sent, so it never
    trusts a lease that has run out on the server.
    """

    def __init__(self, io: Any, ttl: float, sent_at: float, renew: Callable[[float, float], Awaitable[Any]], lost_by: Callable[[str], QuorateError]) -> None:
        self._io, self._ttl, self._end = io, ttl, sent_at + ttl
        self._renew, self._lost_by = renew, lost_by
        self._stopped = io.event()
        self.lost: Optional[QuorateError] = None
        io.start(self._keep)

    @property
    def live(self) -> bool:
        return self.left > 0

    @property
    def left(self) -> float:
        """Seconds for which it certainly still runs if no renewal comes; 0 once it is lost or ended."""
        over = self.lost is not None or self._stopped.is_set()
        return 0.0 if over else max(0.0, self._end - time.monotonic())

    def stop(self) -> None:
        self._stopped.set()

    def guard(self) -> None:
        """Raises once the lease may have run out."""
        if self.lost is None and not self._stopped.is_set() and time.monotonic() >= self._end:
            self.lost = self._lost_by("it was not renewed in time")
        if self.lost is not None:
            raise self.lost

    async def _keep(self) -> None:
        pause = self._ttl / 3  # two renewals may fail before the lease is in danger
        while True:
            if await self._io.is_set_within(self._stopped, max(0.0, min(pause, self._end - time.monotonic()))):
                return
            sent_at = time.monotonic()
            try:
                await self._renew(self._end, pause)
            except QuorateError as error:
                if not self._stopped.is_set():
                    self.lost = self._lost_by(error.detail)
                return
            self._end = sent_at + self._ttl


class _Turn:
    def __init__(self, io: Any) -> None:
        self.come = io.event()
        self.cause: Optional[BaseException] = None


class _SayQueue:
    """
    Sends what is said in the order in which it was said: each one when the one before has its answer. When nobody knows what became
    of one, those that wait behind it are not sent, because they could come before it.
    """

    def __init__(self, io: Any) -> None:
        self._io, self._lock = io, threading.Lock()
        self._waiting: List[_Turn] = []
        self._busy = False

    async def run(self, send: Callable[[], Awaitable[Any]]) -> Any:
        turn: Optional[_Turn] = None
        with self._lock:
            if self._busy:
                turn = _Turn(self._io)
                self._waiting.append(turn)
            self._busy = True
        if turn is not None:
            await self._turn(turn)
        try:
            return await send()
        except QuorateError as error:
            if error.outcome != "not-executed":
                self._refuse(error)
            raise
        except BaseException as error:  # cancelled: who knows
            self._refuse(error)
            raise
        finally:
            self._next()

    async def _turn(self, turn: _Turn) -> None:
        try:
            while not await self._io.is_set_within(turn.come, 3600.0):
                pass
        except BaseException:  # cancelled, before its turn or in the same moment
            with self._lock:
                waits = turn in self._waiting
                if waits:
                    self._waiting.remove(turn)
            if not waits and turn.cause is None:
                self._next()
            raise
        if turn.cause is not None:
            raise _error("not-sent", "nobody knows whether the message before it was taken") from turn.cause

    def _refuse(self, cause: BaseException) -> None:
        with self._lock:
            refused, self._waiting = self._waiting, []
        for turn in refused:
            turn.cause = cause
            turn.come.set()

    def _next(self) -> None:
        with self._lock:
            turn = self._waiting.pop(0) if self._waiting else None
            self._busy = turn is not None
        if turn is not None:
            turn.come.set()


_GONE = ("agent-not-found", "token-required", "token-wrong", "group-not-found")
"""Codes that tell one who was a member that it is none any more."""


class _Cursor:
    """
    Tells the server how far a member has handled the stream: at most once a second, or at once when somebody waits to know. A cursor
    says "everything up to here", so what could not be told is told with the next one.
    """

    def __init__(self, at: int, move: Callable[[int, float], Awaitable[Dict[str, Any]]]) -> None:
        self._move, self._handled, self._told = move, at, at
        self._due = 0.0
        self._over = False

    @property
    def owes(self) -> bool:
        return self._handled > self._told and not self._over

    @property
    def pause(self) -> float:
        """Seconds until it may be told again."""
        return max(0.0, self._due - time.monotonic())

    async def handled(self, offset: int, urgent: bool) -> None:
        self._handled = max(self._handled, offset)
        if urgent or self.pause == 0.0:
            await self.tell(1.0)

    async def tell(self, within: float) -> None:
        if not self.owes:
            return
        handled, self._due = self._handled, time.monotonic() + 1.0
        try:
            told = await self._move(handled, time.monotonic() + within)
            self._told = max(handled, told["offset"])
        except QuorateError as error:
            if error.code in ("unreachable", "deadline") or error.status in _RETRIED:
                return
            self._over = True
            # Who is no member any more learns it from the stream, at its place.
            if error.code not in _GONE:
                raise


class _Line:
    """One of many proposals, on its way."""

    def __init__(self, number: int, proposal: Ballot) -> None:
        self.number, self.proposal = number, proposal
        self.text = b""
        self.last: Optional[Settled] = None  # what it was answered, where that is not the end of it
        self.waits_until = 0.0
        try:
            self.text = _to_json(proposal) + b"\n"
        except QuorateError as error:
            self.last = Settled(number, proposal, None, error)


_MOST_LINES = 5000  # a request of a server with the usual limits may have 10,000 lines and 4 MiB
_MOST_BYTES = 2 << 20
_MOST_KEPT = 20_000  # that wait for their outcome before no more is taken
_LINGER = 0.005  # while nothing more comes for so long, what has come is sent
_POLL = 0.5  # while more may come


def _parts(lines: Iterable[_Line]) -> Iterator[List[_Line]]:
    """The lines in parts of which each may be one request. The last part may have more room."""
    part: List[_Line] = []
    size = 0
    for line in lines:
        if part and (len(part) == _MOST_LINES or size + len(line.text) > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line.text)
    yield part


class _Many:
    """
    Sends many proposals in requests of many, without a wait; those whose rounds are still open are asked for later, all together. So
    none holds back the one behind it, on which its outcome may depend.
    """

    def __init__(self, transport: _Transport, wait: Optional[Duration], deadline: Optional[Duration]) -> None:
        self._transport = transport
        self._wait = 0.0 if wait is None else _seconds(wait)
        self._until = _until(deadline)
        self._kept: List[_Line] = []

    async def run(self, proposals: Union[Iterable[Ballot], AsyncIterable[Ballot]]) -> AsyncGenerator[Settled, None]:
        batches = self._batches(proposals)
        try:
            async for batch, may_have_more in batches:
                for part in _parts(batch):
                    async for settled in self._settle(part, None):
                        yield settled
                while self._kept and (not may_have_more or batch == [] or len(self._kept) >= _MOST_KEPT):
                    part = next(_parts(self._kept))
                    del self._kept[:len(part)]
                    asked_at = time.monotonic()
                    left = min(part[0].waits_until, self._until) - asked_at
                    wait = max(0.0, min(left, _POLL if may_have_more else _LONGEST_WAIT))
                    settles = False
                    async for settled in self._settle(part, wait):
                        settles = True
                        yield settled
                    if not settles:
                        await self._transport.unhurried(wait, asked_at)
                    if may_have_more and batch == []:
                        break  # something may have come
        finally:
            await batches.aclose()

    async def _batches(self, proposals: Union[Iterable[Ballot], AsyncIterable[Ballot]]) -> AsyncGenerator[Tuple[List[_Line], bool], None]:
        """As many as one request takes, or as have come when no more comes; whether more may come. Empty: others may be asked for."""
        batch: List[_Line] = []
        number = 0
        since = time.monotonic()
        pauses = _with_pauses(proposals) if isinstance(proposals, AsyncIterable) else _at_once(proposals)
        try:
            async for proposal in pauses:
                if proposal is not None:
                    number += 1
                    batch.append(_Line(number, proposal))
                # What does not pause says by the clock that it is slow.
                if proposal is None or len(batch) == _MOST_LINES or time.monotonic() - since > 10 * _LINGER:
                    if batch or self._kept:
                        yield batch, True
                    batch, since = [], time.monotonic()
            yield batch, False
        finally:
            await pauses.aclose()

    async def _settle(self, lines: List[_Line], wait: Optional[float]) -> AsyncGenerator[Settled, None]:
        """Sends these until each has an answer. Those whose rounds are open, and that may still wait, are kept."""
        for line in lines:
            if line.last is not None and not line.text:
                yield line.last
        lines = [line for line in lines if line.text]
        failures, since = 0, time.monotonic()
        while lines:
            if time.monotonic() >= self._until:
                raise _error("deadline", "the time allowed for this call ran out", "unknown")
            left = {place: line for place, line in enumerate(lines, 1)}
            call = _Call(
                "POST", "/v1/proposals", text=b"".join(line.text for line in lines), headers={"content-type": _NDJSON}, wait=wait,
                until=self._until, stream=_NDJSON,
            )
            try:
                connection, _ = await self._transport.open(call)
            except QuorateError as error:
                # Of one that no server takes none has a line to tell: it goes by itself, see _parts.
                if error.code != "too-large" or len(lines) > 1:
                    raise
                yield Settled(lines[0].number, lines[0].proposal, None, error)
                return
            answers = _lines(connection, (wait or 0.0) + _ANSWER_WITHIN, self._until)
            try:
                async for text in answers:
                    answer = json.loads(text)
                    if answer["line"] not in left:
                        continue
                    line = left[answer["line"]]
                    settled = line.last = self._settled(line, answer)
                    if settled.error is not None and settled.error.status in _RETRIED:
                        continue
                    del left[answer["line"]]
                    failures, since = 0, time.monotonic()
                    if not self._is_kept(line, settled):
                        yield settled
            except (OSError, _TimedOut, ValueError, KeyError, TypeError):
                pass  # sent again below
            finally:
                await answers.aclose()
                connection.close()
            lines = list(left.values())
            if not lines:
                return
            if time.monotonic() - since >= self._transport.retry_for:
                for line in lines:
                    yield line.last or Settled(line.number, line.proposal, None, self._no_answer())
                return
            failures += 1
            pause = random.random() * min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(failures, 16))
            await self._transport.io.sleep(max(0.0, min(pause, self._until - time.monotonic())))

    def _settled(self, line: _Line, answer: Dict[str, Any]) -> Settled:
        seen, problem = answer.get("round"), answer.get("problem") or {}
        index = (seen or problem).get("index")
        if index is not None:
            self._transport.reached(index)
        error = None if seen is not None else QuorateError({**problem, "status": answer["status"]})
        return Settled(line.number, line.proposal, seen, error)

    def _is_kept(self, line: _Line, settled: Settled) -> bool:
        if settled.round is None or settled.round["state"] != "WAITING" or self._wait == 0.0:
            return False
        now = time.monotonic()
        line.waits_until = line.waits_until or now + self._wait
        if line.waits_until <= now:
            return False
        self._kept.append(line)
        return True

    def _no_answer(self) -> QuorateError:
        urls = ", ".join(self._transport.urls)
        return _error("unreachable", f"{urls} does not answer: it ended its answer before all was answered", "unknown")


_NDJSON = "application/x-ndjson"


async def _at_once(items: Iterable[T]) -> AsyncGenerator[Optional[T], None]:
    for item in items:
        yield item


async def _with_pauses(items: AsyncIterable[T]) -> AsyncGenerator[Optional[T], None]:
    """The items, and None each time that no more has come for a moment."""
    source = items.__aiter__()
    coming: Optional[asyncio.Future[T]] = None
    try:
        while True:
            coming = asyncio.ensure_future(source.__anext__())
            pause = _LINGER
            while not (await asyncio.wait({coming}, timeout=pause))[0]:
                yield None
                pause = 10 * _LINGER
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        if coming is not None and not coming.done():
            coming.cancel()


def _id_taken(id: str) -> QuorateError:
    return QuorateError({
        "code": "agent-taken", "status": 409, "title": "The id is taken",
        "detail": f"another process uses the id {id}, or one did that was killed: it has drawn in this round already",
        "fix": "give each client an id of its own; after one was killed, wait for the end of the round, or: quorate group delete default",
    })


class AsyncClient:
    """The servers of one deployment; see `connect_async`."""

    def __init__(self, transport: _Transport) -> None:
        self._transport = transport

    def group(self, name: str) -> "AsyncGroup":
        """A group by its name. Nothing is sent until it is used."""
        return AsyncGroup(name, self._transport)

    async def groups(self, prefix: Optional[str] = None, limit: int = 1000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """The groups in order of creation, each with how its latest round stands; at most so many, and those behind the group `after`."""
        rows: List[Dict[str, Any]] = []
        while len(rows) < limit:
            query = {"prefix": prefix, "limit": min(limit - len(rows), 100), "after": after}
            page = await self._transport.send(_Call("GET", "/v1/groups", query=query))
            rows += page["groups"]
            after = page["next"]
            if after is None:
                break
        return rows

    async def proposals(
        self, proposals: Union[Iterable[Ballot], AsyncIterable[Ballot]], *, wait: Optional[Duration] = None, deadline: Optional[Duration] = None,
    ) -> AsyncGenerator[Settled, None]:
        """
        Proposes many at once, for any groups and agents, and gives what came of each as it settles. A bad one spoils no other. What has
        no definite answer is sent again, as a single call is. `wait` is how long each waits for the outcome of its round. No more is
        taken from `proposals` than servers take, and no more is read from servers than the loop takes; leaving the loop ends all.
        """
        settling = _Many(self._transport, wait, deadline).run(proposals)
        try:
            async for settled in settling:
                yield settled
        finally:
            await settling.aclose()

    async def classroom(self, id: str, draw: Callable[[], Union[int, float]]) -> AsyncGenerator[Step, None]:
        """
        A client of the classroom exercise: draws a number, posts it, polls the state until the round is over, and repeats this until a
        round is a SUCCESS. Gives each number once it is counted, and each state when it is new in its round. Every post has a key, so
        the server recognises one that is repeated after a lost reply. Every client has another `id`: raises `agent-taken` when another
        one has posted under it in the open round.
        """
        transport, name = self._transport, quote(id, safe="")

        async def post() -> Optional[int]:
            # The id is in the body: a header cannot hold every text that may be an id.
            call = _Call("POST", "/number", {"number": number, "id": id}, headers={"idempotency-key": key}, may_be_empty=True)
            reply = await transport.ask(call)
            # The server knows this number, and this client has sent it once only: another client has drawn the same.
            if not is_known and "quorate-repeated" in reply.headers and not call.repeated:
                raise _id_taken(id)
            named = reply.headers.get("quorate-round", "")
            return int(named) if named.isdigit() else None

        async def posted() -> Optional[int]:
            while True:
                try:
                    return await post()
                except QuorateError as error:
                    if error.code == "already-proposed" and not is_known:
                        raise _id_taken(id) from error
                    if error.code != "history-changed":
                        raise

        while True:
            number, key, is_known = draw(), secrets.token_hex(16), False
            round = await posted()
            is_known = True
            yield {"round": round, "number": number}
            known, pause = "", 0.05
            while known in ("", "WAITING"):
                if known:
                    await transport.io.sleep(pause)
                    pause = min(pause * 2, 1.0)
                try:
                    state = (await transport.send(_Call("GET", f"/state/{name}", headers={"x-agent-id": name})))["state"]
                except QuorateError as error:
                    if error.code != "history-changed":
                        raise
                    # A server that began anew, and does not know the earlier posts.
                    round = await posted()
                    continue
                if state == "SUCCESS":
                    yield {"round": round, "state": state, "value": await self._decision(round)}
                    return
                if state != known:
                    yield {"round": round, "state": state}
                known = state

    async def _decision(self, round: Optional[int]) -> Json:
        """What the classroom agreed on; None where the server does not say."""
        if round is None:
            return None
        try:
            return (await self._transport.send(_Call("GET", f"/v1/groups/default/rounds/{round}")))["value"]
        except QuorateError:
            return None

    async def info(self) -> Dict[str, Any]:
        """Facts about the server: version, log, limits."""
        return await self._transport.send(_Call("GET", "/v1/info"))

    async def cluster(self) -> Dict[str, Any]:
        """How the log and its servers are, as the server that answers knows it."""
        return await self._transport.send(_Call("GET", "/v1/cluster"))

    @property
    def webhooks(self) -> "AsyncWebhooks":
        """Who is told of the outcomes of all groups; only for the administrator."""
        return AsyncWebhooks(self._transport, "/v1/webhooks")

    async def request(self, method: str, path: str, body: Json = None, wait: Optional[Duration] = None) -> Json:
        """Any other call of the interface, such as `request("GET", "/v1/cluster")`, repeated as all calls are."""
        seconds = None if wait is None else _seconds(wait)
        return await self._transport.send(_Call(method, path, body, wait=seconds))

    async def close(self) -> None:
        """Closes idle connections. The client can be used again."""
        self._transport.close()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()


class AsyncGroup:
    """One group of one deployment. Its methods raise `QuorateError`."""

    def __init__(self, name: str, transport: _Transport, guard: Optional[Callable[[], None]] = None) -> None:
        self.name = name
        self._transport = transport
        self._guard = guard
        self._path = f"/v1/groups/{quote(name, safe='')}"
        self._saying = _SayQueue(transport.io)

    @property
    def webhooks(self) -> "AsyncWebhooks":
        """Who is told of the group's outcomes, for who manages the group."""
        return AsyncWebhooks(self._transport, f"{self._path}/webhooks")

    def as_(self, token: str) -> "AsyncGroup":
        """The same group, for who has this token: an administrator's, an agent's, or a key of the group."""
        return AsyncGroup(self.name, self._transport.as_(token), self._guard)

    def _guarded(self, guard: Callable[[], None]) -> "AsyncGroup":
        return AsyncGroup(self.name, self._transport, guard)

    async def _send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return await self._transport.send(_Call(method, self._path + path, body, guard=self._guard, **options))

    async def create(self, settings: Optional[Mapping[str, Any]] = None, *, only_new: bool = False, if_revision: Optional[int] = None) -> GroupInfo:
        """
        Creates the group, or changes its rule from the next round on; `only_new` refuses to change one, and `if_revision` one that
        somebody has changed since. For a group that admits by key
        or by invite the answer holds its keys, once: keep them.
        """
        body = dict(settings or {})
        headers = {"if-none-match": "*"} if only_new else {} if if_revision is None else {"if-match": f'"{if_revision}"'}
        admission = body.get("admission", "invite" if body.get("preset") == "gate" else "open")
        if admission != "open" and "joinKey" not in body:
            # Made here: keys that the server makes would be lost with its reply.
            try:
                return await self._send("PUT", "", {**body, **_new_keys()}, headers=headers)
            except QuorateError as error:
                if error.code != "join-key-wrong":
                    raise
        return await self._send("PUT", "", body, headers=headers)

    async def show(self) -> GroupInfo:
        """The group with its rule and its status."""
        return await self._send("GET", "")

    async def delete(self) -> None:
        """Deletes the group. Callers that wait for a round of it get the round as FAILED."""
        await self._send("DELETE", "")

    async def propose(
        self, agent: str, value: Json = None, *, round: Optional[int] = None, abstain: bool = False, note: Optional[str] = None, seq: Optional[int] = None,
        wait: Optional[Duration] = None, deadline: Optional[Duration] = None, idempotency_key: Optional[str] = None,
    ) -> Round:
        """
        Proposes a value (or `abstain=True`) for an agent and returns the round: closed, or WAITING when `wait` ends first. The request
        names its round, so a retry can never count in a later one.
        """
        until = _until(deadline)
        left = 0.0 if wait is None else _seconds(wait)
        number = round if round is not None else await self._open_number(until)
        waits_until = time.monotonic() + left
        body: Dict[str, Any] = {"abstain": True} if abstain else {"value": value}
        body.update({name: one for name, one in (("seq", seq), ("note", note)) if one is not None})
        headers = {} if idempotency_key is None else {"idempotency-key": idempotency_key}
        path = f"/rounds/{number}/proposals/{quote(agent, safe='')}"
        first = None if wait is None else min(left, _LONGEST_WAIT)
        seen = await self._send("PUT", path, body, headers=headers, wait=first, until=until)
        while seen["state"] == "WAITING" and time.monotonic() < waits_until:
            seen = await self._round(number, seen["revision"], waits_until - time.monotonic(), until)
        return seen

    async def round(
        self, which: Union[int, str] = "latest", *, after: Optional[int] = None, wait: Optional[Duration] = None, deadline: Optional[Duration] = None,
    ) -> Round:
        """A round by its number, or "open", or "latest". With `after` and `wait`: once its revision is greater, or the wait is over."""
        return await self._round(which, after, None if wait is None else _seconds(wait), _until(deadline))

    async def _round(self, which: Union[int, str], after: Optional[int], wait: Optional[float], until: float) -> Round:
        sent_at = time.monotonic()
        held = None if wait is None else min(wait, _LONGEST_WAIT)
        seen = await self._send("GET", f"/rounds/{which}", query={"after": after}, wait=held, until=until)
        if after is not None and seen["revision"] <= after:
            await self._transport.unhurried(held or 0.0, sent_at)
        return seen

    async def _open_number(self, until: float) -> int:
        try:
            return (await self._round("open", None, None, until))["round"]
        except QuorateError as error:
            if error.code != "no-open-round":
                raise
            status = (await self.show())["status"]
            raise error if status == "exhausted" else self._no_open_round() from error

    def _no_open_round(self) -> QuorateError:
        detail = f"the next round of group {self.name} must be asked for"
        fix = "open it: group.open_round()"
        return QuorateError({"code": "no-open-round", "status": 409, "title": "No round is open", "detail": detail, "fix": fix})

    async def rounds(self, limit: int = 1000, before: Optional[int] = None) -> List[Round]:
        """The rounds that the server still keeps, newest first; with `before` those before a round."""
        return await self._pages("/rounds", "rounds", "before", limit, before)

    async def proposals(
        self, which: Union[int, str] = "latest", limit: int = 100_000, after: Optional[str] = None,
    ) -> List[Dict[str, Any]]:
        """
        All proposals of a round in the order in which they were counted, as far as the rule reveals them by now; `after` goes on after
        an agent.
        """
        return await self._pages(f"/rounds/{which}/proposals", "proposals", "after", limit, after)

    async def agents(self, limit: int = 100_000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """The agents that have joined, also those whose lease has run out; `after` goes on after one of them."""
        return await self._pages("/agents", "agents", "after", limit, after)

    async def _pages(self, path: str, name: str, cursor: str, limit: int, place: Any = None) -> List[Any]:
        items: List[Any] = []
        while len(items) < limit:
            query = {"limit": min(limit - len(items), 1000 if name == "proposals" else 100), cursor: place}
            page = await self._send("GET", path, query=query)
            items += page[name]
            if name == "proposals":
                # Another round may be the open or latest one before the next page is read.
                path = f"/rounds/{page['round']}/proposals"
            place = page.get("next")
            if place is None:
                break
        return items

    async def explain(self, which: Union[int, str] = "latest") -> Dict[str, Any]:
        """Why a round stands or ended as it did: `sentence`, who is waited for, what can still be decided."""
        return await self._send("GET", f"/rounds/{which}/explain")

    async def open_round(self, number: Optional[int] = None) -> Round:
        """
        Opens the next round of a group with `next: "manual"`; returns the open round when there is one. With `number` it opens the round
        of that number, or returns it as it is when it was opened before.
        """
        if number is None:
            latest = await self._round("latest", None, None, float("inf"))
            if latest["state"] == "WAITING":
                return latest
            number = latest["round"] + 1
        return await self._send("POST", "/rounds", {"round": number})

    async def close_round(self, number: int) -> Round:
        """Closes a round by hand; it is decided by who has proposed. One that is closed already is returned as it is."""
        try:
            return await self._send("POST", f"/rounds/{number}/close")
        except QuorateError as error:
            if error.code == "round-closed" and error.round is not None:
                return error.round
            raise

    async def set_deadline(self, number: int, deadline: Union[Duration, datetime, None], *, if_revision: Optional[int] = None) -> Round:
        """
        Sets the deadline of the open round, for who may close it: a duration from now, a time (a `datetime`, or RFC 3339), or None for
        none. With `if_revision` only while the group has this revision. What is sent is the time, by this machine's clock, so that a
        call whose answer was lost does not move it twice.
        """
        headers = {} if if_revision is None else {"if-match": f'"{if_revision}"'}
        return await self._send("PATCH", f"/rounds/{number}", {"deadline": _time_of(deadline)}, headers=headers)

    async def waive(self, number: int, agent: str, reason: str) -> Round:
        """
        Takes an elector who has not proposed out of the open round, for who manages the group and for whom its `mayWaive` names.
        Raises `cannot-be-waived` where nothing could be decided without it.
        """
        return await self._send("PUT", f"/rounds/{number}/waivers/{quote(agent, safe='')}", {"reason": reason})

    async def rotate_keys(self, keys: Optional[Mapping[str, str]] = None) -> Dict[str, Any]:
        """
        Gives a group that admits by key or by invite other keys. The old ones are void at once, also one that this client uses as its
        token. To be able to repeat a call whose answer was lost, give `joinKey` and `observerKey` yourself.
        """
        return await self._send("PUT", "/keys", dict(keys or _new_keys()))

    async def events(self, after: Optional[int] = None, deadline: Optional[Duration] = None) -> AsyncGenerator[Event, None]:
        """
        The events of the group: first a `snapshot` of the present state (not with `after`, a revision), then each change. It goes on
        over lost connections; `resync` says that more was missed than servers keep. It ends after `group-deleted`.
        """
        until = _until(deadline)
        failures = 0
        while True:
            call = _Call("GET", f"{self._path}/events", query={"after": after}, until=until, guard=self._guard, stream="text/event-stream")
            connection, reply = await self._transport.open(call)
            silence = 3 * float(reply.headers.get("quorate-heartbeat", 15_000)) / 1000
            try:
                async for revision, event in _messages(connection, silence, until, self._guard):
                    failures = 0
                    if revision is None:
                        if cast(Dict[str, Any], event).get("reason") == "stopping":
                            self._transport.pass_over(reply.turn)
                        break
                    after = revision
                    yield event
                    if event["type"] == "group-deleted":
                        return
            except (OSError, _TimedOut, ValueError):
                pass  # opened again below
            finally:
                connection.close()
            if time.monotonic() >= until:
                raise _error("deadline", "the time allowed for this call ran out")
            failures += 1
            await self._transport.io.sleep(random.random() * min(_BACKOFF_MOST, _BACKOFF_FIRST * 2.0 ** min(failures, 16)))

    async def watch(self, deadline: Optional[Duration] = None) -> AsyncGenerator[Round, None]:
        """The rounds of the group as they change: first the present one, then every visible change, and each outcome once, in order."""
        last: Optional[Round] = None
        async for event in self.events(deadline=deadline):
            seen = event.get("round")
            if seen is None:
                continue
            if last is not None and (seen["round"], seen["revision"]) <= (last["round"], last["revision"]):
                continue
            # Rounds are missing only after a resync.
            first = seen["round"] if last is None else last["round"] + (last["state"] != "WAITING")
            for number in range(first, seen["round"]):
                missed = await self._kept(number)
                if missed is not None:
                    yield missed
            # A round that is too large for an event comes without its lists.
            if seen["tally"] is None and seen["state"] != "WAITING":
                seen = await self._kept(seen["round"]) or seen
            yield seen
            last = seen

    async def _kept(self, number: int) -> Optional[Round]:
        """The round, or None when the server keeps it no longer."""
        try:
            return await self._round(number, None, None, float("inf"))
        except QuorateError as error:
            if error.code in ("round-not-kept", "group-not-found"):
                return None
            raise

    async def agree(
        self, agent: str, propose: Strategy, *, deadline: Optional[Duration] = None, on_round: Optional[Callable[[Round], Any]] = None,
        note: Optional[Callable[[], Optional[str]]] = None, on_unusable: Optional[Callable[[QuorateError], Any]] = None,
    ) -> Round:
        """
        Proposes and waits in round after round until the group has decided or its rounds are used up, and returns that last round.
        `propose(last, number)` chooses the value, or `ABSTAIN`; `on_unusable(error)` another one when the server cannot take that. With
        `next: "manual"` it ends with the outcome of one round. Raises `no-open-round` when somebody must open the next round first,
        `deadline` when the time runs out, and what a retry cannot change, such as `not-eligible`. An agent that restarts under its name goes on where it was: its earlier proposal counts.
        """
        until = _until(deadline)
        last: Optional[Round] = None
        while True:
            current = await self._next_round(last, until)
            if current is None:
                assert last is not None
                return last
            ended: Optional[Round] = current
            if current["state"] == "WAITING":
                choice = propose(last, current["round"])
                if inspect.isawaitable(choice):
                    choice = await choice
                try:
                    ended = await self._take_part(agent, current["round"], choice, note, on_unusable, until)
                except QuorateError as error:
                    if error.code != "round-not-kept":
                        raise
                    continue
            assert ended is not None
            last = ended
            if on_round is not None:
                on_round(ended)
            if ended["state"] == "SUCCESS":
                return ended

    async def _next_round(self, last: Optional[Round], until: float) -> Optional[Round]:
        while True:
            if time.monotonic() >= until:
                raise _error("deadline", "the time allowed for this call ran out")
            latest = await self._round("latest", None, None, until)
            if last is not None and latest["round"] > last["round"] + 1:
                # A round that is no longer kept is skipped: the group is faster than this agent.
                missed = await self._kept(last["round"] + 1)
                if missed is not None:
                    return missed
            if latest["state"] == "WAITING" or (last is not None and latest["round"] > last["round"]):
                return latest
            status = (await self.show())["status"]
            if status == "open":
                continue
            if last is not None:
                return None
            if status == "idle":
                raise self._no_open_round()
            return latest

    async def _take_part(
        self, agent: str, number: int, choice: Any, note_of: Optional[Callable[[], Optional[str]]],
        on_unusable: Optional[Callable[[QuorateError], Any]], until: float,
    ) -> Round:
        note = note_of() if note_of else None
        while True:
            incomplete = False
            try:
                abstains = choice is ABSTAIN
                left = max(0.0, until - time.monotonic())
                seen = await self.propose(
                    agent, None if abstains else choice, abstain=abstains, round=number, note=note, wait=min(_LONGEST_WAIT, left),
                    deadline=None if left == float("inf") else left,
                )
            except QuorateError as error:
                if on_unusable is not None and error.code in _UNUSABLE:
                    choice = on_unusable(error)
                    if inspect.isawaitable(choice):
                        choice = await choice
                    note = note_of() if note_of else None
                    continue
                if note is not None and error.code in ("note-too-long", "version-not-active"):
                    note = None  # a vote without its note is better than none
                    continue
                goes_on = error.code in ("round-closed", "already-proposed", "round-full", "electorate-incomplete")
                if not goes_on and not _is_waived(error, agent):
                    raise
                incomplete = error.code == "electorate-incomplete"
                seen = error.round or await self._round(number, None, None, until)
            while seen["state"] == "WAITING":
                if time.monotonic() >= until:
                    raise _error("deadline", "the time allowed for this call ran out")
                seen = await self._round(number, seen["revision"], min(_LONGEST_WAIT, until - time.monotonic()), until)
                if incomplete:
                    break  # propose again: the electorate may be complete now
            if seen["state"] != "WAITING":
                return seen

    async def join(
        self, agent: str, *, ttl: Duration = 30, role: Optional[str] = None, kind: Optional[str] = None, name: Optional[str] = None, key: Optional[str] = None,
        instance: Optional[str] = None, deadline: Optional[Duration] = None,
    ) -> "AsyncMember":
        """
        Joins under a name, with a lease of `ttl` that is renewed in the background, and a token that nobody else has. Raises
        `agent-taken` while another process holds the name. `key` is the join key of a group that admits by key; the same `instance`
        (a secret of 8 to 128 characters) joins again as the same one.
        """
        admitted = self if key is None else self.as_(key)
        body: Dict[str, Any] = _without_none({"name": name, "kind": kind, "role": role})
        body.update(ttl=_ms(ttl), instance=instance or secrets.token_hex(16))
        sent_at = time.monotonic()
        joined = await admitted._send("PUT", f"/agents/{quote(agent, safe='')}", body, until=_until(deadline))
        group = self.as_(joined["token"])

        def renew(until: float, patience: float) -> Awaitable[Any]:
            return group._send("POST", f"/agents/{quote(agent, safe='')}/renew", until=until, patience=patience)

        def lost_by(why: str) -> QuorateError:
            return _error("lease-lost", f"agent {agent} may count as gone: {why}")

        lease = _Lease(self._transport.io, joined["ttl"] / 1000, sent_at, renew, lost_by)
        return AsyncMember(agent, joined, group, lease)

    async def renew(self, agent: str) -> Dict[str, Any]:
        """Renews once the lease of the agent whose token this is; `join` renews by itself."""
        return await self._send("POST", f"/agents/{quote(agent, safe='')}/renew")

    async def leave(self, agent: str) -> None:
        """Gives up the name and the lease of the agent whose token this is."""
        await self._send("DELETE", f"/agents/{quote(agent, safe='')}")

    async def remove(self, agent: str) -> None:
        """Removes an agent whose token is lost, for who manages the group. The name is free again; the agent's proposals stay."""
        await self.leave(agent)  # the same request: the token says who asks

    async def invite(
        self, agent: str, *, name: Optional[str] = None, kind: Optional[str] = None, role: Optional[str] = None, secret: Optional[str] = None,
    ) -> Dict[str, Any]:
        """
        Invites somebody; the answer has `secret` and `link`, once. Needs the administrator's token or the group's join key. A new invite
        ends the one before, with its token; the same `secret` again is the same invite.
        """
        about = {"name": name, "kind": kind, "role": role}
        # Chosen here: a secret that the server makes would be lost with its reply.
        body = {"agent": agent, **_without_none(about), "secret": secret or secrets.token_hex(16)}
        return await self._send("POST", "/invites", body)

    async def invites(self, limit: int = 100_000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """Who is invited, in the order in which they were first, for who manages the group; `after` goes on after one of them."""
        return await self._pages("/invites", "invites", "after", limit, after)

    async def revoke(self, agent: str) -> Dict[str, Any]:
        """Revokes the invite of an agent: its token is void at once, and a seat without a proposal is waited for no more."""
        return await self._send("DELETE", f"/invites/{quote(agent, safe='')}")

    async def redeem(self, agent: str, secret: str, *, instance: Optional[str] = None) -> Dict[str, Any]:
        """Exchanges the secret of an invite for the agent's `token`, once: see `as_`."""
        body = {"secret": secret, "instance": instance or secrets.token_hex(16)}
        return await self._send("POST", f"/invites/{quote(agent, safe='')}/redeem", body)

    async def say(
        self, body: Json, *, to: Optional[Sequence[str]] = None, reply_to: Optional[int] = None, round: Optional[int] = None, in_view: Optional[int] = None,
        ack_by: Union[int, str, None] = None, wait: Optional[Duration] = None, deadline: Optional[Duration] = None, idempotency_key: Optional[str] = None,
    ) -> Said:
        """
        Says any JSON to the group as the member whose token this is, once, also where a reply is lost; returns its place in the stream
        once it is durable. What one group object says comes in the order of the calls. Where nobody knows whether one was taken, its
        call raises with `outcome` "unknown", and those that wait behind it raise `not-sent`. `to` are those it is for, if not all. With
        `ack_by` (a number, "majority" or "all") the answer says who has acknowledged it; with `wait` it comes once enough have
        ("stable") or never will ("impossible"), or as it stands when the wait is over.
        """
        until = _until(deadline)
        waits_until = _until(0 if wait is None else wait)
        about = {"to": None if to is None else list(to), "replyTo": reply_to, "round": round, "inView": in_view, "ackBy": ack_by}
        message = {"body": body, **_without_none(about)}
        headers = {"idempotency-key": idempotency_key or secrets.token_hex(16)}

        async def send() -> Said:
            if time.monotonic() >= until:
                raise _error("deadline", "the time allowed for this call ran out")
            # Nothing waits here for others to acknowledge: the next message can be sent by then.
            return await self._send("POST", "/messages", message, headers=headers, until=until)

        said: Said = await self._saying.run(send)
        if said.get("stability") != "pending" or time.monotonic() >= waits_until:
            return said
        try:
            now = await self._message(said["offset"], waits_until, until)
        except QuorateError as error:
            # It is said; nobody tells how far it has come.
            if error.code in ("deadline", "unreachable"):
                return said
            raise
        if "stability" in now:
            said["stability"], said["acknowledgements"] = now["stability"], now["acknowledgements"]
        return said

    async def listen(
        self, agent: Optional[str] = None, *, after: Optional[int] = None, follow: bool = True, deadline: Optional[Duration] = None,
    ) -> AsyncGenerator[Item, None]:
        """
        Everything in the group in its one order: views (who has come and gone), messages, rounds opened and closed, and a place for each
        message to others (`withheld`). Each item has its `offset`, one more than that of the item before, also over lost connections and
        other servers. Without `agent` it begins behind `after`, or with the oldest item that is kept; with `follow=False` it ends at the
        present end.

        With `agent`, whose token this must be, it begins where that member's cursor is, and moves the cursor: an item counts as handled
        when the next one is asked for. It ends with the error `expelled` behind the item that says that the member is gone. What is not
        kept any more is never skipped: `messages-not-kept` says from where on items are (`oldest`), and `history-changed` that the server
        has another history.
        """
        until = _until(deadline)
        # A cursor never goes back: this asks where it is, and only a member may.
        me: Optional[Dict[str, Any]] = None
        cursor: Optional[_Cursor] = None
        at = after
        if agent is not None:
            name = agent
            me = await self._move(name, 0, until)
            cursor = _Cursor(me["offset"], lambda offset, at_most: self._move(name, offset, min(until, at_most)))
            at = me["offset"] if at is None else at
        try:
            while True:
                now = time.monotonic()
                if now >= until:
                    raise _error("deadline", "the time allowed for this call ran out")
                wait = min(_LONGEST_WAIT, until - now) if follow else 0.0
                if cursor is not None and cursor.owes:
                    wait = min(wait, cursor.pause)
                try:
                    page = await self._send("GET", "/stream", query={"after": at}, wait=wait, until=until)
                except QuorateError as error:
                    if me is None or error.code not in _GONE:
                        raise
                    raise _expelled(self.name, me["agent"], error.detail) from error
                if at is not None and at > page["end"]:
                    raise _other_history(self.name, at, page["end"])
                for item in page["items"]:
                    yield item
                    at = item["offset"]
                    if me is None or cursor is None:
                        continue
                    if _ends_membership(item, me):
                        raise _expelled(self.name, me["agent"], f"it has {item['change']} at offset {at}")
                    await cursor.handled(item["offset"], _may_be_waited_for(item, me["agent"]))
                if page["next"] is None and not follow:
                    return
                at = page["end"] if at is None else at
                if page["items"]:
                    continue
                if cursor is not None and cursor.owes and cursor.pause == 0.0:
                    await cursor.tell(1.0)
                await self._transport.unhurried(wait, now)
        finally:
            if cursor is not None:
                await cursor.tell(1.0)

    async def messages(self, after: Optional[int] = None, limit: int = 10_000) -> List[Item]:
        """
        The messages that are kept, the oldest first, without the rest of the stream; `after` goes on after an offset. What is for others
        has a place only: `withheld`.
        """
        return await self._pages("/messages", "items", "after", limit, after)

    async def message(self, offset: int, *, wait: Optional[Duration] = None, deadline: Optional[Duration] = None) -> Item:
        """
        One message, with who has acknowledged it when it was said with `ack_by`. With `wait` once that is "stable" or "impossible", or
        the wait is over. Raises `message-not-found` where there is none, and `messages-not-kept` when it is not kept any more.
        """
        return await self._message(offset, None if wait is None else _until(wait), _until(deadline))

    async def _message(self, offset: int, waits_until: Optional[float], until: float) -> Item:
        while True:
            sent_at = time.monotonic()
            wait = None if waits_until is None else max(0.0, min(_LONGEST_WAIT, waits_until - sent_at))
            message = await self._send("GET", f"/messages/{offset}", wait=wait, until=until)
            if message.get("stability") != "pending" or not wait:
                return message
            await self._transport.unhurried(wait, sent_at)

    async def view(self, *, after: Optional[str] = None, limit: int = 1000) -> Dict[str, Any]:
        """
        The view in force, and its members in the order of joining; `after` goes on after a member. `next` says whether there are more: of
        the same view only if `view` is the same.
        """
        return await self._send("GET", "/view", query={"after": after, "limit": limit})

    async def cursor(self, agent: str) -> Dict[str, Any]:
        """Where a member goes on: everything up to and including this `offset` is handled."""
        return await self._send("GET", f"/agents/{quote(agent, safe='')}/cursor")

    async def set_cursor(self, agent: str, offset: int) -> Dict[str, Any]:
        """
        Says that the member whose token this is has handled everything up to and including this offset; `listen` does so by itself. A
        cursor never goes back: the answer says where it is.
        """
        return await self._move(agent, offset, float("inf"))

    async def _move(self, agent: str, offset: int, until: float) -> Dict[str, Any]:
        return await self._send("PUT", f"/agents/{quote(agent, safe='')}/cursor", {"offset": offset}, until=until)

    async def claim(
        self, number: int, *, holder: Optional[str] = None, lease: Duration = 30, value: Json = _UNSET, subject_hash: Optional[str] = None,
    ) -> "AsyncClaim":
        """
        Takes the claim on a round that ended in SUCCESS, so that one of many acts on it, and renews it in the background. Raises
        `claimed` while another holds it, `spent` once it is done, `superseded` where another decision stands.
        """
        body: Dict[str, Any] = {"holder": holder or secrets.token_hex(16), "lease": _ms(lease)}
        if value is not _UNSET:
            body["value"] = value
        if subject_hash is not None:
            body["subjectHash"] = subject_hash
        sent_at = time.monotonic()
        claimed = await self._send("PUT", f"/rounds/{number}/claim", body)

        def renew(until: float, patience: float) -> Awaitable[Any]:
            return self._send("POST", f"/rounds/{number}/claim/renew", {"fence": claimed["fence"]}, until=until, patience=patience)

        def lost_by(why: str) -> QuorateError:
            return _error("claim-lost", f"the claim on round {number} may have passed on: {why}")

        return AsyncClaim(claimed, self, _Lease(self._transport.io, _seconds(lease), sent_at, renew, lost_by))

    async def read_claim(self, number: int, *, after: Optional[int] = None, wait: Optional[Duration] = None) -> Dict[str, Any]:
        """The claim on a round: `state` ("free", "held", "spent"). With `wait` once it is spent, and with `after` once its revision is greater."""
        sent_at = time.monotonic()
        held = None if wait is None else min(_seconds(wait), _LONGEST_WAIT)
        claim = await self._send("GET", f"/rounds/{number}/claim", query={"after": after}, wait=held)
        if claim["state"] != "spent" and not (after is not None and claim["revision"] > after):
            await self._transport.unhurried(held or 0.0, sent_at)
        return claim

    async def renew_claim(self, number: int, fence: int) -> Dict[str, Any]:
        """Makes the lease of a claim as long again; `claim` renews by itself."""
        return await self._send("POST", f"/rounds/{number}/claim/renew", {"fence": fence})

    async def claim_done(self, number: int, fence: int, result: Json = None) -> Dict[str, Any]:
        """Spends a decision under the fence of its claim, also one that another program has handed over."""
        return await self._send("POST", f"/rounds/{number}/claim/done", {"fence": fence, "result": result})

    async def give_back_claim(self, number: int, fence: int) -> Dict[str, Any]:
        """Gives a claim back, so that another may take it at once."""
        return await self._send("DELETE", f"/rounds/{number}/claim", query={"fence": fence})


def _new_keys() -> Dict[str, str]:
    return {"joinKey": secrets.token_hex(16), "observerKey": secrets.token_hex(16)}


def _time_of(deadline: Union[Duration, datetime, None]) -> Optional[str]:
    """The time that a deadline names, as text; of a duration, counted from now."""
    if deadline is None:
        return None
    if isinstance(deadline, str) and "t" in deadline.lower():  # a time has a T in it, and no duration has
        return deadline
    if not isinstance(deadline, datetime):
        last = datetime(9999, 12, 31, tzinfo=timezone.utc)
        now = datetime.now(timezone.utc)
        seconds = _seconds(deadline)
        deadline = last if seconds >= (last - now).total_seconds() else now + timedelta(seconds=seconds)
    return deadline.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _ms(duration: Duration) -> int:
    return round(_seconds(duration) * 1000)


def _without_none(fields: Mapping[str, Any]) -> Dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None}


def _expelled(group: str, agent: str, why: str) -> QuorateError:
    return _error("expelled", f"agent {agent} is a member of group {group} no more: {why}")


def _other_history(group: str, after: int, end: int) -> QuorateError:
    return QuorateError({
        "code": "history-changed", "status": 409, "title": "This server has another history than the one you have read",
        "detail": f"the stream of group {group} ends at offset {end}, before the {after} where you go on",
        "fix": "It was restored from a backup or is another deployment: listen without after, from the beginning.",
    })


def _ends_membership(item: Item, me: Mapping[str, Any]) -> bool:
    """Whether the item ends this incarnation of the agent. What ended an earlier one does not."""
    own = item.get("type") == "view" and item["agent"] == me["agent"] and item["incarnation"] == me["incarnation"]
    return own and item["change"] in ("left", "expired")


def _may_be_waited_for(item: Item, agent: str) -> bool:
    """Whether the sender may wait for this agent to acknowledge the item."""
    if item.get("type") != "message" or item["ackBy"] is None or cast(Dict[str, Any], item)["from"] == agent:
        return False
    return item["to"] is None or agent in item["to"]


_UNUSABLE = ("invalid-value", "too-large", "not-a-number", "not-an-option", "no-such-field")
"""The refusals of a value that the server cannot take."""


def _is_waived(error: QuorateError, agent: str) -> bool:
    """Whether the agent was taken out of the round: the next one has it again."""
    waived = cast(Dict[str, Any], error.round or {}).get("waived") or []
    return error.code == "not-eligible" and any(one.get("agent") == agent for one in waived)


async def _messages(
    connection: _Connection, silence: float, until: float, guard: Optional[Callable[[], None]],
) -> AsyncGenerator[Tuple[Optional[int], Event], None]:
    """
    The server-sent events of one connection, each with its id; it ends when the connection does. What has no id is no event of the group:
    of these the server's goodbye is given, without an id, and what only later servers say is passed over. [Q6.18]
    """

    number: Optional[int] = None
    kind = ""
    data: List[str] = []
    async for line in _lines(connection, silence, until, guard):
        text = line.rstrip(b"\r").decode()
        if text == "":
            if data and (number is not None or kind == "goodbye"):
                event = json.loads("\n".join(data))
                if not isinstance(event, dict):
                    raise ValueError("an event is no object")
                yield number, cast(Event, event)
            number, kind, data = None, "", []
            continue
        field, _, value = text.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "id":
            number = int(value)
        elif field == "event":
            kind = value
        elif field == "data":
            data.append(value)


async def _lines(
    connection: _Connection, silence: float, until: float, guard: Optional[Callable[[], None]] = None,
) -> AsyncGenerator[bytes, None]:
    """The whole lines of a reply, as they come."""

    async def check() -> None:
        if guard is not None:
            guard()

    buffer = b""
    while True:
        part = await connection.part(min(until, time.monotonic() + silence), check)
        if part == b"":
            return
        *lines, buffer = (buffer + part).split(b"\n")
        for line in lines:
            yield line


class AsyncMember:
    """An agent that has joined, with a lease that is renewed in the background."""

    def __init__(self, agent: str, joined: Dict[str, Any], group: AsyncGroup, lease: _Lease) -> None:
        self.agent, self.joined, self.token = agent, joined, joined["token"]
        self._lease, self._has_left = lease, False
        self.group = group._guarded(lease.guard)
        """The group under this agent's token. Its calls raise `lease-lost` once the lease is lost."""

    @property
    def live(self) -> bool:
        """Whether the group certainly counts this agent as live."""
        return self._lease.live

    @property
    def lost(self) -> Optional[QuorateError]:
        """The error of code `lease-lost`, once the group may no longer count this agent as live."""
        return self._lease.lost

    async def propose(self, value: Json = None, **options: Any) -> Round:
        """Proposes a value for this agent; see `AsyncGroup.propose`."""
        return await self.group.propose(self.agent, value, **options)

    async def agree(self, propose: Strategy, **options: Any) -> Round:
        """Takes part until the group agrees; see `AsyncGroup.agree`."""
        return await self.group.agree(self.agent, propose, **options)

    async def close_round(self, number: int) -> Round:
        """Closes a round by hand, when the group's `mayClose` allows this agent to."""
        return await self.group.close_round(number)

    async def say(self, body: Json, **options: Any) -> Said:
        """Says something to the group; see `AsyncGroup.say`."""
        return await self.group.say(body, **options)

    async def listen(self, **options: Any) -> AsyncGenerator[Item, None]:
        """
        The stream of the group from this member's cursor on, which moves along; see `AsyncGroup.listen`. It ends when the member leaves,
        and with the error `expelled` when the group has lost it in another way.
        """
        # The stream itself says at which place the member was gone.
        items = self.group._guarded(lambda: None).listen(self.agent, **options)
        try:
            async for item in items:
                yield item
        except QuorateError as error:
            gone = error.code in _GONE
            if self._has_left and (gone or error.code == "expelled"):
                return
            if gone:
                raise _expelled(self.group.name, self.agent, error.detail) from error
            raise
        finally:
            await items.aclose()

    async def set_cursor(self, offset: int) -> Dict[str, Any]:
        """Says that everything up to and including this offset is handled; `listen` does so by itself."""
        return await self.group.set_cursor(self.agent, offset)

    def release(self) -> None:
        """Renews the lease no more: it runs out unless whoever has the token goes on with it."""
        self._lease.stop()

    async def leave(self) -> None:
        """Gives up the name and the lease. It is no longer renewed, even when the call fails."""
        self._lease.stop()
        self._has_left = True
        await self.group._guarded(lambda: None).leave(self.agent)

    async def __aenter__(self) -> "AsyncMember":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.leave()


class AsyncClaim:
    """A claim on a decision, held by this program. Send `fence` with every action: what is acted on must refuse a lower one."""

    def __init__(self, claimed: Dict[str, Any], group: AsyncGroup, lease: _Lease) -> None:
        self.claimed, self.round, self.fence = claimed, claimed["round"], claimed["fence"]
        self._group, self._lease = group, lease

    @property
    def held(self) -> bool:
        """Whether the server certainly counts the claim as held."""
        return self._lease.live

    @property
    def left(self) -> float:
        """Seconds for which it is certainly still held if no renewal comes: for work that must have stopped by then."""
        return self._lease.left

    @property
    def lost(self) -> Optional[QuorateError]:
        """The error of code `claim-lost`, once another may hold the claim."""
        return self._lease.lost

    async def done(self, result: Json = None) -> Dict[str, Any]:
        """Spends the decision for good, with a result of at most 4,096 bytes."""
        spent = await self._group.claim_done(self.round, self.fence, result)
        self._lease.stop()
        return spent

    async def release(self) -> Dict[str, Any]:
        """Gives the claim back, so that another may take it at once."""
        self._lease.stop()
        return await self._group.give_back_claim(self.round, self.fence)


class AsyncWebhooks:
    """The webhooks of a group, or of the server."""

    def __init__(self, transport: _Transport, path: str) -> None:
        self._transport, self._path = transport, path

    async def _send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return await self._transport.send(_Call(method, self._path + path, body, **options))

    async def put(
        self, id: str, url: str, *, states: Optional[str] = None, format: Optional[str] = None, secret: Optional[str] = None,
    ) -> Dict[str, Any]:
        """
        Makes a webhook under a name, or changes it; one that its receiver has ended is told of outcomes again. `states`: "all", "SUCCESS"
        or "FAILED"; `format`: "standard", "slack" or "teams". The answer has the `secret` that checks signatures, only where this call
        has set it: a new webhook gets a new one.
        """
        if secret is None:
            secret = await self._secret_for(id)
        body = {"url": url, **_without_none({"states": states, "format": format, "secret": secret})}
        return await self._send("PUT", f"/{quote(id, safe='')}", body)

    async def _secret_for(self, id: str) -> Optional[str]:
        """A new secret for a webhook that is new: one that the server makes would be lost with its reply."""
        try:
            await self.show(id)
            return None
        except QuorateError as error:
            if error.code != "webhook-not-found":
                raise
            return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"

    async def list(self) -> List[Dict[str, Any]]:
        """All of them, without their secrets: how much waits, and why the last attempt of each failed."""
        return (await self._send("GET", ""))["webhooks"]

    async def show(self, id: str) -> Dict[str, Any]:
        """One of them."""
        return await self._send("GET", f"/{quote(id, safe='')}")

    async def delete(self, id: str) -> None:
        """Deletes one, with what it was still to be told."""
        await self._send("DELETE", f"/{quote(id, safe='')}")

    async def deliveries(self, id: str, limit: int = 1000) -> List[Dict[str, Any]]:
        """What it is told, the first told first: all that waits, and the last hundred that are over."""
        deliveries: List[Dict[str, Any]] = []
        after = None
        while len(deliveries) < limit:
            query = {"limit": min(limit - len(deliveries), 1000), "after": after}
            page = await self._send("GET", f"/{quote(id, safe='')}/deliveries", query=query)
            deliveries += page["deliveries"]
            after = page["next"]
            if after is None:
                break
        return deliveries

    async def test(self, id: str) -> Dict[str, Any]:
        """Sends something that is no outcome, to see whether it arrives."""
        return await self._send("POST", f"/{quote(id, safe='')}/test", headers={"idempotency-key": secrets.token_hex(16)})

    async def replay(self, id: str, number: int) -> Dict[str, Any]:
        """Sends a delivery once more, whatever became of it, under the same id."""
        return await self._send("POST", f"/{quote(id, safe='')}/deliveries/{number}/replay")


# --- Without await: the same, each call waiting in its thread


def _each(stream: AsyncGenerator[T, None]) -> Iterator[T]:
    try:
        while True:
            try:
                item = _run(stream.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        _run(stream.aclose())


class Client:
    """The servers of one deployment; see `connect`. May be used by several threads."""

    def __init__(self, transport: _Transport) -> None:
        self._inner = AsyncClient(transport)

    def group(self, name: str) -> "Group":
        """A group by its name. Nothing is sent until it is used."""
        return Group(self._inner.group(name))

    def groups(self, prefix: Optional[str] = None, limit: int = 1000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """The groups in order of creation, each with how its latest round stands; at most so many, and those behind the group `after`."""
        return _run(self._inner.groups(prefix, limit, after))

    def proposals(
        self, proposals: Iterable[Ballot], *, wait: Optional[Duration] = None, deadline: Optional[Duration] = None,
    ) -> Iterator[Settled]:
        """
        Proposes many at once, for any groups and agents, and gives what came of each as it settles. A bad one spoils no other. What has
        no definite answer is sent again, as a single call is. `wait` is how long each waits for the outcome of its round. No more is
        taken from `proposals` than servers take, and no more is read from servers than the loop takes; leaving the loop ends all.
        """
        if isinstance(proposals, AsyncIterable):
            raise TypeError(_PLAIN_ONLY)
        return _each(self._inner.proposals(proposals, wait=wait, deadline=deadline))

    def classroom(self, id: str, draw: Callable[[], Union[int, float]]) -> Iterator[Step]:
        """
        A client of the classroom exercise: draws a number, posts it, polls the state until the round is over, and repeats this until a
        round is a SUCCESS. Gives each number once it is counted, and each state when it is new in its round. Every post has a key, so
        the server recognises one that is repeated after a lost reply. Every client has another `id`: raises `agent-taken` when another
        one has posted under it in the open round.
        """
        return _each(self._inner.classroom(id, draw))

    def info(self) -> Dict[str, Any]:
        """Facts about the server: version, log, limits."""
        return _run(self._inner.info())

    def cluster(self) -> Dict[str, Any]:
        """How the log and its servers are, as the server that answers knows it."""
        return _run(self._inner.cluster())

    @property
    def webhooks(self) -> "Webhooks":
        """Who is told of the outcomes of all groups; only for the administrator."""
        return Webhooks(self._inner.webhooks)

    def request(self, method: str, path: str, body: Json = None, wait: Optional[Duration] = None) -> Json:
        """Any other call of the interface, such as `request("GET", "/v1/cluster")`, repeated as all calls are."""
        return _run(self._inner.request(method, path, body, wait))

    def close(self) -> None:
        """Closes idle connections. The client can be used again."""
        _run(self._inner.close())

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class Group:
    """One group of one deployment. Its methods raise `QuorateError`."""

    def __init__(self, inner: AsyncGroup) -> None:
        self._inner = inner
        self.name = inner.name

    @property
    def webhooks(self) -> "Webhooks":
        """Who is told of the group's outcomes, for who manages the group."""
        return Webhooks(self._inner.webhooks)

    def as_(self, token: str) -> "Group":
        """The same group, for who has this token: an administrator's, an agent's, or a key of the group."""
        return Group(self._inner.as_(token))

    def create(self, settings: Optional[Mapping[str, Any]] = None, *, only_new: bool = False, if_revision: Optional[int] = None) -> GroupInfo:
        """
        Creates the group, or changes its rule from the next round on; `only_new` refuses to change one, and `if_revision` one that
        somebody has changed since. For a group that admits by key
        or by invite the answer holds its keys, once: keep them.
        """
        return _run(self._inner.create(settings, only_new=only_new, if_revision=if_revision))

    def show(self) -> GroupInfo:
        """The group with its rule and its status."""
        return _run(self._inner.show())

    def delete(self) -> None:
        """Deletes the group. Callers that wait for a round of it get the round as FAILED."""
        _run(self._inner.delete())

    def propose(
        self, agent: str, value: Json = None, *, round: Optional[int] = None, abstain: bool = False, note: Optional[str] = None, seq: Optional[int] = None,
        wait: Optional[Duration] = None, deadline: Optional[Duration] = None, idempotency_key: Optional[str] = None,
    ) -> Round:
        """
        Proposes a value (or `abstain=True`) for an agent and returns the round: closed, or WAITING when `wait` ends first. The request
        names its round, so a retry can never count in a later one.
        """
        return _run(self._inner.propose(
            agent, value, round=round, abstain=abstain, note=note, seq=seq, wait=wait, deadline=deadline, idempotency_key=idempotency_key,
        ))

    def round(
        self, which: Union[int, str] = "latest", *, after: Optional[int] = None, wait: Optional[Duration] = None, deadline: Optional[Duration] = None,
    ) -> Round:
        """A round by its number, or "open", or "latest". With `after` and `wait`: once its revision is greater, or the wait is over."""
        return _run(self._inner.round(which, after=after, wait=wait, deadline=deadline))

    def rounds(self, limit: int = 1000, before: Optional[int] = None) -> List[Round]:
        """The rounds that the server still keeps, newest first; with `before` those before a round."""
        return _run(self._inner.rounds(limit, before))

    def proposals(
        self, which: Union[int, str] = "latest", limit: int = 100_000, after: Optional[str] = None,
    ) -> List[Dict[str, Any]]:
        """
        All proposals of a round in the order in which they were counted, as far as the rule reveals them by now; `after` goes on after
        an agent.
        """
        return _run(self._inner.proposals(which, limit, after))

    def agents(self, limit: int = 100_000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """The agents that have joined, also those whose lease has run out; `after` goes on after one of them."""
        return _run(self._inner.agents(limit, after))

    def explain(self, which: Union[int, str] = "latest") -> Dict[str, Any]:
        """Why a round stands or ended as it did: `sentence`, who is waited for, what can still be decided."""
        return _run(self._inner.explain(which))

    def open_round(self, number: Optional[int] = None) -> Round:
        """
        Opens the next round of a group with `next: "manual"`; returns the open round when there is one. With `number` it opens the round
        of that number, or returns it as it is when it was opened before.
        """
        return _run(self._inner.open_round(number))

    def close_round(self, number: int) -> Round:
        """Closes a round by hand; it is decided by who has proposed. One that is closed already is returned as it is."""
        return _run(self._inner.close_round(number))

    def set_deadline(self, number: int, deadline: Union[Duration, datetime, None], *, if_revision: Optional[int] = None) -> Round:
        """
        Sets the deadline of the open round, for who may close it: a duration from now, a time (a `datetime`, or RFC 3339), or None for
        none. With `if_revision` only while the group has this revision.
        """
        return _run(self._inner.set_deadline(number, deadline, if_revision=if_revision))

    def waive(self, number: int, agent: str, reason: str) -> Round:
        """
        Takes an elector who has not proposed out of the open round, for who manages the group and for whom its `mayWaive` names.
        Raises `cannot-be-waived` where nothing could be decided without it.
        """
        return _run(self._inner.waive(number, agent, reason))

    def rotate_keys(self, keys: Optional[Mapping[str, str]] = None) -> Dict[str, Any]:
        """
        Gives a group that admits by key or by invite other keys. The old ones are void at once, also one that this client uses as its
        token. To be able to repeat a call whose answer was lost, give `joinKey` and `observerKey` yourself.
        """
        return _run(self._inner.rotate_keys(keys))

    def events(self, after: Optional[int] = None, deadline: Optional[Duration] = None) -> Iterator[Event]:
        """
        The events of the group: first a `snapshot` of the present state (not with `after`, a revision), then each change. It goes on
        over lost connections; `resync` says that more was missed than servers keep. It ends after `group-deleted`.
        """
        return _each(self._inner.events(after, deadline))

    def watch(self, deadline: Optional[Duration] = None) -> Iterator[Round]:
        """The rounds of the group as they change: first the present one, then every visible change, and each outcome once, in order."""
        return _each(self._inner.watch(deadline))

    def agree(
        self, agent: str, propose: Strategy, *, deadline: Optional[Duration] = None, on_round: Optional[Callable[[Round], Any]] = None,
        note: Optional[Callable[[], Optional[str]]] = None, on_unusable: Optional[Callable[[QuorateError], Any]] = None,
    ) -> Round:
        """
        Proposes and waits in round after round until the group has decided or its rounds are used up, and returns that last round.
        `propose(last, number)` chooses the value, or `ABSTAIN`; `on_unusable(error)` another one when the server cannot take that. With
        `next: "manual"` it ends with the outcome of one round. Raises `no-open-round` when somebody must open the next round first,
        `deadline` when the time runs out, and what a retry cannot change, such as `not-eligible`. An agent that restarts under its name goes on where it was: its earlier proposal counts.
        """
        return _run(self._inner.agree(
            agent, propose, deadline=deadline, on_round=on_round, note=note, on_unusable=on_unusable,
        ))

    def join(
        self, agent: str, *, ttl: Duration = 30, role: Optional[str] = None, kind: Optional[str] = None, name: Optional[str] = None, key: Optional[str] = None,
        instance: Optional[str] = None, deadline: Optional[Duration] = None,
    ) -> "Member":
        """
        Joins under a name, with a lease of `ttl` that a thread renews, and a token that nobody else has. Raises `agent-taken` while
        another process holds the name. `key` is the join key of a group that admits by key; the same `instance` (a secret of 8 to 128
        characters) joins again as the same one.
        """
        return Member(_run(self._inner.join(
            agent, ttl=ttl, role=role, kind=kind, name=name, key=key, instance=instance, deadline=deadline,
        )))

    def renew(self, agent: str) -> Dict[str, Any]:
        """Renews once the lease of the agent whose token this is; `join` renews by itself."""
        return _run(self._inner.renew(agent))

    def leave(self, agent: str) -> None:
        """Gives up the name and the lease of the agent whose token this is."""
        _run(self._inner.leave(agent))

    def remove(self, agent: str) -> None:
        """Removes an agent whose token is lost, for who manages the group. The name is free again; the agent's proposals stay."""
        _run(self._inner.remove(agent))

    def invite(
        self, agent: str, *, name: Optional[str] = None, kind: Optional[str] = None, role: Optional[str] = None, secret: Optional[str] = None,
    ) -> Dict[str, Any]:
        """
        Invites somebody; the answer has `secret` and `link`, once. Needs the administrator's token or the group's join key. A new invite
        ends the one before, with its token; the same `secret` again is the same invite.
        """
        return _run(self._inner.invite(agent, name=name, kind=kind, role=role, secret=secret))

    def invites(self, limit: int = 100_000, after: Optional[str] = None) -> List[Dict[str, Any]]:
        """Who is invited, in the order in which they were first, for who manages the group; `after` goes on after one of them."""
        return _run(self._inner.invites(limit, after))

    def revoke(self, agent: str) -> Dict[str, Any]:
        """Revokes the invite of an agent: its token is void at once, and a seat without a proposal is waited for no more."""
        return _run(self._inner.revoke(agent))

    def redeem(self, agent: str, secret: str, *, instance: Optional[str] = None) -> Dict[str, Any]:
        """Exchanges the secret of an invite for the agent's `token`, once: see `as_`."""
        return _run(self._inner.redeem(agent, secret, instance=instance))

    def say(
        self, body: Json, *, to: Optional[Sequence[str]] = None, reply_to: Optional[int] = None, round: Optional[int] = None, in_view: Optional[int] = None,
        ack_by: Union[int, str, None] = None, wait: Optional[Duration] = None, deadline: Optional[Duration] = None, idempotency_key: Optional[str] = None,
    ) -> Said:
        """
        Says any JSON to the group as the member whose token this is, once, also where a reply is lost; returns its place in the stream
        once it is durable. What one group object says comes in the order of the calls. Where nobody knows whether one was taken, its
        call raises with `outcome` "unknown", and those that wait behind it raise `not-sent`. `to` are those it is for, if not all. With
        `ack_by` (a number, "majority" or "all") the answer says who has acknowledged it; with `wait` it comes once enough have
        ("stable") or never will ("impossible"), or as it stands when the wait is over.
        """
        return _run(self._inner.say(
            body, to=to, reply_to=reply_to, round=round, in_view=in_view, ack_by=ack_by, wait=wait, deadline=deadline, idempotency_key=idempotency_key,
        ))

    def listen(
        self, agent: Optional[str] = None, *, after: Optional[int] = None, follow: bool = True, deadline: Optional[Duration] = None,
    ) -> Iterator[Item]:
        """
        Everything in the group in its one order: views (who has come and gone), messages, rounds opened and closed, and a place for each
        message to others (`withheld`). Each item has its `offset`, one more than that of the item before, also over lost connections and
        other servers. Without `agent` it begins behind `after`, or with the oldest item that is kept; with `follow=False` it ends at the
        present end.

        With `agent`, whose token this must be, it begins where that member's cursor is, and moves the cursor: an item counts as handled
        when the next one is asked for. It ends with the error `expelled` behind the item that says that the member is gone. What is not
        kept any more is never skipped: `messages-not-kept` says from where on items are (`oldest`), and `history-changed` that the server
        has another history.
        """
        return _each(self._inner.listen(agent, after=after, follow=follow, deadline=deadline))

    def messages(self, after: Optional[int] = None, limit: int = 10_000) -> List[Item]:
        """
        The messages that are kept, the oldest first, without the rest of the stream; `after` goes on after an offset. What is for others
        has a place only: `withheld`.
        """
        return _run(self._inner.messages(after, limit))

    def message(self, offset: int, *, wait: Optional[Duration] = None, deadline: Optional[Duration] = None) -> Item:
        """
        One message, with who has acknowledged it when it was said with `ack_by`. With `wait` once that is "stable" or "impossible", or
        the wait is over. Raises `message-not-found` where there is none, and `messages-not-kept` when it is not kept any more.
        """
        return _run(self._inner.message(offset, wait=wait, deadline=deadline))

    def view(self, *, after: Optional[str] = None, limit: int = 1000) -> Dict[str, Any]:
        """
        The view in force, and its members in the order of joining; `after` goes on after a member. `next` says whether there are more: of
        the same view only if `view` is the same.
        """
        return _run(self._inner.view(after=after, limit=limit))

    def cursor(self, agent: str) -> Dict[str, Any]:
        """Where a member goes on: everything up to and including this `offset` is handled."""
        return _run(self._inner.cursor(agent))

    def set_cursor(self, agent: str, offset: int) -> Dict[str, Any]:
        """
        Says that the member whose token this is has handled everything up to and including this offset; `listen` does so by itself. A
        cursor never goes back: the answer says where it is.
        """
        return _run(self._inner.set_cursor(agent, offset))

    def claim(
        self, number: int, *, holder: Optional[str] = None, lease: Duration = 30, value: Json = _UNSET, subject_hash: Optional[str] = None,
    ) -> "Claim":
        """
        Takes the claim on a round that ended in SUCCESS, so that one of many acts on it; a thread renews it. Raises `claimed` while
        another holds it, `spent` once it is done, `superseded` where another decision stands.
        """
        return Claim(_run(self._inner.claim(number, holder=holder, lease=lease, value=value, subject_hash=subject_hash)))

    def read_claim(self, number: int, *, after: Optional[int] = None, wait: Optional[Duration] = None) -> Dict[str, Any]:
        """The claim on a round: `state` ("free", "held", "spent"). With `wait` once it is spent, and with `after` once its revision is greater."""
        return _run(self._inner.read_claim(number, after=after, wait=wait))

    def renew_claim(self, number: int, fence: int) -> Dict[str, Any]:
        """Makes the lease of a claim as long again; `claim` renews by itself."""
        return _run(self._inner.renew_claim(number, fence))

    def claim_done(self, number: int, fence: int, result: Json = None) -> Dict[str, Any]:
        """Spends a decision under the fence of its claim, also one that another program has handed over."""
        return _run(self._inner.claim_done(number, fence, result))

    def give_back_claim(self, number: int, fence: int) -> Dict[str, Any]:
        """Gives a claim back, so that another may take it at once."""
        return _run(self._inner.give_back_claim(number, fence))


class Member:
    """An agent that has joined, with a lease that a thread renews."""

    def __init__(self, inner: AsyncMember) -> None:
        self._inner = inner
        self.agent, self.joined, self.token = inner.agent, inner.joined, inner.token
        self.group = Group(inner.group)
        """The group under this agent's token. Its calls raise `lease-lost` once the lease is lost."""

    @property
    def live(self) -> bool:
        """Whether the group certainly counts this agent as live."""
        return self._inner.live

    @property
    def lost(self) -> Optional[QuorateError]:
        """The error of code `lease-lost`, once the group may no longer count this agent as live."""
        return self._inner.lost

    def propose(self, value: Json = None, **options: Any) -> Round:
        """Proposes a value for this agent; see `Group.propose`."""
        return _run(self._inner.propose(value, **options))

    def agree(self, propose: Strategy, **options: Any) -> Round:
        """Takes part until the group agrees; see `Group.agree`."""
        return _run(self._inner.agree(propose, **options))

    def close_round(self, number: int) -> Round:
        """Closes a round by hand, when the group's `mayClose` allows this agent to."""
        return _run(self._inner.close_round(number))

    def say(self, body: Json, **options: Any) -> Said:
        """Says something to the group; see `Group.say`."""
        return _run(self._inner.say(body, **options))

    def listen(self, **options: Any) -> Iterator[Item]:
        """
        The stream of the group from this member's cursor on, which moves along; see `Group.listen`. It ends when the member leaves, and
        with the error `expelled` when the group has lost it in another way.
        """
        return _each(self._inner.listen(**options))

    def set_cursor(self, offset: int) -> Dict[str, Any]:
        """Says that everything up to and including this offset is handled; `listen` does so by itself."""
        return _run(self._inner.set_cursor(offset))

    def release(self) -> None:
        """Renews the lease no more: it runs out unless whoever has the token goes on with it."""
        self._inner.release()

    def leave(self) -> None:
        """Gives up the name and the lease. It is no longer renewed, even when the call fails."""
        _run(self._inner.leave())

    def __enter__(self) -> "Member":
        return self

    def __exit__(self, *_: Any) -> None:
        self.leave()


class Claim:
    """A claim on a decision, held by this program. Send `fence` with every action: what is acted on must refuse a lower one."""

    def __init__(self, inner: AsyncClaim) -> None:
        self._inner = inner
        self.claimed, self.round, self.fence = inner.claimed, inner.round, inner.fence

    @property
    def held(self) -> bool:
        """Whether the server certainly counts the claim as held."""
        return self._inner.held

    @property
    def left(self) -> float:
        """Seconds for which it is certainly still held if no renewal comes: for work that must have stopped by then."""
        return self._inner.left

    @property
    def lost(self) -> Optional[QuorateError]:
        """The error of code `claim-lost`, once another may hold the claim."""
        return self._inner.lost

    def done(self, result: Json = None) -> Dict[str, Any]:
        """Spends the decision for good, with a result of at most 4,096 bytes."""
        return _run(self._inner.done(result))

    def release(self) -> Dict[str, Any]:
        """Gives the claim back, so that another may take it at once."""
        return _run(self._inner.release())


class Webhooks:
    """The webhooks of a group, or of the server."""

    def __init__(self, inner: AsyncWebhooks) -> None:
        self._inner = inner

    def put(
        self, id: str, url: str, *, states: Optional[str] = None, format: Optional[str] = None, secret: Optional[str] = None,
    ) -> Dict[str, Any]:
        """
        Makes a webhook under a name, or changes it; one that its receiver has ended is told of outcomes again. `states`: "all", "SUCCESS"
        or "FAILED"; `format`: "standard", "slack" or "teams". The answer has the `secret` that checks signatures, only where this call
        has set it: a new webhook gets a new one.
        """
        return _run(self._inner.put(id, url, states=states, format=format, secret=secret))

    def list(self) -> List[Dict[str, Any]]:
        """All of them, without their secrets: how much waits, and why the last attempt of each failed."""
        return _run(self._inner.list())

    def show(self, id: str) -> Dict[str, Any]:
        """One of them."""
        return _run(self._inner.show(id))

    def delete(self, id: str) -> None:
        """Deletes one, with what it was still to be told."""
        _run(self._inner.delete(id))

    def deliveries(self, id: str, limit: int = 1000) -> List[Dict[str, Any]]:
        """What it is told, the first told first: all that waits, and the last hundred that are over."""
        return _run(self._inner.deliveries(id, limit))

    def test(self, id: str) -> Dict[str, Any]:
        """Sends something that is no outcome, to see whether it arrives."""
        return _run(self._inner.test(id))

    def replay(self, id: str, number: int) -> Dict[str, Any]:
        """Sends a delivery once more, whatever became of it, under the same id."""
        return _run(self._inner.replay(id, number))


def _transport(io: Any, urls: Union[str, Sequence[str]], token: Optional[str], ca: Optional[str], retry_for: Duration, *more: Any) -> _Transport:
    listed = [urls] if isinstance(urls, str) else list(urls)
    if not listed:
        raise ValueError("connect needs the address of a server")
    for url in listed:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a server: write http://host:port")
    tls = ssl.create_default_context(cafile=ca) if any(url.startswith("https:") for url in listed) else None
    return _Transport(io, [url.rstrip("/") for url in listed], token, tls, _seconds(retry_for), *more)


def connect(
    urls: Union[str, Sequence[str]], *, token: Optional[str] = None, ca: Optional[str] = None, retry_for: Duration = 60,
    headers: Optional[Headers] = None, on_retry: Optional[Callable[[Retry], Any]] = None,
    record: Optional[Callable[[Dict[str, Any]], Any]] = None, process: Optional[str] = None,
) -> Client:
    """
    A client of one deployment: the address of a server, or of several, of which the next is asked when one fails. It needs no closing,
    and it reads its own writes on every server. `token` is sent with every request; `ca` is a file with certificates (PEM) of a private
    CA; `retry_for` is how long a call is repeated while servers do not answer or are overloaded.

    `headers` go with every request: a dict, or a function that gives one for each, such as `traceparent` of the trace that is going on.
    `on_retry` is told of each attempt that had no answer. `record` gets a dict for each attempt: a line of a history, which
    `quorate check` reads, made by `process`.
    """
    return Client(_transport(_Blocking(), urls, token, ca, retry_for, headers, on_retry, record, process))


def connect_async(
    urls: Union[str, Sequence[str]], *, token: Optional[str] = None, ca: Optional[str] = None, retry_for: Duration = 60,
    headers: Optional[Headers] = None, on_retry: Optional[Callable[[Retry], Any]] = None,
    record: Optional[Callable[[Dict[str, Any]], Any]] = None, process: Optional[str] = None,
) -> AsyncClient:
    """The same with `async` and `await`, for one event loop; see `connect`."""
    return AsyncClient(_transport(_Async(), urls, token, ca, retry_for, headers, on_retry, record, process))
