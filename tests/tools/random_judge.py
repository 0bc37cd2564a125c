#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Judges records of tcplife-trace by what truly happened.

`random` writes down each segment of the peer's, each system call, and the socket's state behind each of them (as sock_diag
has it). One segment at a time is put in, and the kernel is done with it before the next look: a state that changed was
changed by that segment, or call; where neither was made, by a timer. So it is known which segments were accepted, and from
that follows what a record must say. Nothing here knows how the program finds it out. What the log does not decide is not
judged.

Prints a line for each disagreement, then the kinds with their counts. Exit status 1: there are some.
"""

import argparse
import collections
import datetime
import json
import re
import sys

sys.dont_write_bytecode = True
from random_truth import MS, Truth, number_after, read_truth


# ---- what was recorded


def ns_of(text):
    whole, fraction = re.fullmatch(r"(.*)\.(\d{9})Z", text).groups()
    at = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * 1_000_000_000 + int(fraction)


def read_records(path):
    records, later = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            r = json.loads(line)
            (records if r["schema"] == "tcplife.connection" else later).append(r)
    by_id = {}
    for r in records:
        by_id[r["id"]] = r
        r["start"] = ns_of(r["start_time"])
        # One that was over before its connection was reported stands in that record alone.
        r["later_due"] = r.get("time_wait", {}).get("exit", "running") == "running"
    stray = []
    for t in later:
        r = by_id.get(t["id"])
        if r:
            r["time_wait"] = t["time_wait"]
            r["later"] = r.get("later", 0) + 1
        else:
            stray.append(t)
    return records, stray


def value_of(record, path):
    for key in path.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def ends(record):
    return frozenset((record[s]["address"], record[s].get("port")) for s in ("client", "server"))


class Judge:
    def __init__(self, seed, name, whole):
        self.seed, self.name, self.whole = seed, name, whole
        self.kinds = collections.Counter()
        self.examples = {}
        self.judged = self.false = 0
        self.incomplete = collections.Counter()

    def say(self, who, record, field, truth, recorded, cause):
        shown = truth if not isinstance(truth, (set, tuple)) else self.text(truth)
        identity = record["id"] if record else "-"
        print(f"{self.name} seed {self.seed} life {who} id {identity} {field}: truth {shown}, recorded {recorded} [{cause}]")
        kind = self.kind(field, truth, recorded, cause)
        self.kinds[kind] += 1
        self.examples.setdefault(kind, []).append((who, cause))

    @staticmethod
    def text(truth):
        if isinstance(truth, tuple):
            return f"{truth[0]}..{truth[1]}"
        return "|".join(sorted(str(t) for t in truth))

    def kind(self, field, truth, recorded, cause):
        if field.endswith(("_ns", "packets", "bytes", "retransmits", "start_time")):
            low = truth[0] if isinstance(truth, tuple) else truth
            if low == "required":
                return f"{field}: absent"
            if isinstance(low, set):
                low = max((t for t in low if t is not None), default=0)
            way = "absent" if recorded is None else "too small" if recorded < low else "too great"
            return f"{field}: {way}"
        if field == "record":
            return f"{field}: truth {truth}, recorded {recorded}: {cause}"
        if field.startswith("order") or field == "states":
            return field
        return f"{field}: truth {self.text(truth) if isinstance(truth, (set, tuple)) else truth}, recorded {recorded}"

    def check(self, who, record, truth):
        before = sum(self.kinds.values())
        for field, want in truth.want.items():
            self.check_field(who, record, truth, field, want)
        self.order(who, record, truth)
        self.false += sum(self.kinds.values()) > before

    def check_field(self, who, record, truth, field, want):
        if field.startswith("completeness"):
            is_ = record["tcp"]["completeness"]
            if field == "completeness has" and want & ~is_:
                self.say(who, record, "completeness lacks", want & ~is_, is_, truth.cause)
            elif field == "completeness has not" and is_ & want and self.whole:
                self.say(who, record, "completeness has too much", is_ & want, is_, truth.cause)
            return
        if field == "not closed":
            if record["tcp"]["ending"] == "closed":
                self.say(who, record, "tcp.ending", "not closed", "closed", truth.cause)
            return
        if field == "handshake not completed":
            if value_of(record, "handshake.status") == "completed":
                self.say(who, record, "handshake.status", "not completed", "completed", truth.cause)
            return
        if field.endswith((".packets", ".bytes")) and not self.whole:
            return
        is_ = value_of(record, field)
        if isinstance(is_, dict):
            is_ = "present"
        if isinstance(want, set):
            good = is_ in want
        elif isinstance(want, tuple):
            good = is_ is not None and want[0] <= is_ <= want[1] or is_ is None and want[0] == 0 and not field.endswith("_ns")
        else:
            good = is_ == want or is_ is None and want == 0
        if not good:
            self.say(who, record, field, want, is_, truth.cause)

    def order(self, who, record, truth):
        """Phases follow each other, and lie in the record."""
        at = -1
        for phase in ("handshake", "established", "teardown"):
            p = record.get(phase)
            if not p:
                continue
            if "offset_ns" not in p:
                self.say(who, record, f"{phase}.offset_ns", "required", None, truth.cause)
                continue
            if p["offset_ns"] < at:
                self.say(who, record, "order of phases", at, f"{phase} at {p['offset_ns']}", truth.cause)
            at = p["offset_ns"] + p.get("duration_ns", 0)
        self.states(who, record, truth)
        stamps = [e["offset_ns"] for e in record["events"]]
        if stamps != sorted(stamps):
            self.say(who, record, "order of events", "by time", "not", truth.cause)

    def states(self, who, record, truth):
        """The states that were seen are among those that are recorded, in that order."""
        c = truth.c
        if record["events_dropped"] or not c.opened():
            return
        seen = [e["is"] for e in c.steps()[c.steps().index(c.opened()) :] if e["is"] != "gone"]
        recorded = [e["new_state"] for e in record["events"] if e["kind"] == "state" and e["side"] == c.kernel]
        left = iter(recorded)
        if not all(state in left for state in seen):
            self.say(who, record, "states", " ".join(seen), " ".join(recorded), truth.cause)

    def match(self, connections, records):
        """Pairs of connection and record; what has no partner is said."""
        free = collections.defaultdict(list)
        for r in sorted(records, key=lambda r: r["start"]):
            free[ends(r)].append(r)
        pairs, left = [], []
        for c in sorted(connections, key=lambda c: c.first["t0"]):
            key = frozenset((c.tuple_of("client"), c.tuple_of("server")))
            if c.failed_connect():
                keys = (key, frozenset(((c.life["local"], None), c.tuple_of("server"))))
            else:
                keys = (key,)
            start = c.start()
            found = next((r for k in keys for r in free[k] if start.t0 - MS <= r["start"] <= start.t1 + MS), None)
            if found:
                free[ends(found)].remove(found)
                pairs.append((c, found))
            else:
                left.append(c)
        for c in left:
            t = Truth(c)
            how = f"connection {'1' if c.number == 1 else '2 or more'} of its socket or tuple, {c.kernel} here"
            self.say(self.who(c), None, "record", "one", "none", f"{how}, {t.want.get('tcp.ending')}")
        of_tuple = collections.defaultdict(list)
        for c in connections:
            of_tuple[frozenset((c.tuple_of("client"), c.tuple_of("server")))].append(c)
        for key, some in free.items():
            for r in some:
                self.extra(r, of_tuple[key])
        return pairs

    def extra(self, r, near):
        before = [c for c in near if c.first["t0"] <= r["start"]]
        c = before[-1] if before else None
        what = "no connection there"
        if c:
            causes = [e for e in c.events if e["t0"] - MS <= r["start"] <= e["t1"] + MS and e["k"] in ("in", "out", "call")]
            e = causes[0] if causes else None
            what = f"{e['k']} {e.get('flags', e.get('name'))} in {e.get('was', '-')}" if e else "no event there"
        self.say(self.who(c) if c else "-", r, "record", "none", "one", f"{r['tcp']['ending']} complete {r['complete']}: {what}")

    @staticmethod
    def who(c):
        return f"{c.life['l']}.{c.number}"

    def run(self, connections, records, stray):
        for t in stray:
            self.say("-", t, "time_wait record", "of a record", "of none", "")
        for c, r in self.match(connections, records):
            if not r["complete"]:
                self.incomplete[r["incomplete"]] += 1
                continue
            self.judged += 1
            truth = Truth(c)
            if r["client"]["address"] != c.tuple_of("client")[0] and not c.simultaneous_open():
                self.say(self.who(c), r, "client.address", c.tuple_of("client")[0], r["client"]["address"], truth.cause)
            due = int(bool(c.entered("time_wait")) and r["later_due"])
            if not self.whole and r.get("later", 0) != due and c.end():
                self.say(self.who(c), r, "time_wait records", due, r.get("later", 0), truth.cause)
            self.check(self.who(c), r, truth)

    def summary(self):
        print(f"-- {self.name} seed {self.seed}: {self.judged} complete records judged, {self.false} false; "
              f"incomplete: {dict(self.incomplete) or 0}; disagreements: {sum(self.kinds.values())}")
        for kind, count in self.kinds.most_common():
            causes = collections.Counter(cause for _, cause in self.examples[kind])
            print(f"{count:6} {kind}")
            for cause, times in causes.most_common(4):
                lives = " ".join([who for who, c in self.examples[kind] if c == cause][:5])
                print(f"{'':10} {times} x [{cause}]: {lives}")
        return sum(self.kinds.values())


def check_truth(connections, path):
    """What was written down agrees with the kernel's own counters; else nothing is judged."""
    events = [e for c in connections for e in (c.damaged_syns if c.number == 1 else []) + c.events + c.damaged_after]
    written = {
        "TcpInSegs": sum(e["k"] == "out" for e in events),
        "TcpInCsumErrors": sum(e["k"] == "out" and e["bad"] for e in events),
        "TcpOutRsts": sum(e["k"] == "in" and "R" in e["flags"] for e in events),
        "TcpActiveOpens": sum(e["k"] == "call" and e["name"] == "connect" and e["errno"] == "EINPROGRESS" for e in events),
        "TcpExtTCPTimeWaitOverflow": 0,
    }
    with open(path, encoding="utf-8") as lines:
        counted = {words[0]: int(words[1]) for words in map(str.split, lines) if words and words[0] != "#kernel"}
    wrong = [f"{name}: {n} written down, {counted[name]} counted" for name, n in written.items() if counted.get(name, n) != n]
    if wrong:
        sys.exit("random_judge: the truth is not the kernel's: " + "; ".join(wrong))


def show(connections, records, who):
    """The story of one connection, and its records."""
    for c in connections:
        if f"{c.life['l']}.{c.number}" != who:
            continue
        seq = {"in": None, "out": None}
        print({k: v for k, v in c.life.items() if k != "k"}, "port", c.port)
        for e in c.events:
            at = f"{(e['t0'] - c.first['t0']) / 1e9:10.6f}"
            if e["k"] in seq:
                if "S" in e["flags"] and seq[e["k"]] is None:
                    seq[e["k"]] = e["seq"]
                mine, theirs = seq[e["k"]] or 0, seq["in" if e["k"] == "out" else "out"] or 0
                text = f"{'<' if e['k'] == 'out' else '>'} {e['flags']:4} seq {number_after(e['seq'], mine)}"
                text += f" ack {number_after(e['ack'], theirs)}" if "A" in e["flags"] else ""
                text += f" len {e['len']}" if e["len"] else ""
                text += " damaged" if e["bad"] else ""
                text += " (deaf)" if e["ignored"] else ""
            else:
                text = f"  {e['k']} {e.get('name', e.get('type', ''))} {e.get('detail', '')} = {e.get('result', '')} {e.get('errno', '')}"
            state = f" {e['was']} -> {e['is']}{' mini' if e['mini'] else ''}{'' if e['fd'] else ' nofd'}" if e.get("is") else ""
            print(at, f"{text:60}", state)
        key = frozenset((c.tuple_of("client"), c.tuple_of("server")))
        for r in records:
            if ends(r) == key:
                brief = {k: v for k, v in r.items() if k not in ("events", "host", "schema", "schema_version", "@timestamp", "network", "later")}
                print(f"record from {(r['start'] - c.first['t0']) / 1e9:.6f}: {json.dumps(brief)}")
                for e in r["events"]:
                    print(f"   {(r['start'] + e['offset_ns'] - c.first['t0']) / 1e9:10.6f}",
                          " ".join(str(e[k]) for k in ("kind", "side", "flags", "seq", "ack", "bytes", "old_state", "new_state", "reason") if e.get(k)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default="?")
    parser.add_argument("--truth", required=True)
    parser.add_argument("--records", help="of --json")
    parser.add_argument("--whole", help="of --json --whole")
    parser.add_argument("--nstat", help="of that network namespace, to check the truth by")
    parser.add_argument("--show", metavar="LIFE", help="tells the story of that connection, with its records, and judges nothing")
    args = parser.parse_args()
    connections = read_truth(args.truth)
    bad = 0
    if args.show:
        show(connections, read_records(args.whole or args.records)[0], args.show)
        return 0
    if args.nstat:
        check_truth(connections, args.nstat)
    for name, path in (("json", args.records), ("whole", args.whole)):
        if path:
            judge = Judge(args.seed, name, name == "whole")
            judge.run(connections, *read_records(path))
            bad += judge.summary()
    print(f"-- {len(connections)} connections were played")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
