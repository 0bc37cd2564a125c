#!/usr/bin/env bash
# Connections whose addresses are translated on this host, and whose segments are seen at several places: one record each,
# no ghost, each segment once, both tuples. The rules' own counters say how many segments there were.
. "$(dirname "$0")/lib.sh"
need python3 nft

host='' inner='' far2=''
make_pair
make_netns host
make_netns inner
make_netns far2
wrong=0 scenarios=0

# ---- places

# near and far are joined by veth0, and far can answer over veth1 instead; host has a bridge with inner behind a port.
ip link add veth1 netns "$near" type veth peer name veth1 netns "$far"
for side in "$near" "$far"; do
	ip -n "$side" link set veth1 up
	inside "$side" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.veth0.rp_filter=0 \
		net.ipv4.conf.veth1.rp_filter=0 net.ipv4.conf.lo.rp_filter=0
done
bridge4=10.98.$slot bridge6=fd98:$slot
ip -n "$host" link add br0 type bridge || skip "bridges: CONFIG_BRIDGE"
ip -n "$host" link set br0 up
ip link add port netns "$host" type veth peer name veth0 netns "$inner"
ip -n "$host" link set port master br0 up
# Where bridged packets pass iptables (bridge-nf-call-iptables), what goes back to its own port needs that.
ip -n "$host" link set port type bridge_slave hairpin on
ip -n "$inner" link set veth0 up
ip -n "$host" address add "$bridge4.1/24" dev br0
ip -n "$host" address add "$bridge6::1/64" dev br0 nodad
ip -n "$inner" address add "$bridge4.2/24" dev veth0
ip -n "$inner" address add "$bridge6::2/64" dev veth0 nodad
ip -n "$inner" route add default via "$bridge4.1"
ip -n "$inner" -6 route add default via "$bridge6::1"
ip -n "$host" address add "$net4.9/32" dev lo
ip -n "$host" address add "$net6::9/128" dev lo nodad
inside "$host" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for address in 200 201; do
	ip -n "$near" address add "$net4.$address/32" dev veth0
	ip -n "$near" address add "$net6::$address/128" dev veth0 nodad preferred_lft 0
done

inside "$near" nft "add table inet t; add chain inet t c { type nat hook output priority -100; }; add rule inet t c tcp dport 1 redirect to :2" ||
	skip "nft: translation of addresses"
inside "$near" nft flush ruleset

# rules NETNS: the rules of a chain each from stdin: "output RULE", "postrouting RULE", "prerouting RULE".
rules() {
	local netns=$1 hook rule
	{
		echo "flush ruleset"
		echo "table inet t {"
		echo "chain output { type nat hook output priority -100; }"
		echo "chain prerouting { type nat hook prerouting priority -100; }"
		echo "chain postrouting { type nat hook postrouting priority 100; }"
		echo "}"
		while read -r hook rule; do
			echo "add rule inet t $hook $rule"
		done
	} > "$work/rules"
	inside "$netns" nft -f "$work/rules" || fail "nft: $(cat "$work/rules")"
}

# counters NETNS NAME RULE: how many segments this host's sockets sent, before anybody translates them.
counters() {
	inside "$1" nft "add table inet count
		add counter inet count $2
		add chain inet count output { type filter hook output priority -300; }
		add rule inet count output $3 counter name $2" || skip "nft: counters"
}

counted() {
	inside "$1" nft -j list counter inet count "$2" | jq '.nftables[] | .counter? // empty | .packets'
}

# ---- what is played in each scenario

# The tracers: all sockets; the client's namespace alone; the server's alone; one alone through which all goes.
begin() {
	name=$1 client=$2 server=$3 middle=${4:-}
	: > "$work/$name.played"
	scenarios=$((scenarios + 1))
	counters "$client" sent "tcp dport { $port, $((port + 1)) }"
	counters "$server" answered "tcp sport $((port + 1))"
	start_tracer "$name" "$client" --json --cidr "$net4.0/24" --cidr "$net6::/64" --cidr "$bridge4.0/24" --cidr "$bridge6::/64"
	start_tracer "$name-client" "$client" --json --netns "$client"
	[ "$client" = "$server" ] || start_tracer "$name-server" "$server" --json --netns "$server"
	[ -z "$middle" ] || start_tracer "$name-middle" "$middle" --json --netns "$middle"
}

# played TO LISTEN [ARGS]: connections to TO:port that reach LISTEN:port+1, or whichever --port says.
played() {
	"$here/../tools/nat_play.py" --client "$client" --server "$server" --to "$1" --port "$port" --listen "$2" \
		--listen-port "$((port + 1))" "${@:3}" >> "$work/$name.played" || fail "$name: it does not come through"
}

verdict() {
	"$here/../tools/nat_judge.py" "$1" --played "$work/$name.played" --records "$work/$1.out" "${@:2}" || wrong=1
}

# Of what was played, which is complete: not of TIME_WAITs of the scenario before.
ids() {
	jq -r 'select(.schema == "tcplife.connection" and .complete).id' "$work/$1.out" | sort
}

# same_ids TRACER...: whoever sees a connection gives it the same id, under whichever addresses that is.
same_ids() {
	local tracer
	for tracer in "$@"; do
		[ "$(ids "$tracer")" = "$(ids "$name")" ] || { echo "$tracer: its ids differ from those of $name"; wrong=1; }
	done
}

# end [WHERE]: who translates: the client's namespace, the server's, or a third one.
end() {
	local where=${1:-client} counts side
	local -A views=([$where]=--translator)
	stop_tracer "$name"
	stop_tracer "$name-client"
	[ "$client" = "$server" ] || stop_tracer "$name-server"
	[ -z "$middle" ] || stop_tracer "$name-middle"
	counts=(--client-packets "$(counted "$client" sent)" --server-packets "$(counted "$server" answered)")
	verdict "$name" --here both --translator "${counts[@]}"
	if [ "$client" = "$server" ]; then
		verdict "$name-client" --here both --translator "${counts[@]}"
	else
		for side in client server; do
			verdict "$name-$side" --here $side ${views[$side]:+"${views[$side]}"} "${counts[@]}"
		done
	fi
	# Without a socket nobody counts segments.
	[ -z "$middle" ] || verdict "$name-middle" --here none --translator
	[ "$(ids "$name" | uniq -d)" = "" ] || { echo "$name: an id twice"; wrong=1; }
	same_ids "$name-client"
	[ "$client" = "$server" ] || same_ids "$name-server"
	[ -z "$middle" ] || same_ids "$name-middle"
	for side in "$near" "$far" "$host" "$inner" "$far2"; do
		inside "$side" nft flush ruleset
	done
	port=$((port + 2))
}

# ---- on lo

rules "$near" << END
output tcp dport $port redirect to :$((port + 1))
END
begin redirect "$near" "$near"
played "$far4" 0.0.0.0
played "$far6" ::
end

rules "$near" << END
output ip daddr $net4.201 tcp dport $port dnat ip to $net4.200:$((port + 1))
output ip6 daddr $net6::201 tcp dport $port dnat ip6 to [$net6::200]:$((port + 1))
END
begin dnat-lo "$near" "$near"
played "$net4.201" "$net4.200"
played "$net6::201" "$net6::200"
end

rules "$near" << END
output tcp dport $port redirect to :$((port + 1))
postrouting oif lo tcp dport $((port + 1)) ip saddr $near4 snat ip to $net4.200:61000-61999
postrouting oif lo tcp dport $((port + 1)) ip6 saddr $near6 snat ip6 to [$net6::200]:61000-61999
END
begin snat-lo "$near" "$near"
played "$net4.201" 0.0.0.0 --bind "$near4"
played "$net6::201" :: --bind "$near6"
end

# ---- on veth: dnat, snat, masquerade by the client's host

rules "$near" << END
output ip daddr $net4.250 tcp dport $port dnat ip to $far4:$((port + 1))
output ip6 daddr $net6::250 tcp dport $port dnat ip6 to [$far6]:$((port + 1))
END
begin dnat "$near" "$far"
played "$net4.250" "$far4"
played "$net6::250" "$far6"
end

rules "$near" << END
output tcp dport $port dnat to :$((port + 1))
postrouting oif veth0 ip saddr $near4 tcp dport $((port + 1)) snat ip to $net4.200:61000-61999
postrouting oif veth0 ip6 saddr $near6 tcp dport $((port + 1)) snat ip6 to [$net6::200]:61000-61999
END
begin snat "$near" "$far"
played "$far4" "$far4" --bind "$near4"
played "$far6" "$far6" --bind "$near6"
end

rules "$near" << END
output ip daddr $net4.250 tcp dport $port dnat ip to $far4:$((port + 1))
output ip6 daddr $net6::250 tcp dport $port dnat ip6 to [$far6]:$((port + 1))
postrouting oif veth0 meta l4proto tcp masquerade random
END
begin masquerade "$near" "$far"
played "$net4.250" "$far4"
played "$net6::250" "$far6"
end

# ---- by the server's host

rules "$far" << END
prerouting tcp dport $port redirect to :$((port + 1))
END
begin server-redirect "$near" "$far"
played "$far4" "$far4"
played "$far6" "$far6"
end server

# ---- a bridge: a container's published port from the host itself, and from itself (hairpin)

rules "$host" << END
output ip daddr $net4.9 tcp dport $port dnat ip to $bridge4.2:$((port + 1))
output ip6 daddr $net6::9 tcp dport $port dnat ip6 to [$bridge6::2]:$((port + 1))
postrouting oif br0 meta l4proto tcp masquerade random
END
begin published "$host" "$inner"
played "$net4.9" "$bridge4.2"
played "$net6::9" "$bridge6::2"
end

rules "$host" << END
prerouting ip daddr $net4.9 tcp dport $port dnat ip to $bridge4.2:$((port + 1))
prerouting ip6 daddr $net6::9 tcp dport $port dnat ip6 to [$bridge6::2]:$((port + 1))
postrouting oif br0 meta l4proto tcp masquerade random
END
begin hairpin "$inner" "$inner"
played "$net4.9" "$bridge4.2"
played "$net6::9" "$bridge6::2"
end

# ---- no translation: the same segments at several places

# Over the bridge and its port.
begin bridge "$host" "$inner"
played "$bridge4.2" "$bridge4.2" --port "$((port + 1))"
played "$bridge6::2" "$bridge6::2" --port "$((port + 1))"
end

# Both ends of a veth pair in one namespace, and the bridge between.
ip -n "$host" link add pair0 type veth peer name pair1
ip -n "$host" link set pair1 master br0 up
ip -n "$host" link set pair0 up
inside "$host" sysctl -qw net.ipv4.conf.all.arp_ignore=1
ip -n "$host" address add "$bridge4.33/32" dev pair0
ip -n "$host" address add "$bridge6::33/128" dev pair0 nodad
ip -n "$host" route add "$bridge4.2/32" dev pair0 src "$bridge4.33"
ip -n "$host" -6 route add "$bridge6::2/128" dev pair0 src "$bridge6::33"
begin pair "$host" "$inner"
played "$bridge4.2" "$bridge4.2" --port "$((port + 1))" --bind "$bridge4.33"
played "$bridge6::2" "$bridge6::2" --port "$((port + 1))" --bind "$bridge6::33"
end
ip -n "$host" link del pair0

# A macvlan and the interface below it.
if ip -n "$near" link add macvlan0 link veth0 type macvlan mode bridge; then
	ip -n "$near" link set macvlan0 up
	ip -n "$near" address add "$net4.77/32" dev macvlan0
	ip -n "$near" address add "$net6::77/128" dev macvlan0 nodad
	ip -n "$near" route add "$far4/32" dev macvlan0 src "$net4.77"
	ip -n "$near" -6 route add "$far6/128" dev macvlan0 src "$net6::77"
	begin macvlan "$near" "$far"
	played "$far4" "$far4" --port "$((port + 1))" --bind "$net4.77"
	played "$far6" "$far6" --port "$((port + 1))" --bind "$net6::77"
	end
	ip -n "$near" link del macvlan0
else
	echo "macvlan: CONFIG_MACVLAN; left out"
fi

# A router, without sockets: as it is, and as it translates.
ip link add up0 netns "$host" type veth peer name up0 netns "$far2"
ip -n "$host" link set up0 up
ip -n "$far2" link set up0 up
ip -n "$host" address add "$net4.129/30" dev up0
ip -n "$far2" address add "$net4.130/30" dev up0
ip -n "$host" address add "$net6:2::1/64" dev up0 nodad
ip -n "$far2" address add "$net6:2::2/64" dev up0 nodad
ip -n "$far2" route add default via "$net4.129"
ip -n "$far2" -6 route add default via "$net6:2::1"
begin router "$far2" "$inner" "$host"
played "$bridge4.2" "$bridge4.2" --port "$((port + 1))"
played "$bridge6::2" "$bridge6::2" --port "$((port + 1))"
end middle

rules "$host" << END
prerouting ip daddr $net4.9 tcp dport $port dnat ip to $bridge4.2:$((port + 1))
prerouting ip6 daddr $net6::9 tcp dport $port dnat ip6 to [$bridge6::2]:$((port + 1))
postrouting oif br0 meta l4proto tcp masquerade random
END
begin translator "$far2" "$inner" "$host"
played "$net4.9" "$bridge4.2"
played "$net6::9" "$bridge6::2"
end middle

# The way back is another one.
ip -n "$near" address add "$net4.101/32" dev veth1
ip -n "$far" address add "$net4.102/32" dev veth1
ip -n "$far" route add "$near4/32" dev veth1 src "$far4"
ip -n "$near" address add "$net6:1::1/64" dev veth1 nodad
ip -n "$far" address add "$net6:1::2/64" dev veth1 nodad
ip -n "$far" -6 route add "$near6/128" dev veth1 via "$net6:1::1" src "$far6"
begin asymmetric "$near" "$far"
counters "$far" other_way "oif veth1 tcp sport $((port + 1))"
played "$far4" "$far4" --port "$((port + 1))" --idle 50
played "$far6" "$far6" --port "$((port + 1))" --idle 50
expect_equal "asymmetric: all that was answered came back over veth1" "$(counted "$far" other_way)" "$(counted "$far" answered)"
end

# ---- one tuple on two links

ip link add link1 netns "$near" type veth peer name end0 netns "$far2"
make_netns elsewhere
ip link add link2 netns "$near" type veth peer name end0 netns "$elsewhere"
for link in link1 link2; do
	inside "$near" sysctl -qw "net.ipv6.conf.$link.addr_gen_mode=1"
	ip -n "$near" link set $link up
	ip -n "$near" address add fe80::1/64 dev $link nodad
done
for side in "$far2" "$elsewhere"; do
	inside "$side" sysctl -qw net.ipv6.conf.end0.addr_gen_mode=1
	ip -n "$side" link set end0 up
	ip -n "$side" address add fe80::2/64 dev end0 nodad
done
scenarios=$((scenarios + 1)) name=links
start_tracer links "$near" --json --netns "$near"
players=()
for round in "link1 $far2 200" "link2 $elsewhere 400"; do
	read -r link side bytes <<< "$round"
	"$here/../tools/nat_play.py" --client "$near" --server "$side" --to "fe80::2%$link" --port "$port" --listen fe80::2%end0 \
		--listen-port "$port" --bind "fe80::1%$link" --bind-port "$((port + 1))" --count 1 --send "$bytes" --idle 500 \
		> "$work/links.$link" &
	players+=($!)
done
for player in "${players[@]}"; do
	wait "$player" || fail "links: it does not come through"
done
stop_tracer links
cat "$work"/links.link? > "$work/links.played"
verdict links --here client

[ "$wrong" -eq 0 ] || fail "records differ from what was played"
echo "$scenarios scenarios"
