#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Plays transfers with a known limiter from this network namespace to another, and says what ss saw of each.

limited.py path NETNS                        a device slow0 here and one there, joined by a path of 4 ms each way, until
                                             it is killed; of segments with TOS 16 each third takes 3 ms more
limited.py send ADDRESS PORT NETNS KIND...   a transfer of each KIND, one after the other, to ADDRESS:PORT in NETNS

send prints a line a transfer: its kind, the client's port, and of ss -ti, read when all was acknowledged and nothing
closed yet, the counters. Loss and policing are the caller's business.
"""
import collections
import contextlib
import fcntl
import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import time

from two_netns import enter

TCP_CONGESTION = 13
BULK = 64 * 1024
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001
TOS_TWO_PATHS = 16
DELAY, DETOUR = 0.004, 0.003

# bytes; of the sender: send buffer, pause after each chunk; of the receiver: buffer, bytes a read, pause before each
KINDS = {
    "small_receive_buffer": {"bytes": 300_000, "rcvbuf": 4096},
    "slow_reader": {"bytes": 900_000, "rcvbuf": 32768, "read": 8192, "read_pause": 0.004},
    "slow_writer": {"bytes": 40_000, "chunk": 1000, "pause": 0.01},
    "small_send_buffer": {"bytes": 300_000, "sndbuf": 4096},
    "lossy": {"bytes": 600_000},
    "policed": {"bytes": 600_000},
    "reordered": {"bytes": 4_000_000, "tos": TOS_TWO_PATHS},
}


def tun():
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"slow0", IFF_TUN_NO_PI))
    return fd


class Path:
    """Packets on their way to a device, in the order in which they are due. Each way round has its own queue."""

    def __init__(self, to):
        self.to = to
        self.straight, self.detour = collections.deque(), collections.deque()
        self.count = 0

    def take(self, packet):
        two_paths = packet[0] >> 4 == 4 and packet[1] == TOS_TWO_PATHS and len(packet) > 500
        self.count += two_paths
        slow = two_paths and self.count % 3 == 0
        due = time.monotonic() + DELAY + (DETOUR if slow else 0)
        (self.detour if slow else self.straight).append((due, packet))

    def deliver(self):
        """Returns the seconds until the next is due, or None."""
        for queue in (self.straight, self.detour):
            while queue and queue[0][0] <= time.monotonic():
                packet = queue.popleft()[1]
                with contextlib.suppress(OSError):  # it is not up yet
                    os.write(self.to, packet)
        due = [queue[0][0] for queue in (self.straight, self.detour) if queue]
        return max(0, min(due) - time.monotonic()) if due else None


def path(netns):
    here = tun()
    enter(netns)
    there = tun()
    ways = {here: Path(there), there: Path(here)}
    while True:
        waits = [wait for wait in (way.deliver() for way in ways.values()) if wait is not None]
        for fd in select.select([here, there], [], [], min(waits, default=None))[0]:
            ways[fd].take(os.read(fd, 65536))


def receive(listener, kind):
    connection, _ = listener.accept()
    while connection.recv(kind.get("read", BULK)):
        time.sleep(kind.get("read_pause", 0))
    connection.close()


def send(client, kind):
    chunk = kind.get("chunk", BULK)
    left = kind["bytes"]
    while left:
        client.sendall(b"x" * min(chunk, left))
        left -= min(chunk, left)
        time.sleep(kind.get("pause", 0))
    while struct.unpack("i", fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4))[0]:
        time.sleep(0.002)


def ss(port):
    """The counters of the socket with this local port."""
    text = subprocess.run(["ss", "-tinH", f"sport = :{port}"], check=True, capture_output=True, text=True).stdout
    found = {}
    for name in ("bytes_sent", "bytes_retrans", "data_segs_out", "dsack_dups", "reord_seen", "cwnd"):
        match = re.search(rf"\b{name}:(\d+)", text)
        found[name] = int(match[1]) if match else 0
    for name in ("busy", "rwnd_limited", "sndbuf_limited"):
        match = re.search(rf"\b{name}:(\d+)ms", text)
        found[name] = int(match[1]) if match else 0
    match = re.search(r"\bretrans:\d+/(\d+)", text)
    found["retransmits"] = int(match[1]) if match else 0
    found["text"] = text
    return found


def play(name, address, port, netns):
    kind = KINDS[name]
    ready, writer = os.pipe()
    child = os.fork()
    if child == 0:
        enter(netns)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if "rcvbuf" in kind:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kind["rcvbuf"])
        listener.bind((address, port))
        listener.listen(1)
        os.write(writer, b"r")
        receive(listener, kind)
        os._exit(0)
    os.close(writer)
    if not os.read(ready, 1):
        raise SystemExit(f"{name}: there is no receiver")
    client = socket.socket()
    client.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, b"reno")
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, kind.get("tos", 0))
    if "sndbuf" in kind:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kind["sndbuf"])
    client.connect((address, port))
    send(client, kind)
    local = client.getsockname()[1]
    seen = ss(local)
    client.close()
    os.close(ready)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"{name}: the receiver failed")
    print(json.dumps({"kind": name, "port": local, "ss": seen}), flush=True)


def main():
    if sys.argv[1] == "path":
        path(sys.argv[2])
    for name in sys.argv[5:]:
        play(name, sys.argv[2], int(sys.argv[3]), sys.argv[4])


main()
