#!/usr/bin/env bash
# Safe to leave on: 20 tracers come and go under churn, stopped and killed in turn, on each XDP mode; so do interfaces
# and a namespace with connections in it. Nothing is left behind and no connection notices.
. "$(dirname "$0")/lib.sh"
need bpftool tc

make_pair

# ids KIND PID: of the BPF objects that the process holds. Other tests' tracers come and go meanwhile.
ids() {
	sed -n "s/^$1_id:[[:space:]]*//p" "/proc/$2/fdinfo"/*
}

none_left() {
	local kind id
	while read -r kind id; do
		! bpftool "$kind" show id "$id" > /dev/null 2>&1 || return 1
	done < "$work/objects"
}

on_interfaces() {
	local netns
	for netns in "$near" "$far"; do
		tc -n "$netns" qdisc show
		tc -n "$netns" filter show dev veth0 ingress
		tc -n "$netns" filter show dev veth0 egress
		ip -n "$netns" -details link show veth0 | grep -o 'prog/xdp.*' || test $? = 1
	done
}

# traffic NUMBER LIFE WHERE...: until asked to stop; a life that does not go as it should ends it with a failure.
traffic() {
	local number=$1
	shift
	while [ ! -e "$work/enough" ]; do
		inside "$near" "$lives" play "$@" -n 20 > "$work/traffic.$number" || { echo "lives play $*" >> "$work/disturbed"; return 1; }
		echo 20 >> "$work/played.$number"
	done
}

come_and_go() {
	local netns=tl-$test_name-$$-passing
	ip netns add "$netns"
	ip -n "$netns" link set lo up
	ip link add passing netns "$near" type veth peer name passing netns "$netns"
	ip -n "$near" address add "$net4.129/28" dev passing
	ip -n "$netns" address add "$net4.130/28" dev passing
	ip -n "$near" link set passing up
	ip -n "$netns" link set passing up
	play "$near" client-close --client "$net4.129" --server "$net4.130" --server-netns "$netns" --port $((port + 50))
	ip netns del "$netns"
}

on_interfaces > "$work/before"
traffic 1 half-close --client "$near4" --server "$far4" --server-netns "$far" --port "$port" &
players=($!)
traffic 2 client-close --port $((port + 1)) &
players+=($!)
modes=(auto native generic)
signals=(INT KILL TERM KILL)
for cycle in $(seq 0 19); do
	start_tracer doomed "$near" --netns "$near" --json "--xdp=${modes[cycle % 3]}"
	for kind in prog link map; do
		ids $kind "${tracers[doomed]}" | sed "s/^/$kind /"
	done > "$work/objects"
	[ "$(wc -l < "$work/objects")" -ge 12 ] || fail "cycle $cycle: $(wc -l < "$work/objects") objects are too few to be true"
	come_and_go
	until_true 10 test -s "$work/doomed.out" || fail "cycle $cycle: nothing was recorded"
	kill "-${signals[cycle % 4]}" "${tracers[doomed]}"
	end_tracer doomed 20
	case ${signals[cycle % 4]} in
	KILL) expect_equal "cycle $cycle: status" "$status" 137 ;;
	*) expect_equal "cycle $cycle: status" "$status" 0 ;;
	esac
	until_true 10 none_left || fail "cycle $cycle: left behind: $(cat "$work/objects")"
	on_interfaces > "$work/after"
	diff "$work/before" "$work/after" || fail "cycle $cycle: something was left on the interfaces"
done
touch "$work/enough"
for pid in "${players[@]}"; do
	wait "$pid" || fail "a connection was disturbed: $(cat "$work/disturbed")"
done
echo "20 tracers, $(cat "$work"/played.[12] | awk "{ n += \$1 } END { print n }") connections, none disturbed"
