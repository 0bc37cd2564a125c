#!/usr/bin/env bash
# Scans: segments with flags that no TCP sends together, against an open and a closed port; and a request that expired before
# its client's RST comes.
. "$(dirname "$0")/lib.sh"
need nft python3

make_pair
inside "$far" sysctl -qw net.ipv4.tcp_synack_retries=1
# The scanner's own kernel answers nothing.
inside "$near" nft -f - <<-RULES
	table inet filter {
	  chain out { type filter hook output priority 0; meta mark != 1 tcp flags & rst == rst drop; }
	}
RULES
cat > "$work/send.py" <<-'PYTHON'
	import socket, struct, sys
	source, target = sys.argv[1:3]
	s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 1)
	BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}

	def checksum(data):
	    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
	    while total >> 16:
	        total = (total & 0xffff) + (total >> 16)
	    return ~total & 0xffff

	for segment in sys.argv[3:]:
	    sport, dport, flags, seq, ack = segment.split(",")
	    bits = sum(BITS[f] for f in flags)
	    tcp = [int(sport), int(dport), int(seq), int(ack), 5 << 4, bits, 1000, 0, 0]
	    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!HH", 6, 20)
	    tcp[7] = checksum(pseudo + struct.pack("!HHIIBBHHH", *tcp))
	    s.sendto(struct.pack("!HHIIBBHHH", *tcp), (target, 0))
PYTHON
mkfifo "$work/hold"
inside "$far" python3 -c "import socket, sys
s = socket.create_server(('$far4', $port)); print('ready', flush=True); sys.stdin.read()" < "$work/hold" > "$work/ready" &
# shellcheck disable=SC2034 # open until the test ends
exec {hold}> "$work/hold"
until_true 10 test -s "$work/ready" || fail "nobody listens"
send() {
	inside "$near" python3 "$work/send.py" "$near4" "$far4" "$@"
}

start_tracer scans "$far" --netns "$far" --port "$port-$((port + 99))" --json --record "$work/rec"
open=$port closed=$((port + 1))
send 50001,$open,SF,1000,0 50002,$open,SR,1000,0 50003,$open,FPU,1000,0 50004,$open,SA,1000,2000 \
	50011,$closed,SF,1000,0 50012,$closed,SR,1000,0 50013,$closed,FPU,1000,0 50014,$closed,SA,1000,2000
# A scanner that tries one after the other from one port.
send 50005,$open,SF,1000,0 50005,$open,SA,1000,2000 50006,$open,SR,1000,0 50006,$open,SA,1000,2000
send 50007,$open,S,1000,0
no_half_open() { [ -z "$(inside "$far" ss -Htn state syn-recv)" ]; }
until_true 3 eval '! no_half_open' || fail "no half-open request"
until_true 10 no_half_open || fail "the request does not expire"
send 50007,$open,R,1001,0
stop_tracer scans

expect_json "what is no SYN of any TCP was not answered, whatever was sent after it" '
	.tcp.ending == "unanswered" and (.verdict | contains("never answered"))' \
	<(records scans | jq -c 'select(.client.port == 50005)')
expect_json "at a closed port it was refused" '.tcp.ending == "refused" and .tcp.reset_reason == "NO_SOCKET"' \
	<(records scans | jq -c 'select(.client.port == 50011)')
expect_json "a RST that comes after the request has expired ends nothing" '
	.tcp.ended_by != "client" and (.complete and .tcp.ending == "open" | not) and ([.events[] | select(.kind == "segment" and .flags == "SA")] | length) == 2' \
	<(records scans | jq -c 'select(.client.port == 50007)')
expect_equal "what no SYN began is no connection" "$(records scans | jq '.client.port' | sort -u | xargs)" "50001 50005 50007 50011"
echo "12 segments, $(record_count scans) records"
