#!/usr/bin/env bash
# An MPTCP connection of two subflows, both ends being ours: a record for each subflow, none for the MPTCP socket, which
# takes TCP's states too (tests/traps.md 15).
. "$(dirname "$0")/lib.sh"

make_pair
inside "$near" sysctl -qw net.mptcp.enabled=1 2> /dev/null || skip "net.mptcp.enabled"
inside "$far" sysctl -qw net.mptcp.enabled=1
second4=${near4%.*}.11
ip -n "$near" address add "$second4/24" dev veth0
ip -n "$near" mptcp limits set subflows 1
ip -n "$far" mptcp limits set subflows 1
ip -n "$near" mptcp endpoint add "$second4" dev veth0 subflow

mkfifo "$work/close"
# ends.py SIDE PORT: an echo's two ends; the client closes first, once something comes on stdin.
cat > "$work/ends.py" <<- 'PYTHON'
	import socket, sys

	side, address, port = sys.argv[1:]
	end = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
	if side == "server":
	    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    end.bind((address, int(port)))
	    end.listen(4)
	    print("listens", flush=True)
	    listener, end = end, end.accept()[0] # a second subflow comes by the listener, too
	    while data := end.recv(4096):
	        end.sendall(data)
	else:
	    end.connect((address, int(port)))
	    end.sendall(b"x" * 1000)
	    left = 1000
	    while left:
	        left -= len(end.recv(left))
	    print("echoed", flush=True)
	    sys.stdin.readline()
	end.close()
PYTHON
start_tracer pair "$near" --port "$port" --json --whole
inside "$far" python3 "$work/ends.py" server "$far4" "$port" > "$work/server" &
server=$!
until_true 10 test -s "$work/server" || fail "no server"
inside "$near" python3 "$work/ends.py" client "$far4" "$port" < "$work/close" > "$work/client" &
client=$!
exec {close}> "$work/close"
until_true 10 test -s "$work/client" || fail "no echo"
both_are_up() {
	[ "$(inside "$near" ss -Htn state established "dport = :$port" | wc -l)" -eq 2 ]
}
until_true 10 both_are_up || fail "there is no second subflow: $(inside "$near" ss -Mtn)"
echo >&"$close"
exec {close}>&-
wait "$client" || fail "client"
wait "$server" || fail "server"
all_closed() {
	[ -z "$(inside "$near" ss -Htn state connected exclude time-wait "dport = :$port")" ]
}
until_true 10 all_closed || fail "subflows stay open: $(inside "$near" ss -tn)"
stop_tracer pair

records pair > "$work/subflows"
expect_equal "records" 2 "$(wc -l < "$work/subflows")"
expect_json "subflows are whole connections, and said to be MPTCP's" \
	'.tcp.mptcp and .complete and .tcp.ending == "closed" and (.events | map(select(.kind == "state")) | length) >= 8' "$work/subflows"
expect_equal "clients" "$near4 $second4" "$(jq -r .client.address "$work/subflows" | sort -V | paste -sd ' ')"
expect_json "who opened the first is known" '.client.process.opener.name == "python3"' <(jq -c "select(.client.address == \"$near4\")" "$work/subflows")
expect_json "payload: what MPTCP sends again on the other subflow counts twice" 'map(.client.bytes + .server.bytes) | add >= 2000' \
	<(jq -cs . "$work/subflows")
echo "two subflows recorded, and no third"
