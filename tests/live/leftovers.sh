#!/usr/bin/env bash
# A tracer that is killed leaves nothing behind: no BPF program, map or link, no qdisc, no filter, no XDP program.
. "$(dirname "$0")/lib.sh"
need bpftool tc

make_pair

# ids KIND PID: of the BPF objects that the process holds. Other tests' tracers come and go meanwhile.
ids() {
	sed -n "s/^$1_id:[[:space:]]*//p" "/proc/$2/fdinfo"/*
}

# left KIND ID...: is any of them alive?
left() {
	local kind=$1 id
	shift
	for id in "$@"; do
		! bpftool "$kind" show id "$id" > /dev/null 2>&1 || return 0
	done
	return 1
}

none_left() {
	! left prog "${programs[@]}" && ! left link "${links[@]}" && ! left map "${maps[@]}"
}

on_interfaces() {
	local netns
	for netns in "$near" "$far"; do
		tc -n "$netns" qdisc show
		tc -n "$netns" filter show dev veth0 ingress
		tc -n "$netns" filter show dev veth0 egress
		inside "$netns" bpftool net show dev veth0
		ip -n "$netns" -details link show veth0 | grep -o 'prog/xdp.*' || test $? = 1
	done
}

# killed MODE: a tracer with --xdp=MODE that is killed at work.
killed() {
	local status programs links maps
	start_tracer doomed "$near" --netns "$near" --json --port "$port" "--xdp=$1"
	mapfile -t programs < <(ids prog "${tracers[doomed]}")
	mapfile -t links < <(ids link "${tracers[doomed]}")
	mapfile -t maps < <(ids map "${tracers[doomed]}")
	echo "$1: ${#programs[@]} programs, ${#links[@]} links, ${#maps[@]} maps"
	if [ ${#programs[@]} -lt 4 ] || [ ${#links[@]} -lt 4 ] || none_left; then fail "that is too little to be true"; fi
	on_interfaces > "$work/during.$1"
	play_across client-close 4 --port "$port"
	kill -KILL "${tracers[doomed]}"
	end_tracer doomed 5
	expect_equal "$1: status after SIGKILL" "$status" 137
	until_true 10 none_left || fail "$1: left behind: $(bpftool prog show; bpftool link show)"
	on_interfaces > "$work/after"
	diff "$work/before" "$work/after" || fail "$1: something was left on the interfaces"
}

on_interfaces > "$work/before"
for mode in auto native generic; do
	killed "$mode"
done
expect_text "the XDP program was seen on veth0 while it was there" "prog/xdp" "$work/during.native"
expect_text "the XDP program was seen on veth0 while it was there" "prog/xdp" "$work/during.generic"
