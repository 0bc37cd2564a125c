#!/usr/bin/env bash
# TIME_WAIT as long as it lasts, measured by the tracer and, meanwhile, by `lives --watch`, which asks sock_diag as ss
# does: 60 to 65 s, and within 50 ms of what the watcher brackets. All lives wait side by side.
. "$(dirname "$0")/lib.sh"

make_pair
start_tracer pair "$near" --port "$port-$((port + 99))" --json --record "$work/pair.rec"
watched=()
watch() {
	play_across "$@" --watch &
	watched+=($!)
}
watch client-close 4 --port "$port"
watch client-close 6 --port $((port + 1))
watch half-close 4 --port $((port + 2))
watch server-close mapped --port $((port + 3))
for server in 127.0.0.1 ::1; do
	play "$near" client-close --server "$server" --port $((port + 4 + ${#watched[@]})) --watch &
	watched+=($!)
	play "$near" server-close --server "$server" --port $((port + 4 + ${#watched[@]})) --watch &
	watched+=($!)
done

# One of them as seen by ss itself.
in_ss() {
	[ -n "$(inside "$near" ss -Htan state time-wait "dport = :$port")" ]
}
first='' before=$EPOCHREALTIME
until [ -n "$first" ]; do
	looked=$EPOCHREALTIME
	if in_ss; then first=$EPOCHREALTIME; else before=$looked; fi
done
last=$first
while looked=$EPOCHREALTIME && in_ss; do
	last=$looked
	if [ "${looked%.*}" -lt $((${first%.*} + 58)) ]; then sleep 0.5; fi
done
absent=$EPOCHREALTIME
for pid in "${watched[@]}"; do
	wait "$pid" || fail "a life was not played to its end"
done

recorded() {
	[ "$(grep -c tcplife.time_wait "$work/pair.out")" -ge 8 ]
}
until_true 10 recorded || fail "not reported that TIME_WAIT is over: $(jq -sc '
	map(select(.schema == "tcplife.time_wait").id) as $over | .[]
	| select(.schema == "tcplife.connection" and (.id | IN($over[]) | not))' "$work/pair.out")"
stop_tracer pair
expect_lives pair

# The server of the v4-mapped life lies in $far: its TIME_WAIT counts as seen from there.
jq -n --slurpfile played "$work/played" --slurpfile records "$work/pair.out" '
	$played[] | . as $p | (.client_time_wait // .server_time_wait) as $watched
	| [$records[] | select(.schema == "tcplife.time_wait" and .server.port == $p.server.port)] as $recorded
	| {port: $p.server.port, life: $p.life, recorded: ($recorded | length), exit: $recorded[0].time_wait.exit,
	   ns: $recorded[0].time_wait.duration_ns, shortest: $watched.shortest_ns, longest: $watched.longest_ns}' > "$work/compared"
jq -c . "$work/compared"
expect_json "each TIME_WAIT is recorded once, and expired" '.recorded == 1 and .exit == "expired"' "$work/compared"
expect_json "60 to 65 s" '.ns >= 60e9 and .ns <= 65e9' "$work/compared"
expect_json "within 50 ms of what sock_diag brackets" '.ns >= .shortest - 50e6 and .ns <= .longest + 50e6' "$work/compared"
expect_json "the watcher looked closely" '.longest - .shortest < 100e6' "$work/compared"
expect_json "within 50 ms of what ss brackets" \
	".ns / 1e9 >= $last - $first - 0.05 and .ns / 1e9 <= $absent - $before + 0.05" \
	<(jq -c "select(.port == $port)" "$work/compared")
