#!/usr/bin/env bash
# Orderly closes from either side: over a veth pair with one end each in sight of the tracer, and over lo with both.
. "$(dirname "$0")/lib.sh"

make_netns alone
start_tracer lo "$alone" --netns "$alone" --json
for server in 127.0.0.1 ::1 ::ffff:127.0.0.1; do
	for life in client-close server-close close-at-once exit-without-close sigkill; do
		play "$alone" "$life" --server "$server"
	done
done
stop_tracer lo
expect_lives lo
expect_json "both ends on lo are one connection" '.role == "both" and .network.loopback == true' <(records lo)
expect_json "who accepted is known" '.server.process.acceptor.name == "lives"' <(records lo)

rm "$work/played"
make_pair
start_tracer pair "$near" --port "$port-$((port + 99))" --json
at=$port
for version in 4 6 mapped; do
	for life in client-close server-close close-at-once; do
		play_across "$life" "$version" --port $((at++))
	done
done
stop_tracer pair
expect_lives pair
expect_json "the wire was seen" '.tcp.completeness == 31 and (.handshake.evidence | contains("wire"))' <(records pair)
expect_json "v4-mapped is IPv4" '.network.type == "ipv4" and .client.address == "'"$near4"'"' \
	<(records pair | jq -c "select(.server.port >= $((port + 6)))")
