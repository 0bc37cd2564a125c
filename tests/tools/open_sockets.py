#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""open_sockets.py PORT IDLE UNREAD HALF_OPEN: holds connections over loopback until stdin ends.

So many of each kind: established and idle; shut down by the client and not closed by the server, which has not read 100
bytes; and with connect() under way to PORT + 1. Prints "ready" when all of them are what they are to be.
"""
import resource
import socket
import sys


def connected(listener, port):
    client = socket.create_connection(("127.0.0.1", port))
    return client, listener.accept()[0]


def main():
    port, idle, unread, half_open = map(int, sys.argv[1:5])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listener = socket.create_server(("127.0.0.1", port))
    other = socket.create_server(("127.0.0.1", port + 1))
    held = [connected(listener, port) for _ in range(idle)]
    for _ in range(unread):
        client, server = connected(listener, port)
        client.sendall(b"x" * 100)
        client.shutdown(socket.SHUT_WR)
        held.append((client, server))
        server.recv(101, socket.MSG_PEEK | socket.MSG_WAITALL)  # the FIN has come: there are no more
    for _ in range(half_open):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port + 1))
        held.append((client, None))
    print("ready", flush=True)
    sys.stdin.read()
    other.close()


main()
