#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The page's data while tracing: a connection is there while it is open, with its process and states, and after. Outputs at
# once do not depend on each other. Root: a network namespace.
. "$(dirname "$0")/../live/lib.sh"
need curl python3

make_netns alone
served=127.0.0.1:$((port + 90))
start_tracer web "$alone" --netns "$alone" --web="$served" --prometheus="$served" --json="$work/file" --port "$port"

# ask PATH JQ: what jq makes of the answer
ask() {
	inside "$alone" curl -sf "http://$served$1" | jq -r "$2"
}

# is PATH JQ VALUE
is() {
	[ "$(ask "$1" "$2")" = "$3" ]
}

cat > "$work/hold.py" <<- 'PROGRAM'
	import socket, sys
	port = int(sys.argv[1])
	with socket.create_server(("127.0.0.1", port)) as server:
	    client = socket.create_connection(("127.0.0.1", port))
	    accepted, _ = server.accept()
	    print("open", flush=True)
	    sys.stdin.readline()
	    client.close()
	    print("half-closed", flush=True)
	    sys.stdin.readline()
	    accepted.close()
PROGRAM
mkfifo "$work/tell"
inside "$alone" python3 "$work/hold.py" "$port" < "$work/tell" > "$work/heard" &
exec {tell}> "$work/tell"
row='.open[] | select(.server.port == '$port')'
until_true 10 is /api/summary "$row | .client.last_state + \" \" + .server.last_state" "established established" ||
	fail "the open connection is not there: $(ask /api/summary .open)"
expect_equal "its process" "$(ask /api/summary "$row | .client.process.opener.name")" python3
id=$(ask /api/summary "$row | .id")
expect_equal "its record, as it is now" "$(ask "/api/connection?id=$id" '.tcp.ending + " " + .handshake.status')" "open completed"
until_true 10 is /api/summary .states.established 2 || fail "two ends are established: $(ask /api/summary .states)"
echo >&"$tell"
until_true 10 is /api/summary "$row | .client.last_state + \" \" + .server.last_state" "fin_wait_2 close_wait" ||
	fail "half-closed: $(ask /api/summary .open)"
echo >&"$tell"
until_true 10 is "/api/connections?port=$port" '.[0] | .id + " " + .tcp.ending + " " + .time_wait.exit' "$id closed running" ||
	fail "closed: $(ask "/api/connections?port=$port" .)"
until_true 10 is /api/summary '"\(.open | length) \(.states.time_wait)"' "0 1" || fail "TIME_WAIT: $(ask /api/summary .states)"
until_true 10 is /api/summary '.ports[] | "\(.remote) \(.used) \(.time_wait)"' "127.0.0.1:$port 1 1" ||
	fail "one destination holds one port: $(ask /api/summary .ports)"
expect_equal "lost" "$(ask /api/summary .lost)" 0
[ "$(inside "$alone" curl -s "http://$served/metrics" | grep -c '^tcplife_connections_closed_total{role="both",ending="closed"} 1$')" -eq 1 ] ||
	fail "the figures do not have it"
[ "$(jq -r 'select(.schema == "tcplife.connection").id' "$work/file")" = "$id" ] || fail "the file does not have it"
stop_tracer web

# A port that is taken: 1, and the reason, before anything is traced.
start_tracer other "$alone" --netns "$alone" --web="$served" --json
status=0
inside "$alone" "$tracer" --netns "$alone" --web="$served" --json > "$work/refused.out" 2> "$work/refused.err" || status=$?
expect_equal "status" "$status" 1
expect_text "the reason" "cannot serve http://$served: the port is in use" "$work/refused.err"
! grep -q tracing "$work/refused.err" || fail "it began to trace"
stop_tracer other
