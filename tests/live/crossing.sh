#!/usr/bin/env bash
# SYNs and FINs that cross. The path is held by neighbour entries without a link-layer address: what is sent waits in
# their queues, is not lost, and goes on when the addresses are set.
. "$(dirname "$0")/lib.sh"

make_pair
near_link=$(ip -n "$near" -json link show veth0 | jq -r '.[0].address')
far_link=$(ip -n "$far" -json link show veth0 | jq -r '.[0].address')

# neighbours ADDRESS-OF-NEAR ADDRESS-OF-FAR hold|release: the shell commands for `lives`.
neighbours() {
	local to_far="nud incomplete" to_near="nud incomplete"
	[ "$3" = hold ] || to_far="lladdr $far_link nud permanent" to_near="lladdr $near_link nud permanent"
	echo "ip -n $near neigh replace $2 dev veth0 $to_far && ip -n $far neigh replace $1 dev veth0 $to_near"
}

start_tracer pair "$near" --port "$port-$((port + 99))" --json
at=$port
for life in simultaneous-close simultaneous-open; do
	play_across "$life" 4 --port $((at++)) --hold "$(neighbours "$near4" "$far4" hold)" \
		--release "$(neighbours "$near4" "$far4" release)"
	play_across "$life" 6 --port $((at++)) --hold "$(neighbours "$near6" "$far6" hold)" \
		--release "$(neighbours "$near6" "$far6" release)"
done
expect_equal "TIME_WAITs that both sides of the crossing closes hold" \
	"$(inside "$far" ss -Htan state time-wait | wc -l)" 2
stop_tracer pair
expect_lives pair
expect_json "crossing FINs were seen in CLOSING" '.teardown.simultaneous == true and any(.events[]; .new_state == "closing")' \
	<(records pair | jq -c 'select(.tcp.close_form == "simultaneous")')
expect_json "both ends hold a TIME_WAIT" '.time_wait and .time_wait_peer' \
	<(records pair | jq -c 'select(.tcp.close_form == "simultaneous")')

rm "$work/played"
make_netns alone
start_tracer self "$alone" --netns "$alone" --json
play "$alone" self-connect
play "$alone" self-connect --server ::1
stop_tracer self
expect_lives self
expect_json "a socket that is both sides" '.tcp.self_connect == true' <(records self)
