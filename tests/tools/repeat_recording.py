#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Repeats an uncompressed recording COUNT times, PERIOD_US microseconds after one another, each time with other sockets,
addresses and sequence numbers: repeat_recording.py FILE COUNT PERIOD_US > OUT"""

import heapq
import struct
import sys

CLOCK, DROP = 1, 10
KINDS = ("none clock lost state segment timewait retransmit reset free accept existing drop cgroup present absent container "
         "icmp error transfer").split()
# Where 32 bits of sequence numbers stand, behind struct event; all are moved alike, which keeps their distances.
NUMBERS = {
    "state": (52, 56, 60, 64, 68),  # isn, peer_isn, snd_una, snd_nxt, rcv_nxt
    "segment": (48, 52),
    "timewait": (52,),
    "retransmit": (48,),
    "icmp": (44,),
}
HEAD = struct.Struct("<BBHIQ")
CLOCK_NS = 100_000_000


def records(data):
    """The bytes behind the header, record by record."""
    at = struct.unpack_from("<I", data, 16)[0]
    while at < len(data):
        size = struct.unpack_from("<H", data, at + 2)[0]
        yield data[at:at + size]
        at += size


def copies(record, count, period_ns):
    """One record of each copy, in order of time."""
    kind, flags, size, netns, ts_ns = HEAD.unpack_from(record)
    name = KINDS[kind]
    numbers = [16 + at for at in NUMBERS.get(name, ()) if struct.unpack_from("<I", record, 16 + at)[0]]
    tuple_at = 16 if kind == DROP else 24
    for k in range(count):
        out = bytearray(record)
        HEAD.pack_into(out, 0, kind, flags, size, netns, ts_ns + k * period_ns)
        if kind != DROP and struct.unpack_from("<Q", out, 16)[0]:
            struct.pack_into("<Q", out, 16, struct.unpack_from("<Q", out, 16)[0] + k * 1000)
        for end in (0, 16):
            address = tuple_at + end
            out[address + 13] ^= k >> 8 & 255
            out[address + 14] ^= k & 255
        for at in numbers:
            struct.pack_into("<I", out, at, (struct.unpack_from("<I", out, at)[0] + k * 1_000_003) % 2**32)
        yield ts_ns + k * period_ns, out


def clocks(first_ns, wall_ns, last_ns):
    for ts_ns in range(first_ns, last_ns + 2 * CLOCK_NS, CLOCK_NS):
        yield ts_ns, HEAD.pack(CLOCK, 0, 24, 0, ts_ns) + struct.pack("<Q", wall_ns + ts_ns - first_ns)


def main():
    data = open(sys.argv[1], "rb").read()
    count, period_ns = int(sys.argv[2]), int(sys.argv[3]) * 1000
    events = [r for r in records(data) if r[0] != CLOCK]
    wall_ns, first_ns = struct.unpack_from("<QQ", data, 24)
    last_ns = max(HEAD.unpack_from(r)[4] for r in events) + count * period_ns
    out = sys.stdout.buffer
    out.write(data[:struct.unpack_from("<I", data, 16)[0]])
    streams = [copies(r, count, period_ns) for r in events]
    for _, record in heapq.merge(clocks(first_ns, wall_ns, last_ns), *streams, key=lambda item: item[0]):
        out.write(record)


main()
