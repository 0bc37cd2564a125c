#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What pages are sent, as it comes: a recording fed through a pipe stands in for the kernel. Going on after a break, readers
that are slow or do not read, and more pages than there is room for. No root."""
import json
import re
import socket
import subprocess
import time

from served import PROGRAM, Checks, free_port, get, recording, scratch, until

class Reader:
    """An EventSource without a browser: events as (name, id, data)."""

    def __init__(self, port, last=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        extra = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /api/events HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n".encode())
        self.raw = b""
        self.stream = self._events()

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self.raw += piece

    def _chunks(self):
        """The body: chunked transfer coding taken off."""
        while b"\r\n\r\n" not in self.raw:
            self._more()
        self.head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        while True:
            while b"\r\n" not in self.raw:
                self._more()
            size, self.raw = self.raw.split(b"\r\n", 1)
            size = int(size, 16)
            while len(self.raw) < size + 2:
                self._more()
            yield self.raw[:size]
            self.raw = self.raw[size + 2:]

    def events(self):
        return self.stream

    def _events(self):
        text = b""
        for chunk in self._chunks():
            text += chunk
            while b"\n\n" in text:
                one, text = text.split(b"\n\n", 1)
                fields = dict(line.split(b": ", 1) for line in one.split(b"\n") if not line.startswith(b":"))
                if b"event" in fields:
                    yield fields[b"event"].decode(), fields.get(b"id", b"").decode(), json.loads(fields[b"data"])

    def close(self):
        self.socket.close()


def records_of(data):
    """A recording cut into its header and its records."""
    at = int.from_bytes(data[16:20], "little")
    header, out = data[:at], []
    while at < len(data):
        size = int.from_bytes(data[at + 2:at + 4], "little")
        assert size, f"no record at byte {at}"
        out.append(data[at:at + size])
        at += size
    return header, out


def rows(reader, n, last=None):
    """The next n rows, or until that of the connection `last`; and how many were missed before them."""
    got, missed = [], 0
    for name, number, data in reader.events():
        if name == "conn":
            got.append((number, data))
        elif name == "missed":
            missed += data
        if len(got) == n or (got and got[-1][1]["id"] == last):
            return got, missed
    return got, missed


def state(port):
    return json.loads(get(port, "/api/summary")[2])


def feed(process, pieces):
    process.stdin.write(b"".join(pieces))
    process.stdin.flush()


with scratch() as work:
    checks = Checks()
    recorded = recording(work, "ports", "10000").read_bytes()
    (header, records), port, log = records_of(recorded), free_port(), work / "log"
    with open(log, "w", encoding="utf-8") as err:
        tracer = subprocess.Popen([PROGRAM, "--replay", "-", f"--web=127.0.0.1:{port}", f"--prometheus=127.0.0.1:{port}",
                                   f"--json={work / 'out'}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=err)
    feed(tracer, [header, *records[:21 * 400]])
    until(20, "it does not serve", lambda: "page:" in log.read_text(encoding="utf-8"))
    until(20, "records are not read", lambda: state(port)["closed"] > 300)

    first = Reader(port)
    kinds = [name for name, _, _ in (e for _, e in zip(range(3), first.events()))]
    checks.equal("first of all, what runs and what there is", kinds[:2], ["hello", "tick"])
    first.close()
    first = Reader(port)
    seen, missed = rows(first, 100)
    checks.equal("nothing was missed", missed, 0)
    checks.that("the type", b"text/event-stream" in first.head, first.head)
    first.close()
    again = Reader(port, seen[-1][0])
    more, missed = rows(again, 5)
    numbers = [int(number.split("-")[1]) for number, _ in seen + more]
    checks.equal("after a break it goes on where it was", numbers, list(range(numbers[0], numbers[0] + 105)))
    again.close()
    stranger = Reader(port, "123-99999999")
    checks.equal("an id of another run is none", len(rows(stranger, 10)[0]), 10)
    stranger.close()
    for broken in ("x", "-", "ffffffffffffffffffffffff-1", "1" * 4000):
        r = Reader(port, broken)
        checks.equal(f"Last-Event-ID {broken[:8]}", len(rows(r, 1)[0]), 1)
        r.close()

    # Readers that do not read, and one that does, while thousands of connections come at once.
    stuck = [Reader(port) for _ in range(5)]
    for s in stuck:
        s.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    good = Reader(port)
    rows(good, 50)
    begun = time.monotonic()
    feed(tracer, records[21 * 400:21 * 9000])
    until(20, "the tracer waits for a reader", lambda: state(port)["closed"] > 8500)
    checks.that("nobody waits for them", time.monotonic() - begun < 10, time.monotonic() - begun)
    entries = json.loads(get(port, "/api/connections?limit=500")[2])
    checks.equal("asked for", len(entries), 500)
    got, missed = rows(good, 9000, entries[0]["id"])
    checks.that("who reads gets the newest", len({e["id"] for e in entries} & {row["id"] for _, row in got}) >= 300)
    checks.that("... and learns how many it missed", missed > 5000, missed)
    numbers = [int(number.split("-")[1]) for number, _ in got]
    checks.equal("got and missed are all", len(got) + missed, numbers[-1] - numbers[0] + 1)
    checks.equal("a limit", len(json.loads(get(port, "/api/connections?limit=3")[2])), 3)
    one = entries[0]
    checks.equal("a port", [e["id"] for e in json.loads(get(port, f"/api/connections?port={one['server']['port']}")[2])], [one["id"]])
    checks.equal("an ending of nobody", json.loads(get(port, "/api/connections?ending=reset")[2]), [])
    whole = json.loads(get(port, f"/api/connection?id={one['id']}")[2])
    checks.that("its whole record", whole["schema"] == "tcplife.connection" and len(whole["events"]) > 10)
    for query in ("", "?id=", "?id=x", f"?id={'0' * 32}", f"?id={'f' * 33}", "?id=%00", f"?id={one['id'].upper()}x"):
        checks.equal(f"/api/connection{query[:12]}", get(port, f"/api/connection{query}")[0], 404)
    for query in ("?port=x", "?port=-1", "?limit=0", "?limit=99999999999999999999", "?port=99999", "?ending=%3Cscript%3E"):
        checks.equal(f"/api/connections{query}", get(port, f"/api/connections{query}")[0], 400)

    # More than there is room for.
    crowd = [Reader(port) for _ in range(40)]
    status = []
    for r in crowd:
        head = b""
        while b"\r\n" not in head:
            head += r.socket.recv(4096)
        status.append(int(head.split(b" ")[1]))
    checks.that("32 pages, and no more", 20 <= status.count(200) <= 32 and status.count(503) >= 8, status)
    for r in crowd + stuck + [good]:
        r.close()
    until(20, "they are not let go", lambda: any(get(port, "/healthz")[0] == 200 for _ in range(3)))
    counted = until(10, "what was missed is not counted",
                    lambda: re.search(r'tcplife_events_lost_total\{stage="sse"\} ([1-9]\d*)', get(port, "/metrics")[2].decode()))
    checks.that("missed rows are counted", int(counted[1]) > 5000, counted[1])
    feed(tracer, records[21 * 9000:])
    tracer.stdin.close()
    until(20, "it does not come to its end", lambda: "served until" in log.read_text(encoding="utf-8"))
    checks.equal("all were counted", state(port)["closed"], 10000)
    last = Reader(port)
    checks.equal("the end is reported", next(data["over"] for name, _, data in last.events() if name == "tick"), True)
    tracer.terminate() # with that page still open
    checks.equal("it ends well", tracer.wait(20), 0)
    checks.that("... and says what was not sent", "were not sent to pages" in log.read_text(encoding="utf-8"))
    with open(work / "out", encoding="utf-8") as f:
        checks.equal("the file beside it has all", sum('"tcplife.connection"' in line for line in f), 10000)
    checks.end()
