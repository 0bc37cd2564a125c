#!/usr/bin/env bash
# connect() that meets ICMP: sent by the other host or by this one's own packet filter, IPv4 and IPv6, with connect()
# waiting, polled, and given up without a look at SO_ERROR; a path whose MTU is too small. A capture says the same.
. "$(dirname "$0")/lib.sh"
need nft python3 tcpdump

make_pair
# Ports: what the far host's filter answers, and in the next hundred what the near host's own does.
inside "$far" nft -f - <<-RULES
	table inet filter {
	  chain in { type filter hook input priority 0;
	    tcp dport $port reject with icmpx type port-unreachable
	    tcp dport $((port + 1)) reject with icmpx type admin-prohibited
	    tcp dport $((port + 2)) reject with icmpx type host-unreachable
	  }
	}
RULES
inside "$near" nft -f - <<-RULES
	table inet filter {
	  chain out { type filter hook output priority 0;
	    tcp dport $((port + 10)) reject with icmpx type port-unreachable
	    tcp dport $((port + 11)) reject with icmpx type admin-prohibited
	    tcp dport $((port + 12)) reject with icmpx type host-unreachable
	  }
	}
RULES
for netns in "$near" "$far"; do
	inside "$netns" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
done

cat > "$work/connect.py" <<-'PYTHON'
	import errno, select, socket, sys, time
	how, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
	s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
	s.setblocking(how == "wait")
	err = s.connect_ex((address, port))
	if how == "poll":
	    p = select.poll()
	    p.register(s, select.POLLOUT)
	    p.poll(5000)
	    err = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
	elif how == "read":      # what is kept aside, before it ends connect()
	    deadline = time.monotonic() + 5
	    while not (err := s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) and time.monotonic() < deadline:
	        select.select([], [], [], 0.01)
	elif how == "leave":
	    select.select([], [], [], 0.2)
	s.close()
	print(errno.errorcode.get(err, err))
PYTHON

# connect_all BASE CODE...: each way to connect, over IPv4 and IPv6, at once.
connect_all() {
	local code address how pids=()
	for code in "${@:2}"; do
		for address in "$far4" "$far6"; do
			for how in wait poll read leave; do
				inside "$near" python3 "$work/connect.py" $how "$address" $((port + $1 + code)) > "$work/errno.$(($1 + code)).$how.${address//[:.]/_}" &
				pids+=($!)
			done
		done
	done
	wait "${pids[@]}"
}

# What a capture made meanwhile says of them is the same, by id: in words, in the drawing, and how they ended.
start_capture() {
	nsenter --net="/run/netns/$1" tcpdump -i "$2" -U --immediate-mode -w "$work/$3.pcap" 2> "$work/$3.tcpdump" &
	dump=$!
	defer end_capture
	until_true 10 grep -q 'listening on' "$work/$3.tcpdump" || fail "tcpdump does not listen: $(cat "$work/$3.tcpdump")"
}

end_capture() {
	[ -z "$dump" ] || { kill "$dump" && wait "$dump"; }
	dump=''
}

# same_as_captured NAME: tracer NAME's connections that met ICMP.
same_as_captured() {
	local said='select(.tcp.icmp) | [.id, .tcp.ending, (.tcp.icmp | .type, .code, .reason, .from, .about, .count),
		([.events[] | select(.kind == "icmp")] | length)] | @tsv'
	end_capture
	"$tracer" --json --pcap "$work/$1.pcap" --port "$port-$((port + 9))" > "$work/$1.captured"
	"$tracer" --timeline --pcap "$work/$1.pcap" --port "$port-$((port + 9))" > "$work/$1.drawn"
	records "$1" | jq -r "select(.server.port % 100 < 10) | $said" | sort > "$work/$1.want"
	jq -r "$said" "$work/$1.captured" | sort > "$work/$1.got"
	[ -s "$work/$1.want" ] || fail "no connection of tracer $1 met ICMP"
	cmp -s "$work/$1.want" "$work/$1.got" || fail "a capture says otherwise: $(diff "$work/$1.want" "$work/$1.got")"
	expect_equal "errors drawn of a capture" "$(grep -cE '^ +[0-9.]+ .*: ICMP(v6)? ' "$work/$1.drawn")" "$(awk -F '\t' '{ n += $9 } END { print n }' "$work/$1.want")"
}

start_capture "$near" veth0 icmp
start_tracer icmp "$near" --netns "$near" --port "$port-$((port + 99))" --json
connect_all 0 0 1 2
connect_all 10 0 1 2
stop_tracer icmp
expect_equal "records" "$(record_count icmp)" 48
# shellcheck disable=SC2016 # jq's variables
expect_json "each says which ICMP error it was, and from where" '
	(.server.port % 10) as $code | (.server.port % 100 >= 10) as $own | (.network.type == "ipv6") as $v6
	| .complete and .tcp.ending == "unreachable" and any(.evidence[]; . == "icmp")
	and [.tcp.icmp.type, .tcp.icmp.code] == (if $v6 then [[1, 4], [1, 1], [1, 3]] else [[3, 3], [3, 13], [3, 1]] end)[$code]
	and .tcp.icmp.from == (if $own then .client.address else .server.address end)
	and .tcp.icmp.about == "client" and any(.events[]; .kind == "icmp")
	and (.verdict | test("ICMP(v6)? [a-z ]+ from [0-9a-f.:]+"))
	and (.verdict | test("packet filter rejected the SYN")) == $own' <(records icmp)
# What the process got is what the record says it got; and who never looked got nothing.
for code in 0 1 2 10 11 12; do
	expect_equal "errnos of $code" "$(records icmp | jq -r "select(.server.port == $((port + code))) | .tcp.error // \"EINPROGRESS\"" | sort)" \
		"$(cat "$work"/errno.$code.* | sort)"
done
same_as_captured icmp
echo "$(record_count icmp) connects that met ICMP, $(wc -l < "$work/icmp.got") of them captured"

# A path that takes less than the first hop: the connection goes on, and names who said so.
make_netns router
to_router "$near" left "10.101.$slot"
to_router "$far" right "10.102.$slot"
inside "$router" sysctl -qw net.ipv4.ip_forward=1
near4=10.101.$slot.1 far4=10.102.$slot.1 port=$((port + 5))
ip -n "$router" link set right mtu 1300
inside "$router" sysctl -qw net.ipv4.icmp_ratelimit=0
cat > "$work/receive.py" <<-'PYTHON'
	import socket, sys
	s = socket.create_server((sys.argv[1], int(sys.argv[2])))
	print("listening", flush=True)
	c, _ = s.accept()
	while c.recv(65536):
	    pass
PYTHON
inside "$far" python3 "$work/receive.py" "$far4" "$port" > "$work/receiving" &
receiver=$!
until_true 10 test -s "$work/receiving" || fail "nobody listens"
start_capture "$near" left narrow
start_tracer narrow "$near" --netns "$near" --port "$port" --json
inside "$near" python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).sendall(bytes(20000))' "$far4" "$port"
wait "$receiver"
stop_tracer narrow
expect_json "the router's word of the MTU" '.tcp.ending == "closed" and .tcp.icmp.reason == "fragmentation needed"
	and .tcp.icmp.about == "client"' <(records narrow)
same_as_captured narrow
