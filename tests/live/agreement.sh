#!/usr/bin/env bash
# The same traffic as reported by ss, by the kernel's own counters (nstat) and by tshark: they and the records agree.
. "$(dirname "$0")/lib.sh"
need tcpdump tshark nstat ss

make_netns alone
nsenter --net="/run/netns/$alone" tcpdump -i lo -U --immediate-mode -Z root -w "$work/lo.pcap" tcp 2> "$work/tcpdump.err" &
dump=$!
stop_dump() {
	[ -z "$dump" ] || kill "$dump"
}
defer stop_dump
capturing() {
	grep -q 'listening on' "$work/tcpdump.err"
}
until_true 10 capturing || fail "tcpdump: $(cat "$work/tcpdump.err")"
inside "$alone" nstat -n
start_tracer lo "$alone" --netns "$alone" --json
for server in 127.0.0.1 ::1; do
	for life in client-close server-close half-close linger-reset unread-close refused fin-wait2 self-connect tw-reopened accept-never fin-wait2-orphan; do
		play "$alone" "$life" --server "$server"
	done
done
inside "$alone" sysctl -qw net.ipv4.tcp_tw_reuse=1
play "$alone" tw-reused --client-netns "$alone"

ends='"\(.address):\(.port)"'
ss_says() {
	inside "$alone" ss -Htan state time-wait | awk '{ print $3, $4 }' | tr -d '[]' | sort
}
# Of a TIME_WAIT at either side: the holder's end first.
we_say() {
	jq -rn --slurpfile all "$work/lo.out" '[$all[] | select(.schema == "tcplife.time_wait").id] as $over
		| $all[] | select(.schema == "tcplife.connection" and (.id | IN($over[]) | not)) | . as $c
		| (.time_wait, .time_wait_peer) | select(.exit == "running") | .side
		| if . == "client" then $c.client, $c.server else $c.server, $c.client end | '"$ends" | paste -d' ' - - | sort
}
agree() {
	ss_says > "$work/ss" && we_say > "$work/recorded" && [ -s "$work/ss" ] && cmp -s "$work/ss" "$work/recorded"
}
until_true 10 agree || fail "TIME_WAIT by ss and by the records: $(diff "$work/ss" "$work/recorded")"
running=$(wc -l < "$work/ss")

inside "$alone" sysctl -qw net.ipv4.tcp_max_tw_buckets=0 net.ipv4.ip_local_port_range="32768 60999"
play "$alone" half-close -n 3
inside "$alone" nstat -az > "$work/nstat"
stop_tracer lo
expect_lives lo

# nstat's name, and what it counts of the records (net/ipv4/inet_timewait_sock.c): TW the minisockets that were made for
# more than 4 s, TWKilled those for less.
counted() {
	awk -v name="TcpExt$1" '$1 == name { print $2 }' "$work/nstat"
}
records lo > "$work/records"
recorded() {
	jq -s "[.[] | $1] | length" "$work/records"
}
made='(.time_wait, .time_wait_peer | select(. != null and .exit != "never_created")), (select(.fin_wait2.form == "orphan_minisocket" and .time_wait == null) | .fin_wait2)'
expect_equal "TcpExtTW" "$(recorded "$made | select((.nominal_ns // 60e9) > 4e9)")" "$(counted TW)"
expect_equal "TcpExtTWKilled" "$(recorded "$made | select((.nominal_ns // 60e9) <= 4e9)")" "$(counted TWKilled)"
expect_equal "TcpExtTCPTimeWaitOverflow" "$(recorded 'select(.time_wait.exit == "never_created")')" "$(counted TCPTimeWaitOverflow)"
expect_equal "TcpExtTWRecycled" \
	"$(jq -s '[.[] | select(.time_wait.exit == "reused") | .id] | unique | length' "$work/lo.out")" "$(counted TWRecycled)"

# One line a connection in tshark's order: completeness, packets and payload of either side.
by_tshark() {
	tshark -2 -r "$work/lo.pcap" -T fields -e tcp.stream -e tcp.srcport -e tcp.len -e tcp.completeness \
		-e tcp.analysis.retransmission 2> "$work/tshark.err" | awk -F'\t' '
		!($1 in client) { client[$1] = $2; order[n++] = $1 }
		{ from = $2 == client[$1] ? 0 : 1; packets[$1, from]++; if ($5 == "") bytes[$1, from] += $3; seen[$1] = $4 }
		END { for (i = 0; i < n; i++) { s = order[i]; print seen[s], packets[s, 0] + 0, packets[s, 1] + 0, bytes[s, 0] + 0, bytes[s, 1] + 0 } }' |
		sort > "$work/by-tshark"
}
# A connection to itself has one side only on the wire, and each of our two is that one.
by_us() {
	jq -r 'if .tcp.self_connect then "\(.tcp.completeness) \(.client.packets) 0 \(.client.bytes) 0"
		else "\(.tcp.completeness) \(.client.packets) \(.server.packets) \(.client.bytes) \(.server.bytes)" end' \
		"$work/records" | sort > "$work/by-us"
}
tshark_agrees() {
	by_tshark && cmp -s "$work/by-us" "$work/by-tshark"
}
# A capture shows the pair of numbers as the sockets do.
"$tracer" --pcap "$work/lo.pcap" --json 2> "$work/read.err" | jq -r 'select(.server.isn or .tcp.self_connect) | .id' | sort > "$work/read.ids"
jq -r 'select(.schema == "tcplife.connection" and .server.isn).id' "$work/lo.out" | sort > "$work/ids"
cmp -s "$work/ids" "$work/read.ids" || fail "ids by the sockets and by the capture: $(diff "$work/ids" "$work/read.ids")"
by_us
until_true 10 tshark_agrees || fail "completeness, packets and bytes by us and by tshark: $(diff "$work/by-us" "$work/by-tshark")"
echo "$running TIME_WAITs by ss, $(counted TW) minisockets by nstat, $(wc -l < "$work/by-tshark") connections by tshark"
