# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what run.sh, which sources this, gives and takes
# The programs that are compared: how each is started, when it is ready, and how many lines of the load it recorded.
# A tool writes $work/tool.out and $work/tool.err. $port is the load's, $interface where its packets pass.

tools=(untraced ours tcplife tcpstates bpftrace tcpdump)
flags_filter='tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or (ip6[6] == 6 and ip6[53] & 7 != 0)'
declare -A absent=()
tool_pid=''

tool_command() {
	case $1 in
	ours) command=("$tracer" --json) ;;
	tcplife | tcpstates) command=(stdbuf -oL "$1") ;;
	bpftrace) command=(bpftrace -B line "$(command -v tcplife.bt)") ;;
	tcpdump) command=(tcpdump -n -i "$interface" -w /dev/stdout "$flags_filter") ;;
	esac
}

tool_is_ready() {
	case $1 in
	ours) grep -q '^tcplife-trace: tracing' "$work/tool.err" ;;
	tcpdump) grep -q 'listening on' "$work/tool.err" ;;
	*) grep -q PID "$work/tool.out" ;;
	esac
}

# The last thing that it said, in one line.
tool_complaint() {
	tail -qn 1 "$work/tool.out" "$work/tool.err" | tr -d '\0' | tail -n 1
}

# start_tool NAME: 1 if it does not run here, and then $absent says why.
start_tool() {
	local command deadline=$((SECONDS + 20))
	[ "$1" != untraced ] || return 0
	: > "$work/tool.out"
	: > "$work/tool.err"
	tool_command "$1"
	nsenter --net="/run/netns/$near" "${command[@]}" > "$work/tool.out" 2> "$work/tool.err" &
	tool_pid=$!
	until tool_is_ready "$1"; do
		if ! kill -0 "$tool_pid" 2> /dev/null || [ "$SECONDS" -ge "$deadline" ]; then
			stop_tool
			absent[$1]=$(tool_complaint)
			return 1
		fi
		sleep 0.05
	done
	# bpftrace writes its head before it attaches the rest.
	[ "$1" != bpftrace ] || sleep 1
	if ! kill -0 "$tool_pid" 2> /dev/null; then
		stop_tool
		absent[$1]=$(tool_complaint)
		return 1
	fi
}

# What a tool still holds it may write: until its output stands still.
let_tool_finish() {
	local before=-1 size deadline=$((SECONDS + 10))
	[ -n "$tool_pid" ] || return 0
	while size=$(stat -c %s "$work/tool.out") && [ "$size" != "$before" ] && [ "$SECONDS" -lt "$deadline" ]; do
		before=$size
		sleep 0.3
	done
}

stop_tool() {
	[ -n "$tool_pid" ] || return 0
	kill -INT "$tool_pid" 2> /dev/null || :
	wait "$tool_pid" || :
	tool_pid=''
}

# Prints {"expected","recorded","events_lost","incomplete"} for that many connections of a churn.
tool_counts() {
	local recorded expected lost=0 incomplete=0
	case $1 in
	untraced) return 0 ;;
	ours)
		expected=$2
		recorded=$(grep -c "^{\"schema\":\"tcplife.connection\".*\"port\":$port," "$work/tool.out" || :)
		incomplete=$(grep -c "^{\"schema\":\"tcplife.connection\".*\"complete\":false.*\"port\":$port," "$work/tool.out" || :)
		lost=$(sed -n 's/.*: \([0-9]*\) events\{0,1\} w[aser]* lost.*/\1/p' "$work/tool.err")
		;;
	tcplife | bpftrace)
		expected=$((2 * $2))
		recorded=$(awk -v port="$port" '$4 == port || $6 == port' "$work/tool.out" | wc -l)
		;;
	tcpstates)
		expected=$((10 * $2))
		recorded=$(awk -v port="$port" '($5 == port && $7) || $7 == port' "$work/tool.out" | wc -l)
		;;
	tcpdump)
		expected=$((4 * $2))
		recorded=$(sed -n 's/^\([0-9]*\) packets captured.*/\1/p' "$work/tool.err")
		lost=$(sed -n 's/^\([0-9]*\) packets dropped by kernel.*/\1/p' "$work/tool.err")
		;;
	esac
	jq -nc --argjson expected "$expected" --argjson recorded "${recorded:-0}" --argjson events_lost "${lost:-0}" \
		--argjson incomplete "$incomplete" '$ARGS.named'
}
