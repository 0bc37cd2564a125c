#!/usr/bin/env bash
# One socket that connects more than once: after it was refused, and after connect(AF_UNSPEC), also as a server's child. Each
# attempt is a connection of its own, with the port that it had.
. "$(dirname "$0")/lib.sh"
need python3

make_pair
cat > "$work/again.py" <<-'PYTHON'
	"""serve ADDRESS PORT | play WAY ADDRESS PORT: PORT + 1 is closed, PORT open. Prints a line for each attempt: server's port,
	client's port (0 = not known), ending, bytes sent."""
	import ctypes, errno, select, socket, sys

	libc = ctypes.CDLL(None, use_errno=True)

	def make(address):
	    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)

	def disconnect(s):
	    if libc.connect(s.fileno(), bytes(16), 16):
	        sys.exit("connect(AF_UNSPEC): errno %d" % ctypes.get_errno())

	def refused(s, address, port, how):
	    err = s.connect_ex((address, port))
	    if err == errno.EINPROGRESS:
	        p = select.poll()
	        p.register(s, select.POLLOUT)
	        p.poll(5000)
	        if how == "unread":
	            err = s.connect_ex((address, port)) # gives what SO_ERROR would
	        else:
	            err = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
	            s.connect_ex((address, port)) # ECONNABORTED: only now it is over
	    if err != errno.ECONNREFUSED:
	        sys.exit("refused: %d" % err)

	def established(s, address, port, ending, sent):
	    s.setblocking(True)
	    s.connect((address, port))
	    s.sendall(bytes(sent))
	    print(port, s.getsockname()[1], ending, sent)

	if sys.argv[1] == "serve":
	    listener = socket.create_server((sys.argv[2], int(sys.argv[3])), family=make(sys.argv[2]).family)
	    print("ready", flush=True)
	    while True:
	        c, _ = listener.accept()
	        try:
	            while c.recv(4096):
	                pass
	        except ConnectionResetError:
	            pass
	        c.close()

	way, address, port = sys.argv[2], sys.argv[3], int(sys.argv[4])
	s = make(address)
	if way == "bound":
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.bind(("", port + 50))
	if way in ("wait", "read", "unread", "bound"):
	    s.setblocking(way in ("wait", "bound"))
	    for _ in range(2):
	        refused(s, address, port + 1, way)
	        print(port + 1, port + 50 if way == "bound" else 0, "refused", 0)
	elif way == "unspec":
	    for sent in (10, 20):
	        established(s, address, port, "reset", sent)
	        disconnect(s)
	elif way == "child":
	    own = socket.socket(s.family, socket.SOCK_DGRAM)
	    own.connect((address, port))
	    listener = socket.create_server((own.getsockname()[0], 0), family=s.family)
	    client = socket.create_connection(listener.getsockname()[:2])
	    s = listener.accept()[0]
	    print(listener.getsockname()[1], client.getsockname()[1], "reset", 0)
	    disconnect(s)
	    client.close()
	established(s, address, port, "closed", 100)
	s.close()
PYTHON

# serve NETNS ADDRESS
serve() {
	nsenter --net="/run/netns/$1" python3 "$work/again.py" serve "$2" "$port" > "$work/serve.$2" 2>&1 &
	defer kill "$!"
	until_true 10 grep -q ready "$work/serve.$2" || fail "nobody serves $2: $(cat "$work/serve.$2")"
}
serve "$far" "$far4"
serve "$far" "$far6"
serve "$near" 127.0.0.1
serve "$near" ::1

start_tracer again "$near" --netns "$near" --json
: > "$work/said"
for address in "$far4" "$far6" 127.0.0.1 ::1; do
	for way in wait read unread unspec child; do
		inside "$near" python3 "$work/again.py" play "$way" "$address" "$port" >> "$work/said" || fail "$way to $address"
	done
done
inside "$near" python3 "$work/again.py" play bound "$far4" "$port" >> "$work/said" || fail "bound"
stop_tracer again

expect_json "each is whole, and has its port" '.complete and .client.port != 0 and .id != "00000000000000000000000000000000"' <(records again)
# What each attempt was, the port where it is known, and as often.
port_of() {
	awk '{ print $1, $3, $4 }' "$work/said" | sort
}
expect_equal "attempts" "$(records again | jq -r '"\(.server.port) \(.tcp.ending) \(.client.bytes // 0)"' | sort)" "$(port_of)"
known=$(awk '$2 != 0 { print $1, $2, $3, $4 }' "$work/said" | sort)
expect_equal "ports" "$(records again | jq -r '"\(.server.port) \(.client.port) \(.tcp.ending) \(.client.bytes // 0)"' | sort | grep -Fx "$known")" "$known"
# Attempts of one socket that was not bound: other ports, and none is that of the attempt before.
expect_equal "ids" "$(records again | jq -r .id | sort -u | wc -l)" "$(record_count again)"
echo "$(record_count again) attempts of $((4 * 5 + 1)) sockets"
