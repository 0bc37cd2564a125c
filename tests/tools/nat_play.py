#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Connections between two network namespaces, one after the other, whose addresses somebody translates on the way: each
socket's own view of both ends is printed as a JSON line a connection. The client sends SEND bytes, the server SENDS BACK
thrice as many, then the client closes first."""
import argparse
import json
import socket
import sys
import time

from two_netns import enter, expect_end, take


def place(text, port):
    """Address, with %INTERFACE where it is link-local, of the namespace that was entered."""
    return socket.getaddrinfo(text, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0][4]


def end(name):
    return {"address": name[0].split("%")[0], "port": name[1]}


def connection(args, listener):
    enter(args.client)
    c = socket.socket(listener.family)
    c.settimeout(20)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.bind:
        c.bind(place(args.bind, args.bind_port))
    began = time.monotonic_ns()
    c.connect(place(args.to, args.port))
    connected = time.monotonic_ns()
    s, _ = listener.accept()
    s.settimeout(20)
    ends = {"client": end(c.getsockname()), "dialled": end(c.getpeername()), "server": end(s.getsockname()),
            "seen": end(s.getpeername()), "sent": args.send, "connect_ns": connected - began}
    # A connection that rests: what comes next comes late.
    time.sleep(args.idle / 1000)
    c.sendall(b"x" * args.send)
    take(s, args.send)
    s.sendall(b"y" * args.send * 3)
    take(c, args.send * 3)
    c.shutdown(socket.SHUT_WR)
    expect_end(s)
    s.close()
    expect_end(c)
    c.close()
    print(json.dumps(ends))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", required=True, metavar="NETNS")
    parser.add_argument("--server", required=True, metavar="NETNS")
    parser.add_argument("--to", required=True, metavar="ADDRESS")
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--listen", required=True, metavar="ADDRESS")
    parser.add_argument("--listen-port", required=True, type=int)
    parser.add_argument("--bind", metavar="ADDRESS")
    parser.add_argument("--bind-port", default=0, type=int)
    parser.add_argument("--idle", default=0, type=int, metavar="MS")
    parser.add_argument("--count", default=10, type=int)
    # What comes back fits in one segment: the rules count packets before they are cut into segments.
    parser.add_argument("--send", default=400, type=int)
    args = parser.parse_args()
    enter(args.server)
    where = place(args.listen, args.listen_port)
    listener = socket.socket(socket.AF_INET6 if len(where) == 4 else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(where)
    listener.listen()
    for _ in range(args.count):
        connection(args, listener)


main()
