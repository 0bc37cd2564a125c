#!/usr/bin/env bash
# What is there when the tracer starts: an established connection, a half-closed one, one whose CLOSE_WAIT has an orphan
# for a peer, a TIME_WAIT, a half-open request and a connect() under way. Each ends after, and is recorded rightly: as one
# that existed, with the owners of its sockets, and without lengths of what was not seen from its beginning.
. "$(dirname "$0")/lib.sh"
need nft python3

make_netns alone

# Holds them; on each line that comes in it does the next thing, and says so.
cat > "$work/holder.py" << 'PY'
import os, socket, sys

port = int(sys.argv[1])

def listen(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen(8)
    return s

def pair(listener):
    client = socket.socket()
    client.connect(listener.getsockname())
    return client, listener.accept()[0]

def say(what, *sockets):
    print(what, *[s.getsockname()[1] for s in sockets], flush=True)
    sys.stdin.readline()

def name(s):
    return s.getsockname()[1]

def say(what, *sockets):
    print(what, *[name(s) for s in sockets], flush=True)
    sys.stdin.readline()

listener, deaf = listen(port), listen(port + 1)
established, half, orphaned, old = [pair(listener) for _ in range(4)]
half[0].sendall(b"x" * 7)
half[0].shutdown(socket.SHUT_WR)
while half[1].recv(100):
    pass
again = old[0].getsockname()
old[1].close()
while old[0].recv(100):
    pass
old[0].close()
ports = [name(s[0]) for s in (established, half, orphaned)] + [again[1]]
orphaned[0].close()
while orphaned[1].recv(100):
    pass
connecting = socket.socket()
connecting.setblocking(False)
connecting.connect_ex(deaf.getsockname())
print("ready", os.getpid(), *ports, name(connecting), flush=True)
sys.stdin.readline()

established[1].close()
while established[0].recv(100):
    pass
established[0].close()
half[1].sendall(b"y" * 11)
half[1].close()
while half[0].recv(100):
    pass
half[0].close()
orphaned[1].close()
# The SYN that reopens a TIME_WAIT.
reopening = socket.socket()
reopening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
reopening.bind(again)
reopening.connect(listener.getsockname())
reopened = listener.accept()[0]
reopening.close()
while reopened.recv(100):
    pass
reopened.close()
say("ended")
accepted = deaf.accept()[0]
connecting.setblocking(True)
connecting.close()
while accepted.recv(100):
    pass
accepted.close()
say("accepted")
PY

inside "$alone" nft -f - <<-RULES
	table inet host {
	  chain in { type filter hook input priority 0; tcp sport $((port + 1)) tcp flags & (syn | ack) == syn | ack drop; }
	}
RULES
mkfifo "$work/go"
inside "$alone" python3 "$work/holder.py" "$port" < "$work/go" > "$work/held" 2> "$work/holder.err" &
holder=$!
exec {go}> "$work/go"

# held WORD: the holder has come so far.
held() {
	grep -q "^$1" "$work/held" || gone "$holder"
}

step() {
	until_true 20 held "$1" || fail "the holder does not come to '$1'"
	grep -q "^$1" "$work/held" || fail "the holder ended before '$1': $(cat "$work/holder.err")"
}

step ready
read -r _ pid established half orphaned old connecting < "$work/held"
states() {
	inside "$alone" ss -Htan | awk '{ print $1 }' | sort | uniq -c | xargs
}

# The ACK of a FIN may be a delayed one.
as_wanted() {
	[ "$(states)" = "2 CLOSE-WAIT 2 ESTAB 2 FIN-WAIT-2 2 LISTEN 1 SYN-RECV 1 SYN-SENT 1 TIME-WAIT" ]
}
until_true 10 as_wanted || fail "states before the tracer: $(states)"
start_tracer all "$alone" --netns "$alone" --json
start_tracer text "$alone" --netns "$alone" --older
echo >&"$go"
step ended
inside "$alone" nft flush ruleset
echo >&"$go"
step accepted
echo >&"$go"
wait "$holder" || fail "the holder failed: $(cat "$work/holder.err")"

recorded() {
	[ "$(record_count all)" -ge 6 ]
}
until_true 10 recorded || fail "$(record_count all) connections of 6 are recorded: $(cat "$work/all.out")"
stop_tracer all
stop_tracer text

# of CLIENT-PORT: its records.
of() {
	records all | jq -c "select(.client.port == $1)"
}

expect_equal "records" "$(record_count all)" 6
expect_json "those from before are marked, and no more is said than was seen" \
	'.tcp.existed and .complete == false and .handshake == null' \
	<(of "$established"; of "$half"; of "$orphaned"; of "$connecting"; of "$old" | jq -c 'select(.tcp.existed)')
# shellcheck disable=SC2016 # jq's variable
both='.client.process.opener == $held and .server.process.acceptor == $held'
held="{pid: $pid, name: \"python3\", certainty: \"derived\"} as \$held"
expect_json "established: a whole teardown, by the server" \
	"$held | $both and .role == \"both\" and .tcp.ending == \"closed\" and .tcp.ended_by == \"server\"
	 and .teardown.duration_ns > 0 and .time_wait.side == \"server\" and .established == null" <(of "$established")
expect_json "half-closed: the client was first, and all bytes count" \
	"$held | $both and .tcp.ending == \"closed\" and .tcp.ended_by == \"client\" and .teardown == null
	 and .client.bytes == 7 and .server.bytes == 11 and .time_wait.side == \"client\"" <(of "$half")
expect_json "CLOSE_WAIT whose peer is an orphan" \
	"$held | .client.process.opener == null and .server.process.acceptor == \$held
	 and .server.process.closer.certainty == \"certain\" and .tcp.ended_by == \"client\"
	 and .time_wait.side == \"client\" and .time_wait.fin_wait2_minisocket_ns == null" <(of "$orphaned")
expect_json "TIME_WAIT: its end is recorded, no length, and when its socket closed is not said" \
	'.tcp.ending == "closed" and .time_wait.side == "server" and .time_wait.exit == "reopened"
	 and .time_wait.duration_ns == null and .time_wait.offset_ns == null and .end_time == null' \
	<(of "$old" | jq -c 'select(.tcp.existed)')
expect_json "what came after on its ports is new" '.complete and .tcp.existed == null and .handshake.duration_ns > 0' \
	<(of "$old" | jq -c 'select(.tcp.existed != true)')
expect_json "the request and the connect() became one connection, and nobody doubts who is client" \
	"$held | .client.process.opener == \$held and .server.process.acceptor.certainty == \"certain\"
	 and .server.process.opener.pid == $pid and .tcp.roles_derived == null and .tcp.ending == \"closed\"
	 and .tcp.ended_by == \"client\" and .established.duration_ns > 0" <(of "$connecting")
expect_text "the table has them" "[0-9]+ +python3->python3 .* $established .*closed" "$work/text.out"
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null || skip "python3-jsonschema is missing (make deps installs it)"
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/all.out"
