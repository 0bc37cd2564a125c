#!/usr/bin/env bash
# Handshakes that are not three plain segments: SYN cookies, data in the SYN (TCP Fast Open), a socket that waits for
# data (TCP_DEFER_ACCEPT).
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
start_tracer all "$alone" --netns "$alone" --json

inside "$alone" sysctl -qw net.ipv4.tcp_syncookies=2
for server in 127.0.0.1 ::1 ::ffff:127.0.0.1; do
	play "$alone" close-at-once --port "$port" --server "$server"
done
inside "$alone" sysctl -qw net.ipv4.tcp_syncookies=1
play "$alone" close-at-once --port $((port + 1))

# TFO_SERVER_COOKIE_NOT_REQD: or the first connection would only fetch a cookie.
inside "$alone" sysctl -qw net.ipv4.tcp_fastopen=0x203
cat > "$work/lives.py" <<'END'
import select, socket, sys

port = int(sys.argv[1])

def listener(port, level_option, value):
    s = socket.socket()
    s.setsockopt(socket.IPPROTO_TCP, level_option, value)
    s.bind(("127.0.0.1", port))
    s.listen()
    return s

def close_both(client, server):
    client.close()
    while server.recv(4096):
        pass
    server.close()

fast = listener(port + 2, socket.TCP_FASTOPEN, 5)
client = socket.socket()
client.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT: send() makes the SYN
client.setsockopt(socket.IPPROTO_TCP, 34, 1)  # TCP_FASTOPEN_NO_COOKIE
client.connect(("127.0.0.1", port + 2))
client.send(b"data in the SYN")
close_both(client, fast.accept()[0])

deferred = listener(port + 3, socket.TCP_DEFER_ACCEPT, 5)
client = socket.create_connection(("127.0.0.1", port + 3))
if select.select([deferred], [], [], 0.3)[0]:  # the length that the record must tell, not a wait for something
    sys.exit("accept() before there was data")
client.send(b"data at last")
close_both(client, deferred.accept()[0])
END
inside "$alone" python3 "$work/lives.py" "$port" || fail "lives.py"
stop_tracer all

expect_equal "records" "$(record_count all)" 6
expect_json "SYN cookies" '.handshake.syn_cookie and .complete' <(records all | jq -c "select(.server.port == $port)")
expect_json "no SYN cookie" '.handshake.syn_cookie == null' \
	<(records all | jq -c "select(.server.port > $port and .server.port < $port + 3)")
expect_json "TCP Fast Open" '.handshake.fast_open and .client.bytes == 15 and .tcp.ending == "closed"' \
	<(records all | jq -c "select(.server.port == $port + 2)")
expect_json "TCP_DEFER_ACCEPT" '.handshake.ack_to_socket_ns > 250e6 and .client.bytes == 12' \
	<(records all | jq -c "select(.server.port == $port + 3)")
expect_json "only Fast Open" '.handshake.fast_open == null' <(records all | jq -c "select(.server.port != $port + 2)")
