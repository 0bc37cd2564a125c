#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The flat rows of -o rows: for every story they say what the JSON records say, under the names that the man page lists.
No root."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

OUT = os.environ.get("OUT", "build")
PAGE = pathlib.Path("src/assets/tcplife-trace-fleet.7.scd")
LONGEST, USUAL = 700, 500
# Column: path in the record.
SAME = {
    "id": "id", "host": "host.name", "role": "role", "client": "client.address", "client_port": "client.port",
    "server": "server.address", "server_port": "server.port", "client_nat": "client.nat.ip", "client_nat_port": "client.nat.port",
    "server_nat": "server.nat.ip", "server_nat_port": "server.nat.port", "incomplete": "incomplete",
    "duration_ns": "duration_ns", "ending": "tcp.ending", "ended_by": "tcp.ended_by", "reset_reason": "tcp.reset_reason",
    "reset_origin": "tcp.reset_origin", "error": "tcp.error", "handshake_ns": "handshake.duration_ns",
    "accept_ns": "handshake.accept_delay_ns", "c_packets": "client.packets", "s_packets": "server.packets",
    "c_bytes": "client.bytes", "s_bytes": "server.bytes", "c_retransmits": "client.retransmits",
    "s_retransmits": "server.retransmits", "rtt_ns": "tcp.min_rtt_ns", "close_delay_ns": "teardown.close_delay_ns",
    "time_wait": "time_wait.side", "time_wait_exit": "time_wait.exit", "time_wait_ns": "time_wait.duration_ns",
}
OWN = {"kind", "weight", "start_ns", "process", "namespace", "container", "syn_after_ns", "synack_after_ns", "syns", "synacks",
       "c_fins", "s_fins", "c_rsts", "s_rsts"}
passed = failed = 0


def check(what, is_right, more=""):
    global passed, failed
    if is_right:
        passed += 1
        return
    failed += 1
    print(f"FAILED {what}\n    {more}")


def run(*args):
    done = subprocess.run([f"{OUT}/tcplife-trace", *args], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def rows_of(recording, *args):
    status, out, said = run("-r", recording, "-o", "rows", *args)
    check(f"{recording} {args}: exit status", status == 0, said)
    return out.splitlines(), said


def at(record, path):
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def expected(record, column, path):
    value = at(record, path)
    if column == "time_wait_exit" and value == "running":
        return None
    if isinstance(value, str):
        value = value.encode()[:48].decode(errors="ignore")
    return value or None


def check_row(story, line, record):
    row = json.loads(line)
    kind = record["schema"].removeprefix("tcplife.")
    check(f"{story}: kind", row["kind"] == kind, line)
    check(f"{story}: flat", all(isinstance(v, (str, int)) and v not in ("", 0) for v in row.values()), line)
    for column, path in SAME.items():
        wanted = expected(record, column, path)
        if kind == "time_wait" and wanted is None:
            continue
        check(f"{story}: {column}", row.get(column) == wanted, f"{row.get(column)} instead of {wanted}: {line}")
    lengths.append(len(line.encode()))
    columns.update(row)


def weight_of(lines):
    return sum(json.loads(line)["weight"] for line in lines)


work = tempfile.mkdtemp()
lengths, columns = [], set()
everything = b""
for events in sorted(pathlib.Path("tests/cases").glob("*.events")):
    recording = f"{work}/{events.stem}.rec"
    subprocess.run([f"{OUT}/tests/tools/events2rec", events, recording], check=True)
    lines, _ = rows_of(recording)
    records = [json.loads(line) for line in run("-r", recording, "--json")[1].splitlines()]
    check(f"{events.stem}: a row for each record", len(lines) == len(records), f"{len(lines)} of {len(records)}")
    for line, record in zip(lines, records):
        check_row(events.stem, line, record)
    whole, _ = rows_of(recording, "--whole")
    check(f"{events.stem}: --whole", all('"kind":"connection"' in line for line in whole))

    # What is left out is orderly, its weight is that of those that stay, and the same are chosen again.
    few, said = rows_of(recording, "--sample", "2", "-v")
    left_out = [json.loads(line) for line in set(lines) - {line.replace('"weight":2', '"weight":1') for line in few}]
    check(f"{events.stem}: --sample leaves only orderly ones out",
          all(row["kind"] == "time_wait" or (row["ending"] == "closed" and "incomplete" not in row) for row in left_out), left_out)
    check(f"{events.stem}: --sample counts", len(few) + len(left_out) == len(lines))
    if left_out:
        check(f"{events.stem}: --sample says so", f"{len(left_out)} orderly ones left out" in said, said)
    check(f"{events.stem}: --sample chooses the same", few == rows_of(recording, "--sample", "2")[0])

check("no column of other names", columns <= set(SAME) | OWN, columns - set(SAME) - OWN)
documented = set(re.findall(r"^\*([a-z_]+)\*", PAGE.read_text().split("# ROWS")[1].split("\n# ")[0], re.M))
documented |= set(re.findall(r"^\*[a-z_]+\*, \*([a-z_]+)\*", PAGE.read_text().split("# ROWS")[1].split("\n# ")[0], re.M))
check("the man page lists all", documented == set(SAME) | OWN, documented ^ (set(SAME) | OWN))
lengths.sort()
check(f"nine of ten rows have at most {USUAL} bytes", lengths[len(lengths) * 9 // 10] <= USUAL, lengths[len(lengths) * 9 // 10])
check(f"no row has more than {LONGEST} bytes", lengths[-1] <= LONGEST, lengths[-1])
status, _, said = run("-r", recording, "--sample", "10")
check("--sample needs rows", status == 2 and "--sample needs rows" in said, said)
status, _, said = run("-r", recording, "--kafka-format", "rows")
check("--kafka-format needs --kafka", status == 2 and "--kafka-format needs --kafka" in said, said)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
