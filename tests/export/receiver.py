#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Listens on a Unix stream socket and appends what comes to a file.

receiver.py SOCKET FILE          reads from one connection after another until it is killed
receiver.py SOCKET FILE --deaf   takes a connection and never reads from it
"""
import os
import signal
import socket
import sys


def serve(listener, file):
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1 << 16):
                file.write(data)
                file.flush()


def main():
    path, name = sys.argv[1:3]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if path.startswith("@"):
        path = "\0" + path[1:]
    elif os.path.exists(path):
        os.unlink(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, open(name, "ab") as file:
        # The path is there when somebody listens, not before.
        listener.bind(path + ".new" if path[0] != "\0" else path)
        listener.listen(1)
        if path[0] != "\0":
            os.rename(path + ".new", path)
        if "--deaf" in sys.argv[3:]:
            held = listener.accept()
            signal.pause()
            held[0].close()
        serve(listener, file)


main()
