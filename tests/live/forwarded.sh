#!/usr/bin/env bash
# Traffic that passes through: a router, a bridge with two containers, and the same tuple in two VLANs. Seen from the
# middle, where no socket is (--netns), and from the middle with the host's sockets.
. "$(dirname "$0")/lib.sh"
need python3

middle=''
make_netns near
make_netns far
make_netns middle

# join NETNS INTERFACE: a veth to $middle, where it has the same name.
join() {
	ip link add "$2" netns "$1" type veth peer name "$2" netns "$middle"
	ip -n "$1" link set "$2" up
	ip -n "$middle" link set "$2" up
}

transfer() {
	"$here/../tools/transfer.py" "$@"
}

whole='.tcp.ending == "closed" and .tcp.conn_state == "SF" and .client.bytes == 100000 and .server.bytes == 300000
	and .teardown.initiator == "client" and .handshake.status == "completed" and .complete'
# Each segment stands in the record once, though it passed two interfaces.
once='([.events[] | select(.kind == "segment") | .flags] | (map(select(. == "S")) | length == 1) and
	(map(select(. == "SA")) | length == 1) and (map(select(contains("F"))) | length == 2))'

# ---- a router

join "$near" left
join "$far" right
ip -n "$near" address add "$net4.1/25" dev left
ip -n "$middle" address add "$net4.2/25" dev left
ip -n "$far" address add "$net4.129/25" dev right
ip -n "$middle" address add "$net4.130/25" dev right
ip -n "$near" route add default via "$net4.2"
ip -n "$far" route add default via "$net4.130"
inside "$middle" sysctl -qw net.ipv4.ip_forward=1
start_tracer router "$middle" --netns "$middle" --json
start_tracer host "$middle" --json --port "$port-$((port + 1))"
transfer "$near" "$far" "$net4.1" "$net4.129" "$port"
stop_tracer router
stop_tracer host
expect_equal "router: connections" "$(record_count router)" 1
expect_json "router: a connection without sockets" "$whole and (has(\"role\") | not) and $once" <(records router)
expect_json "router: its client is who sent the SYN" \
	".client.address == \"$net4.1\" and .client.port == $((port + 1)) and .server.port == $port" <(records router)
expect_equal "host: both sockets and the wire are one connection" "$(record_count host)" 1
expect_json "host: ... with both roles" "$whole and .role == \"both\" and $once and .client.process.opener.name == \"transfer.py\"" \
	<(records host)

# ---- a handshake that was missed

is_established() {
	[ -n "$(inside "$far" ss -Htn state established "sport = :$port")" ]
}

port=$((port + 2))
start_tracer before "$middle" --netns "$middle" --json --port "$port"
mkfifo "$work/go"
transfer "$near" "$far" "$net4.1" "$net4.129" "$port" "$work/go" &
late=$!
until_true 10 is_established || fail "no connection"
stop_tracer before
start_tracer late "$middle" --netns "$middle" --json --port "$port"
echo go > "$work/go"
wait "$late"
stop_tracer late
expect_equal "late: connections" "$(record_count late)" 1
expect_json "late: the lower port is the server, and that this is a rule is said" \
	".server.port == $port and .tcp.roles_derived and .tcp.ending == \"closed\" and (.complete | not) and
	.teardown.initiator == \"server\"" <(records late)

# ---- a bridge with two containers

for interface in left right; do
	ip -n "$middle" address flush dev $interface
done
ip -n "$middle" link add bridge type bridge
ip -n "$middle" link set bridge up
for interface in left right; do
	ip -n "$middle" link set $interface master bridge
done
ip -n "$near" address flush dev left
ip -n "$far" address flush dev right
ip -n "$near" address add "$net6::1/64" dev left nodad
ip -n "$far" address add "$net6::2/64" dev right nodad
port=$((port + 2))
start_tracer bridge "$middle" --netns "$middle" --json
start_tracer containers "$middle" --json --port "$port-$((port + 1))"
transfer "$near" "$far" "$net6::1" "$net6::2" "$port"
stop_tracer bridge
stop_tracer containers
expect_equal "bridge: connections" "$(record_count bridge)" 1
expect_json "bridge: a connection without sockets" "$whole and (has(\"role\") | not) and $once" <(records bridge)
expect_equal "containers: connections" "$(record_count containers)" 1
expect_json "containers: both ends and the wire" "$whole and .role == \"both\" and $once" <(records containers)

# ---- the same tuple in two VLANs: frames made by hand, since VLAN devices and filtering bridges need modules

port=$((port + 2))
sed "s/PORT/$port/" > "$work/vlans.story" << END
0 10.98.0.1:40000 10.98.0.2:PORT S 1000 0 0 vlan=10
0 10.98.0.1:40000 10.98.0.2:PORT S 1100 0 0 vlan=20
0 10.98.0.2:PORT 10.98.0.1:40000 SA 5000 1101 0 vlan=20
0 10.98.0.2:PORT 10.98.0.1:40000 SA 5000 1001 0 vlan=10
0 10.98.0.1:40000 10.98.0.2:PORT A 1001 5001 0 vlan=10
0 10.98.0.1:40000 10.98.0.2:PORT A 1101 5001 0 vlan=20
0 10.98.0.1:40000 10.98.0.2:PORT PA 1001 5001 100 vlan=10
0 10.98.0.1:40000 10.98.0.2:PORT PA 1101 5001 200 vlan=20
0 10.98.0.1:40000 10.98.0.2:PORT FA 1101 5001 0 vlan=10
0 10.98.0.2:PORT 10.98.0.1:40000 RA 5001 1301 0 vlan=20
0 10.98.0.2:PORT 10.98.0.1:40000 FA 5001 1102 0 vlan=10
0 10.98.0.1:40000 10.98.0.2:PORT A 1102 5002 0 vlan=10
END
"$out/tests/tools/story2pcap" "$work/vlans.story" "$work/vlans.pcap"
start_tracer vlans "$middle" --netns "$middle" --json --port "$port"
inside "$near" "$here/../tools/inject.py" "$work/vlans.pcap" left
stop_tracer vlans
expect_equal "vlans: what each VLAN's connection was" \
	"$(records vlans | jq -r '"\(.network.vlan.id) \(.tcp.conn_state) \(.client.bytes)"' | sort | paste -sd ' ')" "10 SF 100 20 RSTR 200"
