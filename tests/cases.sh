#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Connections as text (tests/cases/STORY.events) -> recording -> replay through each sink, compared with what is expected.
# No root. cases.sh [--update] [STORY...]; --update writes the expectations anew: read the diff before it is believed.
set -u
cd "$(dirname "$0")/.." || exit 1
OUT=${OUT:-build}
program=$OUT/tcplife-trace
tools=$OUT/tests/tools
schema=src/assets/tcplife.schema.json
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=160 NO_COLOR=1

update=
[ "${1:-}" = --update ] && update=1 && shift
passed=0
failed=0

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "FAILED $*"
}

# For eyes: a record over many lines.
readable() {
	case $1 in
	*.ndjson) python3 -m json.tool --json-lines "$1" ;;
	*) cat "$1" ;;
	esac
}

# expect STORY KIND: $work/STORY.KIND against tests/cases/STORY.KIND
expect() {
	expected=tests/cases/$1.$2
	[ -z "$update" ] || cp "$work/$1.$2" "$expected"
	if cmp -s "$expected" "$work/$1.$2"; then
		pass
	else
		fail "$1: $2"
		readable "$expected" >"$work/expected"
		readable "$work/$1.$2" | diff -u "$work/expected" -
	fi
}

# replay STORY KIND OPTION...: stdout of a replay, which must succeed
replay() {
	story=$1 kind=$2
	shift 2
	"$program" --replay "$work/$story.rec" "$@" >"$work/$story.$kind" 2>"$work/$story.stderr"
	status=$?
	[ $status -eq 0 ] || fail "$story: $kind: exit status $status"
}

# What stands behind a recording's header, which is as long as it says.
body() {
	tail -c "+$(($(od -An -tu4 -j16 -N4 "$1") + 1))" "$1"
}

# A recording of the replay is the recording, but for its header; compressed it tells the same; and stdin does
# what a file does.
check_round_trip() {
	"$program" --replay - --record "$work/$1.copy" --uncompressed <"$work/$1.rec" 2>"$work/$1.stderr"
	body "$work/$1.rec" >"$work/$1.body"
	if body "$work/$1.copy" | cmp - "$work/$1.body"; then pass; else fail "$1: round trip"; fi
	"$program" --replay "$work/$1.rec" --record "$work/$1.tlt" 2>"$work/$1.stderr"
	"$program" --replay - --json <"$work/$1.tlt" >"$work/$1.again" 2>"$work/$1.stderr"
	if cmp "$work/$1.again" "$work/$1.ndjson"; then pass; else fail "$1: compressed round trip"; fi
}

# Fits the screen at any width; for a few stories it is the figure that is expected.
check_explained() {
	for columns in 200 80; do
		COLUMNS=$columns replay "$1" explain --explain
		width=$(wc -L <"$work/$1.explain")
		if [ "$width" -le $columns ]; then pass; else fail "$1: $width columns explained on $columns"; fi
	done
	[ ! -e "tests/cases/$1.explain" ] || expect "$1" explain
}

check_story() {
	if ! "$tools/events2rec" "tests/cases/$1.events" "$work/$1.rec"; then
		fail "$1: no recording"
		return
	fi
	replay "$1" table --older
	cat "$work/$1.stderr" >>"$work/$1.table"
	replay "$1" timeline --timeline --older
	replay "$1" ndjson --json
	check_explained "$1"
	expect "$1" table
	expect "$1" timeline
	expect "$1" ndjson
	if [ -e "tests/cases/$1.wide" ]; then
		replay "$1" wide --wide --older
		expect "$1" wide
	fi
	if [ -e "tests/cases/$1.open" ]; then
		replay "$1" open --open --json
		expect "$1" open
		replay "$1" open_table --open --older
		expect "$1" open_table
	fi
	replay "$1" whole --json --whole
	replay "$1" odd --json --events=odd
	replay "$1" none --json --events=none
	if [ -s "$work/$1.ndjson" ] && [ -s "$work/$1.whole" ]; then pass; else fail "$1: no record"; fi
	check_round_trip "$1"
}

both=
if [ $# -eq 0 ]; then
	both=both
	for file in tests/cases/*.events; do
		story=${file##*/}
		set -- "$@" "${story%.events}"
	done
fi
for name; do
	check_story "$name"
done
if tests/schema.py "$schema" records "$work"/*.ndjson "$work"/*.whole "$work"/*.odd "$work"/*.none "$work"/open.open; then pass; else fail "records do not fit the schema"; fi
if tests/events_kept.py "$work" $both; then pass; else fail "--events"; fi
if "$tools/fields" | tests/schema.py "$schema" fields; then pass; else fail "the schema does not fit the fields"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
