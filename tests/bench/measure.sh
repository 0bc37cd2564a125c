# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what run.sh, which sources this, gives and takes
# What is measured. Each measurement is a JSON object, one a line, in $work/measured.

# name | unit | interface | load and its arguments, in $near
mapfile -t all_loads << 'END'
churn lo IPv4|connections/s|lo|churn --client 127.1.0.0 --server 127.0.0.1
churn lo IPv4 1 kB|connections/s|lo|churn --client 127.1.0.0 --server 127.0.0.1 --body 1000
churn lo IPv4 100 kB|connections/s|lo|churn --client 127.1.0.0 --server 127.0.0.1 --body 100000
churn lo IPv6|connections/s|lo|churn --client fd97::1:0 --server ::1
churn veth IPv4|connections/s|veth0|churn --client 10.97.0.0 --server 10.98.0.2 --server-netns FAR
churn veth IPv6 1 kB|connections/s|veth0|churn --client fd97::1:0 --server fd98::2 --server-netns FAR --body 1000
bulk lo|bytes/s|lo|bulk --server 127.0.0.1
bulk veth|bytes/s|veth0|bulk --server 10.98.0.2 --server-netns FAR
64 B there and back lo|transactions/s|lo|rr --server 127.0.0.1
64 B there and back veth|transactions/s|veth0|rr --server 10.98.0.2 --server-netns FAR
SYN flood veth|SYNs/s|veth0|flood --server 10.98.0.2 --server-netns FAR
timers of the kernel|round trips/s|lo|timers
system calls|calls/s|lo|syscalls
END
quick_loads='^(churn lo IPv4|churn veth IPv4|bulk lo|64 B there and back lo|timers of the kernel)$'

say() {
	echo "bench: $*" >&2
}

# keep PART JQ-ARGS...: adds an object of these arguments to what was measured.
keep() {
	local part=$1
	shift
	jq -nc "$@" --arg part "$part" '$ARGS.named' >> "$work/measured"
}

# run_load ARGS... in $near: its JSON line.
run_load() {
	local words=("$@")
	inside "$load" "${words[@]/#FAR/$far}" --port "$port" --seconds "$seconds" || fail "load $*"
}

# ---- the tools against each other

# measure_tool ROUND TOOL NAME UNIT INTERFACE LOAD...
measure_tool() {
	local round=$1 tool=$2 name=$3 unit=$4 result counts connections=0
	interface=$5
	shift 5
	[ -z "${absent[$tool]:-}" ] || return 0
	make_rig
	if start_tool "$tool"; then
		result=$(run_load "$@")
		let_tool_finish
		stop_tool
		[ "$1" != churn ] || connections=$(jq .count <<< "$result")
		counts=$(tool_counts "$tool" "$connections")
		keep kept --argjson round "$round" --arg tool "$tool" --arg load "$name" --arg unit "$unit" \
			--argjson result "$result" --argjson counts "${counts:-null}"
	fi
	remove_rig
	sleep 0.3 # the kernel takes the namespaces down behind our back
}

compare_tools() {
	local round tool entry name unit where line
	for entry in "${loads[@]}"; do
		IFS='|' read -r name unit where line <<< "$entry"
		say "$name"
		for ((round = 1; round <= rounds; round++)); do
			for tool in "${tools[@]}"; do
				# shellcheck disable=SC2086 # words of a load
				measure_tool "$round" "$tool" "$name" "$unit" "$where" $line
			done
		done
	done
	[ -z "${absent[ours]:-}" ] || fail "tcplife-trace: ${absent[ours]}"
	for tool in "${!absent[@]}"; do
		keep absent --arg tool "$tool" --arg why "${absent[$tool]}"
	done
}

# ---- ours alone, in the kernel

# The ids of the programs that a process holds, as a JSON array.
programs_of() {
	cat "/proc/$1/fdinfo/"* 2> /dev/null | sed -n 's/^prog_id:\s*//p' | sort -u | jq -sc .
}

# Which of our programs ran how often, and for how long, for each operation of a load.
profile_programs() {
	local entry name unit where line result enabled
	enabled=$(sysctl -n kernel.bpf_stats_enabled)
	for entry in "${loads[@]}"; do
		IFS='|' read -r name unit where line <<< "$entry"
		say "programs under $name"
		make_rig
		start_tool ours || fail "tcplife-trace: ${absent[ours]}"
		sysctl -qw kernel.bpf_stats_enabled=1
		# shellcheck disable=SC2086
		result=$(run_load $line)
		sysctl -qw kernel.bpf_stats_enabled="$enabled"
		bpftool --json prog show > "$work/programs"
		jq -c --argjson ours "$(programs_of "$tool_pid")" --arg load "$name" --argjson result "$result" '
			.[] | select((.id | IN($ours[])) and (.run_cnt // 0) > 0)
			| {part: "program", load: $load, program: .name, runs: .run_cnt, ns: .run_time_ns, operations: $result.count}
		' "$work/programs" >> "$work/measured"
		stop_tool
		remove_rig
	done
}

# What each set of hooks adds to a short connection on lo, both ends.
measure_hooks() {
	say "hooks, one set after the other"
	"$out/tests/bench/hooks" --rounds "$hook_rounds" > "$work/hooks" || fail "hooks"
	jq -c '. + {part: "hook"}' "$work/hooks" >> "$work/measured"
}

# frame HEX > FILE: those bytes, after two MAC addresses, and 1000 more.
frame() {
	local hex
	hex=$(printf '%024d%s' 0 "${1// /}")
	# shellcheck disable=SC2059 # the format is the frame
	printf "$(sed 's/../\\x&/g' <<< "$hex")"
	head -c 1000 /dev/zero
}

# What a packet of no interest costs by itself: no load, all from the cache, without the clock that bpf_stats reads twice.
measure_packets() {
	local tcp='9c401f90 000003e8 000007d0 501801f4 00000000' program id round what
	local -A frames=(
		["TCP data, IPv4"]="0800 4500041000014000 40060000 0a000001 0a000002 $tcp"
		["TCP data, IPv6"]="86dd 6000000003fc0640 fd970000000000000000000000000001 fd970000000000000000000000000002 $tcp"
		["not IP"]="0806"
	)
	say "packets, one by one"
	make_rig
	start_tool ours || fail "tcplife-trace: ${absent[ours]}"
	bpftool --json prog show > "$work/programs"
	for program in tcplife_xdp tcplife_in tcplife_out; do
		id=$(jq --argjson ours "$(programs_of "$tool_pid")" --arg name "$program" \
			'.[] | select((.id | IN($ours[])) and .name == $name) | .id' "$work/programs")
		for what in "${!frames[@]}"; do
			frame "${frames[$what]}" > "$work/frame"
			for ((round = 1; round <= rounds; round++)); do
				keep packet --arg program "$program" --arg packet "$what" --argjson ns \
					"$(bpftool --json prog run id "$id" data_in "$work/frame" repeat 2000000 | jq .duration)"
			done
		done
	done
	stop_tool
	remove_rig
}

# A veth is two interfaces.
make_interfaces() {
	local i
	for ((i = 0; i < $1; i += 2)); do
		echo "link add many$i type veth peer name many$((i + 1))"
		echo "link set many$i up"
		echo "link set many$((i + 1)) up"
	done | ip -n "$near" -batch -
}

# measure_start INTERFACES
measure_start() {
	local i
	say "start with $1 interfaces more"
	make_rig
	make_interfaces "$1"
	for ((i = 0; i < rounds; i++)); do
		keep start --argjson interfaces "$1" \
			--argjson result "$(inside "$load" run --until 'tracing; Ctrl-C' -- "$tracer" --json=/dev/null 2> "$work/start.err")" ||
			fail "tcplife-trace: $(cat "$work/start.err")"
	done
	remove_rig
}

# Of a process, in hundredths of a second.
cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

resident_kib() {
	awk '/^VmRSS/ { print $2 }' "/proc/$1/status"
}

# What connections that do nothing cost.
measure_idle() {
	local holder empty before
	say "$idle connections that idle"
	make_rig
	start_tool ours || fail "tcplife-trace: ${absent[ours]}"
	empty=$(resident_kib "$tool_pid")
	mkfifo "$work/release"
	inside "$load" hold --client 127.1.0.0 --server 127.0.0.1 --port "$port" --count "$idle" > "$work/held" < "$work/release" &
	holder=$!
	exec {release}> "$work/release"
	until [ -s "$work/held" ]; do
		kill -0 "$holder" 2> /dev/null || fail "load hold"
		sleep 0.1
	done
	sleep 1
	before=$(cpu_ticks "$tool_pid")
	sleep 5
	keep idle --argjson connections "$idle" --argjson seconds 5 --argjson cpu_ticks $(($(cpu_ticks "$tool_pid") - before)) \
		--argjson kib $(($(resident_kib "$tool_pid") - empty))
	stop_tool
	exec {release}>&-
	wait "$holder" || fail "load hold"
	rm "$work/release"
	remove_rig
}

# ---- without a kernel: recordings and captures

# measure_run WHAT CONNECTIONS COMMAND...
measure_run() {
	local what=$1 connections=$2 result
	shift 2
	result=$("$load" run -- "$@" 2> "$work/run.err" | tail -n 1) || fail "$*: $(cat "$work/run.err")"
	jq -e '.load == "run"' <<< "$result" > "$work/checked" || fail "$*: $(cat "$work/run.err")"
	keep offline --arg what "$what" --argjson connections "$connections" --argjson result "$result"
}

measure_offline() {
	local round
	"$load" recording --count "$recorded" > "$work/recording"
	"$load" capture --count "$captured" > "$work/capture"
	for ((round = 1; round <= rounds; round++)); do
		say "replays and captures, round $round"
		measure_run "replay, no output" "$recorded" "$tracer" --replay "$work/recording" --port 1 --no-header
		measure_run "replay, JSON" "$recorded" "$tracer" --replay "$work/recording" --json=/dev/null
		measure_run "capture, no output" "$captured" "$tracer" --pcap "$work/capture" --port 1 --no-header
		measure_run "capture, JSON" "$captured" "$tracer" --pcap "$work/capture" --json=/dev/null
		measure_run "capture, tcptrace" "$captured" tcptrace "$work/capture"
		measure_run "capture, tshark -z conv,tcp" "$captured" tshark -q -z conv,tcp -r "$work/capture"
	done
	rm "$work/recording" "$work/capture"
}

# What a connection costs that is held: in this stage, that many of them at once.
measure_memory() {
	local stage count
	for stage in open timewait; do
		say "memory of $held connections: $stage"
		for count in 1 "$held"; do
			"$load" recording --count "$count" --stage "$stage" --rate 100000 |
				"$load" run -- "$tracer" --replay - --port 1 --no-header > "$work/run"
			keep memory --arg stage "$stage" --argjson connections "$count" --slurpfile result "$work/run"
		done
	done
}
