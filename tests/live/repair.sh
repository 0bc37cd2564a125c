#!/usr/bin/env bash
# TCP_REPAIR, as checkpoint and restore use it: the socket is taken away without a segment, and another one is put in its
# place without a handshake.
. "$(dirname "$0")/lib.sh"
need python3

make_pair
cat > "$work/server.py" <<-'PYTHON'
	import socket, sys
	s = socket.socket()
	s.bind((sys.argv[1], int(sys.argv[2])))
	s.listen()
	print("ready", flush=True)
	c, _ = s.accept()
	while c.recv(100):
	    pass
	c.close()
PYTHON
cat > "$work/client.py" <<-'PYTHON'
	import socket, struct, sys
	TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
	NO_QUEUE, RECV_QUEUE, SEND_QUEUE = 0, 1, 2

	def sequence(s, queue, value=None):
	    s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
	    if value is None:
	        return struct.unpack("I", s.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, 4))[0]
	    s.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, struct.pack("I", value))

	old = socket.socket()
	old.connect((sys.argv[1], int(sys.argv[2])))
	old.send(b"before")
	here = old.getsockname()
	try:
	    old.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
	except OSError as e:
	    print(e)
	    sys.exit(77)
	numbers = {queue: sequence(old, queue) for queue in (RECV_QUEUE, SEND_QUEUE)}
	old.close()
	new = socket.socket()
	new.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
	new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	new.bind(here)
	for queue, value in numbers.items():
	    sequence(new, queue, value)
	new.connect((sys.argv[1], int(sys.argv[2])))
	new.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
	new.send(b"after")
	new.close()
PYTHON
inside "$far" python3 "$work/server.py" "$far4" "$port" > "$work/ready" &
server=$!
until_true 10 test -s "$work/ready" || fail "nobody listens"
start_tracer repair "$near" --netns "$near" --port "$port" --json --record "$work/rec"
status=0
inside "$near" python3 "$work/client.py" "$far4" "$port" > "$work/client" || status=$?
[ "$status" -ne 77 ] || skip "TCP_REPAIR: $(cat "$work/client")"
[ "$status" -eq 0 ] || fail "client.py ended with $status"
wait "$server"
stop_tracer repair
expect_json "taken away without a segment" '
	.complete and .tcp.ending == "detached" and .tcp.ended_by == "client" and .tcp.repair and .client.bytes == 6
	and (has("teardown") | not) and (.verdict | contains("no segment was sent"))
	and all(.events[]; .flags // "" | test("[RF]") | not)' <(records repair | head -1)
expect_json "restored without a handshake, closed as any other" '
	.complete and .tcp.ending == "closed" and .tcp.repair and .client.bytes == 5 and (has("handshake") | not)
	and .tcp.completeness == 24 and all(.events[]; .flags // "" | contains("S") | not)' <(records repair | tail -1)
COLUMNS=160 LC_ALL=C.UTF-8 "$tracer" --replay "$work/rec" --timeline > "$work/timeline"
expect_text "what it was is drawn" 'restored by TCP_REPAIR' "$work/timeline"
! grep '╌' "$work/timeline" || fail "an arrow of what was never sent: $(cat "$work/timeline")"
echo "$(records repair | wc -l) connections: taken away, and restored"
