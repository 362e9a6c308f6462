"""
What the tests of quorate.py share. They start no servers themselves:

    QUORATE_SERVERS='[["http://127.0.0.1:5001", 4711], ...]' python3 -m unittest -v test_quorate test_stream test_calls test_many test_more

names three servers of one deployment, each by its address and process id. The third is killed, and must not be started again.
"""

import http.server
import json
import os
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

from types import SimpleNamespace

import quorate
from quorate import QuorateError, connect

# Pauses before a repeat are short here, and not by chance.
quorate.random = SimpleNamespace(random=lambda: 0.05)

SERVERS = json.loads(os.environ["QUORATE_SERVERS"])
URLS = [url for url, _ in SERVERS]

LONGEST = 60
"""Seconds after which a wait for something that must come has failed."""


def in_threads(*work):
    """Does all at once, and returns what each came to, in this order. An error is raised here, also that one did not end."""
    results = [TimeoutError(f"no end within {LONGEST} s")] * len(work)

    def keep(place, one):
        try:
            results[place] = one()
        except BaseException as error:
            results[place] = error

    threads = [threading.Thread(target=keep, args=(place, one), daemon=True) for place, one in enumerate(work)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + LONGEST
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


class Later:
    """Something that goes on in a thread of its own."""

    def __init__(self, work):
        self._result = TimeoutError(f"no end within {LONGEST} s")
        self._thread = threading.Thread(target=self._keep, args=(work,), daemon=True)
        self._thread.start()

    def _keep(self, work):
        try:
            self._result = work()
        except BaseException as error:
            self._result = error

    def result(self):
        """What it came to, within a minute."""
        self._thread.join(LONGEST)
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result


def eventually(ask):
    """What `ask` gives once that is true, within a minute."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.02)
    raise TimeoutError(f"not so within {LONGEST} s")


def code_of(work):
    """The code of the error that it ends with; None without one."""
    try:
        work()
    except QuorateError as error:
        return error.code
    return None


class Server:
    """An HTTP server of a test, on a free port."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                answer(self, self.rfile.read(int(self.headers.get("content-length", 0))))

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def reply(handler, status, text, headers=()):
    handler.send_response(status)
    for name, value in headers:
        if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "keep-alive"):
            handler.send_header(name, value)
    handler.send_header("content-length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)


def hang_up(handler):
    handler.close_connection = True
    try:
        handler.connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Proxy(Server):
    """Passes requests on to a server. `loses(path, count)` says which replies are lost: by then the server has done what was asked."""

    def __init__(self, target, loses=lambda path, count: False, refuses=lambda path: False):
        self.requests = 0
        lock = threading.Lock()

        def answer(handler, body):
            if refuses(handler.path):
                return hang_up(handler)
            with lock:
                self.requests += 1
                lost = loses(handler.path, self.requests)
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "content-length")}
            asked = urllib.request.Request(target + handler.path, body or None, headers, method=handler.command)
            try:
                with urllib.request.urlopen(asked, timeout=LONGEST) as got:
                    status, received = got.status, got.headers
                    if lost:
                        return hang_up(handler)
                    if received.get_content_type() == "text/event-stream":
                        return self._stream(handler, got)
                    text = got.read()
            except urllib.error.HTTPError as error:
                status, text, received = error.code, error.read(), error.headers
                error.close()
            except OSError:
                return hang_up(handler)
            if lost:
                return hang_up(handler)
            reply(handler, status, text, received.items())

        super().__init__(answer)

    def _stream(self, handler, got):
        handler.close_connection = True
        handler.send_response(got.status)
        for name, value in got.headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "date", "keep-alive"):
                handler.send_header(name, value)
        handler.end_headers()
        try:
            while True:
                part = got.read1(65536)
                if not part:
                    return
                handler.wfile.write(part)
        except OSError:
            pass  # the caller is gone


def every_second_reply(path, count):
    return count % 2 == 1


class WithAGroup(unittest.TestCase):
    def setUp(self):
        self.client = connect(URLS)
        self.group = self.client.group(f"py-{uuid.uuid4().hex[:8]}")
        self.addCleanup(self.client.close)

    def same(self, urls=None, **options):
        """The group, through a client of its own."""
        client = connect(urls or URLS, **options)
        self.addCleanup(client.close)
        return client.group(self.group.name)

    def client_of(self, token):
        client = connect(URLS, token=token)
        self.addCleanup(client.close)
        return client

    def proxy(self, *args, **options):
        proxy = Proxy(URLS[0], *args, **options)
        self.addCleanup(proxy.close)
        return proxy

    def refused(self, code, work):
        with self.assertRaises(QuorateError) as caught:
            work()
        self.assertEqual(caught.exception.code, code)
        return caught.exception


def hear(items, last=None):
    """What is heard up to a message that says `last`, or up to the end of the stream, and the code of how it ended."""
    heard = []
    try:
        for item in items:
            heard.append(item)
            if last is not None and item.get("body") == last:
                items.close()
                return heard, "heard"
        return heard, "end"
    except QuorateError as error:
        return heard, error.code


def bodies(items):
    return [item["body"] for item in items if item.get("type") == "message"]


def offsets(items):
    return [item["offset"] for item in items]
