#!/usr/bin/env bash
# CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN suffice; what is not needed to go on and to detach is given up at once. The
# outputs that write, serve and send work in what is left, and interfaces are followed.
. "$(dirname "$0")/lib.sh"
need setpriv curl

make_pair
caps=bpf,+perfmon,+net_admin
program=$work/tcplife-trace
chmod 755 "$work"
cp "$tracer" "$program"
mkdir -m 0777 "$work/nobodys"

# as_nobody COMMAND...: in $near, uid 65534 with the three capabilities and no other.
as_nobody() {
	exec nsenter --net="/run/netns/$near" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="-all,+$caps" --ambient-caps="-all,+$caps" \
		--bounding-set="-all,+$caps" "$@"
}

# start_as_nobody NAME ARGS...: in $near.
start_as_nobody() {
	local name=$1
	shift
	: > "$work/$name.err"
	as_nobody "$program" "$@" > "$work/$name.out" 2> "$work/$name.err" &
	tracers[$name]=$!
	defer kill_tracer "$name"
	until_true 20 ready "$name" || fail "tracer $name is not ready: $(cat "$work/$name.err")"
	kill -0 "${tracers[$name]}" 2> /dev/null || fail "tracer $name ended: $(cat "$work/$name.err")"
}

# expect_confined NAME CAPABILITIES: of all threads.
expect_confined() {
	local status
	until_true 10 grep -qE '^Seccomp:[[:space:]]*2' "/proc/${tracers[$1]}/status" || fail "$1: no filter of system calls"
	for status in "/proc/${tracers[$1]}/task"/*/status; do
		expect_equal "$1: permitted capabilities" "$(awk '/^CapPrm/ { print $2 }' "$status")" "$2"
		expect_equal "$1: effective capabilities" "$(awk '/^CapEff/ { print $2 }' "$status")" "$2"
		expect_equal "$1: no_new_privs, seccomp" "$(awk '/^NoNewPrivs|^Seccomp:/ { print $2 }' "$status" | xargs)" "1 2"
	done
}

# 1000 = CAP_NET_ADMIN, 2 = CAP_DAC_OVERRIDE for root's files; CAP_BPF (8000000000) only before Linux 5.19.
bpf=0
[ "$(printf '%s\n' 5.19 "$(uname -r)" | sort -V | head -n 1)" = 5.19 ] || bpf=0x8000000000
start_as_nobody nobody --port "$port-$((port + 49))" -v --json --record "$work/nobodys/r.tlt" \
	--prometheus=127.0.0.1:$((port + 90))
expect_confined nobody "$(printf '%016x' $((bpf | 0x1000)))"

inside "$near" curl -sf "http://127.0.0.1:$((port + 90))/metrics" > "$work/metrics"
expect_text "figures are served" '^tcplife_' "$work/metrics"
play_across client-close 4 --port "$port"
play_across unread-close 6 --port $((port + 1))
play "$near" half-close --port $((port + 2))

# An interface that comes after the capabilities went.
ip link add later netns "$near" type veth peer name later netns "$far"
ip -n "$near" address add "$net4.129/28" dev later
ip -n "$far" address add "$net4.130/28" dev later
ip -n "$near" link set later up
ip -n "$far" link set later up
until_true 10 grep -q '^tcplife-trace: later .*arriving [a-z]' "$work/nobody.err" || fail "an interface that came is not watched: $(cat "$work/nobody.err")"
play "$near" server-close --client "$net4.129" --server "$net4.130" --server-netns "$far" --port $((port + 3))

# TIME_WAIT's end too, though its timer's function is not to be read from /proc/kallsyms.
over() {
	[ "$(grep -c '"tcplife.time_wait"' "$work/nobody.out")" -ge 3 ]
}
until_true 90 over || fail "TIME_WAIT's end is not recorded"
expect_json "TIME_WAIT was measured" '.time_wait.exit == "expired" and .time_wait.duration_ns >= 60e9 and .time_wait.duration_ns < 66e9' \
	<(jq -c 'select(.schema == "tcplife.time_wait")' "$work/nobody.out")
stop_tracer nobody
expect_lives nobody
expect_json "what came over the new interface was seen" 'any(.events[]; .kind == "segment")' \
	<(records nobody | jq -c "select(.server.port == $((port + 3)))")
"$tracer" --replay "$work/nobodys/r.tlt" --json > "$work/replayed.out"
expect_lives replayed

# Root gives up the same, and --no-sandbox nothing.
start_tracer root "$near" --json -v
expect_confined root "$(printf '%016x' $((bpf | 0x1000)))"
expect_text "what is kept is said" 'capabilities kept:.*net_admin' "$work/root.err"
stop_tracer root
start_tracer free "$near" --json --no-sandbox
expect_equal "--no-sandbox keeps what there was" "$(awk '/^CapPrm/ { print $2 }' "/proc/${tracers[free]}/status")" \
	"$(awk '/^CapPrm/ { print $2 }' /proc/self/status)"
expect_equal "... and filters nothing" "$(awk '/^Seccomp:/ { print $2 }' "/proc/${tracers[free]}/status")" 0
stop_tracer free

# What needs more says so.
status=0
(as_nobody "$program" --netns "$far" --json) 2> "$work/other.err" || status=$?
expect_equal "another namespace: status" "$status" 77
expect_text "another namespace: the remedy" 'CAP_SYS_ADMIN' "$work/other.err"
caps=perfmon,+net_admin
status=0
(as_nobody "$program" --json) 2> "$work/few.err" || status=$?
expect_equal "without CAP_BPF: status" "$status" 77
expect_text "without CAP_BPF: the remedy" 'CAP_BPF' "$work/few.err"
