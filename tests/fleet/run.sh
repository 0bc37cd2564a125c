#!/usr/bin/env bash
# A fleet on one machine: four hosts of clients, three of servers, between them a router that balances and translates both
# ways, loses SYNs to one of the servers and sends RSTs in their name. One tracer on each host; their rows meet in
# ClickHouse, their recordings in tcplife-trace, and both answer what the router's own counters say. Root.
. "$(dirname "$0")/../live/lib.sh"
. "$here/../export/store.sh"
need nft python3 jq unshare
for tool in clickhouse-server clickhouse-client; do
	command -v $tool > /dev/null || { echo "SKIP: $tool is missing" >&2; exit 77; }
done
fatal() {
	fail "$@"
}

router='' clients=(c1 c2 c3 c4) servers=(s1 s2 s3)
# shellcheck disable=SC2034 # what make_netns sets, and ${!host} reads
c1='' c2='' c3='' c4='' s1='' s2='' s3=''
make_netns router
inside "$router" sysctl -qw net.ipv4.ip_forward=1
i=0
for host in "${clients[@]}" "${servers[@]}"; do
	i=$((i + 1))
	make_netns "$host"
	ip link add wan0 netns "${!host}" type veth peer name "$host" netns "$router"
	ip -n "${!host}" address add "10.11$i.$slot.1/24" dev wan0
	ip -n "$router" address add "10.11$i.$slot.2/24" dev "$host"
	ip -n "${!host}" link set wan0 up
	ip -n "$router" link set "$host" up
	ip -n "${!host}" route add default via "10.11$i.$slot.2"
done
service=10.118.$slot.1
ip -n "$router" address add "$service/32" dev lo
inside "$router" nft -f - << NFT || skip "nft: translation of addresses"
table ip t {
	counter lost {}
	counter injected {}
	chain in {
		type nat hook prerouting priority -100
		ip daddr $service dnat to numgen inc mod 3 map { 0 : 10.115.$slot.1, 1 : 10.116.$slot.1, 2 : 10.117.$slot.1 }
	}
	chain out { type nat hook postrouting priority 100; oifname { "s1", "s2", "s3" } masquerade; }
	chain path {
		type filter hook forward priority 0
		oifname "s2" tcp flags & (syn | ack) == syn numgen inc mod 50 7 counter name lost drop
		tcp dport $((port + 1)) tcp flags & psh == psh counter name injected reject with tcp reset
	}
}
NFT
counted() {
	inside "$router" nft -j list counter ip t "$1" | jq '.nftables[] | .counter? // empty | .packets'
}

# ---- hosts have names of their own

real=$tracer tracer=$work/tracer
cat > "$tracer" << 'SH'
#!/bin/sh
name=$1
shift
exec unshare --uts sh -c 'hostname "$0" && exec "$@"' "$name" "$@"
SH
chmod +x "$tracer"
ports=$port-$((port + 1))
for host in "${clients[@]}" "${servers[@]}"; do
	start_tracer "$host" "${!host}" "$host" "$real" --netns "${!host}" --port "$ports" --record "$work/$host.tlt" --uncompressed
done

cat > "$work/server.py" << 'PY'
import selectors, socket, sys

s = selectors.DefaultSelector()
for i in range(2):
    s.register(socket.create_server(("", int(sys.argv[1]) + i), backlog=512), selectors.EVENT_READ, True)
print("listens", flush=True)
while True:
    for key, _ in s.select():
        if key.data:
            s.register(key.fileobj.accept()[0], selectors.EVENT_READ, False)
            continue
        try:
            data = key.fileobj.recv(100)
            if data:
                key.fileobj.sendall(data)
                continue
        except ConnectionError:
            pass
        s.unregister(key.fileobj)
        key.fileobj.close()
PY
cat > "$work/client.py" << 'PY'
import socket, sys

for i in range(int(sys.argv[3])):
    with socket.create_connection((sys.argv[1], int(sys.argv[2]) + (i % 20 == 19)), timeout=30) as c:
        try:
            c.sendall(b"hello")
            c.recv(100)
            c.shutdown(socket.SHUT_WR)
            c.recv(100)
        except ConnectionError:
            pass
PY
for host in "${servers[@]}"; do
	inside "${!host}" python3 "$work/server.py" "$port" > "$work/$host.listens" 2> "$work/$host.python" &
	defer kill $!
done
for host in "${servers[@]}"; do
	until_true 20 grep -q listens "$work/$host.listens" || fail "no server: $(cat "$work/$host.python")"
done
each=300
players=()
for host in "${clients[@]}"; do
	inside "${!host}" python3 "$work/client.py" "$service" "$port" "$each" 2> "$work/$host.python" &
	players+=($!)
done
for player in "${players[@]}"; do
	wait "$player" || fail "a client failed: $(cat "$work"/c?.python)"
done
for host in "${clients[@]}" "${servers[@]}"; do
	stop_tracer "$host"
done
all=$((each * ${#clients[@]}))

# ---- in the store

receiver=
end_store() {
	[ -z "$receiver" ] || { kill -KILL "$receiver" && wait "$receiver"; } 2> /dev/null || :
}
defer end_store
start_clickhouse $((port + 90)) $((port + 91))
ask --query "CREATE DATABASE fleet"
ask --database fleet --multiquery < "$top/src/assets/clickhouse/rows.sql" || fail "rows.sql: $(cat "$work/client.err")"
ask --database fleet --multiquery < "$top/src/assets/clickhouse/fleet.sql" || fail "fleet.sql: $(cat "$work/client.err")"
for host in "${clients[@]}" "${servers[@]}"; do
	"$real" -r "$work/$host.tlt" --clickhouse "http://127.0.0.1:$((port + 91))/fleet" 2> "$work/$host.export" ||
		fail "$host: $(cat "$work/$host.export")"
done
question() {
	ask --database fleet --query "$1" || fail "$1: $(cat "$work/client.err")"
}
named() {
	question "$(sed -n "/^-- $1: /,/;\$/p" "$top/src/assets/clickhouse/fleet_queries.sql" | grep -v '^--' | tr '\n' ' ' | tr -d ';')"
}
is() {
	[ "$2" = "$3" ] || fail "$1: $2 instead of $3"
}
is "connections in the store" "$(question "SELECT count() FROM tcplife_pairs")" "$all"
is "joined" "$(question "SELECT count() FROM tcplife_pairs WHERE c_host != '' AND s_host != ''")" "$all"
# All hosts have one clock: two halves that are not of one connection do not pass this.
is "falsely joined" "$(question "SELECT count() FROM tcplife_pairs WHERE c_syns = 1 AND s_syns = 1 AND s_synacks = 1 AND c_synacks = 1
	AND NOT (t1_ns <= t2_ns + 100000 AND t2_ns <= t3_ns AND t3_ns <= t4_ns + 100000)")" 0
is "half missing" "$(named half_missing | wc -l)" 0
is "each pair of hosts" "$(question "SELECT count() FROM (SELECT c_host, s_host FROM tcplife_pairs GROUP BY c_host, s_host)")" 12
# A SYN that is dropped leaves no mapping: sent again, it may be balanced to another server.
is "SYNs that the path lost" "$(named syns_lost | awk '{ sum += $4 } END { print sum + 0 }')" "$(counted lost)"
is "RSTs of the router" "$(named injected_resets | awk '{ sum += $4 } END { print sum + 0 }')" "$(counted injected)"
is "pairs of clocks" "$(named clocks | cut -f 1,2 | sort -u | wc -l)" 12
is "one clock" "$(named clocks | awk '($5 < 0 ? -$5 : $5) > $4 / 2 + 100000' | wc -l)" 0
[ "$(counted lost)" -gt 0 ] || fail "the router lost nothing"
[ "$(counted injected)" -gt 0 ] || fail "the router sent no RST"

# ---- in one story

recordings=()
for host in "${clients[@]}" "${servers[@]}"; do
	recordings+=(-r "$work/$host.tlt")
done
"$real" "${recordings[@]}" --json > "$work/story" 2> "$work/story.err" || fail "the story: $(cat "$work/story.err")"
is "joined in the story" "$(jq -s 'map(select(.path)) | length' "$work/story")" "$all"
is "SYNs lost in the story" "$(jq -s 'map(.path.syn_lost) | add' "$work/story")" "$(counted lost)"
is "nothing else is lost" "$(jq -s 'map(.path.lost - .path.syn_lost) | add' "$work/story")" 0
is "RSTs injected in the story" "$(jq -s 'map(.path.injected_rst) | add' "$work/story")" "$(counted injected)"
is "the same ids" "$(jq -r .id "$work/story" | sort)" "$(question "SELECT id FROM tcplife_pairs" | sort)"
