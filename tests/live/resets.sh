#!/usr/bin/env bash
# Connections that a RST ended: SO_LINGER 0 from either side, unread bytes at close, a listener that goes away.
. "$(dirname "$0")/lib.sh"

make_pair
start_tracer pair "$near" --port "$port-$((port + 99))" --json
at=$port
for life in linger-reset linger-reset-server unread-close accept-never; do
	play_across "$life" 4 --port $((at++))
	play_across "$life" 6 --port $((at++))
	play "$near" "$life" --port $((at++))
done
stop_tracer pair
expect_lives pair
expect_json "a RST leaves no TIME_WAIT" '.time_wait == null and .teardown.kind == "reset"' <(records pair)
expect_json "the verdict names SO_LINGER" '.verdict | contains("SO_LINGER 0")' \
	<(records pair | jq -c "select(.server.port == $port)")
expect_json "the verdict names the unread bytes" '.verdict | contains("10 unread bytes")' \
	<(records pair | jq -c "select(.server.port >= $((port + 6)) and .server.port < $((port + 9)))")
