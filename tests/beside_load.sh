#!/usr/bin/env bash
# tests/beside_load.sh COMMAND...: runs it beside foreign connections, RATE= a second (2000), on the host's loopback and in a
# network namespace of their own, to ports that the live tests use too. Its status is the command's. Root.
set -euo pipefail
cd "$(dirname "$0")/.."
load=$(realpath -m "${OUT:-build}")/tests/bench/load
netns=tl-foreign-$$
batch=$((${RATE:-2000} / 20))

[ "$(id -u)" -eq 0 ] || { echo "beside_load.sh: needs root" >&2; exit 77; }
[ -x "$load" ] || { echo "beside_load.sh: $load is missing: make check-live builds it" >&2; exit 1; }
ip netns add "$netns"
ip -n "$netns" link set lo up

# Ten times a second a batch to one port of 20100 to 32199, whose connections come from all ports. A batch that finds its port
# taken is left out.
foreign() {
	while :; do
		"$@" "$load" churn --client 127.2.0.0 --server 127.0.0.1 --port $((20100 + RANDOM % 12100)) --count "$batch" > /dev/null 2>&1 &
		sleep 0.1
		wait $! || :
	done
}

foreign env &
loads=($!)
foreign ip netns exec "$netns" &
loads+=($!)
unwind() {
	local status=$?
	trap - EXIT
	set +e
	kill "${loads[@]}"
	wait "${loads[@]}" 2> /dev/null
	ip netns del "$netns"
	exit "$status"
}
trap unwind EXIT
"$@"
