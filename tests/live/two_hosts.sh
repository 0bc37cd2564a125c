#!/usr/bin/env bash
# Two hosts behind a router that translates addresses: each is recorded by itself, the recordings are joined. What was dropped
# at known places is placed there, a RST of the router's is nobody's, honest ones are not accused; clocks that are moved
# by known amounts are found.
. "$(dirname "$0")/lib.sh"
need nft python3 jq

router=''
make_netns near
make_netns far
make_netns router

# join NETNS INTERFACE NET: a veth from there to $router.
join() {
	ip link add "$2" netns "$1" type veth peer name "$2" netns "$router"
	ip -n "$1" address add "$3.1/24" dev "$2"
	ip -n "$router" address add "$3.2/24" dev "$2"
	ip -n "$1" link set "$2" up
	ip -n "$router" link set "$2" up
	ip -n "$1" route add default via "$3.2"
}
join "$near" left "10.101.$slot"
join "$far" right "10.102.$slot"
inside "$router" sysctl -qw net.ipv4.ip_forward=1
# The server is known to the client by the router's address, and the client to the server, too.
server=10.101.$slot.2
inside "$router" nft -f - << NFT || skip "nft: translation of addresses"
table ip t {
	counter c1 {}
	counter c2 {}
	counter c3 {}
	counter c4 {}
	counter c7 {}
	chain out { type nat hook prerouting priority -100; iifname "left" dnat to 10.102.$slot.1; }
	chain back { type nat hook postrouting priority 100; oifname "right" masquerade; }
	chain path {
		type filter hook forward priority 0;
		tcp dport $((port + 1)) tcp flags & (syn | ack) == syn numgen inc mod 2 0 counter name c1 drop
		tcp sport $((port + 2)) tcp flags & (syn | ack) == syn | ack numgen inc mod 2 0 counter name c2 drop
		tcp dport $((port + 3)) tcp flags & fin == fin numgen inc mod 2 0 counter name c3 drop
		tcp sport $((port + 4)) tcp flags & fin == fin numgen inc mod 2 0 counter name c4 drop
		tcp dport $((port + 7)) tcp flags & psh == psh counter name c7 reject with tcp reset
	}
}
NFT
inside "$far" nft -f - << NFT || skip "nft: a filter of incoming segments"
table ip t {
	chain in {
		type filter hook input priority 0;
		tcp dport $((port + 5)) tcp flags & (syn | ack) == syn numgen inc mod 2 0 drop
	}
}
NFT
inside "$near" nft -f - << NFT || skip "nft: a filter of outgoing segments"
table ip t {
	chain out {
		type filter hook output priority 0;
		tcp dport $((port + 6)) tcp flags & fin == fin numgen inc mod 2 0 drop
	}
}
NFT

# Port + 0 to + 8 serve: they answer a line, and close after the client; + 8 resets instead.
cat > "$work/server.py" << 'PY'
import selectors, socket, struct, sys

first = int(sys.argv[1])
s = selectors.DefaultSelector()
for i in range(9):
    s.register(socket.create_server(("", first + i), backlog=512), selectors.EVENT_READ, i)
print("listens", flush=True)
while True:
    for key, _ in s.select():
        if isinstance(key.data, int):
            accepted = key.fileobj.accept()[0]
            s.register(accepted, selectors.EVENT_READ, (key.data,))
            continue
        try:
            data = key.fileobj.recv(100)
        except ConnectionError:
            data = b""
        if data:
            key.fileobj.sendall(data)
            if key.data[0] == 8:
                key.fileobj.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                continue
        s.unregister(key.fileobj)
        key.fileobj.close()
PY
# client.py SERVER PORT COUNT: so many connections, one after the other, each at its own pace.
cat > "$work/client.py" << 'PY'
import socket, sys

for _ in range(int(sys.argv[3])):
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30) as c:
        try:
            c.sendall(b"hello")
            c.recv(100)
            c.shutdown(socket.SHUT_WR)
            c.recv(100)
        except OSError:
            pass
PY
inside "$far" python3 "$work/server.py" "$port" > "$work/server.out" 2> "$work/server.err" &
server_pid=$!
defer kill "$server_pid"
until_true 20 grep -q listens "$work/server.out" || fail "no server: $(cat "$work/server.err")"
ports=$port-$((port + 8))
start_tracer near "$near" --netns "$near" --port "$ports" --record "$work/near.tlt" --uncompressed
start_tracer far "$far" --netns "$far" --port "$ports" --record "$work/far.tlt" --uncompressed
orderly=100 each=6
clients=()
for i in 0 1 2 3 4 5 6 7 8; do
	inside "$near" python3 "$work/client.py" "$server" $((port + i)) $((i ? each : orderly)) 2> "$work/client.err.$i" &
	clients+=($!)
done
for client in "${clients[@]}"; do
	wait "$client" || fail "a client failed: $(cat "$work"/client.err.*)"
done
stop_tracer near
stop_tracer far

# ---- joined

told() {
	"$tracer" -r "$1" -r "$2" --json > "$work/$3.out" 2> "$work/$3.err" || fail "$3: $(cat "$work/$3.err")"
}
# of PORT FILTER: how many of that port's records
of() {
	jq -s --argjson port "$1" "map(select(.server.port == \$port and ($2))) | length" "$work/told.out"
}
is() {
	[ "$2" = "$3" ] || fail "$1: $2 instead of $3: $(head -n 3 "$work/told.out") $(cat "$work/told.err")"
}
told "$work/near.tlt" "$work/far.tlt" told
all=$((orderly + 8 * each))
is "all are joined" "$(jq -s 'map(select(.role == "both")) | length' "$work/told.out")" "$all"
is "... and said so" "$(grep -c "$all connections of two hosts, 0 of one" "$work/told.err")" 1
is "all are seen through the translation" "$(jq -s --arg nat "10.102.$slot.1" 'map(select(.server.nat.ip == $nat)) | length' "$work/told.out")" "$all"
is "orderly ones lost nothing" "$(of "$port" '.path.lost == 0 and .path.injected_rst == 0 and .complete')" "$orderly"
# sum PORT FIELD, and what the router's own counter of that port says
sum() {
	jq -s --argjson port "$1" "map(select(.server.port == \$port) | .path.$2) | add" "$work/told.out"
}
counted() {
	inside "$router" nft -j list counter ip t "c$1" | jq '.nftables[] | .counter? // empty | .packets'
}
is "SYNs that the path lost" "$(sum $((port + 1)) syn_lost) $(sum $((port + 1)) lost)" "$(counted 1) $(counted 1)"
is "SYN+ACKs that the path lost" "$(sum $((port + 2)) synack_lost) $(sum $((port + 2)) lost)" "$(counted 2) $(counted 2)"
is "FINs of the client that the path lost" "$(sum $((port + 3)) fin_lost) $(sum $((port + 3)) lost)" "$(counted 3) $(counted 3)"
is "FINs of the server that the path lost" "$(sum $((port + 4)) fin_lost) $(sum $((port + 4)) lost)" "$(counted 4) $(counted 4)"
is "they were dropped" "$((counted1 = $(counted 1), counted1 >= each))" 1
is "SYNs that the server's host dropped" "$(of $((port + 5)) '.path.lost == 0 and .handshake.syn_retransmits == 1')" "$each"
is "FINs that the client's host dropped" "$(of $((port + 6)) '.path.lost == 0')" "$each"
is "RSTs of the router" "$(sum $((port + 7)) injected_rst)" "$(counted 7)"
is "... each ended one" "$(of $((port + 7)) '.path.injected_rst == 1 and .tcp.reset_origin == "path"')" "$each"
is "RSTs of the server" "$(of $((port + 8)) '.path.injected_rst == 0 and .tcp.ending == "reset" and .tcp.reset_origin == "peer"')" "$each"

# ---- clocks

# The namespaces have one clock, so what is found is what was moved, to its own error.
clocks() {
	jq -s "map(select(.clock) | (.clock.offset_ns - ($1)) | if . < 0 then -. else . end) | max" "$work/told.out"
}
most=$(jq -s 'map(.clock.error_ns) | max' "$work/told.out")
[ "$(clocks 0)" -le "$most" ] || fail "one clock: $(clocks 0) ns apart, give or take $most"
for ahead in 5000000000 -5000000000; do
	"$here/../tools/shift_clock.py" "$work/far.tlt" "$work/moved.tlt" "$ahead"
	told "$work/near.tlt" "$work/moved.tlt" told
	most=$(jq -s 'map(.clock.error_ns) | max' "$work/told.out")
	[ "$(clocks "$ahead")" -le "$most" ] || fail "moved by $ahead: $(clocks "$ahead") ns off, give or take $most"
	is "joined when moved by $ahead" "$(jq -s 'map(select(.role == "both")) | length' "$work/told.out")" "$all"
	is "delays when moved" "$(jq -s 'map(select(.path.delay_out_ns and (.path.delay_out_ns < -.clock.error_ns or .path.delay_back_ns < -.clock.error_ns))) | length' "$work/told.out")" 0
done
told "$work/moved.tlt" "$work/near.tlt" told
"$tracer" -r "$work/moved.tlt" -r "$work/near.tlt" --timeline > "$work/timeline" 2> "$work/timeline.err" || fail "timeline: $(cat "$work/timeline.err")"
grep -q "lost on the path" "$work/timeline" || fail "the timeline shows no loss"
grep -q "injected: the server did not send it" "$work/timeline" || fail "the timeline shows no injected RST"
is "the other way round" "$(jq -s 'map(select(.role == "both")) | length' "$work/told.out")" "$all"

# ---- what cannot be joined

refused() {
	! "$tracer" -r "$1" -r "$2" --json > "$work/refused.out" 2> "$work/refused.err" || fail "$1 and $2 are taken"
	grep -q "$3" "$work/refused.err" || fail "'$3' is not said: $(cat "$work/refused.err")"
}
cp "$work/near.tlt" "$work/copy.tlt"
refused "$work/near.tlt" "$work/copy.tlt" "are the same recording"
"$here/../tools/shift_clock.py" "$work/far.tlt" "$work/moved.tlt" 864000000000000
told "$work/near.tlt" "$work/moved.tlt" told
is "of different times none are joined" "$(jq -s 'map(select(.role == "both")) | length' "$work/told.out")" 0
grep -q "near.tlt ends before .*moved.tlt begins" "$work/told.err" || fail "different times: $(cat "$work/told.err")"
