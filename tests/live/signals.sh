#!/usr/bin/env bash
# SIGINT and SIGTERM: what was seen is written, to a pipe as to a file, the totals are said, and the status is 0.
. "$(dirname "$0")/lib.sh"

make_netns alone
for signal in INT TERM; do
	: > "$work/played"
	start_tracer "$signal" "$alone" --netns "$alone" --json --record "$work/$signal.rec" --summary
	play "$alone" client-close -n 20
	stop_tracer "$signal" "$signal"
	expect_lives "$signal"
	"$tracer" --replay "$work/$signal.rec" --json > "$work/replayed.out"
	expect_lives replayed
done

# Without being asked twice: 200 connections at once, none lost.
: > "$work/played"
start_tracer many "$alone" --netns "$alone" --json
players=()
for at in 1 2 3 4; do
	inside "$alone" "$lives" play close-at-once -n 50 > "$work/many.$at" &
	players+=($!)
done
for pid in "${players[@]}"; do
	wait "$pid" || fail "lives play"
done
cat "$work"/many.[1-4] > "$work/played"
stop_tracer many
expect_lives many
