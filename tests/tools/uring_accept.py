#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""uring_accept.py ADDRESS PORT: prints "listening" and its pid, accepts one connection by io_uring, without a system call accept(),
reads it to its end and closes it. Exit status 77: io_uring is not allowed here."""
import ctypes, errno, mmap, os, socket, struct, sys

SETUP, ENTER = 425, 426  # the same on all architectures
ACCEPT, GETEVENTS = 13, 1
SQ_RING, SQES = 0, 0x10000000

libc = ctypes.CDLL(None, use_errno=True)
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
params = ctypes.create_string_buffer(120)
ring = libc.syscall(SETUP, 1, params)
if ring < 0:
    print("io_uring: " + os.strerror(ctypes.get_errno()))
    sys.exit(77 if ctypes.get_errno() in (errno.ENOSYS, errno.EPERM) else 1)
sq_entries, cq_entries = struct.unpack_from("=II", params)
sq = dict(zip(("head", "tail", "mask", "entries", "flags", "dropped", "array"), struct.unpack_from("=7I", params, 40)))
cq = dict(zip(("head", "tail", "mask", "entries", "overflow", "cqes"), struct.unpack_from("=6I", params, 80)))
# IORING_FEAT_SINGLE_MMAP, since 5.4: one mapping has both rings.
rings = mmap.mmap(ring, max(sq["array"] + 4 * sq_entries, cq["cqes"] + 16 * cq_entries), offset=SQ_RING)
sqes = mmap.mmap(ring, 64 * sq_entries, offset=SQES)

# opcode, flags, ioprio, fd; address and its length: not asked for
struct.pack_into("=BBHi", sqes, 0, ACCEPT, 0, 0, listener.fileno())
struct.pack_into("=I", rings, sq["array"], 0)
struct.pack_into("=I", rings, sq["tail"], 1)
print("listening", os.getpid(), flush=True)
if libc.syscall(ENTER, ring, 1, 1, GETEVENTS, None, 0) < 0:
    sys.exit("io_uring_enter: " + os.strerror(ctypes.get_errno()))
fd = struct.unpack_from("=Qi", rings, cq["cqes"])[1]
if fd < 0:
    sys.exit("accept: " + os.strerror(-fd))
accepted = socket.socket(fileno=fd)
while accepted.recv(4096):
    pass
accepted.close()
