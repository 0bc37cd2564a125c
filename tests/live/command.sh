#!/usr/bin/env bash
# tcplife-trace -- COMMAND: its connections and those of its children, nobody else's; its streams, its exit status and
# its signals are its own.
. "$(dirname "$0")/lib.sh"

make_netns alone

# end PID: at exit, of what is mostly gone by itself then.
end() {
	kill -KILL -- "$1" 2> /dev/null || :
}

# followed NAME STATUS OPTION... -- COMMAND: what it says goes to $work/NAME.err, the command's output to $work/NAME.out.
followed() {
	local name=$1 wanted=$2 got=0
	shift 2
	timeout 60 nsenter --net="/run/netns/$alone" "$tracer" --netns "$alone" "$@" > "$work/$name.out" 2> "$work/$name.err" || got=$?
	expect_equal "$name: exit status" "$got" "$wanted"
}

followed own 0 --json="$work/own.json" -- "$lives" play client-close --port "$port" -n 3
expect_equal "own: records" "$(jq -r .tcp.ending "$work/own.json" | grep -c closed)" 3
expect_text own '3 connections, .* in handshakes, .* idle' "$work/own.err"

# Somebody else's are not the command's, and its children's are.
inside "$alone" "$lives" play client-close --port $((port + 1)) -n 5 > "$work/others" &
others=$!
followed children 7 --json="$work/children.json" -- sh -c "'$lives' play refused --port $((port + 2)); cat; exit 7" <<< "its input"
wait "$others"
expect_equal "children: records" "$(jq -r '"\(.server.port) \(.tcp.ending)"' "$work/children.json" | sort | uniq -c | xargs)" "1 $((port + 2)) refused"
expect_text children 'its input' "$work/children.out"
expect_text children '1 connection, 1 refused' "$work/children.err"

followed missing 127 -- "$work/no-such-program"
expect_text missing 'cannot run .*No such file' "$work/missing.err"
echo not-a-program > "$work/plain"
followed plain 126 -- "$work/plain"
expect_text plain 'cannot run .*Permission denied' "$work/plain.err"
# shellcheck disable=SC2016 # its own shell's pid
followed killed 137 -- sh -c 'kill -KILL $$'

# The terminal's Ctrl-C goes to the group, and the command decides what it comes to.
# shellcheck disable=SC2016
SUDO_UID=65534 SUDO_GID=65534 env --default-signal=INT setsid ip netns exec "$alone" "$tracer" --netns "$alone" -- \
	sh -c 'trap "id -u; exit 9" INT; echo ready; while :; do sleep 0.1; done' > "$work/ctrl_c.out" 2> "$work/ctrl_c.err" &
group=$!
defer end "-$group"
until_true 30 grep -q ready "$work/ctrl_c.out"
kill -INT -- "-$group"
status=0
wait "$group" || status=$?
expect_equal "Ctrl-C: exit status" "$status" 9
expect_equal "as the user who called sudo" "$(tail -n 1 "$work/ctrl_c.out")" 65534
expect_text ctrl_c '0 connections' "$work/ctrl_c.err"

# Tracing may end first: what is sent to the tracer still goes to the command.
followed outlived 3 --duration 1 -- sh -c 'sleep 2; exit 3'
expect_text outlived 'the command runs on and is no longer followed' "$work/outlived.err"
expect_text outlived '(9[0-9.]+ ms|1(\.[0-9]+)? s) idle' "$work/outlived.err"
nsenter --net="/run/netns/$alone" "$tracer" --netns "$alone" --duration 1 -- sleep 20 > "$work/sent.out" 2> "$work/sent.err" &
sent=$!
defer end "$sent"
until_true 30 grep -q 'runs on' "$work/sent.err"
kill -TERM "$sent"
status=0
wait "$sent" || status=$?
expect_equal "a signal after tracing: exit status" "$status" 143

# What it leaves behind is not followed any further, and its cgroup is gone.
# shellcheck disable=SC2016
followed daemon 0 -- sh -c 'setsid sleep 60 > /dev/null 2>&1 & echo $!'
defer kill "$(cat "$work/daemon.out")"
expect_text daemon '1 process of the command still runs' "$work/daemon.err"
expect_equal "cgroups that are left" "$(grep -c tcplife-trace "/proc/$(cat "$work/daemon.out")/cgroup" || :)" 0

# --slo, with and without segments to see.
followed kept 0 --slo 'handshake < 60s and ending == closed' -- "$lives" play client-close --port "$port"
followed broken 4 --slo 'ending == closed' -- "$lives" play refused --port $((port + 2))
expect_text broken "1 of 1 connection did not keep --slo 'ending == closed'; the first: .*, refused" "$work/broken.err"
followed blind 4 --slo 'handshake < 0' --xdp off -- "$lives" play client-close --port "$port"
followed worse 3 --slo 'ending == closed' -- sh -c "'$lives' play refused --port $((port + 2)); exit 3"
