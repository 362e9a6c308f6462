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
import inspect
import json
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
    Any, AsyncIterator, Awaitable, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, TypedDict, Union,
)
from urllib.parse import quote, urlencode, urlsplit

__version__ = "0.1.0"
__all__ = [
    "ABSTAIN", "AsyncClaim", "AsyncClient", "AsyncGroup", "AsyncMember", "Claim", "Client", "Duration", "Event", "Group", "GroupInfo",
    "Json", "Member", "Outcome", "QuorateError", "Round", "connect", "connect_async",
]

Json = Any
Duration = Union[int, float, str, timedelta]


class Round(TypedDict, total=False):
    """A round as the server shows it; docs/openapi.json says what else it may hold."""

    group: str
    round: int
    state: str  # "WAITING", "SUCCESS" or "FAILED"
    reason: Optional[str]
    value: Json
    present: int
    eligible: int
    missing: Optional[List[str]]
    tally: Optional[List[Dict[str, Any]]]
    explain: str
    revision: int
    index: int
    closedAt: Optional[str]


Outcome = Round


class GroupInfo(TypedDict, total=False):
    """A group as the server shows it."""

    group: str
    status: str  # "open", "decided", "exhausted" or "idle"
    rule: Dict[str, Any]
    admission: str
    round: Round
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


class _Abstain:
    def __repr__(self) -> str:
        return "quorate.ABSTAIN"


ABSTAIN = _Abstain()
"""What a strategy returns, instead of a value, to abstain in a round."""

_UNSET: Any = object()

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
}


class QuorateError(Exception):
    """
    A refusal by the server, or no answer.

    `code` is one of docs/errors.md, or of this client: unreachable, untrusted, redirected, deadline, unexpected-reply, not-json,
    lease-lost, claim-lost. `status` is the HTTP status, 0 when no server answered. `fix` says what to do. `outcome` says whether
    the request may have taken effect: "not-executed" or "unknown"; to repeat it is safe in both cases. `round` is the round that
    the refusal is about, and `claim` the claim, where the server sends them; `errors` are the wrong fields.
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
        self.errors: List[Dict[str, Any]] = problem.get("errors") or []


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
        self._sock = sock

    async def receive(self, seconds: float) -> bytes:
        self._sock.settimeout(max(seconds, 0.001))
        try:
            return self._sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError) as error:
            raise _TimedOut() from error

    async def send(self, data: bytes, seconds: float) -> None:
        self._sock.settimeout(max(seconds, 0.001))
        self._sock.sendall(data)

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

    async def receive(self, seconds: float) -> bytes:
        try:
            return await asyncio.wait_for(self._reader.read(65536), max(seconds, 0.001))
        except asyncio.TimeoutError as error:
            raise _TimedOut() from error

    async def send(self, data: bytes, seconds: float) -> None:
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), max(seconds, 0.001))

    def close(self) -> None:
        try:
            self._writer.close()
        except RuntimeError:
            pass  # its event loop is closed, and the connection with it


class _Async:
    """Waits in the running event loop."""

    def __init__(self) -> None:
        self._tasks: set = set()

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


def _run(work: Any) -> Any:
    """The result of a coroutine that never waits, because all it does blocks the thread."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise TypeError("give this client plain functions, or use connect_async for async ones")


class _Connection:
    """One HTTP/1.1 connection: one request at a time."""

    def __init__(self, stream: Any, check_every: float) -> None:
        self._stream = stream
        self._check_every = check_every
        self._buffer = b""
        self._length: Optional[int] = 0  # what is left of the body; None: in chunks; -1: up to the end of the connection
        self._keep = True
        self.heard = False

    async def ask(self, head: str, body: bytes, until: float) -> None:
        self.heard = False
        await self._stream.send(head.encode("latin-1") + body, until - time.monotonic())

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
        parts = []
        while True:
            part = await self.part(until, check)
            if part == b"":
                return b"".join(parts)
            parts.append(part)

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
    ) -> None:
        self.method, self.path, self.headers, self.wait, self.until = method, path, dict(headers or {}), wait, until
        self.guard, self.patience = guard, patience
        self.repeated = False  # whether an attempt so far may have taken effect although no answer came
        self.body = b"" if body is None else _to_json(body)
        self.query = {name: value for name, value in (query or {}).items() if value is not None}


class _Reply:
    def __init__(self, status: int, headers: Dict[str, str], body: Any, connection: Optional[_Connection] = None) -> None:
        self.status, self.headers, self.body, self.connection = status, headers, body, connection


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

    def __init__(self, io: Any, urls: Sequence[str], token: Optional[str], tls: Optional[ssl.SSLContext], retry_for: float) -> None:
        self.io, self.urls, self.token, self.tls, self.retry_for = io, list(urls), token, tls, retry_for
        self.shared = _Shared()

    def as_(self, token: Optional[str]) -> "_Transport":
        other = _Transport(self.io, self.urls, token, self.tls, self.retry_for)
        other.shared = self.shared
        return other

    async def send(self, call: _Call) -> Any:
        """The body of the reply as JSON."""
        return (await self._retry(call, stream=False)).body

    async def open(self, call: _Call) -> _Reply:
        """A stream of server-sent events; its connection is the caller's to close."""
        call.headers["accept"] = "text/event-stream"
        return await self._retry(call, stream=True)

    async def _retry(self, call: _Call, stream: bool) -> _Reply:
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
            try:
                reply = await self._attempt(url, call, wait, most, stream)
            except (OSError, _TimedOut, _NotReady, asyncio.TimeoutError, ValueError) as cause:
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise _error("untrusted", f"{url} shows a certificate that is not trusted: {cause}") from cause
                error = _error("unreachable", f"{url} does not answer: {cause or type(cause).__name__.strip('_')}", "unknown")
                error.__cause__ = cause
            if reply is not None:
                if 200 <= reply.status < 300 and (stream or reply.body is not None or reply.status == 204):
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
            if error.status != 429 and shared.preferred == turn:
                shared.preferred = turn + 1
            pause = self._pause(error.status, failures, retry_after)
            if time.monotonic() + pause >= until:
                error.outcome = "unknown" if call.repeated else "not-executed"
                if until == call.until:
                    raise _error("deadline", "the time allowed for this call ran out", error.outcome) from error
                raise error
            if pause > 0:
                await self.io.sleep(pause)

    def _pause(self, status: int, failures: int, retry_after: float) -> float:
        if status != 429 and failures % len(self.urls) != 0:
            return 0.0
        most = _BACKOFF_MOST if status == 429 else _BACKOFF_AWAY
        rounds = -(-failures // len(self.urls))
        return retry_after + random.random() * min(most, _BACKOFF_FIRST * 2.0 ** min(rounds, 16))

    async def _attempt(self, url: str, call: _Call, wait: Optional[float], most: float, stream: bool) -> _Reply:
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
            try:
                await connection.ask(self._head(url, call, wait), call.body, until)
                status, headers = await connection.answer(until, check)
                if 300 <= status < 400:
                    raise _error("redirected", f"{url} sends its callers elsewhere: {headers.get('location', '')}")
                self._seen(headers.get("quorate-session"))
                if stream and status == 200:
                    done = True
                    return _Reply(status, headers, None, connection)
                body = _from_json(await connection.body(until))
                done = True
                self._give_back(url, connection)
                return _Reply(status, headers, body)
            except OSError:
                # A connection that was idle may have been closed meanwhile: one that is new tells more.
                if fresh or connection.heard:
                    raise
                fresh = call.repeated = True
            finally:
                if not done:
                    connection.close()
            connection = None

    def _head(self, url: str, call: _Call, wait: Optional[float]) -> str:
        parts = urlsplit(url)
        query = dict(call.query)
        if wait is not None:
            query["wait"] = f"{round(wait * 1000)}ms"
        target = parts.path.rstrip("/") + call.path + (f"?{urlencode(query)}" if query else "")
        headers = {"host": parts.netloc.rpartition("@")[2], "accept": "application/json", **call.headers}
        headers["content-length"] = str(len(call.body))
        if call.body:
            headers["content-type"] = "application/json"
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        if self.shared.session is not None:
            headers["quorate-session"] = self.shared.session
        for name, value in headers.items():
            if "\n" in value or "\r" in value:
                raise ValueError(f"{name} must be one line")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{call.method} {target} HTTP/1.1\r\n{lines}\r\n"

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
            idle = self.shared.idle.get(url)
            return idle.pop() if idle else None

    def _give_back(self, url: str, connection: _Connection) -> None:
        with self.shared.lock:
            idle = self.shared.idle.setdefault(url, [])
            if connection.reusable and len(idle) < 8:
                idle.append(connection)
                return
        connection.close()

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
        return self.lost is None and not self._stopped.is_set() and time.monotonic() < self._end

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


class AsyncClient:
    """The servers of one deployment; see `connect_async`."""

    def __init__(self, transport: _Transport) -> None:
        self._transport = transport

    def group(self, name: str) -> "AsyncGroup":
        """A group by its name. Nothing is sent until it is used."""
        return AsyncGroup(name, self._transport)

    async def groups(self, prefix: Optional[str] = None, limit: int = 1000) -> List[Dict[str, Any]]:
        """The groups in order of creation, each with how its latest round stands; at most so many."""
        rows: List[Dict[str, Any]] = []
        after: Optional[str] = None
        while len(rows) < limit:
            query = {"prefix": prefix, "limit": min(limit - len(rows), 100), "after": after}
            page = await self._transport.send(_Call("GET", "/v1/groups", query=query))
            rows += page["groups"]
            after = page["next"]
            if after is None:
                break
        return rows

    async def info(self) -> Dict[str, Any]:
        """Facts about the server: version, log, limits."""
        return await self._transport.send(_Call("GET", "/v1/info"))

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

    def as_(self, token: str) -> "AsyncGroup":
        """The same group, for who has this token: an administrator's, an agent's, or a key of the group."""
        return AsyncGroup(self.name, self._transport.as_(token), self._guard)

    def _guarded(self, guard: Callable[[], None]) -> "AsyncGroup":
        return AsyncGroup(self.name, self._transport, guard)

    async def _send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return await self._transport.send(_Call(method, self._path + path, body, guard=self._guard, **options))

    async def create(self, settings: Optional[Mapping[str, Any]] = None, *, only_new: bool = False) -> GroupInfo:
        """
        Creates the group, or changes its rule from the next round on; `only_new` refuses to change one. For a group that admits by key
        or by invite the answer holds its keys, once: keep them.
        """
        body = dict(settings or {})
        headers = {"if-none-match": "*"} if only_new else {}
        admission = body.get("admission", "invite" if body.get("preset") == "gate" else "open")
        if admission != "open" and "joinKey" not in body:
            # Made here: keys that the server makes would be lost with its reply.
            keys = {"joinKey": secrets.token_hex(16), "observerKey": secrets.token_hex(16)}
            try:
                return await self._send("PUT", "", {**body, **keys}, headers=headers)
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
            # A server or proxy that does not wait causes no busy loop.
            rest = min(held or 0.0, 0.5) - (time.monotonic() - sent_at)
            if rest > 0:
                await self._transport.io.sleep(rest)
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

    async def rounds(self, limit: int = 1000) -> List[Round]:
        """The rounds that the server still keeps, newest first."""
        return await self._pages("/rounds", "rounds", "before", limit)

    async def proposals(self, which: Union[int, str] = "latest", limit: int = 100_000) -> List[Dict[str, Any]]:
        """All proposals of a round in the order in which they were counted, as far as the rule reveals them by now."""
        return await self._pages(f"/rounds/{which}/proposals", "proposals", "after", limit)

    async def agents(self, limit: int = 100_000) -> List[Dict[str, Any]]:
        """The agents that have joined, also those whose lease has run out."""
        return await self._pages("/agents", "agents", "after", limit)

    async def _pages(self, path: str, name: str, cursor: str, limit: int) -> List[Any]:
        items: List[Any] = []
        place = None
        while len(items) < limit:
            query = {"limit": min(limit - len(items), 1000 if name == "proposals" else 100), cursor: place}
            page = await self._send("GET", path, query=query)
            items += page[name]
            place = page.get("next")
            if place is None:
                break
        return items

    async def explain(self, which: Union[int, str] = "latest") -> Dict[str, Any]:
        """Why a round stands or ended as it did: `sentence`, who is waited for, what can still be decided."""
        return await self._send("GET", f"/rounds/{which}/explain")

    async def open_round(self, number: Optional[int] = None) -> Round:
        """Opens the next round of a group with `next: "manual"`. Repeated, it opens no other."""
        if number is None:
            number = (await self._round("latest", None, None, float("inf")))["round"] + 1
        return await self._send("POST", "/rounds", {"round": number})

    async def close_round(self, number: int) -> Round:
        """Closes a round by hand; it is decided by who has proposed."""
        return await self._send("POST", f"/rounds/{number}/close")

    async def events(self, after: Optional[int] = None, deadline: Optional[Duration] = None) -> AsyncIterator[Event]:
        """
        The events of the group: first a `snapshot` of the present state (not with `after`, a revision), then each change. It goes on
        over lost connections; `resync` says that more was missed than servers keep. It ends after `group-deleted`.
        """
        until = _until(deadline)
        failures = 0
        while True:
            call = _Call("GET", f"{self._path}/events", query={"after": after}, until=until, guard=self._guard)
            reply = await self._transport.open(call)
            connection = reply.connection
            assert connection is not None
            silence = 3 * float(reply.headers.get("quorate-heartbeat", 15_000)) / 1000
            try:
                async for revision, event in _messages(connection, silence, until, self._guard):
                    failures = 0
                    after = revision if revision is not None else after
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

    async def watch(self, deadline: Optional[Duration] = None) -> AsyncIterator[Round]:
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
        note: Optional[Callable[[], Optional[str]]] = None,
    ) -> Round:
        """
        Proposes and waits in round after round until the group has decided or its rounds are used up, and returns that last round.
        `propose(last, number)` chooses the value, or `ABSTAIN`. With `next: "manual"` it ends with the outcome of one round.
        Raises `no-open-round` when somebody must open the next round first, `deadline` when the time runs out, and what a retry cannot
        change, such as `not-eligible`. An agent that restarts under its name goes on where it was: its earlier proposal counts.
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
                    ended = await self._take_part(agent, current["round"], choice, note() if note else None, until)
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

    async def _take_part(self, agent: str, number: int, choice: Any, note: Optional[str], until: float) -> Round:
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
        about = {"name": name, "kind": kind, "role": role}
        body = {field: value for field, value in about.items() if value is not None}
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

    async def invite(self, agent: str, *, name: Optional[str] = None, kind: Optional[str] = None, role: Optional[str] = None) -> Dict[str, Any]:
        """Invites somebody; the answer has `secret` and `link`, once. Needs the administrator's token or the group's join key."""
        about = {"name": name, "kind": kind, "role": role}
        body = {"agent": agent, **{field: value for field, value in about.items() if value is not None}, "secret": secrets.token_hex(16)}
        return await self._send("POST", "/invites", body)

    async def redeem(self, agent: str, secret: str, *, instance: Optional[str] = None) -> Dict[str, Any]:
        """Exchanges the secret of an invite for the agent's `token`, once: see `as_`."""
        body = {"secret": secret, "instance": instance or secrets.token_hex(16)}
        return await self._send("POST", f"/invites/{quote(agent, safe='')}/redeem", body)

    async def say(self, body: Json, *, to: Optional[Sequence[str]] = None, reply_to: Optional[int] = None) -> Dict[str, Any]:
        """Says any JSON to the group as the member whose token this is, once, also where a reply is lost; returns its place."""
        message = {"body": body, "to": None if to is None else list(to), "replyTo": reply_to}
        sent = {field: value for field, value in message.items() if value is not None or field == "body"}
        return await self._send("POST", "/messages", sent, headers={"idempotency-key": secrets.token_hex(16)})

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


def _ms(duration: Duration) -> int:
    return round(_seconds(duration) * 1000)


def _is_waived(error: QuorateError, agent: str) -> bool:
    """Whether the agent was taken out of the round: the next one has it again."""
    waived = (error.round or {}).get("waived") or []  # type: ignore[typeddict-item]
    return error.code == "not-eligible" and any(one.get("agent") == agent for one in waived)


async def _messages(
    connection: _Connection, silence: float, until: float, guard: Optional[Callable[[], None]],
) -> AsyncIterator[Tuple[Optional[int], Event]]:
    """The server-sent events of one connection, each with its id; it ends when the connection does."""

    async def check() -> None:
        if guard is not None:
            guard()

    buffer, number, data = b"", None, []
    while True:
        part = await connection.part(min(until, time.monotonic() + silence), check)
        if part == b"":
            return
        buffer += part
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            field, _, value = line.rstrip(b"\r").decode().partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "id":
                number = int(value)
            elif field == "data":
                data.append(value)
            elif field == "" and value == "" and data:
                yield number, json.loads("\n".join(data))
                data = []


class AsyncMember:
    """An agent that has joined, with a lease that is renewed in the background."""

    def __init__(self, agent: str, joined: Dict[str, Any], group: AsyncGroup, lease: _Lease) -> None:
        self.agent, self.joined, self.token = agent, joined, joined["token"]
        self._lease = lease
        self.group = group._guarded(lease.guard)
        """The group under this agent's token. Its calls raise `lease-lost` once the lease is lost."""

    @property
    def live(self) -> bool:
        """Whether the group certainly counts this agent as live."""
        return self._lease.live

    async def propose(self, value: Json = None, **options: Any) -> Round:
        """Proposes a value for this agent; see `AsyncGroup.propose`."""
        return await self.group.propose(self.agent, value, **options)

    async def agree(self, propose: Strategy, **options: Any) -> Round:
        """Takes part until the group agrees; see `AsyncGroup.agree`."""
        return await self.group.agree(self.agent, propose, **options)

    async def leave(self) -> None:
        """Gives up the name and the lease. It is no longer renewed, even when the call fails."""
        self._lease.stop()
        await self.group._guarded(lambda: None)._send("DELETE", f"/agents/{quote(self.agent, safe='')}")

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

    async def done(self, result: Json = None) -> Dict[str, Any]:
        """Spends the decision for good, with a result of at most 4,096 bytes."""
        spent = await self._group._send("POST", f"/rounds/{self.round}/claim/done", {"fence": self.fence, "result": result})
        self._lease.stop()
        return spent

    async def release(self) -> Dict[str, Any]:
        """Gives the claim back, so that another may take it at once."""
        self._lease.stop()
        return await self._group._send("DELETE", f"/rounds/{self.round}/claim", query={"fence": self.fence})


# --- Without await: the same, each call waiting in its thread


def _each(stream: Any) -> Iterator[Any]:
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

    def groups(self, prefix: Optional[str] = None, limit: int = 1000) -> List[Dict[str, Any]]:
        """The groups in order of creation, each with how its latest round stands; at most so many."""
        return _run(self._inner.groups(prefix, limit))

    def info(self) -> Dict[str, Any]:
        """Facts about the server: version, log, limits."""
        return _run(self._inner.info())

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

    def as_(self, token: str) -> "Group":
        """The same group, for who has this token: an administrator's, an agent's, or a key of the group."""
        return Group(self._inner.as_(token))

    def create(self, settings: Optional[Mapping[str, Any]] = None, *, only_new: bool = False) -> GroupInfo:
        """
        Creates the group, or changes its rule from the next round on; `only_new` refuses to change one. For a group that admits by key
        or by invite the answer holds its keys, once: keep them.
        """
        return _run(self._inner.create(settings, only_new=only_new))

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

    def rounds(self, limit: int = 1000) -> List[Round]:
        """The rounds that the server still keeps, newest first."""
        return _run(self._inner.rounds(limit))

    def proposals(self, which: Union[int, str] = "latest", limit: int = 100_000) -> List[Dict[str, Any]]:
        """All proposals of a round in the order in which they were counted, as far as the rule reveals them by now."""
        return _run(self._inner.proposals(which, limit))

    def agents(self, limit: int = 100_000) -> List[Dict[str, Any]]:
        """The agents that have joined, also those whose lease has run out."""
        return _run(self._inner.agents(limit))

    def explain(self, which: Union[int, str] = "latest") -> Dict[str, Any]:
        """Why a round stands or ended as it did: `sentence`, who is waited for, what can still be decided."""
        return _run(self._inner.explain(which))

    def open_round(self, number: Optional[int] = None) -> Round:
        """Opens the next round of a group with `next: "manual"`. Repeated, it opens no other."""
        return _run(self._inner.open_round(number))

    def close_round(self, number: int) -> Round:
        """Closes a round by hand; it is decided by who has proposed."""
        return _run(self._inner.close_round(number))

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
        note: Optional[Callable[[], Optional[str]]] = None,
    ) -> Round:
        """
        Proposes and waits in round after round until the group has decided or its rounds are used up, and returns that last round.
        `propose(last, number)` chooses the value, or `ABSTAIN`. With `next: "manual"` it ends with the outcome of one round.
        Raises `no-open-round` when somebody must open the next round first, `deadline` when the time runs out, and what a retry cannot
        change, such as `not-eligible`. An agent that restarts under its name goes on where it was: its earlier proposal counts.
        """
        return _run(self._inner.agree(agent, propose, deadline=deadline, on_round=on_round, note=note))

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

    def invite(self, agent: str, *, name: Optional[str] = None, kind: Optional[str] = None, role: Optional[str] = None) -> Dict[str, Any]:
        """Invites somebody; the answer has `secret` and `link`, once. Needs the administrator's token or the group's join key."""
        return _run(self._inner.invite(agent, name=name, kind=kind, role=role))

    def redeem(self, agent: str, secret: str, *, instance: Optional[str] = None) -> Dict[str, Any]:
        """Exchanges the secret of an invite for the agent's `token`, once: see `as_`."""
        return _run(self._inner.redeem(agent, secret, instance=instance))

    def say(self, body: Json, *, to: Optional[Sequence[str]] = None, reply_to: Optional[int] = None) -> Dict[str, Any]:
        """Says any JSON to the group as the member whose token this is, once, also where a reply is lost; returns its place."""
        return _run(self._inner.say(body, to=to, reply_to=reply_to))

    def claim(
        self, number: int, *, holder: Optional[str] = None, lease: Duration = 30, value: Json = _UNSET, subject_hash: Optional[str] = None,
    ) -> "Claim":
        """
        Takes the claim on a round that ended in SUCCESS, so that one of many acts on it; a thread renews it. Raises `claimed` while
        another holds it, `spent` once it is done, `superseded` where another decision stands.
        """
        return Claim(_run(self._inner.claim(number, holder=holder, lease=lease, value=value, subject_hash=subject_hash)))


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

    def propose(self, value: Json = None, **options: Any) -> Round:
        """Proposes a value for this agent; see `Group.propose`."""
        return _run(self._inner.propose(value, **options))

    def agree(self, propose: Strategy, **options: Any) -> Round:
        """Takes part until the group agrees; see `Group.agree`."""
        return _run(self._inner.agree(propose, **options))

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

    def done(self, result: Json = None) -> Dict[str, Any]:
        """Spends the decision for good, with a result of at most 4,096 bytes."""
        return _run(self._inner.done(result))

    def release(self) -> Dict[str, Any]:
        """Gives the claim back, so that another may take it at once."""
        return _run(self._inner.release())


def _transport(io: Any, urls: Union[str, Sequence[str]], token: Optional[str], ca: Optional[str], retry_for: Duration) -> _Transport:
    listed = [urls] if isinstance(urls, str) else list(urls)
    if not listed:
        raise ValueError("connect needs the address of a server")
    for url in listed:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a server: write http://host:port")
    tls = ssl.create_default_context(cafile=ca) if any(url.startswith("https:") for url in listed) else None
    return _Transport(io, [url.rstrip("/") for url in listed], token, tls, _seconds(retry_for))


def connect(urls: Union[str, Sequence[str]], *, token: Optional[str] = None, ca: Optional[str] = None, retry_for: Duration = 60) -> Client:
    """
    A client of one deployment: the address of a server, or of several, of which the next is asked when one fails. It needs no closing,
    and it reads its own writes on every server. `token` is sent with every request; `ca` is a file with certificates (PEM) of a private
    CA; `retry_for` is how long a call is repeated while servers do not answer or are overloaded.
    """
    return Client(_transport(_Blocking(), urls, token, ca, retry_for))


def connect_async(
    urls: Union[str, Sequence[str]], *, token: Optional[str] = None, ca: Optional[str] = None, retry_for: Duration = 60,
) -> AsyncClient:
    """The same with `async` and `await`, for one event loop; see `connect`."""
    return AsyncClient(_transport(_Async(), urls, token, ca, retry_for))
