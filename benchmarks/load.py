"""A load generator: keep-alive connections that each send one request after the other.

It speaks just enough HTTP/1.1 (responses with Content-Length), so that it needs a fraction of the
time of the server it measures. Run as a process of its own::

    python -m benchmarks.load PORT PATH CONNECTIONS SECONDS < bodies.json

``bodies.json`` is a list of texts, sent in turn; the answer is a JSON list of the seconds that
every response took.
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

WARM_UP_SHARE = 0.2
"""Answers in this share of the time are not counted."""


class Caller(asyncio.Protocol):
    """One connection; counts answers until the deadline."""

    def __init__(self, requests: list[bytes], turn: int, counted_from: float, until: float) -> None:
        self.requests, self.turn = requests, turn
        self.counted_from, self.until = counted_from, until
        self.seconds: list[float] = []
        self.failure: str | None = None
        self.done = asyncio.get_running_loop().create_future()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self.turn += 1
        self.sent = time.perf_counter()
        self.transport.write(self.requests[self.turn % len(self.requests)])

    def data_received(self, data: bytes) -> None:
        """Count an answer that is complete, and send the next request."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) < end + 4 + length:
            return
        now = time.perf_counter()
        if not head.startswith(b"http/1.1 200"):
            self._finish(self._received.decode("utf-8", "replace"))
        elif now >= self.until:
            self._finish(None)
        else:
            if now >= self.counted_from:
                self.seconds.append(now - self.sent)
            self._received = b""
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """A server that hangs up has failed."""
        self._finish("the server closed the connection")

    def _finish(self, failure: str | None) -> None:
        if not self.done.done():
            self.failure = failure
            self.done.set_result(None)
            self.transport.close()


async def load(
    port: int, path: str, bodies: list[str], connections: int, seconds: float
) -> list[float]:
    """Seconds of every answered request, in no particular order."""
    requests = [_request(path, body.encode()) for body in bodies]
    started = time.perf_counter()
    counted_from, until = started + WARM_UP_SHARE * seconds, started + seconds
    callers = [
        Caller(requests, turn * len(requests) // connections, counted_from, until)
        for turn in range(connections)
    ]
    loop = asyncio.get_running_loop()
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)
    await asyncio.gather(*(caller.done for caller in callers))
    for caller in callers:
        if caller.failure:
            raise RuntimeError(caller.failure)
    return [seconds for caller in callers for seconds in caller.seconds]


def _request(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    port, path, connections, seconds = sys.argv[1:]
    bodies = json.load(sys.stdin)
    answered = uvloop.run(load(int(port), path, bodies, int(connections), float(seconds)))
    json.dump(answered, sys.stdout)


if __name__ == "__main__":
    main()
