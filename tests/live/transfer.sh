#!/usr/bin/env bash
# What limited a transfer, where that is known because it was made so: TRANSFERS= of each kind (2). The counters are those
# of ss -ti, read when all was acknowledged and nothing closed yet.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# The sender was so slow that the path had nothing to drop.
spoilt_by+='|"kind":"policed","ss":\{"bytes_sent":[0-9]+,"bytes_retrans":0,'
need python3 ss nft
transfers=${TRANSFERS:-2}

declare -A expected=(
	[small_receive_buffer]=receiver_window
	[slow_reader]=receiver_window
	[slow_writer]=application
	[small_send_buffer]=send_buffer
	[lossy]=network
	[policed]=network
	[reordered]=network
)

# firewall KIND: what $far does to its segments.
firewall() {
	local rule=''
	case $1 in
	lossy) rule="numgen inc mod 50 == 7 drop" ;;
	policed) rule="limit rate over 500 kbytes/second burst 40 kbytes drop" ;;
	esac
	ip netns exec "$far" nft "flush ruleset; table ip t { chain c { type filter hook input priority 0; tcp dport $port meta length > 500 $rule; }; }"
}

end_path() {
	kill "$path"
	wait "$path" 2> /dev/null || [ $? -eq 143 ]
}

has_slow0() {
	ip -n "$1" link show dev slow0 > /dev/null 2>&1
}

[ -e /dev/net/tun ] || skip "/dev/net/tun: the path is made of it"
make_netns near
make_netns far
nsenter --net="/run/netns/$near" python3 "$top/tests/tools/limited.py" path "$far" &
path=$!
defer end_path
for netns in "$near" "$far"; do
	until_true 10 has_slow0 "$netns" || fail "no path"
done
ip -n "$near" address add "$net4.1/32" peer "$net4.2" dev slow0
ip -n "$far" address add "$net4.2/32" peer "$net4.1" dev slow0
# Each segment by itself: what is dropped is one, and the send buffer holds a few.
ip -n "$near" link set slow0 up gso_max_segs 1
ip -n "$far" link set slow0 up
start_tracer transfers "$near" --json
for kind in "${!expected[@]}"; do
	firewall "$kind" || skip "nft's limit and numgen"
	# shellcheck disable=SC2046 # so many words
	inside "$near" python3 "$top/tests/tools/limited.py" send "$net4.2" "$port" "$far" $(yes "$kind" | head -n "$transfers") >> "$work/sent"
done
stop_tracer transfers
records transfers > "$work/records"

for kind in "${!expected[@]}"; do
	jq -c --arg kind "$kind" 'select(.kind == $kind)' "$work/sent" > "$work/of_kind"
	jq -c --slurpfile sent "$work/of_kind" '. as $r | first($sent[] | select(.port == $r.client.port)) as $s | {kind: $s.kind, ss: $s.ss, r: $r}' \
		"$work/records" > "$work/joined"
	expect_equal "$kind: records" "$(wc -l < "$work/joined")" "$transfers"
	jq -r .r.established.limited_by "$work/joined" | sort | uniq -c | sed "s/^/$kind: /"
	# What is measured may fall short of a half, and is then not named; it is never named wrongly.
	expect_json "$kind: the limiter" ".r.established | .limited_by == .client.limited_by
		and (.limited_by == \"${expected[$kind]}\" or .limited_by == \"unknown\")" "$work/joined"
	cat "$work/joined" >> "$work/all"
	# Behind what ss saw there is only the FIN, and what tells of segments that came twice.
	# shellcheck disable=SC2016 # jq's
	expect_json "$kind: as ss has it" '
		.ss as $ss | .r.client as $side | .r.established.client as $t
		| $side.bytes == $ss.bytes_sent - $ss.bytes_retrans
		and ($t.bytes_retrans // 0) == $ss.bytes_retrans
		and ($side.retransmits // 0) == $ss.retransmits
		and $t.data_segs_out == $ss.data_segs_out
		and ($t.dsack_dups // 0) >= $ss.dsack_dups
		and ($t.reord_seen // 0) >= $ss.reord_seen
		and $t.rwnd_limited_ns == $ss.rwnd_limited * 1000000
		and $t.sndbuf_limited_ns == $ss.sndbuf_limited * 1000000
		and $t.busy_ns >= $ss.busy * 1000000
		and ($t.timeout_retransmits // 0) + ($t.fast_retransmits // 0) + ($t.tail_loss_probes // 0) <= $ss.retransmits
		and $t.congestion == "reno"' "$work/joined"
done

# Of few, one that chance delays counts too much.
named=$(jq -r '.r.established.limited_by | select(. != "unknown")' "$work/all" | wc -l)
all=$(wc -l < "$work/all")
least=95
[ "$all" -ge 100 ] || least=60
echo "$named of $all named"
[ $((named * 100)) -ge $((all * least)) ] || fail "the limiter was named only $named times of $all"

# Both ends are here, so is the drop.
jq -c 'select(.client.retransmits > 0) | select(.established.client.dropped_here > 0)' "$work/records" > "$work/dropped"
expect_json "dropped here" '.established.client.drop_reason == "NETFILTER_DROP" and (.established.server.rcv_ooopack > 0)
	and any(.events[]; .kind == "retransmit" and .dropped_here == "NETFILTER_DROP")
	and all(.events[] | select(.kind == "retransmit"); .reason | IN("timeout", "fast", "tail_loss_probe"))' "$work/dropped"
jq -c 'select(.established.client.reord_seen > 0)' "$work/records" > "$work/reordered"
[ -s "$work/reordered" ] || fail "no reordering was seen"
