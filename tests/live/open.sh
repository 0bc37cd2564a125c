#!/usr/bin/env bash
# --open against ss -tan: the same sockets in the same states. SOCKETS= of them (2000).
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
need python3 ss nft
sockets=${SOCKETS:-2000}
idle=$((sockets / 2 - 60)) unread=40 half_open=20
make_netns near

is_ready() {
	grep -q ready "$work/ready"
}

# Of the last listing: a line for each socket, as ss has them.
listed() {
	ours listing | jq -sr '
		[.[] | select(.schema == "tcplife.open")] | group_by(.id) | map(max_by(.sequence))[]
		| (.client, .server) as $own | (if $own == .client then .server else .client end) as $other
		| select($own.last_state) | "\($own.last_state) \($own.port) \($other.port)"' | sort
}

# Without minisockets, which nobody holds.
by_ss() {
	inside "$near" ss -tanH state connected exclude time-wait | awk '
		BEGIN {
			split("ESTAB established SYN-SENT syn_sent SYN-RECV syn_received FIN-WAIT-2 fin_wait_2 CLOSE-WAIT close_wait", w)
			for (i = 1; i in w; i += 2) name[w[i]] = w[i + 1]
		}
		{ sub(/.*:/, "", $4); sub(/.*:/, "", $5); print name[$1], $4, $5 }' | sort
}

# The listing that began last is whole when the next one has begun.
is_listed_twice() {
	[ "$(ours listing | jq -r 'select(.schema == "tcplife.open") | .sequence' | sort -nu | wc -l)" -ge 3 ]
}

ip netns exec "$near" nft "table ip t { chain c { type filter hook input priority 0; tcp sport $((port + 1)) tcp flags & (syn | ack) == syn | ack drop; }; }" ||
	skip "nft"
start_tracer listing "$near" --netns "$near" --json --open=1
mkfifo "$work/hold"
nsenter --net="/run/netns/$near" python3 "$top/tests/tools/open_sockets.py" "$port" "$idle" "$unread" "$half_open" < "$work/hold" > "$work/ready" &
holder=$!
exec {hold}> "$work/hold"
until_true 60 is_ready || fail "no sockets"
until_true 60 is_listed_twice || fail "nothing is listed: $(tail -n 3 "$work/listing.err")"
by_ss > "$work/by_ss"
stop_tracer listing
listed > "$work/listed"
diff "$work/by_ss" "$work/listed" > "$work/differ" || fail "ss has others: $(head -n 20 "$work/differ")"
echo "$(wc -l < "$work/by_ss") sockets listed as ss has them"

ours listing | jq -c 'select(.schema == "tcplife.open")' > "$work/open"
expect_json "unread, and who holds it" 'select(.server.last_state == "close_wait")
	| .sequence >= 1 and .age_ns > 0 and .tcp.ending == "open" and .server.process.acceptor.name == "python3"' \
	<(jq -c 'select(.server.last_state == "close_wait")' "$work/open")
jq -sc 'group_by(.id)[] | map(.sequence)' "$work/open" > "$work/sequences"
expect_json "numbered" '. == [range(1; length + 1)]' "$work/sequences"
jq -sc 'group_by(.id) | map(max_by(.sequence))[] | select(.server.last_state == "close_wait")' "$work/open" > "$work/unread"
expect_equal "CLOSE_WAITs" "$(wc -l < "$work/unread")" "$unread"
expect_json "unread" '.server.unread_bytes == 100' "$work/unread"

# A tracer that starts later tells the same at its end, in words.
start_tracer table "$near" --netns "$near" --open
stop_tracer table
expect_text "all of them" "^$((idle + unread + half_open)) connections open$" "$work/table.out"
expect_text "the leak" "^  $unread in CLOSE_WAIT for at least .*, not closed by python3\[[0-9]+\]; unread: 4000 bytes$" "$work/table.out"
expect_text "half-open" "^  $half_open half-open" "$work/table.out"
expect_text "FIN_WAIT2" "^  $unread in FIN_WAIT2" "$work/table.out"
exec {hold}>&-
wait "$holder"
