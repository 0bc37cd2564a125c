#!/usr/bin/env python3
"""Memory does not grow with what has passed: six times as many connections, as many of them alive at once, and all of
their records written, take the same memory. The connections are those of a story, one begun every 20 ms."""
import heapq
import os
import resource
import struct
import subprocess
import sys
import tempfile

OUT = os.environ.get("OUT", "build")
SPACING_NS = 20_000_000
FEW, MANY = 10_000, 60_000
CLIENT_PORT = 40000
CLOCK = 1  # enum event_kind
AT_TS, AT_ID, AT_PORTS = 8, 16, 56  # in bpf/event.h, of every kind with a tuple


def story():
    """Header, and the records as (time, bytes)."""
    with tempfile.NamedTemporaryFile() as f:
        subprocess.run([f"{OUT}/tests/tools/events2rec", "tests/cases/four_way.events"], stdout=f, check=True)
        data = open(f.name, "rb").read()
    at = struct.unpack_from("=I", data, 16)[0]
    header, records = data[:at], []
    while at < len(data):
        size = struct.unpack_from("=H", data, at + 2)[0]
        records.append((struct.unpack_from("=Q", data, at + AT_TS)[0], data[at : at + size]))
        at += size
    return header, records


def moved(record, ts, n):
    out = bytearray(record)
    struct.pack_into("=Q", out, AT_TS, ts)
    if out[0] != CLOCK:
        ident, = struct.unpack_from("=Q", out, AT_ID)
        struct.pack_into("=Q", out, AT_ID, ident + n * 16 if ident else 0)
        for at in (AT_PORTS, AT_PORTS + 2):
            if struct.unpack_from("=H", out, at)[0] == CLIENT_PORT:
                struct.pack_into("=H", out, at, 1024 + n % 60000)
    return bytes(out)


def generate(records, count):
    """In order of time, without the clocks in between."""
    lives = [r for r in records if r[1][0] != CLOCK]
    waiting = [(lives[0][0], 0, 0)]
    while waiting:
        ts, n, i = heapq.heappop(waiting)
        yield moved(lives[i][1], ts, n)
        if i == 0 and n + 1 < count:
            heapq.heappush(waiting, (ts + SPACING_NS, n + 1, 0))
        if i + 1 < len(lives):
            heapq.heappush(waiting, (ts + lives[i + 1][0] - lives[i][0], n, i + 1))


def replayed(header, records, count):
    """Peak of memory in KiB, and the number of JSON lines."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(header)
        for record in generate(records, count):
            f.write(record)
        f.flush()
        child = subprocess.Popen([f"{OUT}/tcplife-trace", "--replay", f.name, "--json"], stdout=subprocess.PIPE)
        lines = sum(1 for _ in child.stdout)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            sys.exit(f"FAILED: replay ended with status {status}")
        return usage.ru_maxrss, lines


def main():
    if b"__asan_init" in open(f"{OUT}/tcplife-trace", "rb").read():
        print("SKIP: a sanitizer keeps what was freed")
        sys.exit(77)
    header, records = story()
    few, few_lines = replayed(header, records, FEW)
    many, many_lines = replayed(header, records, MANY)
    print(f"{FEW} connections: {few} KiB; {MANY}: {many} KiB")
    if (few_lines, many_lines) != (2 * FEW, 2 * MANY):
        sys.exit(f"FAILED: {few_lines} and {many_lines} lines, expected {2 * FEW} and {2 * MANY}")
    if many > few * 1.05 + 512:
        sys.exit("FAILED: memory grows with what has passed")
    print("1 passed, 0 failed")


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
main()
