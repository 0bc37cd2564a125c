#!/usr/bin/env bash
# jq and pandas read the records of all stories: no number loses digits, no key changes its type, times keep nanoseconds.
# No root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh

/usr/bin/python3 -c 'import pandas' 2> /dev/null || { echo "SKIP: python3-pandas is missing (make deps)" >&2; exit 77; }
for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$OUT/tests/tools/events2rec" "$story" "$work/$name.rec"
	run "$program" -r "$work/$name.rec" --json
	cat "$work/stdout" >> "$work/all.ndjson"
done

# ---- jq: what it writes is what it read

expect "jq keeps every digit" "$(jq -c . "$work/all.ndjson" | grep -oE '"[a-z_]+":-?[0-9]+' | sort | uniq -c)" \
	"$(grep -oE '"[a-z_]+":-?[0-9]+' "$work/all.ndjson" | sort | uniq -c)"
expect "a key has one type for ever" "$(jq -r 'paths(scalars) as $p | [($p | map(if type == "number" then "[]" else . end) | join(".")),
	(getpath($p) | type)] | @tsv' "$work/all.ndjson" | sort -u | cut -f 1 | uniq -d)" ""
expect "nothing is null" "$(jq -c 'select([.. | select(. == null)] | length > 0) | .id' "$work/all.ndjson")" ""

# ---- pandas

cat > "$work/read.py" << 'PYTHON'
import json
import sys

import pandas

name = sys.argv[1]
with open(name, encoding="utf-8") as file:
    records = [json.loads(line) for line in file]
frame = pandas.read_json(name, lines=True)
print(len(frame) == len(records) and list(frame.id) == [record["id"] for record in records])
flat = pandas.json_normalize([record for record in records if record["schema"] == "tcplife.connection"])
print(flat["start_time"].map(lambda text: pandas.Timestamp(text).nanosecond).tolist()
      == [int(text[-4:-1]) for text in flat["start_time"]])
durations = flat["handshake.duration_ns"].dropna()
print(len(durations) > 5 and durations.map(float.is_integer).all())
counted = flat.groupby(["server.port", "tcp.ending"]).size()
print(int(counted.sum()) == len(flat))
events = pandas.json_normalize(records, record_path="events", meta=["id"])
print(len(events) == sum(len(record["events"]) for record in records)
      and not events[["n", "offset_ns", "kind", "side"]].isna().any().any()
      and not events[events.kind == "segment"][["seq", "bytes"]].isna().any().any()
      and (events[events.kind == "accept"].drop(columns=["n", "offset_ns", "kind", "side", "id"]).isna()).all().all())
PYTHON
run /usr/bin/python3 "$work/read.py" "$work/all.ndjson"
expect "pandas: records, nanoseconds, whole durations, groups, events" "$(cat "$work/stdout" "$work/stderr")" $'True\nTrue\nTrue\nTrue\nTrue'
finish
