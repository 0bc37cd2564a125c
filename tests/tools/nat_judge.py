#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Judges the records of connections that nat_play.py played: exactly one for each, with both ends as the opener's socket has
them, what they were translated to where a view of it is here, and each segment once, however often it was seen."""
import argparse
import json
import sys


def value_of(record, path):
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


class Judge:
    def __init__(self, name, here, translator):
        self.name, self.here, self.translator = name, here, translator
        self.said = {}

    def say(self, what, text):
        self.said.setdefault(what, []).append(text)

    def summary(self):
        for what, texts in self.said.items():
            print(f"{self.name}: {len(texts)} x {what}: {texts[0]}")
        return bool(self.said)

    def ends_of(self, p):
        """What client and server must be, and what they are translated to as far as it shows here."""
        if self.here == "server" and not self.translator:
            return p["seen"], p["server"], None, None
        nat = [b if a != b else None for a, b in ((p["client"], p["seen"]), (p["dialled"], p["server"]))]
        if self.here == "client" and not self.translator:
            nat = [None, None]
        return p["client"], p["dialled"], *nat

    def check(self, record, field, want):
        is_ = value_of(record, field)
        if is_ != want:
            self.say(field, f"{is_}, wanted {want}, id {record['id']}")

    def flags(self, record):
        return [e["flags"] for e in record["events"] if e["kind"] == "segment"]

    def judge(self, p, record, nat):
        role = {"both": "both", "client": "client", "server": "server", "none": None}[self.here]
        for field, want in (("role", role), ("complete", True), ("tcp.ending", "closed"), ("tcp.ended_by", "client"),
                            ("tcp.conn_state", "SF"), ("tcp.completeness", 31), ("handshake.status", "completed"),
                            ("client.bytes", p["sent"]), ("server.bytes", p["sent"] * 3),
                            ("handshake.syn_retransmits", 0), ("teardown.initiator", "client")):
            self.check(record, field, want)
        for side, translated in zip(("client", "server"), nat):
            self.check(record, f"{side}.nat", {"ip": translated["address"], "port": translated["port"]} if translated else None)
            if value_of(record, f"{side}.retransmits"):
                self.say(f"{side}.retransmits", f"{record[side]['retransmits']}, wanted 0, id {record['id']}")
        flags = self.flags(record)
        for name, count, want in (("SYN", flags.count("S"), 1), ("SYN+ACK", flags.count("SA"), 1),
                                  ("FIN", sum("F" in f for f in flags), 2)):
            if count != want:
                self.say(f"{name} in events", f"{count}, wanted {want} ({' '.join(flags)}), id {record['id']}")
        # The handshake cannot take longer than the call that waited for it.
        took = value_of(record, "handshake.duration_ns")
        if took is None or self.here != "server" and took > p["connect_ns"]:
            self.say("handshake.duration_ns", f"{took}, connect() returned after {p['connect_ns']}, id {record['id']}")

    def run(self, played, records):
        if len(records) != len(played):
            self.say("records", f"{len(records)} of {len(played)} connections")
        free = list(records)
        for p in played:
            client, server, *nat = self.ends_of(p)
            key = (client["address"], client["port"], server["address"], server["port"])
            found = [r for r in free if (r["client"]["address"], r["client"].get("port"), r["server"]["address"],
                                         r["server"].get("port")) == key]
            # One tuple may be at two places.
            record = min(found, key=lambda r: value_of(r, "client.bytes") != p["sent"], default=None)
            if not record:
                self.say("no record", f"{key}")
                continue
            free.remove(record)
            self.judge(p, record, nat)
        for r in free:
            ends = [f"{r[s]['address']}:{r[s].get('port')}" for s in ("client", "server")]
            self.say("a record too many", f"{' > '.join(ends)} {r['tcp']['ending']} complete {r['complete']}, id {r['id']}")

    def packets(self, records, side, counted):
        is_ = sum(value_of(r, f"{side}.packets") or 0 for r in records)
        if is_ != counted:
            self.say(f"{side}.packets", f"{is_} in all, the rule counted {counted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--played", required=True)
    parser.add_argument("--records", required=True)
    parser.add_argument("--here", choices=("both", "client", "server", "none"), required=True, help="whose sockets")
    parser.add_argument("--translator", action="store_true", help="views from both sides of the translation are here")
    parser.add_argument("--client-packets", type=int)
    parser.add_argument("--server-packets", type=int)
    args = parser.parse_args()
    with open(args.played, encoding="utf-8") as lines:
        played = [json.loads(line) for line in lines]
    # TIME_WAITs of the scenario before are none of this one's.
    with open(args.records, encoding="utf-8") as lines:
        records = [r for r in map(json.loads, lines) if r["schema"] == "tcplife.connection" and not r["tcp"].get("existed")]
    judge = Judge(args.name, args.here, args.translator)
    judge.run(played, records)
    for side, counted in (("client", args.client_packets), ("server", args.server_packets)):
        if counted is not None:
            judge.packets(records, side, counted)
    return judge.summary()


if __name__ == "__main__":
    sys.exit(main())
