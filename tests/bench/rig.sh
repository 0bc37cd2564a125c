# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what run.sh, which sources this, gives and takes
# Two fresh network namespaces for one measurement, joined by veth0: what an earlier one left (TIME_WAITs, timers, routes)
# is gone with its own.

near='' far=''

remove_rig() {
	local netns
	for netns in $near $far; do
		ip netns del "$netns"
	done
	near='' far=''
}

prepare_netns() {
	ip netns add "$1"
	ip -n "$1" link set lo up
	ip netns exec "$1" sysctl -qw net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_max_tw_buckets=4000000 \
		net.ipv4.tcp_max_syn_backlog=4096 net.ipv6.ip_nonlocal_bind=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0
}

# make_rig: $near (10.98.0.1, fd98::1, and the neighbours 10.97.0.0/16, fd97::/64) and $far (10.98.0.2, fd98::2).
make_rig() {
	local addresses
	near=tlb-near-$$ far=tlb-far-$$
	prepare_netns "$near"
	prepare_netns "$far"
	ip link add veth0 netns "$near" type veth peer name veth0 netns "$far"
	ip -n "$near" address add 10.98.0.1/24 dev veth0
	ip -n "$near" address add fd98::1/64 dev veth0 nodad
	ip -n "$far" address add 10.98.0.2/24 dev veth0
	ip -n "$far" address add fd98::2/64 dev veth0 nodad
	ip -n "$near" link set veth0 up
	ip -n "$far" link set veth0 up
	ip -n "$near" route add local 10.97.0.0/16 dev lo
	ip -n "$near" -6 route add local fd97::/64 dev lo
	ip -n "$far" route add default via 10.98.0.1
	ip -n "$far" -6 route add fd97::/64 via fd98::1
	# One connection ahead: where a neighbour was asked for before its end was up, he is asked again after a second.
	for addresses in '10.98.0.1 --server 10.98.0.2' 'fd98::1 --server fd98::2'; do
		# shellcheck disable=SC2086
		inside "$load" churn --client $addresses --server-netns "$far" --port $((port + 1)) --count 1 > "$work/reached"
	done
}

# inside COMMAND...: in $near. Unlike `ip netns exec` it leaves /sys as it is, which the tools need.
inside() {
	nsenter --net="/run/netns/$near" "$@"
}
