#!/usr/bin/env bash
# A program that never closes what its clients closed: at the end table, JSON and summary name it, say for how long, and
# how much it has not read. One of the connections is older than the tracer.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone

cat > "$work/leaky.py" << 'PY'
import os, socket, sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))

def leak():
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.sendall(b"x" * 104)
    while len(server.recv(104, socket.MSG_PEEK)) < 104:
        pass
    port = client.getsockname()[1]
    client.close()
    server.recv(100)
    return port, server

before = leak()
print("before", os.getpid(), before[0], flush=True)
sys.stdin.readline()
after = leak()
print("after", after[0], flush=True)
sys.stdin.readline()
PY
mkfifo "$work/go"
inside "$alone" python3 "$work/leaky.py" "$port" < "$work/go" > "$work/held" 2> "$work/leaky.err" &
leaky=$!
exec {go}> "$work/go"

step() {
	until_true 20 grep -q "^$1" "$work/held" || fail "leaky does not come to '$1': $(cat "$work/leaky.err")"
}

step before
read -r _ pid before < "$work/held"
start_tracer json "$alone" --netns "$alone" --port "$port" --json -o summary
start_tracer text "$alone" --netns "$alone" --port "$port"
start_tracer csv "$alone" --netns "$alone" --port "$port" --csv
echo >&"$go"
step after
after=$(awk '$1 == "after" { print $2 }' "$work/held")

# leaked SECONDS: this many have passed since both were seen in CLOSE_WAIT.
since=
leaked() {
	if [ -z "$since" ]; then
		[ "$(inside "$alone" ss -Htn state close-wait | wc -l)" -eq 2 ] || return 1
		since=$SECONDS
	fi
	[ $((SECONDS - since)) -ge "$1" ]
}
until_true 20 leaked 3 || fail "no CLOSE_WAIT: $(inside "$alone" ss -tan)"
stop_tracer json
stop_tracer text
stop_tracer csv
echo >&"$go"
wait "$leaky" || fail "leaky failed: $(cat "$work/leaky.err")"

of() {
	records json | jq -c "select(.client.port == $1)"
}

expect_json "open, its teardown running, and who is to blame" \
	".tcp.ending == \"open\" and .server.last_state == \"close_wait\" and .end_time == null and .complete
	 and .teardown.running and .teardown.initiator == \"client\" and .teardown.duration_ns == null
	 and .teardown.close_delay_ns == null and .established.duration_ns > 0
	 and .client.bytes == 104 and .server.unread_bytes == 4
	 and (.verdict | test(\"^the client closed first; python3\\\\[$pid\\\\] has not closed for [0-9.]+ s, 4 bytes unread\$\"))" \
	<(of "$after")
expect_json "one from before the tracer: at least for so long" \
	".tcp.ending == \"open\" and .tcp.existed and .teardown == null and .server.unread_bytes == 4
	 and (.verdict | test(\"python3\\\\[$pid\\\\] has not closed for at least [0-9.]+ s, 4 bytes unread\$\"))" \
	<(of "$before")
expect_text "the table has a line" "^$pid +python3->python3 +127.0.0.1 +$port +127.0.0.1 +$after .* C:fin +running" "$work/text.out"
expect_text "... and says who, how long, and how much" \
	"^  CLOSE_WAIT S the client closed first; python3\[$pid\] has not closed for [0-9.]+ s, 4 bytes unread" "$work/text.out"
expect_text "the summary counts them" \
	"2 in CLOSE_WAIT, for up to [0-9.]+ s: the server, python3\[$pid\], has not closed" "$work/json.err"
expect_text "CSV has a row, open" "^$pid,python3,4,127.0.0.1,$port,127.0.0.1,$after,.*,open," "$work/csv.out"
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null || skip "python3-jsonschema is missing (make deps installs it)"
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/json.out"
