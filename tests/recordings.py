#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Recordings of every version of the format are read for ever, and those of a version to come as far as they are known.

tests/recordings/vN.tlt was written by a program whose RECORDING_VERSION was N, from all.events (version 1 without what it
did not know), and is never written again; vN.ndjson is what is reported of it today (recordings.py --update writes that
anew: read the diff). With a new version: events2rec all.events, --record vN.tlt, --update."""
import difflib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

OUT = os.environ.get("OUT", "build")
HERE = pathlib.Path("tests/recordings")
AT_VERSION, AT_HEADER_SIZE, AT_SIZES = 12, 16, 512  # struct recording_header
KINDS = 64
STATE, SEGMENT, LOST = 3, 4, 2  # enum event_kind
STATS_BIT, NEW_BIT, NEW_KIND = 1, 6, 60
passed = failed = 0


def check(what, is_right, more=""):
    global passed, failed
    if is_right:
        passed += 1
        return
    failed += 1
    print(f"FAILED {what}\n{more}")


def replay(path, *args):
    done = subprocess.run([f"{OUT}/tcplife-trace", "-r", path, *args], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def readable(lines):
    return [row for line in lines.splitlines() for row in json.dumps(json.loads(line), indent=1).splitlines()]


def difference(expected, got):
    return "\n".join(difflib.unified_diff(readable(expected), readable(got), "expected", "reported", n=1, lineterm=""))


def check_version(path):
    expected = path.with_suffix(".ndjson")
    status, out, said = replay(path, "--json")
    if "--update" in sys.argv:
        expected.write_text(out)
    check(f"{path}: exit status", status == 0, said)
    check(f"{path}: what is reported", out == expected.read_text(), difference(expected.read_text(), out))
    check(f"{path}: all of it is understood", "invalid" not in said and "ignored" not in said, said)
    copy = f"{work}/copy.tlt"
    replay(path, "--record", copy)
    check(f"{path}: recorded again", replay(copy, "--json")[1] == out)


class Newer:
    """A recording as a later program may write it: longer parts, a block and a kind that this one does not know."""

    def __init__(self, path):
        data = path.read_bytes()
        at, = struct.unpack_from("=I", data, AT_HEADER_SIZE)
        self.sizes = list(struct.unpack_from(f"={KINDS + 8}H", data, AT_SIZES))
        self.old = list(self.sizes)
        self.header, self.records = bytearray(data[:at]), []
        while at < len(data):
            size, = struct.unpack_from("=H", data, at + 2)
            self.records.append(data[at:at + size])
            at += size
        self.cut = 0

    def grow(self):
        self.sizes[STATE] += 16
        self.sizes[LOST] += 8
        self.sizes[KINDS + STATS_BIT] += 40
        self.sizes[NEW_KIND] = 24
        self.sizes[KINDS + NEW_BIT] = 16
        return self

    def grown(self, record):
        kind, flags = record[0], record[1]
        parts, at, out = [kind] + [KINDS + bit for bit in range(8) if flags & 1 << bit], 0, b""
        for part in parts:
            size = self.old[part]
            out += record[at:at + size] + b"\x55" * (self.sizes[part] - size)
            at += size
        if kind == SEGMENT:
            flags |= 1 << NEW_BIT
            out += b"\x66" * self.sizes[KINDS + NEW_BIT]
        self.cut += len(out) != len(record)
        return bytes([kind, flags]) + struct.pack("=H", len(out)) + out[4:]

    def write(self, path, version, min_readable):
        struct.pack_into("=HHI", self.header, AT_VERSION, version, min_readable, len(self.header) + 64)
        struct.pack_into(f"={KINDS + 8}H", self.header, AT_SIZES, *self.sizes)
        with open(path, "wb") as f:
            f.write(self.header + b"\x77" * 64)
            for record in self.records:
                f.write(self.grown(record))
                f.write(struct.pack("=BBHI", NEW_KIND, 0, 24, 0) + record[8:16] + b"\x88" * 8)


def check_newer():
    today, newer, refused, both = (pathlib.Path(work, n) for n in ("today", "newer", "refused", "both"))
    subprocess.run([f"{OUT}/tests/tools/events2rec", HERE / "all.events", today], check=True)
    version, = struct.unpack_from("=H", today.read_bytes(), AT_VERSION)
    _, expected, _ = replay(today, "--json")
    made = Newer(today).grow()
    made.write(newer, version + 1, 3)
    status, out, said = replay(newer, "--json")
    check("newer: exit status", status == 0, said)
    check("newer: the same is reported", out == expected, difference(expected, out))
    check("newer: said at once", f"newer tcplife-trace (format {version + 1}, this one knows {version})" in said, said)
    left = re.search(r"(\d+) records of .* have parts", said)
    check("newer: what is left out is counted", left and int(left[1]) == made.cut > 10, said)
    check("newer: unknown kinds are counted", f"unknown kind: {len(made.records)}," in said, said)
    both.write_bytes(today.read_bytes() + newer.read_bytes())
    status, _, said = replay(both, "--json")
    check("a newer piece behind one of today", status == 0 and f"unknown kind: {len(made.records)}," in said, said)
    check("... said, too", "newer tcplife-trace" in said, said)
    Newer(today).write(refused, version + 1, version + 1)
    for path in refused, both:
        if path == both:
            path.write_bytes(today.read_bytes() + refused.read_bytes())
        status, _, said = replay(path, "--json")
        check("too new: refused", status == 1 and "replay it with a newer tcplife-trace" in said, said)


with tempfile.TemporaryDirectory() as work:
    versions = sorted(HERE.glob("v*.tlt"))
    source = pathlib.Path("src/core/recording.h").read_text()
    now, = re.findall(r"define RECORDING_VERSION (\d+)", source)
    check("one of each version", len(versions) == int(now), f"{versions}, version {now}")
    for v in versions:
        check_version(v)
    check_newer()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
