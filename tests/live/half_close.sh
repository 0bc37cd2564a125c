#!/usr/bin/env bash
# The client shuts down its direction; the server goes on for 5000 bytes. With lo each segment is recorded once.
. "$(dirname "$0")/lib.sh"

make_pair
start_tracer pair "$near" --port "$port-$((port + 99))" --json
play_across half-close 4 --port "$port"
play_across half-close 6 --port $((port + 1))
play "$near" half-close --port $((port + 2))
stop_tracer pair
expect_lives pair
expect_json "the half-closed time is inside the teardown" \
	'.teardown.half_closed_ns > 0 and .teardown.half_closed_ns <= .teardown.duration_ns' <(records pair)
expect_json "each side sent one FIN" \
	'[.events[] | select(.kind == "segment" and (.flags | contains("F"))) | .side] | sort == ["client", "server"]' \
	<(records pair)
expect_json "the server's FIN came after its bytes" '.server.bytes == 5000 and .client.bytes == 10' <(records pair)
