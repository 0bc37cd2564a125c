#!/usr/bin/env bash
# Plays four connections in a network namespace of its own and shows their timelines, each as its TIME_WAIT ends.
set -euo pipefail
out=$(realpath -m "${OUT:-build}")
PATH=$PATH:/usr/sbin:/sbin
netns=tcplife-demo-$$
notices=$(mktemp)

[ "$(id -u)" -eq 0 ] || { echo "demo: needs root, for a network namespace and the tracer: sudo make demo" >&2; exit 77; }

leave() {
	local status=$?
	trap - EXIT INT TERM
	[ -z "${tracer:-}" ] || ! kill -INT "$tracer" 2> /dev/null || wait "$tracer" || status=$?
	ip netns del "$netns"
	rm -f "$notices"
	exit "$status"
}

ip netns add "$netns"
trap leave EXIT INT TERM
ip -n "$netns" link set lo up
nsenter --net="/run/netns/$netns" "$out/tcplife-trace" --netns "$netns" --timeline --whole -c 4 2> "$notices" &
tracer=$!
until grep -q '^tcplife-trace: tracing' "$notices"; do
	kill -0 "$tracer" 2> /dev/null || { cat "$notices" >&2; exit 1; }
	sleep 0.05
done
echo "demo: four connections on lo of a private network namespace: refused, reset, orderly, half-closed."
echo "demo: the last two end with TIME_WAIT, so this takes about 65 s."
echo
for life in refused linger-reset client-close half-close; do
	nsenter --net="/run/netns/$netns" "$out/tests/tools/lives" play "$life" --think 100 > /dev/null
done
wait "$tracer"
tracer=
grep -v '^tcplife-trace: tracing' "$notices" >&2 || test $? = 1
