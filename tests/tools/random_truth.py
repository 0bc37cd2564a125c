# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What truly happened in a run of `random`, by connection, and what a record of each must say: see random_judge.py."""

import collections
import json
import sys

SLACK = 100_000  # ns: clocks are read one after the other
MS = 1_000_000
MASK = 0xFFFFFFFF
OTHER = {"client": "server", "server": "client"}
OPENING = ("gone", "syn_sent", "syn_received")
SYN, SYNACK, ACK, DATA, FIN, RST = 1, 2, 4, 8, 16, 32
TIMER_RUN = 10 * MS  # a starved machine holds up a timer's handler, which is seen when it begins, before the socket is gone
TW_RESTART_MS = 60  # a timer that was set anew so little after it was set the last time cannot be told

# Why a socket that is given up in a system call sends a RST, as kernels say it.
ABORTED = {None, "NOT_SPECIFIED", "TCP_STATE", "TCP_ABORT_ON_LINGER", "TCP_DISCONNECT_WITH_DATA", "TCP_ABORT_ON_MEMORY"}


def number_after(a, b):
    """a - b of sequence numbers, signed."""
    return ((a - b + 0x80000000) & MASK) - 0x80000000


class Span:
    """Between t0 and t1 [ns since 1970]."""

    def __init__(self, t0, t1):
        self.t0, self.t1 = t0, t1

    def __sub__(self, other):
        return (self.t0 - other.t1, self.t1 - other.t0)


def span(event):
    return Span(event["t0"], event["t1"])


class Connection:
    """One connection that truly was, and all that happened to its tuple until the next one."""

    def __init__(self, life, number, first, before):
        self.life, self.number, self.first = life, number, first
        self.kernel = life["kernel"]
        self.port = first.get("port") or life["local_port"]
        self.damaged_syns = before
        self.events = []
        self.damaged_after = []  # SYNs
        self.successor = None  # the event by which the next one took the tuple out of TIME_WAIT

    @property
    def peer(self):
        return OTHER[self.kernel]

    def tuple_of(self, side):
        if side == self.kernel:
            return self.life["local"], self.port
        return self.life["peer"], self.life["peer_port"]

    def start(self):
        """A record may begin with a SYN that was damaged: it is this one, sent before."""
        return Span(self.damaged_syns[0]["t0"] if self.damaged_syns else self.first["t0"], self.first["t1"])

    # ---- what is asked of the log

    def steps(self):
        """Events at which the state changed."""
        return [e for e in self.events if e.get("is") is not None and e["is"] != e["was"]]

    def sent(self):
        return [e for e in self.events if e["k"] == "out"]

    def got(self):
        return [e for e in self.events if e["k"] == "in"]

    def entered(self, state):
        return next((e for e in self.events if e.get("is") == state and (e["was"] != state or e is self.first)), None)

    def end(self):
        """By which it was gone, TIME_WAIT included."""
        if self.successor:
            return self.successor
        if self.events[0].get("is") == "gone":
            return self.events[0]
        return next((e for e in self.steps() if e["is"] == "gone"), None)

    def answers(self, event):
        """What the kernel sent because of it: what came before anything else was done."""
        at = self.events.index(event) + 1
        out = []
        while at < len(self.events) and self.events[at]["k"] == "in":
            out.append(self.events[at])
            at += 1
        return out

    def calls(self, name, until):
        return [e for e in self.events if e["k"] == "call" and e["name"] == name and e["t0"] <= until["t0"]]

    def failed_connect(self):
        return self.first.get("errno") == "EADDRNOTAVAIL"

    def simultaneous_open(self):
        return self.kernel == "client" and any(e["is"] == "syn_received" for e in self.steps())

    def opened(self):
        """By what the handshake was completed."""
        for e in self.steps():
            if e["was"] in ("syn_sent", "syn_received") and e["is"] not in OPENING and e["k"] == "out":
                return e
        return None

    def alive(self):
        """Events until its end, its end included."""
        end = self.end()
        if not end or end is self.successor:
            return self.events
        last = self.events.index(end)
        answers = self.answers(end)
        return self.events[: last + 1] + answers

    def peer_fin(self):
        """The peer's FIN that the kernel took."""
        for e in self.steps():
            if e["k"] != "out" or "F" not in e["flags"] or e["bad"]:
                continue
            if e["is"] in ("close_wait", "closing") or e["is"] == "time_wait" and e["was"] in ("fin_wait_1", "fin_wait_2"):
                return e
        return None

    def fin_came_early(self):
        """Out of order: it was taken with the segment that it waited for."""
        return any(e["k"] == "out" and "F" not in e["flags"] and (e["is"] in ("close_wait", "closing") or e["is"] == "time_wait"
                   and e["was"] in ("fin_wait_1", "fin_wait_2")) for e in self.steps())

    def kernel_fins(self):
        return [e for e in self.alive() if e["k"] == "in" and "F" in e["flags"]]


def split(life, events):
    """A life's events by connection."""
    found, current, before = [], None, []
    for e in events:
        connects = e["k"] == "call" and e["name"] == "connect" and e["errno"] in ("EINPROGRESS", "EADDRNOTAVAIL")
        syn = (e["k"] == "out" and life["kernel"] == "server" and "S" in e["flags"] and not set(e["flags"]) & set("ARF"))
        starts = syn and not e["bad"] and (e["was"] == "gone" or e["was"] == "time_wait" and e["is"] == "syn_received")
        if syn and e["bad"] and e["was"] in ("gone", "time_wait"):
            # The next SYN is this one sent again; if none follows, it may be counted among the segments of the one before.
            before.append(e)
            if current:
                current.damaged_after.append(e)
            continue
        if connects or starts:
            fresh = Connection(life, len(found) + 1, e, before)
            before = []
            if e["was"] == "time_wait" and not (connects and e["errno"] != "EINPROGRESS") and current:
                current.successor = e
            if connects and e["errno"] == "EADDRNOTAVAIL":
                # No SYN: what comes goes on with the one before.
                fresh.events.append(e)
                found.append(fresh)
                continue
            current = fresh
            found.append(current)
        if current:
            current.events.append(e)
    return found


def read_truth(path):
    lives, events = {}, collections.defaultdict(list)
    ended = False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            e = json.loads(line)
            if e["k"] == "life":
                lives[e["l"]] = e
            elif e["k"] == "end":
                ended = True
            else:
                events[e["l"]].append(e)
    if not ended:
        sys.exit(f"random_judge: {path}: the lives were not played to their end")
    return [c for n, life in lives.items() for c in split(life, events[n])]


# ---- what must be


class Truth:
    """Of one connection: field -> what it must be. A value, a set of values, or (min, max)."""

    def __init__(self, c):
        self.c = c
        self.want = {}
        self.cause = ""
        self.start = c.start()
        self.decide()

    def must(self, field, value):
        self.want[field] = value

    def between(self, field, later, earlier, sooner=0):
        low, high = later - earlier
        self.want[field] = (max(low - SLACK - sooner, 0), high + SLACK)

    def decide(self):
        self.ending()
        if self.c.failed_connect():
            return
        self.handshake()
        self.teardown()
        self.fin_wait2()
        self.time_wait()
        self.counts()

    # ---- ending

    def is_ended(self, ending, by, cause, state=None):
        self.must("tcp.ending", ending)
        if by:
            self.must("tcp.ended_by", by)
        if state:
            self.must("tcp.in_state", state)
        self.cause = cause

    def ending(self):
        c = self.c
        end = c.end()
        self.rst_by = None
        if c.failed_connect():
            return self.is_ended("no_local_port", None, "connect EADDRNOTAVAIL")
        if not end:
            return None
        if c.entered("time_wait"):
            return self.closed("time_wait")
        was = end["was"] if end is not c.first else "syn_sent"
        rst = [e for e in c.answers(end) if "R" in e["flags"]]
        if end is c.first:
            if c.kernel == "server" and rst:
                self.is_ended("refused", "server", "no listener")
            return None
        if end["k"] == "out" and "R" in end["flags"]:
            return self.reset_by_peer(end, was)
        if end["k"] == "out":
            return self.ended_by_segment(end, was, rst)
        if end["k"] == "icmp":
            if was == "syn_sent":
                self.is_ended("unreachable", "kernel", "icmp", "syn_sent")
            return None
        if end["k"] == "look":
            return self.ended_by_timer(was)
        return self.ended_by_call(end, was, rst)

    def closed(self, cause):
        c = self.c
        crossed = c.entered("closing")
        first = c.entered("fin_wait_1")
        if crossed:
            self.is_ended("closed", "both", cause)
            self.must("tcp.close_form", "simultaneous")
        elif first:
            self.is_ended("closed", c.kernel, cause)
            self.must("tcp.close_form", "four_way" if c.entered("fin_wait_2") else "three_way")
        else:
            self.is_ended("closed", c.peer, cause)
            self.must("tcp.close_form", self.form_of_passive())
        if not c.simultaneous_open() and not c.life["fast"]:
            self.must("tcp.conn_state", "SF")

    def form_of_passive(self):
        fin = self.c.peer_fin()
        number = (fin["seq"] + fin["len"] + 1) & MASK
        for e in self.c.events[self.c.events.index(fin) :]:
            if e["k"] == "in" and e["ack"] == number and "R" not in e["flags"]:
                return "three_way" if "F" in e["flags"] else "four_way"
        return {"three_way", "four_way"}

    def reset_by_peer(self, end, was):
        c = self.c
        if was == "syn_sent":
            self.is_ended("refused", "server", "RST in syn_sent", "syn_sent")
        elif was == "syn_received" and c.kernel == "server" and not c.life["fast"] and not c.life["defer"]:
            self.is_ended("handshake_aborted", "client", "RST in syn_received")
        elif was != "syn_received":
            self.rst_by = c.peer
            self.is_ended("reset", c.peer, f"peer's RST in {was}", was)
            self.must("tcp.reset_reason", {None})

    def ended_by_segment(self, end, was, rst):
        c = self.c
        if rst and was not in ("syn_sent", "syn_received"):
            self.rst_by = c.kernel
            # An ACK of the FIN leads through FIN_WAIT2 at once.
            inside = {was, "fin_wait_2"} if was == "fin_wait_1" else was
            self.is_ended("reset", c.kernel, f"RST answers {end['flags']} len {min(end['len'], 1)} in {was}", inside)
            if was == "fin_wait_1" and end["len"]:
                self.must("tcp.reset_reason", {"TCP_ABORT_ON_DATA"})
        elif was == "last_ack" and not rst:
            self.closed("ACK in last_ack")
        elif was == "syn_received" and rst:
            self.cause = f"RST answers {end['flags']} in syn_received"
            self.must("tcp.ending", {"reset", "handshake_aborted"})
            self.must("tcp.ended_by", c.kernel)

    def ended_by_timer(self, was):
        c = self.c
        if was == "syn_sent":
            self.is_ended({"unanswered"}, "kernel", "nobody answers the SYN", "syn_sent")
        elif was == "syn_received":
            self.must("tcp.ending", {"handshake_aborted", "timed_out", "unanswered"})
            self.cause = "nobody answers the SYN+ACK"
            if not any("R" in e["flags"] for e in c.sent()):
                self.must("tcp.in_state", {"syn_received", None})
        else:
            self.is_ended("timed_out", "kernel", f"timer in {was}", was)

    def ended_by_call(self, end, was, rst):
        c = self.c
        name = end["name"]
        if name == "destroy":
            self.is_ended("killed", "kernel", f"destroyed in {was}", was)
            return
        cause = f"{name} in {was}"
        lingers = any(e["detail"] == 0 for e in c.calls("linger", end))
        unread = name in ("close", "exit") and end["detail"] > 0
        cause += " unread" if unread else " linger 0" if lingers else ""
        if any(e["detail"] < 0 for e in c.calls("linger2", end)):
            cause += " linger2 -1"
        if was == "syn_sent":
            self.is_ended("handshake_aborted", "client", cause, "syn_sent")
        elif was == "syn_received":
            return
        elif rst:
            self.rst_by = c.kernel
            self.is_ended("reset", c.kernel, cause, was)
            if unread:
                self.must("tcp.reset_reason", {"TCP_ABORT_ON_CLOSE"})
            else:
                self.must("tcp.reset_reason", ABORTED | ({"TCP_ABORT_ON_CLOSE"} if name == "close_listener" else set()))
        else:
            # Gone without a RST though a FIN was not acknowledged.
            self.cause = cause + ", no RST"
            self.must("tcp.ended_by", c.kernel)
            self.want["not closed"] = True

    # ---- handshake

    def handshake(self):
        c = self.c
        opened = c.opened()
        plain = not (c.life["defer"] or c.life["fast"] or c.simultaneous_open() or c.damaged_syns)
        if opened:
            self.must("handshake.status", "completed")
            if plain:
                self.between("handshake.duration_ns", span(opened), self.start)
        elif c.end() and not c.life["fast"] and not c.life["defer"]:
            self.want["handshake not completed"] = True
        if plain:
            self.repeats(opened)

    def repeats(self, opened):
        c = self.c
        until = opened["t0"] if opened else MASK << 40
        sent = [e for e in c.sent() if e["t0"] <= until]
        if c.kernel == "client":
            self.must("handshake.syn_retransmits", max(0, sum("S" in e["flags"] and "A" not in e["flags"] for e in c.got()) - 1))
            syns = [e for e in c.sent() if "S" in e["flags"]]
            if all("A" in e["flags"] and not e["bad"] and e is opened for e in syns) and opened:
                self.must("handshake.synack_retransmits", {0, None})
        else:
            self.must("handshake.synack_retransmits", max(0, sum("S" in e["flags"] for e in c.got()) - 1))
            syns = [e for e in c.sent() if "S" in e["flags"] and "A" not in e["flags"]]
            same = [e for e in syns if e["seq"] == c.first["seq"]]
            if len(same) == len(syns) and all(e["t0"] <= until for e in syns):
                self.must("handshake.syn_retransmits", {len(same) - 1, None} if len(same) == 1 else len(same) - 1)

    # ---- teardown

    def teardown(self):
        c = self.c
        end = c.end()
        if not c.opened() or not end or c.life["fast"] or c.simultaneous_open() or c.fin_came_early():
            return
        fins = c.kernel_fins()
        mine = span(fins[0]) if fins else None
        theirs = span(c.peer_fin()) if c.peer_fin() else None
        if not mine and not theirs:
            if self.rst_by:
                self.must("teardown.kind", "reset")
                self.between("teardown.offset_ns", span(end), self.start)
            return
        first = min((s for s in (mine, theirs) if s), key=lambda s: s.t1)
        self.must("teardown.initiator", c.kernel if first is mine else c.peer)
        if c.entered("closing"):
            del self.want["teardown.initiator"]
        self.between("teardown.offset_ns", first, self.start)
        self.teardown_end(first, end)
        self.half_closed_bytes()
        self.fins_again()

    def teardown_end(self, first, end):
        c = self.c
        if self.rst_by:
            self.must("teardown.kind", {"reset", "fin"})
            self.between("teardown.duration_ns", span(end), first)
        elif self.want.get("tcp.ending") == "closed":
            self.must("teardown.kind", "fin")
            self.between("teardown.duration_ns", span(c.entered("time_wait") or end), first)
            self.must("teardown.simultaneous", {True} if c.entered("closing") else {None, False})

    def half_closed_bytes(self):
        """What the second closer sent after the first one's FIN; where that FIN may not have come yet, from then to then."""
        c = self.c
        mine, theirs = c.kernel_fins(), c.peer_fin()
        if self.want.get("tcp.ending") != "closed" or c.entered("closing") or not mine or not theirs:
            return
        last = mine[-1]
        if c.entered("close_wait"):
            at = c.events.index(theirs)
            sent = [e for e in c.events[:at] if e["k"] == "in" and "R" not in e["flags"]]
            before = max((e["seq"] + e["len"] + ("S" in e["flags"]) for e in sent), key=lambda n: number_after(n, sent[0]["seq"]))
            self.must("teardown.half_closed_bytes", max(0, number_after(last["seq"] + last["len"], before)))
            return
        end = theirs["seq"] + theirs["len"]
        acknowledged = c.events[: c.events.index(mine[0])]
        low = [e["ack"] for e in acknowledged if e["k"] == "in" and "A" in e["flags"] and "R" not in e["flags"]]
        until = c.events.index(c.entered("fin_wait_2") or theirs)
        high = [e["seq"] + e["len"] for e in c.events[: until + (c.entered("fin_wait_2") is not None)]
                if e["k"] == "out" and not e["bad"] and 0 <= number_after(end, e["seq"] + e["len"]) < 0x100000]
        if low and high:
            least = min(number_after(end, n) for n in high)
            self.must("teardown.half_closed_bytes", (min(least, number_after(end, low[-1])), number_after(end, low[-1])))

    def fins_again(self):
        c = self.c
        taken = c.peer_fin()
        mine = max(0, len(c.kernel_fins()) - 1)
        low = high = mine
        if taken:
            number = (taken["seq"] + taken["len"]) & MASK
            same = [e for e in c.alive() if e["k"] == "out" and "F" in e["flags"] and not e["bad"] and not set(e["flags"]) & set("RS") and (e["seq"] + e["len"]) & MASK == number]
            tw = c.entered("time_wait")
            after = [e for e in same if e["t0"] > taken["t0"] and not (tw and e["t0"] > tw["t0"])]
            low, high = mine + len(after), mine + len(same) - 1
        else:
            high = mine + max(0, sum("F" in e.get("flags", "") and e["k"] == "out" and not e["bad"] for e in c.alive()) - 1)
        self.must("teardown.fin_retransmits", low if low == high else (low, high))

    # ---- FIN_WAIT2

    def fin_wait2(self):
        c = self.c
        enter = c.entered("fin_wait_2")
        if not enter:
            if not c.entered("fin_wait_1"):
                self.must("fin_wait2", {None})
            elif self.want.get("tcp.close_form") == "simultaneous":
                self.must("fin_wait2", {None})
            elif c.end() and c.end()["was"] == "fin_wait_1" and c.end()["k"] in ("look", "call"):
                self.must("fin_wait2", {None})
            return
        leave = next((e for e in c.steps() if e["was"] == "fin_wait_2"), None)
        if not leave:
            return
        self.must("fin_wait2.side", c.kernel)
        inside = [e for e in c.events if enter["t0"] <= e["t0"] <= leave["t0"] and e.get("is") == "fin_wait_2"]
        mini = any(e["mini"] for e in inside)
        if all(e["fd"] for e in inside) and leave["k"] != "call":
            self.must("fin_wait2.form", "half_closed")
        elif mini:
            self.must("fin_wait2.form", "orphan_minisocket")
        self.fin_wait2_exit(leave)
        self.between("fin_wait2.offset_ns", span(enter), self.start)
        if leave["is"] == "time_wait":
            self.between("fin_wait2.duration_ns", span(leave), span(enter))

    def fin_wait2_exit(self, leave):
        if leave["is"] == "time_wait":
            self.must("fin_wait2.exit", "fin")
        elif leave["k"] == "look":
            self.must("fin_wait2.exit", "expired")
        elif leave["k"] == "out":
            self.must("fin_wait2.exit", "reset")
        elif leave["k"] == "call" and leave["name"] == "destroy":
            self.must("fin_wait2.exit", "killed")

    # ---- TIME_WAIT

    def time_wait(self):
        c = self.c
        enter = c.entered("time_wait")
        if not enter:
            if c.end():
                self.must("time_wait", {None})
            return
        self.must("time_wait.side", c.kernel)
        self.between("time_wait.offset_ns", span(enter), self.start)
        end = c.end()
        if not end:
            return
        if end is c.successor:
            exit = "reused" if end["k"] == "call" else "reopened"
        else:
            exit = {"look": "expired", "call": "killed", "out": "reset"}.get(end["k"], "unknown")
        self.must("time_wait.exit", exit)
        self.between("time_wait.duration_ns", span(end), span(enter), TIMER_RUN if exit == "expired" else 0)
        self.restarts(enter, end)

    def restarts(self, enter, end):
        sure = unsure = 0
        left, at = enter["left"], enter["t1"]
        for e in self.c.events[self.c.events.index(enter) + 1 :]:
            if e.get("is") != "time_wait":
                continue
            due = left - (e["t1"] - at) / MS
            if e["k"] == "out" and e["left"] - due > TW_RESTART_MS:
                sure += 1
            elif e["k"] == "out" and due > e["left"] - TW_RESTART_MS and due > 60000 - TW_RESTART_MS:
                unsure += 1
            left, at = e["left"], e["t1"]
        self.must("time_wait.restarts", (sure, sure + unsure))

    # ---- packets and bytes, as they stand when all is over

    def counts(self):
        c = self.c
        alive, all_of_it = c.alive(), c.events
        pairs = {}
        for kind, side in (("out", c.peer), ("in", c.kernel)):
            low, high = (sum(e["k"] == kind for e in some) for some in (alive, all_of_it))
            if kind == "out":
                high += len(c.damaged_syns) + len(c.damaged_after)
            pairs[side] = (low, high)
        for side, (low, high) in pairs.items():
            self.must(f"{side}.packets", low if low == high else (low, high))
        self.bytes()
        self.completeness()

    def bytes(self):
        c = self.c
        if self.want.get("tcp.ending") != "closed" or c.life["fast"]:
            return
        fin, taken = c.kernel_fins()[-1], c.peer_fin()
        first = next(e for e in c.got() if "S" in e["flags"])
        self.must(f"{c.kernel}.bytes", (fin["seq"] + fin["len"] - first["seq"] - 1) & MASK)
        peers_isn = self.peers_isn()
        if peers_isn is not None and taken is not None:
            self.must(f"{c.peer}.bytes", (taken["seq"] + taken["len"] - peers_isn - 1) & MASK)

    def peers_isn(self):
        c = self.c
        if c.kernel == "server":
            return c.first["seq"]
        opened = c.opened()
        if opened and "S" in opened["flags"]:
            return opened["seq"]
        syn = next((e for e in c.sent() if "S" in e["flags"] and "A" not in e["flags"] and e["is"] == "syn_received"), None)
        return syn["seq"] if syn else None

    def completeness(self):
        c = self.c
        must, may = 0, 0
        for e in c.events:
            flags = e.get("flags", "") if e["k"] in ("in", "out") else ""
            bits = 0
            if "F" in flags:
                bits |= FIN
            if "R" in flags:
                bits |= RST
            may |= bits
        if c.kernel_fins() or c.peer_fin():
            must |= FIN
        if self.rst_by:
            must |= RST
        if c.opened() and not c.life["fast"]:
            must |= SYN | SYNACK | ACK
        self.want["completeness has"] = must
        self.want["completeness has not"] = (FIN | RST) & ~may
