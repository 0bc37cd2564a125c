#!/usr/bin/env bash
# A hundred odd connections with a peer made by hand, beside as many connections a second as the machine makes, in the same
# namespace and under the same tracer: each is recorded as it was played.
. "$(dirname "$0")/lib.sh"
load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"

busy=
make_netns busy
churn_port=$((port + 90))
mapfile -t chosen < <(peers 4 open reset odd close; peers 6 open reset odd close)
[ "${#chosen[@]}" -ge 100 ] || fail "only ${#chosen[@]} connections to play"

# beside NAME COMMAND...: in $busy, in the background, and never longer than the test; its pid is in $beside. stderr goes to
# $work/NAME.err.
beside() {
	nsenter --net="/run/netns/$busy" "${@:2}" < "$work/$1.in" > "$work/$1" 2> "$work/$1.err" &
	beside=$!
	defer end_beside "$beside"
}

end_beside() {
	{ kill -KILL "$1" && wait "$1"; } 2> /dev/null || :
}

# Else tcp_max_tw_buckets would refuse minisockets to these too.
inside "$busy" sysctl -qw net.ipv4.tcp_max_tw_buckets=4000000
mkfifo "$work/played.in"
: > "$work/churn.in"
beside played "$out/tests/tools/peer" play "${chosen[@]}"
player=$beside
exec {go}> "$work/played.in"
until_true 10 device_is_up "$busy" || fail "peer makes no device"
start_tracer busy "$busy" --netns "$busy" --buffer 64M --json="$work/records" --whole
beside churn "$load" churn --client 127.1.0.0 --server 127.0.0.1 --port "$churn_port" --seconds 600
churn=$beside
churning() {
	[ -n "$(inside "$busy" ss -Htan state time-wait "sport = :$churn_port or dport = :$churn_port")" ]
}
until_true 10 churning || fail "no churn: $(cat "$work/churn.err")"
echo go >&"$go"
until_true 300 peers_are_through "$player" "$work/played.err" || fail "the connections are not played to their end"
kill "$churn"
status=0
wait "$churn" || status=$?
[ "$status" -eq 0 ] || fail "churn ended with $status: $(cat "$work/churn.err")"
stop_tracer busy
exec {go}>&-
status=0
wait "$player" || status=$?
[ "$status" -eq 0 ] || fail "not all connections were played to their end: $(cat "$work/played.err")"
# Of the churn only the count is kept: a record is 2 KB.
awk -v churn="\"server\":{\"address\":\"127.0.0.1\",\"port\":$churn_port" -v count="$work/count" '
	index($0, churn) { recorded++; if (/"complete":false/) incomplete++; next }
	{ print }
	END { print recorded + 0, incomplete + 0 > count }' "$work/records" > "$work/busy.out"
rm "$work/records"

# What was lost is said, in each record of that time: the rest of it must be right all the same.
lost=
if grep -E 'events? (was|were) lost' "$work/busy.err"; then
	lost=yes
	jq -c 'if .incomplete == "events_lost" then .complete = true else . end' "$work/busy.out" > "$work/said"
	mv "$work/said" "$work/busy.out"
fi
expect_lives busy
read -r recorded incomplete < "$work/count"
read -r made failed rate < <(jq -r '"\(.count) \(.failed) \(.rate | round)"' "$work/churn")
echo "beside them $rate connections a second: $made made, $failed failed, $recorded recorded, $incomplete of these incomplete"
[ "$made" -gt 1000 ] || fail "that was no churn: $made connections beside those"
expect_equal "failed connections of the churn" 0 "$failed"
# Where events were lost, one that lost them all cannot be recorded, and one that lost its birth may be recorded twice.
[ "$lost" ] || expect_equal "records of the churn" "$made" "$recorded"
