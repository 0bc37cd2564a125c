#!/usr/bin/env bash
# 200 interfaces that come and go beside a busy host: no event is lost, the program answers all the while, what rtnetlink
# could not announce is forgotten all the same, and without descriptors for all of them it says so once and goes on.
. "$(dirname "$0")/lib.sh"

load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
need curl prlimit
make_netns near
count=200

# interfaces add|del: a veth is two.
interfaces() {
	local i
	for ((i = 0; i < count; i += 2)); do
		if [ "$1" = add ]; then
			echo "link add many$i type veth peer name many$((i + 1))"
			echo "link set many$i up"
			echo "link set many$((i + 1)) up"
		else
			echo "link del many$i"
		fi
	done | ip -n "$near" -batch -
}

# links TRACER: how many programs it holds on interfaces.
links() {
	cat "/proc/${tracers[$1]}/fdinfo/"* 2> "$work/vanished" | grep -c '^link_type:.*tcx' || [ $? -eq 1 ]
}

answers() {
	[ "$(inside "$near" curl -sS --max-time 20 "http://127.0.0.1:$((port + 1))/healthz")" = ok ]
}

kill_churn() {
	[ -z "$churn" ] || kill -KILL "$churn"
}

start_tracer busy "$near" --json --port "$port" --web="127.0.0.1:$((port + 1))" -v
before=$(links busy)
[ "$before" -gt 0 ] || skip "tcx: its links are counted"
nsenter --net="/run/netns/$near" "$load" churn --client 127.1.0.0 --server 127.0.0.1 --port "$port" --rate 1500 --seconds 600 > "$work/churned" &
churn=$!
defer kill_churn
ask_health "$near" $((port + 1))
interfaces add
interfaces del
interfaces add
all_are_attached() {
	[ "$(links busy)" -eq $((before + 2 * count)) ]
}
until_true 120 all_are_attached || fail "$(links busy) links on $((count + 1)) interfaces"
interfaces del
all_are_gone() {
	[ "$(links busy)" -eq "$before" ]
}
until_true 60 all_are_gone || fail "interfaces that are gone: $(links busy) links where $before were"
end_health
kill -TERM "$churn"
wait "$churn" || fail "load churn"
churn=''
stop_tracer busy
! grep 'events were lost' "$work/busy.err" >&2 || fail "events were lost while interfaces came and went"
[ "$(grep -c '"complete":true' "$work/busy.out")" -ge 1000 ] || fail "few connections are complete"
echo "storm: nothing lost in $(record_count busy) records; the longest answer took $longest_ms ms"

# Hardly any descriptors.
nsenter --net="/run/netns/$near" prlimit --nofile=120:120 "$tracer" --json --web="127.0.0.1:$((port + 1))" -v > "$work/poor.out" 2> "$work/poor.err" &
tracers[poor]=$!
defer kill_tracer poor
until_true 20 ready poor || fail "not ready: $(cat "$work/poor.err")"
interfaces add
is_said() {
	grep -q 'no file descriptor is left' "$work/poor.err"
}
until_true 60 is_said || fail "nothing is said of the descriptors"
answers || fail "/healthz does not answer without descriptors"
held=$(links poor)
interfaces del
none_is_held() {
	[ "$(links poor)" -eq "$before" ]
}
until_true 60 none_is_held || fail "$(links poor) links where $before were"
play "$near" client-close
stop_tracer poor
expect_equal "messages about descriptors" "$(grep -c descriptor "$work/poor.err")" 1
echo "poor: $held programs attached with 120 descriptors, one message"
