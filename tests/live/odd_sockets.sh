#!/usr/bin/env bash
# Sockets that close in unusual ways: a connect() that TCP_FASTOPEN_CONNECT deferred and nobody wrote to, children of TCP
# Fast Open that are aborted in SYN_RECV, a negative TCP_LINGER2, SO_LINGER 0 in CLOSING, and a sockmap.
. "$(dirname "$0")/lib.sh"
need python3 nft

make_pair
for netns in "$near" "$far"; do
	inside "$netns" sysctl -qw net.ipv4.tcp_fastopen=0x607 # both roles, without a cookie
done
cat > "$work/sockets.py" <<-'PYTHON'
	import ctypes, os, select, socket, struct, sys, time
	TCP_LINGER2, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT = 8, 23, 30
	MSG_FASTOPEN = 0x20000000
	address, port = sys.argv[2], int(sys.argv[3])

	def option(s, name, value, level=socket.IPPROTO_TCP):
	    s.setsockopt(level, name, value)

	def listen(address=address, port=port):
	    s = socket.create_server((address, port))
	    option(s, TCP_FASTOPEN, 8)
	    return s

	def ready():
	    print("ready", flush=True)

	def deferred():
	    s = socket.socket()
	    option(s, TCP_FASTOPEN_CONNECT, 1)
	    s.connect((address, port))
	    s.close()

	def fast_open():          # 3 bytes in the SYN
	    s = socket.socket()
	    try:
	        s.sendto(b"abc", MSG_FASTOPEN, (address, port))
	    except ConnectionRefusedError:
	        pass             # the child is aborted
	    s.close()

	def accept_unread():      # before the third ACK, which never comes
	    s = listen()
	    ready()
	    c, _ = s.accept()
	    c.close()

	def accept_wait():        # until the child is gone
	    s = listen()
	    ready()
	    while not os.path.exists(sys.argv[4]):
	        time.sleep(0.01)

	def linger2():            # no FIN_WAIT2
	    s = listen()
	    ready()
	    c, _ = s.accept()
	    option(c, TCP_LINGER2, -1)
	    c.close()

	def connect():
	    s = socket.create_connection((address, port))
	    select.select([s], [], [], 3)
	    s.close()

	def both():               # ends of a connection over lo
	    s = socket.create_server((address, port))
	    c = socket.create_connection((address, port))
	    return c, s.accept()[0]

	def closing():            # the client's FIN is dropped on its way
	    c, a = both()
	    c.shutdown(socket.SHUT_WR)
	    a.close()
	    while c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 11:
	        time.sleep(0.01)
	    option(c, socket.SO_LINGER, struct.pack("ii", 1, 0), socket.SOL_SOCKET)
	    c.close()

	def bpf(command, *words):
	    attr = struct.pack("=" + words[0], *words[1:]).ljust(120, b"\0")
	    fd = ctypes.CDLL(None, use_errno=True).syscall(321, command, attr, len(attr))
	    if fd < 0:
	        print(f"bpf({command}): {os.strerror(ctypes.get_errno())}")
	        sys.exit(77)
	    return fd

	def sockmap():            # what the client sends is put into the server's receive queue, past TCP
	    c, a = both()
	    sockets = bpf(0, "IIII", 15, 4, 4, 2)
	    text = struct.pack("<BBhi BBhi BBhi BBhi BBhi BBhi".replace(" ", ""), 0x18, 0x12, 0, sockets, 0, 0, 0, 0, 0xb7, 3, 0, 1,
	                       0xb7, 4, 0, 1, 0x85, 0, 0, 60, 0x95, 0, 0, 0)
	    code, license = ctypes.create_string_buffer(text), ctypes.create_string_buffer(b"GPL")
	    program = bpf(5, "IIQQ", 16, len(text) // 8, ctypes.addressof(code), ctypes.addressof(license))
	    bpf(8, "IIII", sockets, program, 7, 0)
	    for key, s in enumerate((c, a)):
	        k, v = ctypes.create_string_buffer(struct.pack("I", key)), ctypes.create_string_buffer(struct.pack("I", s.fileno()))
	        bpf(2, "IIQQQ", sockets, 0, ctypes.addressof(k), ctypes.addressof(v), 0)
	    c.sendall(b"x" * 100000)
	    got = 0
	    while got < 100000:
	        got += len(a.recv(100000))
	    c.close()
	    a.close()
	    print("moved", got)

	globals()[sys.argv[1]]()
PYTHON
python_in() {
	inside "$1" python3 "$work/sockets.py" "${@:2}"
}

# serve FUNCTION PORT
serve() {
	: > "$work/ready.$2"
	python_in "$far" "$1" "$far4" "$2" "$work/over.$2" > "$work/ready.$2" &
	servers+=($!)
	until_true 10 test -s "$work/ready.$2" || fail "$1 does not listen"
}
servers=()
start_tracer near "$near" --netns "$near" --port "$port-$((port + 99))" --json --whole --record "$work/near.rec"
start_tracer far "$far" --netns "$far" --port "$port-$((port + 99))" --json --whole --record "$work/far.rec"
python_in "$near" deferred "$far4" "$port"

# The child's SYN+ACK is dropped at the client, so that it stays in SYN_RECV.
inside "$near" nft -f - <<-RULES
	table inet filter {
	  chain in { type filter hook input priority 0; tcp sport $((port + 1)) tcp flags & (syn|ack) == syn|ack drop; }
	}
RULES
serve accept_unread $((port + 1))
python_in "$near" fast_open "$far4" $((port + 1)) & clients=($!)
serve linger2 $((port + 2))
python_in "$near" connect "$far4" $((port + 2))
# ICMP for a child that nobody has accepted yet: the client's filter rejects its SYN+ACK.
inside "$near" nft add rule inet filter in tcp sport $((port + 3)) tcp flags '&' '(syn|ack)' == 'syn|ack' reject with icmp type host-unreachable
serve accept_wait $((port + 3))
no_child() { [ -z "$(inside "$far" ss -Htn state syn-recv "sport = $((port + 3))")" ]; }
saw_icmp() { [ "$(inside "$far" nstat -asz IcmpInDestUnreachs | awk '/Unreach/ { print $2 }')" -gt 0 ]; }
python_in "$near" fast_open "$far4" $((port + 3)) & clients+=($!)
until_true 10 saw_icmp || fail "no ICMP for the child"
until_true 10 no_child || fail "the child does not end"
touch "$work/over.$((port + 3))"
wait "${clients[@]}" "${servers[@]}"
stop_tracer near
stop_tracer far

make_netns alone
inside "$alone" sysctl -qw net.ipv4.tcp_fin_timeout=1
inside "$alone" nft -f - <<-RULES
	table inet filter {
	  chain in { type filter hook input priority 0; tcp dport $((port + 4)) tcp flags & fin == fin drop; }
	}
RULES
start_tracer alone "$alone" --netns "$alone" --port "$port-$((port + 99))" --json --record "$work/alone.rec"
python_in "$alone" closing 127.0.0.1 $((port + 4))
status=0
python_in "$alone" sockmap 127.0.0.1 $((port + 5)) > "$work/sockmap" || status=$?
none_left() { [ -z "$(inside "$alone" ss -Htan "sport = $((port + 4))")" ]; }
until_true 10 none_left || fail "sockets are left"
stop_tracer alone

# of NAME PORT: its first record
of() {
	records "$1" | jq -c "select(.server.port == $port + $2)" | head -1
}

expect_json "a deferred connect() that nobody wrote to sends no SYN" '
	.complete and .tcp.ending == "handshake_aborted" and (.verdict | endswith("no SYN was sent"))
	and .tcp.completeness == 0 and all(.events[]; .kind != "segment")' <(of near 0)
expect_json "a Fast Open child closed with unread data" '
	.tcp.ending == "handshake_aborted" and .tcp.ended_by == "server" and .tcp.in_state == "syn_received"
	and .tcp.reset_reason == "TCP_ABORT_ON_CLOSE" and (.verdict | endswith("it closed with 3 unread bytes"))' <(of far 1)
expect_json "a negative TCP_LINGER2" '.tcp.ending == "reset" and (.verdict | endswith("it closed with a negative TCP_LINGER2"))' <(of far 2)
expect_json "a Fast Open child that met ICMP" '
	.tcp.ending == "unreachable" and .tcp.error == "EHOSTUNREACH" and .tcp.icmp.about == "server" and .tcp.icmp.code == 1' <(of far 3)
expect_json "SO_LINGER 0 in CLOSING is no want of buckets" '(.verdict | contains("tcp_max_tw_buckets") | not) and (has("time_wait") | not)' <(of alone 4)
COLUMNS=160 LC_ALL=C.UTF-8 "$tracer" --replay "$work/far.rec" --timeline > "$work/timeline"
! grep '╌' "$work/timeline" || fail "an arrow of what was not sent: $(cat "$work/timeline")"
if [ "$status" -eq 77 ]; then
	skip "a sockmap: $(cat "$work/sockmap")"
fi
expect_equal "sockmap.py's status" "$status" 0
expect_json "of what a sockmap moved TCP knows nothing" '
	.complete == false and .incomplete == "sockmap" and .tcp.sockmap and (.client | has("bytes") | not) and (.server | has("bytes") | not)' <(of alone 5)
echo "7 sockets, each in its own way"
