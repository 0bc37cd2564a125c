#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Which records have events: events_kept.py FOLDER [both]

FOLDER has STORY.ndjson, STORY.odd and STORY.none, of --json, --events=odd and --events=none. They differ by the events
alone, and --events=odd keeps them where the records' own figures call for it. both: odd records and others must occur.
"""
import json
import sys
from pathlib import Path

LEFT_OUT = ("events", "events_dropped")


def records(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def without_events(record):
    return {key: value for key, value in record.items() if key not in LEFT_OUT}


def figures(node):
    """What counts something that was sent again, wherever it stands."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from figures(value)
        elif key == "restarts" or key.endswith("retransmits"):
            yield value


def is_odd(connection, record):
    return (connection["tcp"]["ending"] not in ("closed", "open") or any(figures(connection)) or
            any(figures(record)))


def check_story(folder, story, seen):
    full = records(folder / f"{story}.ndjson")
    none, odd = records(folder / f"{story}.none"), records(folder / f"{story}.odd")
    bare = [without_events(r) for r in full]
    if none != bare:
        yield f"{story}: --events=none differs by more than the events"
    if [without_events(r) for r in odd] != bare:
        yield f"{story}: --events=odd differs by more than the events"
        return
    connections = {}
    for whole, kept in zip(full, odd):
        if whole["schema"] == "tcplife.connection":
            connections[whole["id"]] = whole
        # A TIME_WAIT from before the tracer has no record of its connection.
        expected = whole["id"] not in connections or is_odd(connections[whole["id"]], whole)
        seen.add(expected)
        if kept != (whole if expected else without_events(whole)):
            yield f"{story}: {whole['id']}: {'odd' if expected else 'orderly'}, but --events=odd says otherwise"


def main():
    folder, seen, bad = Path(sys.argv[1]), set(), 0
    for path in sorted(folder.glob("*.none")):
        for message in check_story(folder, path.stem, seen):
            bad += 1
            print(message)
    if sys.argv[2:] == ["both"] and seen != {True, False}:
        bad += 1
        print("there are no odd records, or no others")
    return 1 if bad else 0


sys.exit(main())
