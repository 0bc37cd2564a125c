#!/usr/bin/env bash
# Three RSTs in the name of a server behind a router: its own, one of the router's packet filter, and the answer of a
# server that has forgotten the connection. The tracer sees the client's end alone.
. "$(dirname "$0")/lib.sh"
need nft python3 ss

make_routed
server=$far4

cat > "$work/server.py" << 'PY'
import socket, struct, sys

listener = socket.create_server(("", int(sys.argv[1])))
print("listens", flush=True)
held = []
while True:
    accepted = listener.accept()[0]
    word = accepted.recv(16)
    if word == b"reset":
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
    else:
        held.append(accepted)
        accepted.sendall(b"held")
PY
cat > "$work/client.py" << 'PY'
import socket, sys

server, word = (sys.argv[1], int(sys.argv[2])), sys.argv[3].encode()
client = socket.create_connection(server)
client.sendall(word)
if word != b"reset":
    client.recv(16)
print(client.getsockname()[1], flush=True)
sys.stdin.readline()
try:
    client.sendall(b"more")
    client.recv(16)
except ConnectionError:
    pass
client.close()
PY
inside "$far" python3 "$work/server.py" "$port" > "$work/server.out" 2> "$work/server.err" &
server_pid=$!
defer kill "$server_pid"
until_true 20 grep -q listens "$work/server.out" || fail "no server: $(cat "$work/server.err")"
start_tracer near "$near" --netns "$near" --port "$port" --json
start_tracer text "$near" --netns "$near" --port "$port"

# client WORD: connects, says WORD and waits; its port is in $client_port. again: it sends more and ends.
client() {
	mkfifo "$work/go.$1"
	: > "$work/port.$1"
	inside "$near" python3 "$work/client.py" "$server" "$port" "$1" < "$work/go.$1" > "$work/port.$1" 2> "$work/client.err" &
	client=$!
	exec {go}> "$work/go.$1"
	until_true 20 test -s "$work/port.$1" || fail "client $1: $(cat "$work/client.err")"
	client_port=$(cat "$work/port.$1")
}

again() {
	echo >&"$go"
	exec {go}>&-
	wait "$client" || fail "a client failed: $(cat "$work/client.err")"
}

client reset
own=$client_port
again
client filtered
filtered=$client_port
inside "$router" nft -f - <<- RULES
	table ip path {
	  chain forward { type filter hook forward priority 0; ip saddr $near4 tcp flags & psh != 0 reject with tcp reset; }
	}
RULES
again
inside "$router" nft flush ruleset
client forgotten
forgotten=$client_port
# Its end goes without a word.
inside "$far" nft -f - <<- RULES
	table ip mute {
	  chain out { type filter hook output priority 0; tcp flags & rst != 0 drop; }
	}
RULES
killed() {
	inside "$far" ss -HK dport = "$forgotten" 2> "$work/ss.err" | grep -q . && [ -z "$(inside "$far" ss -Htn dport = "$forgotten")" ]
}
killed || skip "ss -K: CONFIG_INET_DIAG_DESTROY is off"
inside "$far" nft flush ruleset
since=$SECONDS
silent() {
	[ $((SECONDS - since)) -ge 2 ]
}
until_true 10 silent
again

reported() {
	[ "$(record_count near)" -ge 3 ]
}
until_true 10 reported || fail "$(record_count near) records of 3: $(cat "$work/near.out")"
stop_tracer near
stop_tracer text

of() {
	records near | jq -c "select(.client.port == $1)"
}

common='.tcp.ending == "reset" and .tcp.ended_by == "server" and .client.ttl == 64 and .server.ttl == 63
	and (.evidence | index("ttl"))'
expect_json "the server's own" \
	"$common"' and .tcp.reset_origin == "peer" and .tcp.reset_ttl == 63
	 and (.verdict | test("^reset by the server in ESTABLISHED$"))' <(of "$own")
expect_json "the packet filter's" \
	"$common"' and .tcp.reset_origin == "path" and .tcp.reset_ttl == 64
	 and (.verdict | test("by a device on the path, in the server.s name: the RST has TTL 64, the server.s segments 63"))' \
	<(of "$filtered")
expect_json "of a server that has forgotten it" \
	"$common"' and .tcp.reset_origin == "peer" and .tcp.reset_ttl == 63
	 and (.verdict | test("ESTABLISHED: it answered as if it knew no such connection$"))' <(of "$forgotten")
expect_text "the table, too" " $filtered .*reset on the path" "$work/text.out"
