#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""transfer.py CLIENT_NETNS SERVER_NETNS CLIENT SERVER PORT [GO]: one connection between two network namespaces, from port
PORT + 1. 100 kB to the server, 300 kB back; then the client closes first. With GO: 1 kB to the server, then, once the file
GO can be read, the server closes first."""
import socket
import sys

from two_netns import enter, expect_end, take


def main():
    client_netns, server_netns, client, server, port = sys.argv[1:6]
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    enter(server_netns)
    listener = socket.create_server((server, int(port)), family=family)
    enter(client_netns)
    c = socket.socket(family)
    c.settimeout(20)
    c.bind((client, int(port) + 1))
    c.connect((server, int(port)))
    s, _ = listener.accept()
    s.settimeout(20)
    if len(sys.argv) > 6:
        c.sendall(b"x" * 1000)
        take(s, 1000)
        with open(sys.argv[6], encoding="ascii") as go:
            go.read()
        s.close()
        expect_end(c)
        c.close()
        return
    c.sendall(b"x" * 100000)
    take(s, 100000)
    s.sendall(b"y" * 300000)
    take(c, 300000)
    c.shutdown(socket.SHUT_WR)
    expect_end(s)
    s.close()
    expect_end(c)
    c.close()


main()
