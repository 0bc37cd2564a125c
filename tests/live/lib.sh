# shellcheck shell=bash
# What all live tests share: network namespaces, the tracer, connections to play, and what is expected of the records.
# Sourced first. A test runs alone (`tests/live/close.sh`) as well as beside others: it takes a slot, from which come
# addresses and ports that no other test uses at that time. KEEP=DIR keeps what a failed test wrote in DIR/NAME.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$(cd "$top" && realpath -m "${OUT:-build}")
tracer=$out/tcplife-trace
lives=$out/tests/tools/lives
test_name=$(basename "$0" .sh)
for slot in {1..120}; do
	exec {slot_lock}> "/tmp/tcplife-trace.slot.$slot"
	! flock -n "$slot_lock" || break
	exec {slot_lock}>&-
done
# shellcheck disable=SC2034 # this and the 99 behind it are the test's
port=$((20000 + slot * 100))
net4=10.99.$slot
net6=fd99:$slot
work=$(mktemp -d)
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

# ---- the end, whatever it is

cleanups=()

# defer COMMAND...: run at exit, last first.
defer() {
	cleanups=("$(printf '%q ' "$@")" "${cleanups[@]}")
}

unwind() {
	local status=$? command
	trap - EXIT
	set +e
	for command in "${cleanups[@]}"; do
		eval "$command" 2> "$work.cleanup" || { echo "cleanup failed: $command"; cat "$work.cleanup"; status=1; } >&2
	done
	if [ -n "${KEEP:-}" ] && [ "$status" -ne 0 ]; then
		mkdir -p "$KEEP"
		cp -r "$work" "$KEEP/$test_name"
	fi
	rm -rf "$work" "$work.cleanup"
	exit "$status"
}
trap unwind EXIT
trap 'exit 130' INT TERM

# Some guest kernels run no tracing program while a process of the hypervisor's is current, softirqs included. A record
# that lacks a step says so, after a silence or when tracing ends, or does not know how a minisocket ended; a test that failed beside such a one is to be run again
# (75: tests/run.sh does it twice at most). A test adds what else only a machine without time for it brings about.
spoilt_by='"incomplete":"steps_missed"|"exit":"unknown"'
fail() {
	echo "FAIL: $*" >&2
	local name
	for name in "${!tracers[@]}"; do
		kill -CONT "${tracers[$name]}" && kill -INT "${tracers[$name]}" && until_true 10 gone "${tracers[$name]}"
	done 2> /dev/null
	if grep -rqsE "$spoilt_by" "$work"; then
		echo "AGAIN: the kernel did not report each step of a socket, or the machine was too slow for what was to happen" >&2
		exit 75
	fi
	exit 1
}

# skip WHAT: what this host lacks. Where the machine is ours to furnish, a missing thing is a failure.
skip() {
	echo "SKIP: $*" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 77
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" > /dev/null || skip "$tool is missing (make deps installs it)"
	done
}

# until_true SECONDS COMMAND...: polls until the command succeeds.
until_true() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# ---- network namespaces

# shellcheck disable=SC2034 # what make_netns sets
near='' far='' alone='' elsewhere='' router=''

remove_netns() {
	ip netns del "$1"
}

# make_netns NAME: sets $NAME to the name of a fresh netns with lo up.
make_netns() {
	local name="tl-$test_name-$$-$1"
	ip netns add "$name"
	defer remove_netns "$name"
	ip -n "$name" link set lo up
	stat -Lc %i "/run/netns/$name" >> "$work/ours"
	printf -v "$1" %s "$name"
}

# make_pair: netns $near and $far, joined by veth0: $near4 and $far4, $near6 and $far6.
make_pair() {
	make_netns near
	make_netns far
	near4=$net4.1 far4=$net4.2 near6=$net6::1 far6=$net6::2
	ip link add veth0 netns "$near" type veth peer name veth0 netns "$far"
	ip -n "$near" address add "$near4/24" dev veth0
	ip -n "$far" address add "$far4/24" dev veth0
	ip -n "$near" address add "$near6/64" dev veth0 nodad
	ip -n "$far" address add "$far6/64" dev veth0 nodad
	ip -n "$near" link set veth0 up
	ip -n "$far" link set veth0 up
}

# to_router NETNS INTERFACE NET: a veth from there to $router: NET.1, and .2 of the router's interface of the same name.
to_router() {
	ip link add "$2" netns "$1" type veth peer name "$2" netns "$router"
	ip -n "$1" address add "$3.1/24" dev "$2"
	ip -n "$router" address add "$3.2/24" dev "$2"
	ip -n "$1" link set "$2" up
	ip -n "$router" link set "$2" up
	ip -n "$1" route add default via "$3.2"
}

# make_routed: netns $near ($near4, interface left) and $far ($far4, right), and $router between them.
make_routed() {
	make_netns near
	make_netns far
	make_netns router
	near4=10.101.$slot.1 far4=10.102.$slot.1
	to_router "$near" left "${near4%.1}"
	to_router "$far" right "${far4%.1}"
	inside "$router" sysctl -qw net.ipv4.ip_forward=1
}

# inside NETNS COMMAND...: unlike `ip netns exec` it leaves /sys as it is, with tracefs, bpffs and cgroups.
inside() {
	local netns=$1
	shift
	nsenter --net="/run/netns/$netns" "$@"
}

# make_cgroup: a cgroup of the test's own, $base, below $cgroup2, where cgroup v2 is mounted.
make_cgroup() {
	cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$cgroup2" ] || skip "cgroup v2: no such file system is mounted"
	base=$cgroup2/tcplife-$$
	mkdir "$base"
	defer rmdir "$base"
}

# ---- the tracer

ready() {
	grep -q '^tcplife-trace: tracing' "$work/$1.err" || ! kill -0 "${tracers[$1]}" 2> /dev/null
}

declare -A tracers=()

kill_tracer() {
	[ -z "${tracers[$1]:-}" ] || { kill -KILL "${tracers[$1]}" && wait "${tracers[$1]}"; } 2> /dev/null || :
}

# start_tracer NAME NETNS ARGS...: returns when it is attached. stdout goes to $work/NAME.out, stderr to $work/NAME.err.
start_tracer() {
	local name=$1 netns=$2
	shift 2
	: > "$work/$name.err"
	nsenter --net="/run/netns/$netns" "$tracer" "$@" > "$work/$name.out" 2> "$work/$name.err" &
	tracers[$name]=$!
	defer kill_tracer "$name"
	until_true 20 ready "$name" || fail "tracer $name is not ready after 20 s: $(cat "$work/$name.err")"
	kill -0 "${tracers[$name]}" 2> /dev/null || fail "tracer $name ended: $(cat "$work/$name.err")"
}

# end_tracer NAME SECONDS: waits until it ends by itself; its exit status is in $status.
end_tracer() {
	until_true "$2" gone "${tracers[$1]}" || fail "tracer $1 does not end: $(cat "$work/$1.err")"
	status=0
	wait "${tracers[$1]}" || status=$?
	unset "tracers[$1]"
}

gone() {
	! kill -0 "$1" 2> /dev/null
}

# stop_tracer NAME [SIGNAL]: it must end well.
stop_tracer() {
	kill "-${2:-INT}" "${tracers[$1]}"
	end_tracer "$1" 20
	[ "$status" -eq 0 ] || fail "tracer $1 ended with $status: $(cat "$work/$1.err")"
}

# ask_health NETNS PORT: asks /healthz there again and again, in the background.
ask_health() {
	local asked longest=0 took
	rm -f "$work/asked_enough"
	until [ -e "$work/asked_enough" ]; do
		asked=$EPOCHREALTIME
		[ "$(inside "$1" curl -sS --max-time 20 "http://127.0.0.1:$2/healthz")" = ok ] || return 1
		took=$((${EPOCHREALTIME/./} - ${asked/./}))
		[ "$took" -le "$longest" ] || longest=$took
		echo "$longest" > "$work/longest"
	done &
	asker=$!
}

# end_health: each answer must have come. The longest wait is a figure, in $longest_ms, and no condition.
# shellcheck disable=SC2034
end_health() {
	touch "$work/asked_enough"
	wait "$asker" || fail "/healthz did not answer"
	longest_ms=$(($(cat "$work/longest") / 1000))
}

# ---- connections, and what is expected of their records

# play NETNS LIFE ARGS...: what was played is added to $work/played.
play() {
	local netns=$1
	shift
	inside "$netns" "$lives" play "$@" >> "$work/played" || fail "lives play $*"
}

# play_across LIFE VERSION ARGS...: client in $near, server in $far, over IPv4, IPv6 or v4-mapped ("4", "6", "mapped").
play_across() {
	local life=$1 client=$near4 server=$far4
	[ "$2" != 6 ] || client=$near6 server=$far6
	[ "$2" != mapped ] || server=::ffff:$far4
	shift 2
	play "$near" "$life" --client "$client" --server "$server" --server-netns "$far" "$@"
}

# peers VERSION THEME...: the connections of these themes, as `peer play` wants them.
peers() {
	local version=$1
	shift
	"$out/tests/tools/peer" list | awk -v version="$version" -v themes=" $* " 'index(themes, " " $2 " ") { print $1 "/" version }'
}

device_is_up() {
	[ -n "$(ip -n "$1" -6 address show dev tun0 to "fd97::1" 2> /dev/null)" ]
}

# peers_are_through PID STDERR: that `peer play` has ended, or has no connections left but those that stay open.
peers_are_through() {
	gone "$1" || grep -q 'stay open until stdin ends$' "$2"
}

# trace_peers NAME "SYSCTL=VALUE..." LIFE/VERSION...: connections with a hand-made peer, in a netns of its own with these
# settings of net.ipv4; the records of tracer NAME must tell each as it was played. What is played is in $work/played.
# What is to be open when the tracer ends stays so until it has ended.
trace_peers() {
	local name=$1 settings=$2 player status=0 setting own="peers_${1//-/_}"
	shift 2
	[ -e /dev/net/tun ] || skip "/dev/net/tun: there is no peer without it"
	make_netns "$own"
	own=${!own}
	for setting in $settings; do
		inside "$own" sysctl -qw "net.ipv4.$setting" || skip "net.ipv4.$setting"
	done
	mkfifo "$work/go.$name"
	inside "$own" "$out/tests/tools/peer" play "$@" < "$work/go.$name" > "$work/played" 2> "$work/peer.$name" &
	player=$!
	exec {go}> "$work/go.$name"
	until_true 10 device_is_up "$own" || fail "peer makes no device"
	start_tracer "$name" "$own" --netns "$own" --json --whole --record "$work/$name.rec"
	echo go >&"$go"
	until_true 300 peers_are_through "$player" "$work/peer.$name" || fail "the connections are not played to their end"
	stop_tracer "$name"
	exec {go}>&-
	wait "$player" || status=$?
	[ "$status" -eq 0 ] || fail "not all connections were played to their end: $(cat "$work/peer.$name")"
	expect_lives "$name"
}

# Of this test's namespaces: a port is not its own on a host where others make connections too.
ours() {
	jq -c --slurpfile ours "$work/ours" '.network.netns as $netns | select($netns == null or any($ours[]; . == $netns))' "$work/$1.out"
}

records() {
	ours "$1" | jq -c 'select(.schema == "tcplife.connection")'
}

record_count() {
	records "$1" | wc -l
}

# expect_lives NAME: tracer NAME's records say of each life what they must, and there is no other record.
expect_lives() {
	ours "$1" > "$work/$1.ours"
	jq -rn --slurpfile played "$work/played" --slurpfile records "$work/$1.ours" -f "$here/expect.jq" > "$work/unmet"
	[ ! -s "$work/unmet" ] || { cat "$work/unmet" "$work/$1.err" >&2; fail "the records of tracer $1 differ from what was played"; }
	echo "$1: $(wc -l < "$work/played") connections recorded as they were played"
}

# expect_json TEXT JQ-CONDITION FILE: true of each line, and there is one.
expect_json() {
	cat "$3" > "$work/lines"
	jq -se "length > 0 and all(.[]; $2)" "$work/lines" > "$work/verdict" || fail "$1: $(jq -c . "$work/lines")"
}

expect_equal() {
	[ "$2" = "$3" ] || fail "$1: expected '$3', got '$2'"
}

expect_text() {
	grep -qE -e "$2" "$3" || fail "$1: no '$2' in: $(cat "$3")"
}

[ "$(id -u)" -eq 0 ] || skip "root: network namespaces and the tracer need it"
[ -x "$tracer" ] || fail "$tracer is missing: make"
[ -x "$lives" ] || fail "$lives is missing: make $lives"
need ip jq
