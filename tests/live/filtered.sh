#!/usr/bin/env bash
# Segments that a host's own packet filter drops on their way out: SYN, SYN+ACK, FIN. Each drop is in the record, no arrow
# reaches the other side, and the verdict says which host it was.
. "$(dirname "$0")/lib.sh"
need nft python3

make_pair
syn=$port synack=$((port + 1)) fin=$((port + 2))
inside "$near" nft -f - <<-RULES
	table inet filter {
	  chain out { type filter hook output priority 0;
	    tcp dport $syn tcp flags & (syn|ack) == syn drop
	    tcp dport $fin tcp flags & fin == fin counter drop
	  }
	}
RULES
inside "$far" nft -f - <<-RULES
	table inet filter {
	  chain out { type filter hook output priority 0;
	    tcp sport $synack tcp flags & (syn|ack) == syn|ack drop
	  }
	}
RULES
inside "$near" sysctl -qw net.ipv4.tcp_syn_retries=2 net.ipv4.tcp_syn_linear_timeouts=0 net.ipv4.tcp_orphan_retries=2
inside "$far" sysctl -qw net.ipv4.tcp_synack_retries=1

cat > "$work/end.py" <<-'PYTHON'
	import select, socket, sys
	role, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
	s = socket.socket()
	if role == "listen":
	    s.bind((address, port))
	    s.listen()
	    print("ready", flush=True)
	    sys.stdin.read()     # until the test is over
	elif role == "close":
	    s.connect((address, port))
	    s.close()
	elif role == "leave":
	    s.setblocking(False)
	    s.connect_ex((address, port))
	    select.select([], [], [], 1.5)
	    s.close()
	else:
	    s.connect_ex((address, port))
PYTHON

# listener PORT: in $far, until the test ends.
listener() {
	mkfifo "$work/hold.$1"
	inside "$far" python3 "$work/end.py" listen "$far4" "$1" < "$work/hold.$1" > "$work/ready.$1" &
	# shellcheck disable=SC2034 # open until the test ends
	exec {hold}> "$work/hold.$1"
	until_true 10 test -s "$work/ready.$1" || fail "nobody listens on $1"
}

listener "$synack"
listener "$fin"
start_tracer near "$near" --netns "$near" --port "$port-$((port + 99))" --json --whole --record "$work/near.rec"
start_tracer far "$far" --netns "$far" --port "$port-$((port + 99))" --json --whole --record "$work/far.rec"
inside "$near" python3 "$work/end.py" connect "$far4" "$syn" & pids=($!)
inside "$near" python3 "$work/end.py" leave "$far4" "$syn" & pids+=($!)
inside "$near" python3 "$work/end.py" leave "$far4" "$synack" & pids+=($!)
inside "$near" python3 "$work/end.py" close "$far4" "$fin" & pids+=($!)
wait "${pids[@]}"

no_half_open() { [ -z "$(inside "$far" ss -Htn state syn-recv)" ]; }
no_orphan() { [ -z "$(inside "$near" ss -Htn state fin-wait-1)" ]; }
until_true 20 no_half_open || fail "the half-open request does not end"
until_true 30 no_orphan || fail "the orphan does not end"
stop_tracer near
stop_tracer far

# shellcheck disable=SC2016 # jq's variables
expect_json "the SYN never left" '
	([.events[] | select(.kind == "drop")] | length) as $drops
	| .complete and all(.events[]; .kind != "segment") and $drops >= 2
	and all(.events[] | select(.kind == "drop"); .flags == "S" and .reason == "NETFILTER_DROP" and .side == "client")
	and (.verdict | startswith("this host\u0027s packet filter dropped the SYN (sent \(if $drops == 2 then "twice" else "\($drops) times" end) over"))
	and any(.evidence[]; . == "drop")' <(records near | jq -c "select(.server.port == $syn)")
expect_equal "endings without a SYN" "$(records near | jq -r "select(.server.port == $syn) | .tcp.ending" | sort | xargs)" "handshake_aborted unanswered"
# How often depends on the kernel's timers; the filter has counted.
fins=$(inside "$near" nft -j list table inet filter | jq '[.nftables[].rule?.expr[]?.counter?.packets // empty] | add')
[ "$fins" -ge 2 ] || fail "the filter dropped $fins FINs"
times="$fins times"
[ "$fins" -ne 2 ] || times=twice
expect_json "the FIN never left, $fins times" '
	.tcp.ending == "timed_out" and .tcp.in_state == "fin_wait_1"
	and (.verdict | contains("host dropped its FIN (netfilter) '"$times"'")) and all(.events[]; .flags != "FA" or .kind == "drop")
	and ([.events[] | select(.kind == "drop")] | length) == '"$fins"'' \
	<(records near | jq -c "select(.server.port == $fin)")
expect_json "the SYN+ACK never left" '
	.role == "server" and all(.events[]; .flags != "SA" or .kind == "drop") and any(.events[]; .flags == "SA")' \
	<(records far | jq -c "select(.server.port == $synack)")
for name in near far; do
	COLUMNS=160 LC_ALL=C.UTF-8 "$tracer" --replay "$work/$name.rec" --timeline > "$work/$name.timeline"
	# An arrow of what was dropped would be one that was not seen: dotted.
	! grep '╌' "$work/$name.timeline" || fail "an arrow of what never left: $(cat "$work/$name.timeline")"
	expect_text "the drop is drawn" 'dropped here: netfilter' "$work/$name.timeline"
done
echo "$(records near | wc -l) connections whose segments their own host dropped"
