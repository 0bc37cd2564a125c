#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""inject.py CAPTURE INTERFACE: sends the frames of a capture (pcap, this host's byte order), one after the other."""
import socket
import struct
import sys


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((sys.argv[2], 0))
    at = 24
    while at < len(data):
        size = struct.unpack_from("=I", data, at + 8)[0]
        s.send(data[at + 16:at + 16 + size])
        at += 16 + size


main()
