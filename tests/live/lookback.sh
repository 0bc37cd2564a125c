#!/usr/bin/env bash
# A directory of recordings: a connection that is open across three pieces comes out once and whole, as a tracer without
# rotation reports it, also where the piece in which it began is gone; kill -9; two tracers; the oldest goes.
. "$(dirname "$0")/lib.sh"

need jq python3
make_netns alone
ports=$port-$((port + 99))
set=$work/set

cat > "$work/hold.py" <<- 'PYTHON'
	"""A connection that sends a byte for each line on stdin, and is closed at its end."""
	import socket, sys

	server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
	client = socket.create_connection(server.getsockname())
	accepted = server.accept()[0]
	print("open", flush=True)
	for _ in sys.stdin:
	    client.sendall(b"x")
	    accepted.recv(1)
	    print("sent", flush=True)
	client.shutdown(socket.SHUT_WR)
	accepted.recv(1)
	accepted.close()
	client.close()
PYTHON

pieces() {
	find "$set" -name '*.tlt' | sort
}

has_pieces() {
	[ "$(pieces | wc -l)" -ge "$1" ]
}

replayed() {
	"$tracer" -r "$set" --port "$ports" --json 2> "$work/replayed.err"
}

# ---- one connection, four pieces

start_tracer whole "$alone" --netns "$alone" --port "$ports" --json
start_tracer pieces "$alone" --netns "$alone" --port "$ports" --record "$set" --keep 1G --rotate 1s
mkfifo "$work/lines"
nsenter --net="/run/netns/$alone" python3 "$work/hold.py" "$port" < "$work/lines" > "$work/held" &
held=$!
defer kill_if_there "$held"
kill_if_there() {
	! kill -0 "$1" 2> /dev/null || kill "$1"
}
exec {lines}> "$work/lines"
until_true 10 grep -q open "$work/held" || fail "no connection"
for n in 2 3 4; do
	until_true 20 has_pieces "$n" || fail "only these pieces: $(pieces)"
	echo >&"$lines"
done
exec {lines}>&-
wait "$held"
play "$alone" client-close --port $((port + 1))
until_true 20 has_pieces 6 || fail "only these pieces: $(pieces)"

status=0
nsenter --net="/run/netns/$alone" "$tracer" --netns "$alone" --record "$set" --keep 1G > "$work/second" 2>&1 || status=$?
expect_equal "a second tracer's exit status" "$status" 1
expect_text "a second tracer" 'another tcplife-trace does' "$work/second"

# ---- kill -9

echo "killed with $(pieces | wc -l) pieces"
sleep 1 # what is older than this must be in the file
kill -KILL "${tracers[pieces]}"
wait "${tracers[pieces]}" 2> /dev/null || :
unset "tracers[pieces]"
stop_tracer whole

# of PORT FILE: its record.
of() {
	jq -c --argjson port "$1" 'select(.schema == "tcplife.connection" and .server.port == $port)' "$2"
}
of "$port" "$work/whole.out" > "$work/expected"
expect_equal "records of the tracer without rotation" "$(wc -l < "$work/expected")" 1
replayed > "$work/replayed"
expect_equal "what is said of the recordings of a killed tracer" "$(grep -vc 'ends in the middle' "$work/replayed.err")" 0
# The two tracers' hooks run at different times.
facts='{id, complete, client: .client | {port, isn, bytes}, server: .server | {port, isn, bytes}, ending: .tcp.ending, closed_by: .tcp.ended_by,
	history: .tcp.history, verdict, kinds: [.events[].kind] | sort}'
expect_equal "in pieces" "$(of "$port" "$work/replayed" | jq -c "$facts")" "$(jq -c "$facts" "$work/expected")"
expect_equal "it is whole" "$(of "$port" "$work/replayed" | jq .complete)" true
of "$port" "$work/replayed" > "$work/in_pieces"
for n in 1 2 3; do
	rm "$(pieces | head -n 1)"
	replayed > "$work/replayed"
	expect_equal "without the first $n pieces" "$(of "$port" "$work/replayed")" "$(cat "$work/in_pieces")"
done
expect_equal "what came later" "$(of $((port + 1)) "$work/replayed" | jq -r .tcp.ending)" closed

# ---- another run, which keeps less

start_tracer later "$alone" --netns "$alone" --port "$ports" --record "$set" --keep 3s --rotate 1s
play "$alone" refused --port $((port + 2))
oldest_is_gone() {
	[ "$(basename "$(pieces | head -n 1)")" \> tcplife-000000007 ] && has_pieces 3
}
until_true 30 oldest_is_gone || fail "still there: $(pieces)"
play "$alone" refused --port $((port + 3))
stop_tracer later
expect_text "what is said of it" 'has come to what --keep says' "$work/later.err"
replayed > "$work/replayed"
expect_equal "the last one" "$(of $((port + 3)) "$work/replayed" | jq -r .tcp.ending)" refused
