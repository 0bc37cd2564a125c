#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Checks tests/endings.tsv: no word of core/ending.h and no trap without a row, no row without its test and its story,
unless it is a trap that cannot be tested here; then the row says why.

A row's story must hold a record of just the words that the row covers; a row that names a life of tests/tools/peer must
name a script that plays it, and each of these lives has a row.
"""
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(TOP, os.environ.get("OUT", "build"))
# vocabulary: list in core/ending.h, place in a record
VOCABULARIES = {
    "ending": ("ENDINGS", "tcp.ending"),
    "close_form": ("CLOSE_FORMS", "tcp.close_form"),
    "time_wait": ("TIMEWAIT_EXITS", "time_wait.exit"),
    "fin_wait2": ("FIN_WAIT2_FORMS", "fin_wait2.form"),
    "fin_wait2_exit": ("FIN_WAIT2_EXITS", "fin_wait2.exit"),
}
NOT_TOLD = {("close_form", "none")}  # the key is absent then
NO_LIVE_TEST = {"undecided", "tw-undecided"}  # what nothing decides cannot be made for certain
TRAPS = range(1, 34)  # of tests/traps.md

problems = []


def at(record, path):
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def words():
    with open(os.path.join(TOP, "src/core/ending.h"), encoding="utf-8") as file:
        text = file.read()
    for vocabulary, (name, _) in VOCABULARIES.items():
        block = re.search(rf"#define {name}\(_\)(.*?)\n\n", text, re.S).group(1)
        for word in re.findall(r'_\([A-Z0-9_]+, "([a-z0-9_]+)"', block):
            if (vocabulary, word) not in NOT_TOLD:
                yield f"{vocabulary}={word}"


def peer_lives():
    listed = subprocess.run([os.path.join(OUT, "tests/tools/peer"), "list"], capture_output=True, text=True, check=True)
    return {line.split()[0]: line.split()[1] for line in listed.stdout.splitlines()}


def records(story):
    """With the TIME_WAIT that a later line reported."""
    found = {}
    with open(os.path.join(TOP, "tests/cases", story + ".ndjson"), encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["schema"] == "tcplife.connection":
                found[record["id"]] = record
            else:
                found[record["id"]]["time_wait"] = record["time_wait"]
    return found.values()


def check_untested(row, covers, what):
    if not all(c.startswith("trap=") for c in covers) or not what.startswith("not tested here: "):
        problems.append(f"{row}: neither a test nor a story")


def check_row(row, covers, live, story, lives):
    if live == "-":
        if row not in NO_LIVE_TEST:
            problems.append(f"{row}: no live test")
    elif not os.access(os.path.join(TOP, "tests", live), os.R_OK):
        problems.append(f"{row}: there is no tests/{live}")
    elif row in lives:
        with open(os.path.join(TOP, "tests", live), encoding="utf-8") as file:
            if not re.search(rf"peers [^)]*(?<![a-z0-9-]){lives[row]}(?![a-z0-9-])", file.read()):
                problems.append(f"{row}: tests/{live} does not play {lives[row]}")
    if not os.path.exists(os.path.join(TOP, "tests/cases", story + ".ndjson")):
        problems.append(f"{row}: there is no story {story}")
        return
    wanted = [c.split("=") for c in covers if not c.startswith("trap=")]
    if not any(all(at(r, VOCABULARIES[v][1]) == word for v, word in wanted) for r in records(story)):
        problems.append(f"{row}: no record in {story} says {wanted}")


def main():
    lives, seen, covered = peer_lives(), set(), set()
    with open(os.path.join(TOP, "tests/endings.tsv"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            row, covers, what, live, story = line.rstrip("\n").split("\t")
            if row in seen:
                problems.append(f"{row}: twice")
            seen.add(row)
            covered.update(covers.split())
            if live == "-" and story == "-":
                check_untested(row, covers.split(), what)
            else:
                check_row(row, covers.split(), live, story, lives)
    for missing in [w for w in words() if w not in covered] + [f"trap={n}" for n in TRAPS if f"trap={n}" not in covered]:
        problems.append(f"no row for {missing}")
    problems.extend(f"{life}: a life without a row" for life in lives if life not in seen)
    for problem in problems:
        print(problem)
    print(f"{len(seen)} passed, {len(problems)} failed")
    return 1 if problems else 0


sys.exit(main())
