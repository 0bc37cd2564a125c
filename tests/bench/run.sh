#!/usr/bin/env bash
# `make bench`: what tracing costs, beside the tools that it replaces. BENCH=quick takes two minutes, BENCH=full (the
# default) about fifteen. Prints tables, and leaves all figures in $OUT/bench.json. All loads run in network namespaces
# of their own; the tools take turns on each load, so that what the machine does beside it meets all of them.
set -euo pipefail

[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 77; }
# Some of the tools look for tracepoints in debugfs. A mount namespace of our own, so that nothing stays mounted.
if [ -z "${BENCH_MOUNTED:-}" ]; then
	exec env BENCH_MOUNTED=1 unshare --mount "$0"
fi
[ -d /sys/kernel/debug/tracing/events ] || mount -t debugfs none /sys/kernel/debug
[ -d /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "$here/../.." && realpath -m "${OUT:-build}")
tracer=$out/tcplife-trace
load=$out/tests/bench/load
work=$(mktemp -d)
port=7000
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

fail() {
	echo "bench: $*" >&2
	exit 1
}

# shellcheck source=tests/bench/rig.sh
. "$here/rig.sh"
# shellcheck source=tests/bench/tools.sh
. "$here/tools.sh"
# shellcheck source=tests/bench/measure.sh
. "$here/measure.sh"

unwind() {
	local status=$?
	trap - EXIT
	set +e
	stop_tool
	remove_rig
	rm -rf "$work"
	exit "$status"
}
trap unwind EXIT
trap 'exit 130' INT TERM

case ${BENCH:-full} in
quick)
	rounds=1 seconds=1 hook_rounds=20 recorded=50000 captured=20000 held=100000 idle=10000 interfaces=50
	mapfile -t loads < <(printf '%s\n' "${all_loads[@]}" | awk -F '|' -v wanted="$quick_loads" '$1 ~ wanted')
	;;
full)
	rounds=3 seconds=2 hook_rounds=200 recorded=200000 captured=100000 held=1000000 idle=100000 interfaces=200
	loads=("${all_loads[@]}")
	;;
*) fail "BENCH is quick or full, not '$BENCH'" ;;
esac
rounds=${ROUNDS:-$rounds}

for tool in ip jq bpftool nsenter tcplife tcpstates bpftrace tcpdump tshark tcptrace; do
	command -v "$tool" > "$work/found" || fail "$tool is missing: .ci/deps bench"
done

compare_tools
profile_programs
measure_hooks
measure_packets
measure_start 0
measure_start "$interfaces"
measure_idle
measure_offline
measure_memory
jq -s --arg date "$(date -u +%Y-%m-%d)" --arg kernel "$(uname -r)" --arg machine "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" \
	--argjson cpus "$(nproc)" --argjson rounds "$rounds" --argjson seconds "$seconds" -f "$here/summary.jq" "$work/measured" > "$work/bench.json"
mv "$work/bench.json" "$out/bench.json"
jq -r -f "$here/table.jq" "$out/bench.json"
