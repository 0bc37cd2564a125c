#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""traffic.py lives|ports N: a story for events2rec, on stdout, always the same for the same arguments.

lives N: N connections over three minutes as a web server's host has them: orderly closes by either side, resets,
refusals, SYNs without an answer, leaks, TIME_WAITs of all kinds, and process names that would like to be obeyed.
ports N: N orderly connections, each to another port.
units N: one refusal of a few cgroups with odd names, then of each of N systemd units, and two hours later of the first of them
and of one more.
"""
import random
import sys

NAMES = ["curl", "nginx", "postgres", "python3", "node", "<script>x()</s", "\x1b[31m\x07\x7fred", "&lt;b&gt;\udcff"]
EPHEMERAL = 32768


class Story:
    def __init__(self):
        self.events = []  # time, who it is about, what happened
        self.count = 0

    def at(self, t, ends, what):
        self.events.append((t, len(self.events), ends, what))

    def write(self, until):
        print("wall 2026-11-22T21:00:00Z")
        print("ports low=32768 high=33167 reserved=10 tw_reuse=0")
        before = None
        for t, _, ends, what in sorted(self.events):
            if t > until:
                break
            if ends != before:
                print("\n".join(ends))
                before = ends
            print(f"+{t:.6f} {what}")
        print(f"+{until:.6f} clock")


def ends_of(n, host, client, server):
    return (f"host {host}", f"client {client} id={2 * n + 11} isn={1000 + n} netns=4026531840",
            f"server {server} id={2 * n + 12} isn={5000 + n} netns=4026531840")


def opened(s, e, t, rtt, client, server, task):
    """The three-way handshake; client and server: whose sockets are here."""
    if client:
        s.at(t, e, f"state client CLOSE SYN_SENT port=0 certain task={task} uid=1000")
    s.at(t + 1e-5, e, "segment client S seq=+0")
    s.at(t + 1e-5 + rtt, e, "segment server SA seq=+0 ack=+1")
    if client:
        s.at(t + 2e-5 + rtt, e, "state client SYN_SENT ESTABLISHED isn")
    s.at(t + 3e-5 + rtt, e, "segment client A seq=+1 ack=+1 expected")
    if server:
        s.at(t + 4e-5 + rtt, e, "state server LISTEN SYN_RECV isn")
        s.at(t + 5e-5 + rtt, e, "state server SYN_RECV ESTABLISHED isn")
        s.at(t + 9e-5 + rtt, e, "accept server task=2211:nginx")
    return t + 1e-4 + rtt


def closed(s, e, t, rtt, first, local, sent, delay, exit_cause, task):
    """The four-way teardown; TIME_WAIT at `first` if that socket is here."""
    second = "server" if first == "client" else "client"
    counters = {"client": "bytes_sent=%d bytes_acked=%d bytes_received=%d" % (sent[0], sent[0], sent[1]),
                "server": "bytes_sent=%d bytes_acked=%d bytes_received=%d" % (sent[1], sent[1], sent[0])}
    seq = {"client": sent[0] + 1, "server": sent[1] + 1}
    if first in local:
        s.at(t, e, f"state {first} ESTABLISHED FIN_WAIT1 certain task={task} {counters[first]} srtt_us={int(rtt * 1e6)}")
    s.at(t + 1e-5, e, f"segment {first} FA seq=+{seq[first]} ack=+{seq[second]}")
    if second in local:
        s.at(t + 1.1e-5 + rtt / 2, e, f"state {second} ESTABLISHED CLOSE_WAIT {counters[second]}")
    s.at(t + 2e-5 + rtt, e, f"segment {second} A seq=+{seq[second]} ack=+{seq[first] + 1} expected")
    if first in local:
        s.at(t + 3e-5 + rtt, e, f"state {first} FIN_WAIT1 FIN_WAIT2")
    t += 1e-4 + rtt + delay
    if second in local:
        s.at(t, e, f"state {second} CLOSE_WAIT LAST_ACK certain task=303:{task.split(':', 1)[1]}")
    s.at(t + 1e-5, e, f"segment {second} FA seq=+{seq[second]} ack=+{seq[first] + 1}")
    if first in local:
        s.at(t + 2e-5 + rtt / 2, e, f"state {first} FIN_WAIT2 CLOSE minisocket {counters[first]}")
        s.at(t + 2.2e-5 + rtt / 2, e, f"timewait {first} start TIME_WAIT timeout=60000")
    s.at(t + 3e-5 + rtt / 2, e, f"segment {first} A seq=+{seq[first] + 1} ack=+{seq[second] + 1} expected")
    if second in local:
        s.at(t + 4e-5 + rtt, e, f"state {second} LAST_ACK CLOSE {counters[second]}")
        s.at(t + 5e-5 + rtt, e, f"free {second}")
    if first in local:
        lasts = {"timer": 61.0 + 0.9 * random.random(), "syn": 12 * random.random(), "connect": 2.5}[exit_cause]
        s.at(t + lasts, e, f"timewait {first} end TIME_WAIT cause={exit_cause}")


def refused(s, e, t, rtt, task):
    s.at(t, e, f"state client CLOSE SYN_SENT port=0 certain task={task}")
    s.at(t + 1e-5, e, "segment client S seq=+0")
    s.at(t + 1e-5 + rtt, e, "segment server RA seq=0 ack=+1")
    s.at(t + 2e-5 + rtt, e, "reset client received state=SYN_SENT")
    s.at(t + 3e-5 + rtt, e, "state client SYN_SENT CLOSE err=ECONNREFUSED segs_out=1 segs_in=1")
    s.at(t + 9e-5 + rtt, e, "free client")


def unanswered(s, e, t, task):
    s.at(t, e, f"state client CLOSE SYN_SENT port=0 certain task={task}")
    s.at(t + 1e-5, e, "segment client S seq=+0")
    for again in (1.0, 3.0, 7.0):
        s.at(t + again, e, "retransmit client SYN_SENT")
        s.at(t + again + 1e-5, e, "segment client S seq=+0")
    s.at(t + 15, e, "state client SYN_SENT CLOSE err=ETIMEDOUT retransmits=3")


def reset(s, e, t, rtt, task):
    s.at(t, e, f"state server ESTABLISHED CLOSE certain task={task} unread=10 bytes_received=90 bytes_sent=400")
    s.at(t + 1e-5, e, "segment server RA seq=+401 ack=+81")
    s.at(t + 2e-5, e, f"reset server sent state=CLOSE reason=TCP_ABORT_ON_CLOSE task={task}")


def lives(n):
    s = Story()
    for i in range(n):
        t = 170 * random.random() ** 0.8
        rtt = random.lognormvariate(-7.6, 0.9)
        task = f"{100 + i % 40}:{random.choice(NAMES)}"
        size = (int(random.lognormvariate(6, 1)), int(random.lognormvariate(9, 2)))
        kind = random.random()
        if kind < 0.62:  # this host is the server
            e = ends_of(i, "server", f"10.0.{i % 7}.{i % 200 + 9}:{EPHEMERAL + i % 28000}",
                        f"10.0.0.5:{random.choice([443, 443, 443, 80, 5432])}")
            t = opened(s, e, t, rtt, False, True, task)
            first = random.choice(["client", "client", "server"])
            t += random.lognormvariate(-2, 2)
            if random.random() < 0.06:
                reset(s, e, t, rtt, task)
            elif random.random() > 0.02:
                closed(s, e, t, rtt, first, ("server",), size, 0.003 * random.random(),
                       random.choice(["timer", "timer", "timer", "syn"]), task)
        elif kind < 0.9:  # this host calls a data base
            e = ends_of(i, "client", f"10.0.0.5:{EPHEMERAL + i % 28000}", "10.0.9.1:5432")
            t = opened(s, e, t, rtt, True, False, task)
            closed(s, e, t + 0.02 * random.random(), rtt, "client", ("client",), size, 0.001, "timer", task)
        elif kind < 0.94:
            e = ends_of(i, "both", f"[::1]:{EPHEMERAL + i % 28000}", "[::1]:8080")
            t = opened(s, e, t, 1e-5, True, True, task)
            closed(s, e, t + 0.1, 1e-5, "server", ("client", "server"), size, 0.002, "timer", task)
        elif kind < 0.97:
            refused(s, ends_of(i, "client", f"10.0.0.5:{EPHEMERAL + i % 28000}", "10.0.9.2:81"), t, rtt, task)
        else:
            unanswered(s, ends_of(i, "client", f"10.0.0.5:{EPHEMERAL + i % 28000}", "10.0.9.3:9999"), t, task)
    s.write(180)


def units(n):
    s = Story()
    odd = [(f"/docker/{6:064x}", "docker name=other"), (f"/docker/{7:064x}", 'docker name=we"ird\udcff'),
           ('/system.slice/a\\x2d"b.service', ""), ("/", "")]
    plain = [(f"/system.slice/u{i}.service", "") for i in range(n)]
    for i, (path, names) in enumerate(odd + plain + [plain[0], ("/system.slice/late.service", "")]):
        t = 0.01 * i + (7200 if i >= len(odd + plain) else 0)
        e = ends_of(i, "client", f"10.0.0.5:{EPHEMERAL + i}", "10.0.9.1:5432")
        s.at(t, e, f"cgroup {path} id={900 + i}")
        if names:
            s.at(t, e, f"container {names} id={900 + i}")
        refused(s, e, t + 1e-4, 1e-4, f"7:x cgroup={900 + i}")
    s.write(7300)


def ports(n):
    s = Story()
    for i in range(n):
        e = ends_of(i, "both", f"127.0.0.1:{40000 + i % 20000}", f"127.0.0.1:{i + 1}")
        t = opened(s, e, i * 1e-3, 1e-5, True, True, "7:curl")
        closed(s, e, t, 1e-5, "client", ("client", "server"), (10, 20), 0, "timer", "7:curl")
    s.write(n * 1e-3 + 70)


sys.stdout.reconfigure(errors="surrogateescape")
random.seed(793)
{"lives": lives, "ports": ports, "units": units}[sys.argv[1]](int(sys.argv[2]))
