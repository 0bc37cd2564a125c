#!/usr/bin/env bash
# A transparent proxy on a router that keeps the client's address and port: two connections with one tuple at two places
# of one namespace. Each is a record of its own, complete, with its own segments.
. "$(dirname "$0")/lib.sh"
need python3 nft

make_routed
for netns in "$near" "$router" "$far"; do
	inside "$netns" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
inside "$router" sysctl -qw net.ipv4.conf.left.rp_filter=0 net.ipv4.conf.right.rp_filter=0
inside "$router" nft -f - <<-RULES || skip "nft: tproxy and socket"
	table ip t {
	  chain pre { type filter hook prerouting priority mangle;
	    iif left tcp dport $port tproxy to 127.0.0.1:$((port + 1)) meta mark set 1 accept
	    iif right tcp sport $port socket transparent 1 meta mark set 1 accept
	  }
	}
RULES
ip -n "$router" rule add fwmark 1 lookup 100
ip -n "$router" route add local default dev lo table 100

cat > "$work/play.py" <<-'PYTHON'
	"""server ADDRESS PORT | proxy PORT | client FROM TO PORT: the proxy hands on what it gets, 1000 bytes more."""
	import socket, sys

	def all_of(s):
	    n = 0
	    while data := s.recv(65536):
	        n += len(data)
	    return n

	if sys.argv[1] == "server":
	    s = socket.create_server((sys.argv[2], int(sys.argv[3])))
	    print("ready", flush=True)
	    c, _ = s.accept()
	    all_of(c)
	    c.close()
	elif sys.argv[1] == "proxy":
	    s = socket.socket()
	    s.setsockopt(socket.SOL_IP, 19, 1) # IP_TRANSPARENT
	    s.bind(("127.0.0.1", int(sys.argv[2])))
	    s.listen()
	    print("ready", flush=True)
	    c, peer = s.accept()
	    out = socket.socket()
	    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    out.setsockopt(socket.SOL_IP, 19, 1)
	    out.bind(peer)
	    out.connect(c.getsockname())
	    out.sendall(bytes(all_of(c) + 1000))
	    out.close()
	    c.close()
	else:
	    s = socket.create_connection((sys.argv[3], int(sys.argv[4])), source_address=(sys.argv[2], int(sys.argv[4]) + 50))
	    s.sendall(bytes(5000))
	    s.shutdown(socket.SHUT_WR)
	    all_of(s)
PYTHON

# run NETNS NAME ARGS...: its pid is in $pid once it is ready.
run() {
	inside "$1" python3 "$work/play.py" "${@:3}" > "$work/$2.said" 2>&1 &
	pid=$!
	until_true 10 grep -q ready "$work/$2.said" || fail "$2: $(cat "$work/$2.said")"
}

start_tracer proxy "$router" --netns "$router" --port "$port" --json --whole
start_tracer all "$router" --port "$port" --json
run "$far" server server "$far4" "$port"
server=$pid
run "$router" proxy proxy "$((port + 1))"
proxy=$pid
inside "$near" timeout 20 python3 "$work/play.py" client "$near4" "$far4" "$port" || fail "the client does not come through"
wait "$server" "$proxy" || fail "the proxy fails: $(cat "$work"/*.said)"
stop_tracer proxy
stop_tracer all

expect_equal "records" "$(record_count proxy)" 2
expect_json "both have the one tuple, and are whole" ".complete and .tcp.ending == \"closed\" and .tcp.completeness == 31
	and .client.address == \"$near4\" and .client.port == $((port + 50)) and .server.address == \"$far4\" and .server.port == $port
	and (.client.retransmits // 0) == 0 and ([.events[] | select(.kind == \"segment\") | .flags]
	| [map(select(. == \"S\")), map(select(. == \"SA\"))] | map(length)) == [1, 1]" <(records proxy)
expect_equal "roles and bytes" "$(records proxy | jq -r '"\(.role) \(.client.bytes)"' | sort | paste -sd ' ')" "client 6000 server 5000"
expect_equal "ids" "$(records proxy | jq -r .id | sort -u | wc -l)" 2
# With the sockets of all three hosts: each record has both of its ends.
expect_equal "records of all" "$(record_count all)" 2
expect_json "both ends" '.complete and .role == "both" and .tcp.ending == "closed"' <(records all)
expect_equal "ids of all" "$(records all | jq -r .id | sort)" "$(records proxy | jq -r .id | sort)"
echo "two connections of one tuple, each as it was"
