#!/usr/bin/env bash
# TIME_WAITs whose end was lost, since nobody read a full ring then: no length is measured, and the kernel's list of
# sockets bounds it, as ss saw it.
. "$(dirname "$0")/lib.sh"

load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
make_netns alone

churn() {
	inside "$alone" "$load" churn --server 127.0.0.1 --port "$2" --count "$1" > "$work/churned"
}

# Nobody reads the ring until it is full.
lose() {
	kill -STOP "${tracers[lost]}"
	churn 300 $((port + 1))
	"$@"
	kill -CONT "${tracers[lost]}"
}

start_tracer lost "$alone" --netns "$alone" --json --buffer 64k --record "$work/lost.rec"
lose true
began=${EPOCHREALTIME%.*}
for _ in {1..20}; do
	churn 2 "$port"
	sleep 0.1
done

# What ss lists of them, and when it was asked: lines of the time before and after it, and the clients' ports.
listed() {
	local before=$EPOCHREALTIME
	inside "$alone" ss -Htn state time-wait "( dport = :$port )" | awk '{ sub(/.*:/, "", $3); print $3 }' > "$work/now"
	jq -nc --argjson before "$before" --argjson after "$EPOCHREALTIME" '{$before, $after, ports: [inputs]}' "$work/now" >> "$work/listed"
	[ ! -s "$work/now" ]
}
listed && fail "ss lists no TIME_WAIT"
until_true 70 eval "[ \${EPOCHREALTIME%.*} -ge $((began + 59)) ]"
while [ "${EPOCHREALTIME%.*}" -lt $((began + 61)) ]; do
	listed || sleep 0.1
done
lose until_true 20 listed || fail "TIME_WAITs do not end"

recorded() {
	jq -s --argjson port "$port" 'map(select(.server.port == $port)) | group_by(.schema) | map(length) == [40, 40]' "$work/lost.out" > "$work/all"
	grep -q true "$work/all"
}
until_true 20 recorded || fail "not all TIME_WAITs are over: $(cut -c1-70 "$work/lost.out" | sort | uniq -c)"
stop_tracer lost
expect_text "ends were lost, and counted" 'events were lost \(.*timewait' "$work/lost.err"

# seen: when ss listed it last, at least; gone: when it did not any more.
jq -nc --argjson port "$port" --slurpfile listed "$work/listed" --slurpfile records "$work/lost.out" '
	def seconds: capture("(?<s>[^.]*)(?<f>\\..*)Z") | (.s + "Z" | fromdate) + ("0" + .f | tonumber);
	$records[] | select(.schema == "tcplife.time_wait" and .server.port == $port)
	| .client.port as $client | .id as $id | .time_wait as $tw
	| ($records[] | select(.schema == "tcplife.connection" and .id == $id).start_time | seconds) as $start
	| ($listed | map(select(.ports | index($client)) | .before) | max) as $seen
	| ($listed | map(select(.before > $seen and (.ports | index($client) | not)) | .after) | min) as $gone
	| {$client, exit: $tw.exit, ns: $tw.duration_ns, least: $tw.not_before_ns, most: $tw.not_after_ns,
	   seen: (($seen - $start) * 1e9 - $tw.offset_ns), gone: (($gone - $start) * 1e9 - $tw.offset_ns)}' > "$work/compared"
expect_equal "TIME_WAITs" "$(wc -l < "$work/compared")" 40
jq -c 'select(.exit == "unknown")' "$work/compared" > "$work/unknown"
expect_json "one whose end was lost has bounds, and ss saw it end within them" \
	'.ns == null and .most >= .seen and .most < 70e9 and (.least // 0) <= .gone' "$work/unknown"
expect_json "one whose end was reported is measured, as ss saw it" \
	'.exit == "unknown" or (.least == null and .most == null and .ns >= .seen - 50e6 and .ns <= .gone + 50e6)' "$work/compared"
"$tracer" --replay "$work/lost.rec" --json > "$work/replayed"
cmp <(jq -cS 'select(.schema == "tcplife.time_wait").time_wait' "$work/lost.out" | sort) \
	<(jq -cS 'select(.schema == "tcplife.time_wait").time_wait' "$work/replayed" | sort) || fail "a recording says something else"
echo "lost: $(wc -l < "$work/unknown") of 40 TIME_WAITs ended unseen, $(grep -c '"least":[0-9]' "$work/unknown") of them with a lower bound"
