#!/usr/bin/env bash
# Connections that never were: refused, unanswered (a host that drops, by nftables), given up, no local port left.
. "$(dirname "$0")/lib.sh"
need nft

make_pair
dropped=$((port + 50))
inside "$far" nft -f - <<-RULES
	table inet host {
	  chain in { type filter hook input priority 0; tcp dport $dropped drop; }
	}
RULES
start_tracer pair "$near" --port "$port-$((port + 99))" --json
play_across refused 4 --port "$port"
play_across refused 6 --port $((port + 1))
play "$near" refused --port $((port + 2))
play_across client-abort 4 --port $((port + 3))
play_across unanswered 4 --port "$dropped" &
play_across unanswered 6 --port $((dropped + 1))
play "$near" listener-overflow --port $((port + 4))
play "$near" listener-overflow --port $((port + 5)) --server ::1
wait $!
stop_tracer pair
expect_lives pair
# How often is the kernel's business: with tcp_syn_linear_timeouts (6.5) one retry means more than one.
# shellcheck disable=SC2016 # jq's variable
expect_json "each SYN that was dropped was counted" \
	'([.events[] | select(.kind == "segment" and .flags == "S")] | length) as $syns
	 | $syns >= 2 and .handshake.syn_retransmits == $syns - 1 and .client.error == "ETIMEDOUT"' \
	<(records pair | jq -c 'select(.tcp.ending == "unanswered")')
expect_json "who threw the SYN away is known" 'any(.evidence[]; . == "drop")
	and any(.events[]; .kind == "drop" and .flags == "S" and (.reason == "NETFILTER_DROP" or .reason == "SOCKET_FILTER"))' \
	<(records pair | jq -c 'select(.tcp.ending == "unanswered")')
expect_json "the listener that had no room is named" '.server.process.opener.name == "lives" and any(.evidence[]; . == "queue")' \
	<(records pair | jq -c 'select(.tcp.ending == "listener_overflow")')
expect_json "who was refused knows it" '.client.error == "ECONNREFUSED"' <(records pair | jq -c 'select(.tcp.ending == "refused")')

rm "$work/played"
make_netns alone
start_tracer ports "$alone" --netns "$alone" --json
play "$alone" no-local-port
stop_tracer ports
expect_lives ports
