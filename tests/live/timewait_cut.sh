#!/usr/bin/env bash
# TIME_WAITs that end early: by a new SYN, by connect() with tcp_tw_reuse, and one that never was: FIN_WAIT2 timed out.
. "$(dirname "$0")/lib.sh"

make_netns alone
start_tracer lo "$alone" --netns "$alone" --json
play "$alone" tw-reopened
play "$alone" tw-reopened --server ::1
play "$alone" fin-wait2-orphan --port "$port"
play "$alone" fin-wait2
stop_tracer lo
expect_lives lo
expect_json "the reopened TIME_WAIT was short" '.time_wait.duration_ns < 5e9' \
	<(jq -c 'select(.time_wait.exit == "reopened")' "$work/lo.out")
expect_json "a FIN_WAIT2 that timed out after TCP_LINGER2 had no TIME_WAIT" \
	'.time_wait == null and .fin_wait2.form == "orphan_minisocket" and .fin_wait2.duration_ns > 0.9e9 and .fin_wait2.duration_ns < 3e9' \
	<(records lo | jq -c "select(.server.port == $port)")

rm "$work/played"
make_pair
inside "$near" sysctl -qw net.ipv4.tcp_tw_reuse=1
start_tracer pair "$near" --port "$port" --json
start_tracer drawn "$near" --port "$port" --timeline
# Unbound: bind() would refuse the port that TIME_WAIT holds, connect() may take it.
play "$near" tw-reused --server "$far4" --server-netns "$far" --port "$port"
stop_tracer pair
stop_tracer drawn
expect_lives pair
expect_json "the reused TIME_WAIT lasted from 1 to 5 s" '.time_wait.duration_ns > 1e9 and .time_wait.duration_ns < 5e9' \
	<(jq -c 'select(.time_wait.exit == "reused")' "$work/pair.out")
# Drawn at the close, and a line when TIME_WAIT is over.
awk '/time_wait +running/ && !drawn { drawn = NR } /^  TIME_WAIT C .* reused$/ && !over { over = NR } END { exit !(drawn && drawn < over) }' "$work/drawn.out" ||
	fail "--timeline: $(cat "$work/drawn.out")"
