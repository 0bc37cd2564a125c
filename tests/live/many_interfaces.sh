#!/usr/bin/env bash
# To attach to 60 interfaces, and to detach from them, takes the kernel seconds in which a busy host goes on: nothing is
# lost, and what begins when tracing begins is seen in sockets and on the wire alike.
. "$(dirname "$0")/lib.sh"

load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
make_netns near
for ((i = 0; i < 60; i += 2)); do
	echo "link add many$i type veth peer name many$((i + 1))"
	echo "link set many$i up"
	echo "link set many$((i + 1)) up"
done | ip -n "$near" -batch -

kill_churn() {
	[ -z "$churn" ] || kill -KILL "$churn"
}

nsenter --net="/run/netns/$near" "$load" churn --client 127.1.0.0 --server 127.0.0.1 --port "$port" --seconds 600 > "$work/churned" &
churn=$!
defer kill_churn
start_tracer busy "$near" --netns "$near" --json --port "$port"
some_are_recorded() {
	[ "$(grep -c '"schema":"tcplife.connection"' "$work/busy.out")" -ge 1000 ]
}
until_true 20 some_are_recorded || fail "no connections are recorded"
stop_tracer busy
kill -TERM "$churn"
wait "$churn" || fail "load churn"
churn=''

! grep -E 'events? (was|were) lost' "$work/busy.err" >&2 || fail "events were lost while interfaces were attached or detached"
jq -c --argjson port "$port" 'select(.schema == "tcplife.connection" and .server.port == $port and .complete and .tcp.ending == "closed")' \
	"$work/busy.out" > "$work/whole"
[ "$(wc -l < "$work/whole")" -ge 900 ] || fail "only $(wc -l < "$work/whole") connections are recorded whole"
jq -c 'select(.handshake.evidence != "wire")' "$work/whole" > "$work/unseen"
expect_equal "connections recorded whole whose handshake was not seen on the wire" "$(head -n 1 "$work/unseen")" ''
echo "$(wc -l < "$work/whole") connections recorded whole, and nothing lost, while a churn went on"
