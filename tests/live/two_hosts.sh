#!/usr/bin/env bash
# Two hosts behind a router that translates addresses: each is recorded by itself, the recordings are joined. What was dropped
# at known places is placed there, a RST of the router's is nobody's, honest ones are not accused; clocks that are moved
# by known amounts are found.
. "$(dirname "$0")/lib.sh"
need nft python3 jq

make_routed
# The server is known to the client by the router's address, and the client to the server, too.
server=10.101.$slot.2
inside "$router" nft -f - << NFT || skip "nft: translation of addresses"
table ip t {
	counter c1 {}
	counter c2 {}
	counter c3 {}
	counter c4 {}
	counter c7 {}
	chain out { type nat hook prerouting priority -100; iifname "left" dnat to $far4; }
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

# join RECORDING RECORDING: their records are in $work/joined.out.
join() {
	"$tracer" -r "$1" -r "$2" --json > "$work/joined.out" 2> "$work/joined.err" || fail "$1 and $2: $(cat "$work/joined.err")"
}
# count JQ-CONDITION: how many records fit; count_of PORT JQ-CONDITION: of that port.
count() {
	jq -s "map(select($1)) | length" "$work/joined.out"
}
count_of() {
	count ".server.port == $1 and ($2)"
}
join "$work/near.tlt" "$work/far.tlt"
all=$((orderly + 8 * each))
expect_equal "all are joined" "$(count '.role == "both"')" "$all"
expect_text "... and said so" "$all connections of two hosts, 0 of one" "$work/joined.err"
expect_equal "all are seen through the translation" "$(count ".server.nat.ip == \"$far4\"")" "$all"
expect_equal "orderly ones lost nothing" "$(count_of "$port" '.path.lost == 0 and .path.injected_rst == 0 and .complete')" "$orderly"
# sum PORT FIELD, and what the router's own counter N says, which is at least one a connection
sum() {
	jq -s --argjson port "$1" "map(select(.server.port == \$port) | .path.$2) | add" "$work/joined.out"
}
counted() {
	inside "$router" nft -j list counter ip t "c$1" | jq '.nftables[] | .counter? // empty | .packets'
}
# lost TEXT N FIELD: what counter N counted is all that was lost of port N's connections.
lost() {
	local packets
	packets=$(counted "$2")
	[ "$packets" -ge "$each" ] || fail "the router dropped $packets $1, not one a connection"
	expect_equal "$1 that the path lost" "$(sum $((port + $2)) "$3") of $(sum $((port + $2)) lost)" "$packets of $packets"
}
lost SYNs 1 syn_lost
lost SYN+ACKs 2 synack_lost
lost "FINs of the client" 3 fin_lost
lost "FINs of the server" 4 fin_lost
expect_equal "SYNs that the server's host dropped" "$(count_of $((port + 5)) '.path.lost == 0 and .handshake.syn_retransmits == 1')" "$each"
expect_equal "FINs that the client's host dropped" "$(count_of $((port + 6)) '.path.lost == 0')" "$each"
expect_equal "RSTs of the router" "$(sum $((port + 7)) injected_rst)" "$(counted 7)"
expect_equal "... each ended one" "$(count_of $((port + 7)) '.path.injected_rst == 1 and .tcp.reset_origin == "path"')" "$each"
expect_equal "RSTs of the server" \
	"$(count_of $((port + 8)) '.path.injected_rst == 0 and .tcp.ending == "reset" and .tcp.reset_origin == "peer"')" "$each"

# ---- clocks

# clocks_are AHEAD: the namespaces have one clock, so what is found is what was moved, to its own error.
clocks_are() {
	local off most
	off=$(jq -s "map(select(.clock) | (.clock.offset_ns - ($1)) | if . < 0 then -. else . end) | max" "$work/joined.out")
	most=$(jq -s 'map(.clock.error_ns) | max' "$work/joined.out")
	[ "$off" -le "$most" ] || fail "moved by $1: $off ns off, give or take $most"
}
clocks_are 0
delays=$(count .path.delay_out_ns)
[ "$delays" -ge "$orderly" ] || fail "of $delays connections the delays are known"
for ahead in 5000000000 -5000000000; do
	"$here/../tools/shift_clock.py" "$work/far.tlt" "$work/moved.tlt" "$ahead"
	join "$work/near.tlt" "$work/moved.tlt"
	clocks_are "$ahead"
	expect_equal "joined when moved by $ahead" "$(count '.role == "both"')" "$all"
	expect_equal "delays when moved" \
		"$(count '.path.delay_out_ns and .path.delay_out_ns >= -.clock.error_ns and .path.delay_back_ns >= -.clock.error_ns')" "$delays"
done
join "$work/moved.tlt" "$work/near.tlt"
expect_equal "the other way round" "$(count '.role == "both"')" "$all"
"$tracer" -r "$work/moved.tlt" -r "$work/near.tlt" --timeline > "$work/timeline" 2> "$work/timeline.err" || fail "timeline: $(cat "$work/timeline.err")"
expect_text "the timeline" "lost on the path" "$work/timeline"
expect_text "the timeline" "injected: the server did not send it" "$work/timeline"

# ---- what cannot be joined

cp "$work/near.tlt" "$work/copy.tlt"
! "$tracer" -r "$work/near.tlt" -r "$work/copy.tlt" --json > "$work/refused.out" 2> "$work/refused.err" || fail "a copy is joined"
expect_text "a copy" "are the same recording" "$work/refused.err"
"$here/../tools/shift_clock.py" "$work/far.tlt" "$work/moved.tlt" 864000000000000
join "$work/near.tlt" "$work/moved.tlt"
expect_equal "of different times none are joined" "$(count '.role == "both"')" 0
expect_text "different times" "near.tlt ends before .*moved.tlt begins" "$work/joined.err"
