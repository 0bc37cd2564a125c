#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""shift_clock.py IN OUT NS [PPM]: an uncompressed recording as a host would have made it whose clocks are NS nanoseconds ahead,
and run PPM parts per million too fast."""
import struct
import sys

HEADER_SIZE, WALL_NS, TS_NS = 16, 24, 32  # struct recording_header
CLOCK = 1  # enum event_kind


def main():
    source, target, ahead = sys.argv[1], sys.argv[2], int(sys.argv[3])
    fast = float(sys.argv[4]) / 1e6 if len(sys.argv) > 4 else 0
    data = bytearray(open(source, "rb").read())
    begin_wall, begin_ts = struct.unpack_from("=QQ", data, WALL_NS)

    def stretched(ns, begin):
        return ns + int((ns - begin) * fast)

    struct.pack_into("=Q", data, WALL_NS, begin_wall + ahead)
    at = struct.unpack_from("=I", data, HEADER_SIZE)[0]
    while at < len(data):
        kind, size = struct.unpack_from("=BxH", data, at)
        ts = struct.unpack_from("=Q", data, at + 8)[0]
        struct.pack_into("=Q", data, at + 8, stretched(ts, begin_ts))
        if kind == CLOCK:
            wall = struct.unpack_from("=Q", data, at + 16)[0]
            struct.pack_into("=Q", data, at + 16, wall + ahead + stretched(ts, begin_ts) - ts)
        at += size
    with open(target, "wb") as f:
        f.write(data)


main()
