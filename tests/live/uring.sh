#!/usr/bin/env bash
# Accepted by io_uring, without a system call: where accept() is seen by its system calls, the acceptor is not known, and
# the listener's owner stands in; nothing else of the record is less.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
status=0
timeout 5 python3 "$here/../tools/uring_accept.py" 127.0.0.1 0 > "$work/tried" 2>&1 || status=$?
[ "$status" -ne 77 ] || skip "$(cat "$work/tried")"

start_tracer uring "$alone" --netns "$alone" --port "$port,$((port + 1))" --json
connect_to() {
	inside "$alone" python3 -c 'import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(bytes(5000))' "$1" "$2"
}

# accept_by ADDRESS PORT
accept_by() {
	inside "$alone" python3 "$here/../tools/uring_accept.py" "$1" "$2" > "$work/$2" 2>&1 &
	local pid=$!
	until_true 10 grep -q listening "$work/$2" || fail "nobody listens: $(cat "$work/$2")"
	connect_to "$1" "$2"
	wait "$pid" || fail "accept by io_uring: $(cat "$work/$2")"
	sed -n 's/^listening //p' "$work/$2" >> "$work/pids"
}
accept_by 127.0.0.1 "$port"
accept_by ::1 $((port + 1))
stop_tracer uring

"$tracer" --features > "$work/features" 2>&1
expect_equal "records" "$(record_count uring)" 2
expect_json "the connection is whole" '.complete and .tcp.ending == "closed" and .client.bytes == 5000 and .role == "both"' <(records uring)
if grep -q '^who accepted *tracepoint sys_exit_accept' "$work/features"; then
	expect_json "no acceptor, but the listener's owner" '.server.process.acceptor == null and .server.process.opener.certainty == "listener"' <(records uring)
	expect_json "no time of an accept()" '.handshake.accept_delay_ns == null' <(records uring)
else
	expect_json "the acceptor" '.server.process.acceptor.certainty == "certain"' <(records uring)
fi
expect_equal "who that is" "$(records uring | jq '.server.process | (.acceptor // .opener).pid' | sort)" "$(sort "$work/pids")"
echo "2 connections accepted by io_uring: $(records uring | jq -r '.server.process | (.acceptor // .opener).certainty' | sort -u)"
