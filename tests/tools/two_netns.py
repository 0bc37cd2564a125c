# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What scripts share that hold both ends of a connection between two network namespaces."""
import ctypes
import os
import sys

CLONE_NEWNET = 0x40000000


def enter(netns):
    fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
        sys.exit(f"setns {netns}: {os.strerror(ctypes.get_errno())}")
    os.close(fd)


def take(s, n):
    """Reads exactly n bytes."""
    while n:
        got = len(s.recv(n))
        if not got:
            sys.exit("the connection ended early")
        n -= got


def expect_end(s):
    if s.recv(1):
        sys.exit("more came than was sent")
