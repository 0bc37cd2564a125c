#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# A directory of recordings reports what one recording does, from whichever piece on it is read, at whatever time, and
# never more than --keep says is on the disk. No root.
set -u
cd "$(dirname "$0")/.." || exit 1
OUT=${OUT:-build}
program=$OUT/tcplife-trace
tools=$OUT/tests/tools
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
passed=0
failed=0

# that WHAT COMMAND...
that() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $what"
	fi
}

# says WHAT STATUS PATTERN COMMAND...: its exit status, and what is on stderr; stdout goes to $work/stdout.
says() {
	local what=$1 status=$2 pattern=$3
	shift 3
	"$@" > "$work/stdout" 2> "$work/stderr"
	that "$what: exit status" test $? -eq "$status"
	if [ -n "$pattern" ]; then
		that "$what: '$pattern' in '$(cat "$work/stderr")'" grep -q -- "$pattern" "$work/stderr"
	else
		that "$what: nothing is said, not '$(cat "$work/stderr")'" test ! -s "$work/stderr"
	fi
}

pieces() {
	find "$1" -name '*.tlt' | sort
}

# ---- every story: in pieces it is the same, and each piece, with those behind it, says nothing else

tails=0
for events in tests/cases/*.events; do
	story=$(basename "$events" .events)
	"$tools/events2rec" "$events" "$work/story.rec" || exit 1
	rm -rf "$work/set"
	"$program" -r "$work/story.rec" --json > "$work/one.ndjson" 2> "$work/stderr"
	# A story of a capture has no kernel's events to be carried on.
	"$program" -r "$work/story.rec" --record "$work/set" --keep 1M --rotate 10s 2> "$work/stderr"
	"$program" -r "$work/set" --json > "$work/set.ndjson" 2> "$work/stderr"
	that "$story in pieces" cmp "$work/one.ndjson" "$work/set.ndjson"
	for piece in $(pieces "$work/set" | sed '$d'); do
		rm "$piece"
		"$program" -r "$work/set" --json > "$work/tail.ndjson" 2> "$work/stderr"
		# Names by DNS answers that were in an earlier piece are not known: without them.
		sed -i 's/"domain":"[^"]*",//g' "$work/one.ndjson" "$work/tail.ndjson"
		that "$story behind $(basename "$piece")" test -z "$(grep -vxF -f "$work/one.ndjson" "$work/tail.ndjson" | head -c 400)"
		tails=$((tails + 1))
	done
done
that "there were many pieces" test "$tails" -gt 80
that "files are their owner's" test "$(stat -c %a "$(pieces "$work/set" | head -n 1)") $(stat -c %a "$work/set")" = "600 700"

# ---- times, against jq over all records

"$tools/events2rec" tests/cases/four_way.events "$work/four.rec"
tests/tools/repeat_recording.py "$work/four.rec" 2000 5000 > "$work/long.rec"
"$program" -r "$work/long.rec" --record "$work/long" --keep 1G --rotate 700s 2> "$work/stderr"
"$program" -r "$work/long.rec" --record "$work/short" --keep 1G --rotate 1s
"$program" -r "$work/long.rec" --json > "$work/long.ndjson"
that "it came out whole" test "$(jq -s 'map(select(.schema == "tcplife.connection")) | length' "$work/long.ndjson")" -eq 2000
for span in "21:00:00 21:00:01" "21:00:03 21:00:04" "21:00:09 21:00:30"; do
	since=2026-11-22T${span% *} until=2026-11-22T${span#* }
	jq -r --arg since "$since" --arg until "$until" 'select(.schema == "tcplife.connection") |
		select(.start_time < $until + ".000000000Z" and (.end_time == null or .end_time >= $since + ".000000000Z")) | .id' \
		"$work/long.ndjson" | sort > "$work/expected"
	for set in long short; do
		"$program" -r "$work/$set" --since "${since}Z" --until "${until}Z" --json |
			jq -r 'select(.schema == "tcplife.connection") | .id' | sort > "$work/then"
		that "$set, $span: $(wc -l < "$work/expected") connections, not $(wc -l < "$work/then")" cmp "$work/expected" "$work/then"
	done
	that "$span: there are some" test -s "$work/expected"
	# What was over by then is the same record.
	"$program" -r "$work/short" --since "${since}Z" --until "${until}Z" --json | grep -v '"ending":"open"' |
		grep -vxF -f "$work/long.ndjson" | jq -c 'select(.end_time < "'"$until"'")' > "$work/other"
	that "$span: $(head -c 300 "$work/other")" test ! -s "$work/other"
done
"$program" -r "$work/short" --since 2026-11-22T21:00:03Z --until 2026-11-22T21:00:04Z --json > "$work/then"
that "what was open then is open" grep -q '"ending":"open"' "$work/then"

# ---- what is kept

tests/tools/repeat_recording.py "$work/four.rec" 4000 1000 > "$work/fast.rec"
says "more than is kept" 0 "$work/kept has come to what --keep says" \
	"$program" -r "$work/fast.rec" --until 2026-11-22T21:00:04Z --record "$work/kept" --keep 1M --uncompressed
that "... said once" test "$(grep -c 'has come' "$work/stderr")" -eq 1
that "... $(du -sk "$work/kept")" test "$(cat "$work/kept"/*.tlt | wc -c)" -le $((1 << 20)) -a "$(cat "$work/kept"/*.tlt | wc -c)" -gt 300000
that "... the first ones went" test ! -e "$(echo "$work/kept"/tcplife-000000001-*)"
"$program" -r "$work/kept" --json > "$work/kept.ndjson"
"$program" -r "$work/fast.rec" --until 2026-11-22T21:00:04Z --json > "$work/fast.ndjson"
that "... what is left is true" test -z "$(grep -vxF -f "$work/fast.ndjson" "$work/kept.ndjson" | head -c 400)"
that "... and something is left" test -s "$work/kept.ndjson"
says "by age" 0 "has come to what" "$program" -r "$work/long.rec" --record "$work/aged" --keep 20s --rotate 1s
that "... $(pieces "$work/aged" | wc -l) pieces" test "$(pieces "$work/aged" | wc -l)" -le 24
touch "$work/aged/note" "$work/aged/tcplife-1.tlt"
says "another run goes on" 0 "" "$program" -r "$work/story.rec" --record "$work/aged" --keep 1G
that "... what is not its own stays" test -e "$work/aged/note" -a -e "$work/aged/tcplife-1.tlt"

# ---- two runs, a lost piece, a damaged one

rm -rf "$work/two"
"$tools/events2rec" tests/cases/open.events "$work/open.rec"
"$program" -r "$work/open.rec" --record "$work/two" --keep 1G
"$program" -r "$work/four.rec" --record "$work/two" --keep 1G
{ "$program" -r "$work/open.rec" --json && "$program" -r "$work/four.rec" --json; } | jq -r .verdict > "$work/expected"
"$program" -r "$work/two" --json | jq -r .verdict > "$work/then"
that "two runs, one after the other" cmp "$work/expected" "$work/then"
rm "$(pieces "$work/short" | sed -n 5p)"
says "a piece is missing" 0 "" "$program" -r "$work/short" --json
that "... most is there" test "$(jq -r .id "$work/stdout" | sort -u | wc -l)" -gt 1700
printf 'DAMAGE' | dd of="$(pieces "$work/short" | sed -n 7p)" bs=1 seek=1000 conv=notrunc 2> "$work/dd"
says "a damaged piece" 1 "is damaged" "$program" -r "$work/short" --json
that "... those behind it are read" test "$(jq -r .id "$work/stdout" | sort -u | wc -l)" -gt 1500
echo nonsense > "$work/short/tcplife-000000500-20261122T230000Z.tlt"
says "a piece that is none" 1 "is not a recording" "$program" -r "$work/short" --json
first=$(pieces "$work/short" | sed -n 3p)
mv "$first" "$work/short/tcplife-000000003-20261122T200000Z.tlt"
says "a name that is not true" 1 "does not begin when its name says" \
	"$program" -r "$work/short" --since 2026-11-22T21:00:01Z --json

# ---- refusals

mkdir "$work/empty"
says "an empty directory" 1 "there is no recording in $work/empty" "$program" -r "$work/empty"
says "a second recorder" 1 "another tcplife-trace does" \
	flock "$work/empty" "$program" -r "$work/four.rec" --record "$work/empty" --keep 1G
says "no bounds" 2 "it is a directory; --keep 2G,7d would" "$program" -r "$work/four.rec" --record "$work/empty"
says "a file" 2 "it is to be a directory" "$program" -r "$work/four.rec" --record "$work/four.rec" --keep 1G
says "bounds of nothing" 2 "needs --record DIR" "$program" -r "$work/four.rec" --json --keep 1G
says "too little" 2 "'900k' is not accepted" "$program" -r "$work/four.rec" --record "$work/empty" --keep 900k
says "two sizes" 2 "'1G,2G' is not accepted" "$program" -r "$work/four.rec" --record "$work/empty" --keep 1G,2G

echo "lookback.sh: $passed passed, $failed failed ($tails tails)"
[ "$failed" -eq 0 ]
