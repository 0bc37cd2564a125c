#!/usr/bin/env bash
# Advice is true for the host as it is: the listener's own backlog, the ports that are listened on, the sysctls of the
# namespace. A replay of the same connections does not speak of this host.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
inside "$alone" sysctl -qw net.core.somaxconn=200 net.ipv4.tcp_syn_retries=1

start_tracer trace "$alone" --netns "$alone" --explain --json="$work/trace.json" --record "$work/trace.rec" -o summary
play "$alone" refused --client 127.0.0.1 --server 127.0.0.1 --port "$port"
play "$alone" linger-reset --client 127.0.0.1 --server 127.0.0.1 --port "$((port + 1))"

# Nobody accepts, and there is room for two; another port is listened on, but not where it is asked for.
mkfifo "$work/go"
inside "$alone" python3 -c '
import socket, sys
full, beside = int(sys.argv[1]), int(sys.argv[2])
listener = socket.create_server(("", full), backlog=1)
elsewhere = socket.create_server(("127.0.0.2", beside))
client = socket.socket()
assert client.connect_ex(("127.0.0.1", beside))
clients = [socket.socket() for _ in range(4)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", full))
sys.stdin.readline()' "$((port + 2))" "$((port + 3))" < "$work/go" 2> "$work/python.err" &
holder=$!
exec {go}> "$work/go"
is_over() {
	grep -q '"ending":"listener_overflow"' "$work/trace.json" && grep -q "\"port\":$((port + 3))" "$work/trace.json"
}
until_true 30 is_over || fail "no overflow: $(cat "$work/python.err")"
stop_tracer trace
echo >&"$go"
wait "$holder" || fail "python: $(cat "$work/python.err")"

# The records' advice for a port.
advice_of() {
	jq -r "select(.server.port == $2) | .advice // empty" "$work/$1.json" | sort -u
}

# advised PORT TEXT: records, drawing and summary say it.
advised() {
	expect_equal "advice for port $1" "$(advice_of trace "$1")" "$2"
	tr '\n' ' ' < "$work/trace.out" | sed 's/  */ /g' > "$work/drawn"
	grep -qF "Advice: $2." "$work/drawn" || fail "not drawn: $2"
	grep -qF "      advice: $2" "$work/trace.err" || fail "not in the summary: $2 in $(cat "$work/trace.err")"
}

advised "$port" "nobody listens on $port: start the program, or mend the client's port"
advised "$((port + 1))" "leave SO_LINGER 0 out unless it is meant: what was not sent yet is lost"
advised "$((port + 2))" "the accept queue of *:$((port + 2)) holds 1: raise listen()'s backlog; somaxconn is 200"
advised "$((port + 3))" "only 127.0.0.2:$((port + 3)) is listened on: bind 127.0.0.1 too, or all addresses"

"$tracer" -r "$work/trace.rec" --explain --json="$work/replay.json" > "$work/replay.out" 2> "$work/replay.err"
expect_equal "a replay knows no listener" "$(advice_of replay "$port")" \
	"see at the server whether a program listens on port $port: ss -ltn"
expect_equal "... nor a backlog" "$(advice_of replay "$((port + 2))")" \
	"let the program accept() sooner, or raise listen()'s backlog and somaxconn"
"$tracer" -r "$work/trace.rec" --json > "$work/plain.json" 2> "$work/plain.err"
! grep -q '"advice"' "$work/plain.json" || fail "advice that nobody asked for"
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null || skip "python3-jsonschema is missing (make deps installs it)"
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/trace.json"
