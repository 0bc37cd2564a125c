#!/usr/bin/env bash
# What is filtered out leaves no record and, where the kernel side can tell, no event: a recording shows it. One tracer
# for each filter watches the same traffic in $alone.
. "$(dirname "$0")/lib.sh"

make_netns alone
make_netns elsewhere
wanted=$port
other=$((port + 1))
names=()

watch() {
	local name=$1
	shift
	start_tracer "$name" "$alone" --json "$@" --record "$work/$name.rec"
	names+=("$name")
}

# recorded NAME JQ-STRING: that of all records of this tracer, sorted.
recorded() {
	records "$1" | jq -r "$2" | sort -u | paste -sd ' '
}

# crossed NAME JQ-STRING: the same of all that crossed the ring, as a replay without filters tells it.
crossed() {
	"$tracer" --replay "$work/$1.rec" --json | jq -r "select(.schema == \"tcplife.connection\") | $2" | sort -u | paste -sd ' '
}

only() {
	expect_equal "$1: recorded" "$(recorded "$1" "$2")" "$3"
	expect_equal "$1: crossed the ring" "$(crossed "$1" "$2")" "$3"
}

watch none --netns "$alone"
watch port --netns "$alone" --port "$wanted"
watch ranges --netns "$alone" --port "1-5,$((wanted - 3))-$wanted"
watch where --netns "$alone" --where "server.port == $wanted and ending == closed"
watch words --netns "$alone" tcp port "$wanted" and ip
watch local --netns "$alone" -L "$wanted"
watch remote --netns "$alone" -D "$wanted"
watch ipv4 --netns "$alone" -4
watch ipv6 --netns "$alone" -6
watch cidr --netns "$alone" --cidr ::1/128
watch netns --netns "$elsewhere" --summary
play "$alone" client-close --port "$wanted"
play "$alone" client-close --port "$wanted" --server ::ffff:127.0.0.1
play "$alone" client-close --port "$other" --server ::1
play "$alone" refused --port "$other"
for name in "${names[@]}"; do
	kill -INT "${tracers[$name]}"
done
for name in "${names[@]}"; do
	end_tracer "$name" 20
	expect_equal "$name: exit status" "$status" 0
done

expect_lives none
expect_equal "none: records" "$(record_count none)" 4
for name in port ranges where words local remote; do
	only "$name" .server.port "$wanted"
	expect_equal "$name: records" "$(record_count "$name")" 2
done
only ipv4 .network.type ipv4
expect_equal "ipv4, v4-mapped included: records" "$(record_count ipv4)" 3
only ipv6 .network.type ipv6
only cidr .server.address ::1
only netns .server.port ""
expect_text "netns: the totals" "^0 connections traced, 0 events, 0 lost" "$work/netns.err"

# -p: of two processes that are refused, the one that was asked for.
mkfifo "$work/go"
nsenter --net="/run/netns/$alone" bash -c "read -r < '$work/go'; exec 3<> /dev/tcp/127.0.0.1/$wanted" 2> "$work/refused" &
asked=$!
start_tracer pid "$alone" --netns "$alone" --json -p "$asked"
play "$alone" refused --port "$other"
play "$alone" client-close --port "$other"
echo > "$work/go"
status=0
wait "$asked" || status=$?
expect_equal "the process that was asked for was refused: status" "$status" 1
stop_tracer pid
expect_equal "-p" "$(records pid | jq -r '"\(.client.process.opener.pid) \(.server.port)"')" "$asked $wanted"

# What is named and not there may be misspelt; it is no error.
start_tracer absent "$alone" --netns "$alone" --unit no-such-unit --cgroup /no-such-cgroup --json
stop_tracer absent
grep -q 'there is no cgroup /no-such-cgroup now' "$work/absent.err" || fail "--cgroup of nothing: $(cat "$work/absent.err")"
grep -q 'no unit no-such-unit.service runs now' "$work/absent.err" || fail "--unit of nothing: $(cat "$work/absent.err")"
start_tracer present "$alone" --netns "$alone" --cgroup / --json
stop_tracer present
! grep -q 'now:' "$work/present.err" || fail "--cgroup /: $(cat "$work/present.err")"
