#!/bin/bash
# The suite inside a guest: for each rung named in ./rungs.txt a tracer as root, with a filter in the kernel that wants all
# of the lives, and one, RUNG-caps, as uid 65534 with the documented capabilities and no other; all at once, over the same
# lives of ./lives.txt.
# Leaves in /out for each: TRACER.ndjson, .log, .exit, and root's .rec; programs, leftovers, drops, traffic.log, played/*.
set -u
mapfile -t rungs < rungs.txt
tracers=("${rungs[@]}" "${rungs[@]/%/-caps}")
caps=bpf,+perfmon,+net_admin,+syslog
declare -A net4=([veth]=10.77.0 [slow]=10.78.0 [own4]=10.79.0 [own6]=10.80.0)
declare -A net6=([veth]=fd77: [slow]=fd78: [own4]=fd79: [own6]=fd80:)
probe_port=6999
first_port=7000
last_port=7999
unwanted_port=6998

# pair NAME NETNS: NAME0 here with .1 and ::1, NAME1 in NETNS with .2 and ::2.
pair() {
	ip link add "${1}0" type veth peer name "${1}1" netns "$2"
	ip address add "${net4[$1]}.1/24" dev "${1}0"
	ip address add "${net6[$1]}:1/64" dev "${1}0" nodad
	ip link set "${1}0" up
	ip -n "$2" address add "${net4[$1]}.2/24" dev "${1}1"
	ip -n "$2" address add "${net6[$1]}:2/64" dev "${1}1" nodad
	ip -n "$2" link set "${1}1" up
}

setup() {
	local netns
	for netns in peer own4 own6; do
		ip netns add $netns
		ip -n $netns link set lo up
		ip netns exec $netns sysctl -qw net.ipv4.tcp_tw_reuse=1
	done
	pair veth peer
	pair slow peer
	pair own4 own4
	pair own6 own6
	# Two FINs cross for sure when each needs longer than the two close() calls are apart.
	tc qdisc add dev slow0 root netem delay 400ms
	tc -n peer qdisc add dev slow1 root netem delay 400ms
}

# where PLACE FAMILY: the options of `lives play` for it.
where() {
	case $1$2 in
	lo4) echo --client 127.0.0.1 --server 127.0.0.1 ;;
	lo6) echo --client ::1 --server ::1 ;;
	own4) echo --client-netns own4 --server "${net4[own4]}.1" ;;
	own6) echo --client-netns own6 --server "${net6[own6]}:1" ;;
	*4) echo --server-netns peer --client "${net4[$1]}.1" --server "${net4[$1]}.2" ;;
	*6) echo --server-netns peer --client "${net6[$1]}:1" --server "${net6[$1]}:2" ;;
	esac
}

port_of() {
	awk -v name="$1" -v port=$first_port '/^#/ { next } $1 == name { print port } { port++ }' lives.txt
}

# Each drop takes the first packet that it sees of each family and no other: 100 bytes hold one header, not two. The
# last ACK is the first pure one from a client whose server's FIN has come.
lose() {
	local family last
	last=$(port_of lost-last-ack)
	for family in ip ip6; do
		nft -f - <<-RULES
			table $family loss {
			  set closing { type inet_service; size 64; flags dynamic; }
			  chain in {
			    type filter hook input priority 0;
			    tcp dport $(port_of lost-syn) tcp flags & (syn|ack) == syn quota until 100 bytes counter drop
			    tcp sport $(port_of lost-synack) tcp flags & (syn|ack) == (syn|ack) quota until 100 bytes counter drop
			    tcp dport $(port_of lost-fin) tcp flags & fin == fin quota until 100 bytes counter drop
			    tcp sport $last tcp flags & fin == fin add @closing { tcp dport }
			    tcp dport $last tcp flags & (syn|fin|rst|ack) == ack tcp sport @closing quota until 100 bytes counter drop
			  }
			}
		RULES
	done
}

as_nobody() {
	exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="-all,+$caps" --ambient-caps="-all,+$caps" \
		--bounding-set="-all,+$caps" "$@"
}

# Beyond the capabilities, and documented: before 5.11 BPF maps are locked memory; kprobes are perf events, which Debian
# leaves to CAP_SYS_ADMIN above 2.
start_tracers() {
	local rung
	ulimit -l unlimited
	sysctl -qw kernel.perf_event_paranoid=2
	for rung in "${rungs[@]}"; do
		tcplife-trace -v "--hooks=$rung" --port "$probe_port-$last_port" --whole --json="/out/$rung.ndjson" \
			--record "/out/$rung.rec" 2> "/out/$rung.log" &
		tracer[$rung]=$!
		as_nobody tcplife-trace -v "--hooks=$rung" --whole --json > "/out/$rung-caps.ndjson" 2> "/out/$rung-caps.log" &
		tracer[$rung-caps]=$!
	done
}

# A tracer is ready when it has reported a connection: one is refused again and again until each has.
wait_for_tracers() {
	local name tries
	for tries in $(seq 240); do
		nc 127.0.0.1 $unwanted_port < /dev/null 2> /dev/null
		nc 127.0.0.1 $probe_port < /dev/null 2> /dev/null
		sleep 0.5
		for name in "${tracers[@]}"; do
			kill -0 "${tracer[$name]}" 2> /dev/null || continue
			grep -q "\"port\":$probe_port" "/out/$name.ndjson" 2> /dev/null || continue 2
		done
		return 0
	done
	echo "suite: not every tracer was ready after $tries tries"
}

# play_one NAME LIFE PLACE FAMILY OPTIONS: its truth, a JSON line a connection, goes to /out/played.
play_one() {
	local options=() status=0 truth
	[ "$5" = - ] || IFS=, read -ra options <<< "$5"
	mapfile -t -O ${#options[@]} options < <(where "$3" "$4" | tr ' ' '\n')
	truth=$(lives play "$2" --port "$(port_of "$1")" "${options[@]}") || status=$?
	[ $status -eq 0 ] || echo "$1 $3$4: status $status"
	[ -z "$truth" ] || echo "${truth//{\"life\"/{\"name\":\"$1\",\"where\":\"$3$4\",\"life\"}" > "/out/played/$1.$3$4"
}

# plan: a line for each play_one.
plan() {
	local name life places options place family
	grep -v '^#' lives.txt | while read -r name life places options _; do
		for place in ${places//,/ }; do
			for family in 4 6; do
				echo "$name $life $place $family $options"
			done
		done
	done
}

# A few players at a time: what a starved process does late is another life.
play() {
	local number task
	mkdir -p /out/played
	for number in 0 1 2 3; do
		plan | awk -v n=$number 'NR % 4 == n' | while read -ra task; do
			play_one "${task[@]}"
		done &
		players+=($!)
	done
	wait "${players[@]}"
}

minisockets() {
	local netns
	ss -Htan state time-wait state fin-wait-2 state last-ack state closing
	for netns in peer own4 own6; do
		ss -N $netns -Htan state time-wait state fin-wait-2 state last-ack state closing
	done
}

wait_for_the_last_minisocket() {
	local deadline=$((SECONDS + 150))
	while [ -n "$(minisockets)" ] && [ $SECONDS -lt $deadline ]; do
		sleep 1
	done
	minisockets
}

# SIGTERM: a shell starts what it puts in the background with SIGINT ignored.
stop_tracers() {
	local name
	kill -TERM "${tracer[@]}" 2> /dev/null
	(sleep 30 && exec kill -KILL "${tracer[@]}") 2> /dev/null &
	for name in "${tracers[@]}"; do
		wait "${tracer[$name]}"
		echo $? > "/out/$name.exit"
	done
}

leftovers() {
	bpftool prog show
	bpftool link show
	tc qdisc show | grep -E 'clsact|ingress'
	ip -d link show | grep -w xdp
}

declare -A tracer=()
players=()
setup
lose
start_tracers
wait_for_tracers > /out/traffic.log
play >> /out/traffic.log 2>&1
wait_for_the_last_minisocket >> /out/traffic.log
bpftool prog show > /out/programs
stop_tracers
leftovers > /out/leftovers 2>&1
nft list ruleset | grep counter > /out/drops
if grep -q 'field:.*reason' /sys/kernel/tracing/events/tcp/tcp_send_reset/format; then
	echo true
else
	echo false
fi > /out/reasons
