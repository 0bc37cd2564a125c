#!/usr/bin/env bash
# --pcap-out beside --json: what Wireshark's programs read of it are the segments that the records tell, under their ids.
. "$(dirname "$0")/lib.sh"
need tshark

make_pair
start_tracer pair "$near" --port "$port-$((port + 99))" --json --pcap-out "$work/pair.pcapng"
at=$port
for version in 4 6; do
	play_across client-close $version --port $((at++))
	play_across half-close $version --port $((at++))
	play_across refused $version --port $((at++))
done
stop_tracer pair
expect_lives pair

# Whoever reads the packets gives the connections the same ids.
"$tracer" --pcap "$work/pair.pcapng" --json > "$work/read.out" 2> "$work/read.err" || fail "--pcap: $(cat "$work/read.err")"
expect_equal "ids of the pcapng's connections" "$(jq -r .id "$work/read.out" | sort | tr '\n' ' ')" "$(records pair | jq -r .id | sort | tr '\n' ' ')"

flags='if .flags == "S" then "0x0002" elif .flags == "SA" then "0x0012" elif .flags == "A" then "0x0010" elif .flags == "FA" then "0x0011"
	elif .flags == "RA" then "0x0014" else .flags end'
records pair | jq -r ".id as \$id | .events[] | select(.kind == \"segment\" and (.flags | contains(\"P\") | not)) |
	\"\\(\$id) \\($flags) \\(.seq) \\(.bytes)\"" | sort > "$work/want"
tshark -r "$work/pair.pcapng" -o tcp.relative_sequence_numbers:false -T fields -e frame.comment -e tcp.flags -e tcp.seq -e tcp.len \
	2> "$work/tshark.err" | grep -vE '	0x00(18|19)	' | sed -E 's/^([0-9a-f]{32}): [^\t]*\t(0x[0-9a-f]{4})\t/\1 \2 /; s/\t/ /g' | sort > "$work/got"
[ -s "$work/got" ] || fail "tshark finds no packet: $(cat "$work/tshark.err")"
diff "$work/want" "$work/got" > "$work/diff" || fail "segments of the records (<) and of the pcapng (>) differ: $(cat "$work/diff")"
tshark -r "$work/pair.pcapng" -Y 'frame.comment contains "answered the SYN with RST"' -T fields -e tcp.flags.str > "$work/refused" 2> "$work/tshark.err"
expect_equal "packets of the two refused connections" "$(wc -l < "$work/refused")" 4
capinfos "$work/pair.pcapng" > "$work/capinfos" 2>&1 || fail "capinfos: $(cat "$work/capinfos")"
