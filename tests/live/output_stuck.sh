#!/usr/bin/env bash
# A reader that does not read, or has not come yet: signals are answered, the other outputs and the ring go on, what waits
# is bounded and what is dropped is counted.
. "$(dirname "$0")/lib.sh"

need curl
load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
make_netns alone

kill_reader() {
	kill "$1" 2> /dev/null || :
}

# reader FIFO: opens it, and never reads.
reader() {
	sleep 600 3< "$1" &
	defer kill_reader $!
}

# start_stuck NAME FILE ARGS...: as start_tracer, with stdout into that file.
start_stuck() {
	local name=$1 file=$2
	shift 2
	nsenter --net="/run/netns/$alone" "$tracer" "$@" > "$file" 2> "$work/$name.err" &
	tracers[$name]=$!
	defer kill_tracer "$name"
	until_true 20 ready "$name" || fail "tracer $name is not ready: $(cat "$work/$name.err")"
	kill -0 "${tracers[$name]}" 2> /dev/null || fail "tracer $name ended: $(cat "$work/$name.err")"
}

# 30,000 connections are 40 MB of records, a pipe holds 64 KiB.
mkfifo "$work/stuck"
reader "$work/stuck"
start_stuck stuck "$work/stuck" --json --record "$work/stuck.rec" --port "$port" --web="127.0.0.1:$((port + 1))"
ask_health "$alone" $((port + 1))
inside "$alone" "$load" churn --client 127.1.0.0 --server 127.0.0.1 --port "$port" --rate 2000 --count 30000 > "$work/churned"
are_dropped() {
	grep -q 'wait for its reader' "$work/stuck.err"
}
until_true 30 are_dropped || fail "nothing is said of a reader that does not read"
end_health
stop_tracer stuck
expect_text "what was dropped is counted" 'stdout: [0-9]+ records were dropped' "$work/stuck.err"
! grep 'events were lost' "$work/stuck.err" >&2 || fail "events were lost while the reader did not read"
"$tracer" --replay "$work/stuck.rec" --json > "$work/stuck.out"
expect_equal "connections in the other output" "$(record_count stuck)" 30000
echo "stuck: $(sed -n 's/.*stdout: //p' "$work/stuck.err" | tail -n 1); none of 30000 is missing in the recording; the longest answer took $longest_ms ms"

# The same from a file: it waits, until asked not to.
mkfifo "$work/offline"
reader "$work/offline"
"$tracer" --replay "$work/stuck.rec" --json > "$work/offline" 2> "$work/offline.err" &
tracers[offline]=$!
defer kill_tracer offline
pipe_is_full() {
	[ "$(grep -c . "/proc/${tracers[offline]}/fdinfo/1")" -gt 0 ] && grep -q poll "/proc/${tracers[offline]}/wchan"
}
until_true 20 pipe_is_full || fail "a replay does not wait for its reader: $(cat "/proc/${tracers[offline]}/wchan")"
stop_tracer offline TERM
echo "offline: a replay that waits for its reader ends by a signal"

# A FIFO whose reader comes late, and one that nobody ever reads.
mkfifo "$work/late" "$work/never"
start_tracer late "$alone" --netns "$alone" --json="$work/late"
play "$alone" client-close
cat "$work/late" > "$work/late.read" &
late=$!
is_read() {
	[ -s "$work/late.read" ]
}
until_true 20 is_read || fail "a reader that comes late gets nothing"
stop_tracer late
wait "$late"
expect_json "what the late reader got" '.schema == "tcplife.connection"' "$work/late.read"
start_tracer never "$alone" --netns "$alone" --json="$work/never"
play "$alone" client-close
stop_tracer never TERM
expect_text "what nobody read is said" 'never: [0-9]+ bytes were not read by the end' "$work/never.err"
echo "FIFO: a late reader gets all, and without one the tracer ends by a signal"
