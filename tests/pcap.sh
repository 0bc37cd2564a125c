#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Captures made of tests/captures/*.story, read and compared: with what each story says of itself, and, where definitions
# agree, with tshark. Then files that are broken, filters, pipes. No root.
# shellcheck disable=SC2016 # what sh -c gets, it expands itself
set -u
cd "$(dirname "$0")/.." || exit 1
OUT=${OUT:-build}
program=$OUT/tcplife-trace
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
passed=0
failed=0

ok() { passed=$((passed + 1)); }
bad() {
	failed=$((failed + 1))
	echo "FAILED $1"
	[ ! -f "${2:-}" ] || sed 's/^/    /' "$2"
}
# judge STATUS WHAT [LOG]
judge() { if [ "$1" -eq 0 ]; then ok; else bad "$2" "${3:-}"; fi; }
same() { if diff "$2" "$3" >"$work/diff" 2>&1; then ok; else bad "$1" "$work/diff"; fi; }

facts='"\(.client.port) \(.tcp.conn_state) \(.tcp.history // "-") \(.client.bytes)/\(.server.bytes) "
	+ "\(.client.packets)/\(.server.packets) \(.duration_ns) \(.tcp.ending) \(.tcp.close_form // "none")"'

mkfifo "$work/named"
for story in tests/captures/*.story; do
	name=$(basename "$story" .story)
	capture=$work/$name.cap
	if ! "$OUT/tests/tools/story2pcap" "$story" "$capture"; then
		bad "$name: no capture"
		continue
	fi
	"$program" --json --pcap "$capture" >"$work/$name.json" 2>"$work/$name.log" || bad "$name: exit status" "$work/$name.log"
	sed -n 's/^= //p' "$story" | sort >"$work/want"
	jq -r "$facts" "$work/$name.json" | sort >"$work/got"
	same "$name" "$work/want" "$work/got"
	# By Zeek's rules: its own lines where they are not the same.
	"$program" --json --timeouts=zeek --checksums=drop --pcap "$capture" 2>/dev/null | jq -r "$facts" | sort >"$work/got"
	! grep -q '^z ' "$story" || sed -n 's/^z //p' "$story" | sort >"$work/want"
	same "$name: by Zeek's rules" "$work/want" "$work/got"
	"$program" -r "$capture" --json 2>/dev/null | cmp -s - "$work/$name.json"
	judge $? "$name: -r tells a capture by its magic"
	"$program" --json --pcap - <"$capture" 2>/dev/null | cmp -s - "$work/$name.json"
	judge $? "$name: standard input is a file"
	# shellcheck disable=SC2002 # a pipe is what is tested
	cat "$capture" | "$program" -r - --json 2>/dev/null | cmp -s - "$work/$name.json"
	judge $? "$name: a pipe"
	cat "$capture" >"$work/named" &
	"$program" -r "$work/named" --json 2>/dev/null | cmp -s - "$work/$name.json"
	judge $? "$name: a FIFO"
	"$program" -r "$capture" --record "$work/$name.rec" -o table >/dev/null 2>&1
	"$program" -r "$work/$name.rec" --json 2>/dev/null >"$work/replayed"
	same "$name: recorded and replayed" "$work/$name.json" "$work/replayed"
done
python3 tests/tools/validate.py src/assets/tcplife.schema.json "$work"/*.json >"$work/schema" 2>&1
judge $? "schema" "$work/schema"

# By tshark: packets each way, payload without what was sent again, time to the last FIN or RST (where duration ends, as in
# Zeek), completeness. Stories in which a stream is more than one connection to us are left out.
if command -v tshark >/dev/null; then
	for name in four_way three_way_v6 retransmissions gap_and_half_close snapped; do
		tshark -r "$work/$name.cap" -2 -T fields -e tcp.stream -e tcp.srcport -e tcp.len -e frame.time_relative \
			-e tcp.completeness -e tcp.flags.fin -e tcp.flags.reset -e tcp.analysis.retransmission 2>/dev/null |
			awk -v client="$(jq -r .client.port "$work/$name.json")" '
				{ side = $2 == client; packets[side]++; full = $5 }
				$6 ~ /^(1|True)$/ || $7 ~ /^(1|True)$/ { end = $4 } # tshark 4.4 writes True
				$8 == "" { bytes[side] += $3 }
				END { printf "%d/%d %d/%d %.6f %d\n", packets[1], packets[0], bytes[1], bytes[0], end, full }' >"$work/want"
		jq -r '[.client.packets, .server.packets, .client.bytes - .client.missed_bytes, .server.bytes - .server.missed_bytes,
			.duration_ns / 1e9, .tcp.completeness] | @tsv' "$work/$name.json" |
			awk '{ printf "%d/%d %d/%d %.6f %d\n", $1, $2, $3, $4, $5, $6 }' >"$work/got"
		if [ "$name" = snapped ]; then # what was cut is missed to us, as it is to Zeek
			sed -i 's| 0/0 | 1000/0 |' "$work/got"
		fi
		same "$name: tshark" "$work/want" "$work/got"
		tshark -r "$work/$name.cap" --enable-protocol communityid -T fields -e communityid 2>/dev/null | sort -u >"$work/want"
		jq -r .network.community_id "$work/$name.json" | sort -u >"$work/got"
		same "$name: tshark's community id" "$work/want" "$work/got"
	done
else
	echo "tshark is missing: not compared with it"
fi

# Where silence is long, a stream of tshark's is a connection of ours.
if command -v tshark >/dev/null; then
	tshark -r "$work/late_and_idle.cap" -T fields -e tcp.stream -e tcp.port 2>/dev/null | awk '
		{ split($2, port, ","); n[(port[1] > port[2] ? port[1] : port[2])]++ }
		END { for (p in n) print p, n[p] }' | sort >"$work/want"
	jq -r '"\(.client.port) \(.client.packets + .server.packets)"' "$work/late_and_idle.json" | sort >"$work/got"
	same "late_and_idle: tshark has as many streams, with as many packets" "$work/want" "$work/got"
fi
grep -q 'idle for 5m 50s, then reset by the server' "$work/late_and_idle.json"
judge $? "the RST after a long silence is said to come after it"

grep -q '3 packets were out of order: the times of 1 go back, 2 were captured after what acknowledges them' "$work/order.log"
judge $? "packets out of order are said" "$work/order.log"
jq -e '.tcp.ended_by == "server" and .start_time == "2039-09-18T23:06:40.100000000Z"' "$work/order.json" >"$work/jq"
judge $? "the server closed first, in 2039" "$work/order.json"
jq -e '[.. | numbers | select(. < 0)] == []' "$work/order.json" >"$work/jq"
judge $? "no time is negative" "$work/order.json"
grep -q 'the capture holds each packet 2 times: 9 of 18 TCP segments were seen before' "$work/sightings.log"
judge $? "sightings are said" "$work/sightings.log"
jq -e '.client.retransmits == 1 and .server.retransmits == 0' "$work/sightings.json" >"$work/jq"
judge $? "what was seen again was not sent again" "$work/sightings.json"
"$program" --json --pcap "$work/four_way.cap" --pcap "$work/four_way.cap" 2>/dev/null | jq -r "$facts" >"$work/got"
jq -r "$facts" "$work/four_way.json" >"$work/want"
same "both hosts' captures hold each packet twice" "$work/want" "$work/got"

# run WHAT STATUS PATTERN RECORDS COMMAND...
run() {
	what=$1 status=$2 pattern=$3 records=$4
	shift 4
	"$@" >"$work/stdout" 2>"$work/stderr" </dev/null
	got=$?
	if [ $got -ne "$status" ]; then
		bad "$what: exit status $got, not $status" "$work/stderr"
	elif [ -n "$pattern" ] && ! grep -qE -- "$pattern" "$work/stderr"; then
		bad "$what: stderr has no '$pattern'" "$work/stderr"
	elif [ "$(wc -l <"$work/stdout")" -ne "$records" ]; then
		bad "$what: $(wc -l <"$work/stdout") records, not $records"
	else
		ok
	fi
}

four=$work/four_way.cap
ng=$work/refused_and_silent.cap
size=$(wc -c <"$four")
run "a filter" 0 "" 0 "$program" --json --pcap "$four" port 1
run "a filter that fits" 0 "" 1 "$program" --json --pcap "$four" host 10.0.0.1 and tcp port 8443
run "a filter on pcapng" 0 "" 1 "$program" --json -r "$ng" tcp port 81
"$program" -r tests/recordings/v3.tlt --pcap-out="$work/raw.pcapng" 2>/dev/null
run "a filter on raw IP, as --pcap-out writes it" 0 "" 1 "$program" --json -r "$work/raw.pcapng" port 81
run "no filter" 2 "'host and' is not a filter" 0 "$program" --json --pcap "$four" host and
run "words without a capture" 2 "'udp' is about single packets" 0 "$program" --json udp
run "-C without a capture" 2 "needs --pcap" 0 "$program" -C --json
run "a capture and a recording" 2 "cannot be read together" 0 "$program" --pcap "$four" -r "$work/four_way.rec"
run "a live option" 2 "cannot be used with --pcap" 0 "$program" --pcap "$four" -i lo
run "no such file" 1 "cannot read $work/none: No such file" 0 "$program" --pcap "$work/none"
run "a directory" 1 "cannot read $work: Is a directory" 0 "$program" --pcap "$work"
run "not a capture" 1 "cannot be read as a capture" 0 "$program" --pcap "$0"
run "an empty file" 1 "cannot be read as a capture" 0 "$program" --pcap /dev/null
run "several" 0 "" 4 "$program" --json --pcap "$four" "$ng"
run "several, and a filter" 0 "" 1 "$program" --json --pcap "$four" "$ng" tcp port 81
run "without an option" 0 "" 4 "$program" --json "$four" "$ng"
run "what is neither" 2 "is neither an option, a file nor a filter" 0 "$program" --json "$0"

# Compressed ones are read as they are, also through a pipe, and so is a recording, which is compressed by zstd itself.
for tool in gzip zstd xz bzip2 lz4; do
	if ! command -v $tool >/dev/null; then
		echo "SKIP: $tool is missing"
		continue
	fi
	$tool -c <"$four" >"$work/four.$tool" 2>"$work/stderr"
	for how in --pcap -r; do
		run "$tool: $how" 0 "" 1 "$program" --json $how "$work/four.$tool"
		cmp -s "$work/stdout" "$work/four_way.json"
		judge $? "... as without"
	done
	# shellcheck disable=SC2002 # a pipe is what is tested
	cat "$work/four.$tool" | "$program" -r - --json 2>"$work/stderr" | cmp -s - "$work/four_way.json"
	judge $? "$tool: a pipe" "$work/stderr"
	head -c $(($(wc -c <"$work/four.$tool") - 12)) "$work/four.$tool" >"$work/short.$tool"
	"$program" --json --pcap "$work/short.$tool" >/dev/null 2>"$work/stderr"
	test $? -eq 1 && grep -qE 'cannot be decompressed any further|middle of|truncated|no capture' "$work/stderr"
	judge $? "$tool: cut short" "$work/stderr"
	# Without the program its name is the hint.
	mkdir -p "$work/empty"
	run "$tool is not there" 1 "is compressed, and $tool, which reads it, is not installed" 0 \
		env PATH="$work/empty" "$(realpath "$program")" --pcap "$work/four.$tool"
done
sed 's/$/ bad/; /^[#=fz]/s/ bad$//' tests/captures/four_way.story >"$work/all_bad.story"
"$OUT/tests/tools/story2pcap" "$work/all_bad.story" "$work/all_bad.cap"
gzip -c "$work/all_bad.cap" >"$work/all_bad.gz"
run "a compressed one is read twice, too" 0 "12 of 12 TCP segments have other wrong checksums" 1 "$program" --json --pcap "$work/all_bad.gz"

# One behind the other in one file.
cat "$four" "$work/retransmissions.cap" >"$work/behind.cap"
run "concatenated, of two byte orders" 1 "is damaged at byte .*: another capture follows, of another byte order" 1 "$program" --json --pcap "$work/behind.cap"
cat "$four" "$work/late_and_idle.cap" >"$work/behind.cap"
run "concatenated" 0 "" 5 "$program" --json --pcap "$work/behind.cap"
cat "$ng" "$work/reused_tuple.cap" >"$work/behind.ng"
run "concatenated pcapng" 0 "" 6 "$program" --json --pcap "$work/behind.ng"
run "a rule that is none" 2 "it takes none or zeek" 0 "$program" --timeouts=some --pcap "$four"
run "--timeouts without a capture" 2 "--timeouts needs --pcap" 0 "$program" --timeouts=zeek
run "a full table" 0 "connections dropped, the longest silent first: the table was full" 12 "$program" --json --max-connections=2 --pcap "$work/late_and_idle.cap"
run "two captures at once" 0 "" 4 "$program" --json --pcap "$four" --pcap "$ng"

# Broken ones: what was read is reported, then where and why no more could be.
head -c $((size - 10)) "$four" >"$work/cut.cap"
run "cut in a packet" 1 "$work/cut.cap is damaged at byte $((size - 10)), after packet 11" 1 "$program" --json --pcap "$work/cut.cap"
head -c 20 "$four" >"$work/cut.cap"
run "cut in the header" 1 "is damaged at byte 20: it ends in the middle of the file header" 0 "$program" --json --pcap "$work/cut.cap"
{ head -c $((size - 74)) "$four" && printf '\0\0\0\0\0\0\0\0\377\377\377\177\0\0\0\0'; } >"$work/long.cap"
run "a packet of 2 GiB" 1 "is damaged at byte .*after packet 1[01]" 1 "$program" --json --pcap "$work/long.cap"
printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\346\0\0\0' >"$work/link.cap"
run "a link type without TCP" 1 "link type IEEE802_15_4_NOFCS .*, which is not supported" 0 "$program" --pcap "$work/link.cap"
size=$(wc -c <"$ng")
head -c $((size - 3)) "$ng" >"$work/cut.ng"
run "pcapng cut in a block" 1 "damaged at byte $((size - 3)), after packet 5: it ends in the middle of a block" 2 \
	"$program" --json --pcap "$work/cut.ng"
head -c 28 "$ng" >"$work/section.ng"
run "pcapng without a packet" 0 "" 0 "$program" --json --pcap "$work/section.ng"
{ cat "$work/section.ng" && tail -c +49 "$ng"; } >"$work/no_interface.ng"
run "pcapng without an interface" 1 "an interface that was not described" 0 "$program" --json --pcap "$work/no_interface.ng"
{ cat "$ng" && printf '\6\0\0\0\1\0\0\0'; } >"$work/short.ng"
run "pcapng with a length that cannot be" 1 "a block whose length cannot be" 3 "$program" --json --pcap "$work/short.ng"
{ cat "$ng" && printf '\6\0\0\0\14\0\0\0\20\0\0\0'; } >"$work/differ.ng"
run "pcapng whose lengths differ" 1 "two lengths differ" 3 "$program" --json --pcap "$work/differ.ng"
{ cat "$ng" && printf '\5\0\0\0\20\0\0\0abcd\20\0\0\0'; } >"$work/other.ng"
run "pcapng with blocks that are not known" 0 "" 3 "$program" --json --pcap "$work/other.ng"

{ printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\151\0\0\0' &&
	printf '\1\0\0\0\0\0\0\0\40\0\0\0\40\0\0\0\10\101\0\0abcdefABCDEFabcdef\0\0secret!!'; } >"$work/air.cap"
run "encrypted on the air" 0 "packets skipped, of 1: 1 encrypted on the air" 0 "$program" --json --pcap "$work/air.cap"

# A pipe that stays open: what came is reported at once, and the rest at SIGINT.
mkfifo "$work/fifo"
"$program" -r - --json=/dev/null --summary --record "$work/follow.rec" --uncompressed <"$work/fifo" 2>"$work/stderr" &
pid=$!
exec 9>"$work/fifo"
cat "$four" >&9
unread='import fcntl, termios, sys; sys.exit(any(fcntl.ioctl(9, termios.FIONREAD, bytes(4))))'
tries=0
until python3 -c "$unread" || [ $tries -gt 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
kill -INT $pid
wait $pid
judge $? "SIGINT while a pipe is open" "$work/stderr"
exec 9>&-
run "... nothing that came is missing" 0 "" 1 "$program" -r "$work/follow.rec" --json
jq -e '.tcp.conn_state == "SF" and .client.packets == 6 and .server.packets == 6' "$work/stdout" >"$work/jq"
judge $? "... not even the last packet"

# until COMMAND...: waits for it, 20 s at most
until_true() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.1
	done
}

# A capture that is being made: a connection is reported when it is over, not with the packet that comes after.
{ echo "base $(date +%s)" && cat tests/captures/four_way.story; } >"$work/now.story"
"$OUT/tests/tools/story2pcap" "$work/now.story" "$work/now.cap"
for name in now four_way; do
	"$program" -r - --json="$work/live.json" <"$work/fifo" 2>"$work/stderr" &
	pid=$!
	exec 9>"$work/fifo"
	cat "$work/$name.cap" >&9
	until_true grep -q '"conn_state":"SF"' "$work/live.json"
	judge $? "$name: the record comes while the pipe is silent" "$work/stderr"
	exec 9>&-
	wait $pid
	judge $? "$name: ... and the end of the pipe is the end" "$work/stderr"
done

# What was read is served until SIGINT.
for how in --pcap -r; do
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	"$program" $how "$four" --prometheus="127.0.0.1:$port" 2>"$work/stderr" &
	pid=$!
	until_true grep -q "end of the capture; its contents are served" "$work/stderr"
	judge $? "$how: the end of the capture is said" "$work/stderr"
	until_true curl -sf -o "$work/metrics" "http://127.0.0.1:$port/metrics"
	judge $? "$how: what was read is served" "$work/stderr"
	grep -q '^tcplife_connections_closed_total{.*} 1' "$work/metrics"
	judge $? "... with the connection in it" "$work/metrics"
	kill -INT $pid
	wait $pid
	judge $? "... until SIGINT" "$work/stderr"
done

# Stopped: it says how far it got. A big file, and an output that waits.
awk 'BEGIN { print "format pcap"
	for (i = 0; i < 60000; i++) printf "%f 10.0.0.1:%d 10.0.0.2:80 S %d 0 0\n", i / 1000, 1024 + i % 60000, i }' >"$work/many.story"
"$OUT/tests/tools/story2pcap" "$work/many.story" "$work/many.cap"
mkfifo "$work/slow"
"$program" --json --pcap "$work/many.cap" --timeouts=zeek >"$work/slow" 2>"$work/stderr" &
pid=$!
exec 8<"$work/slow"
head -c 1 <&8 >/dev/null
kill -INT $pid
cat <&8 >/dev/null
wait $pid
grep -qE 'stopped after [1-9][0-9]* packets, at [0-9]+ %' "$work/stderr"
judge $? "SIGINT in a file: how far it got" "$work/stderr"
exec 8<&-

# Checksums: by Zeek's rule counted, said, left out; -C takes all.
sed 's/0 options=20$/& bad/' tests/captures/four_way.story >"$work/bad.story"
"$OUT/tests/tools/story2pcap" "$work/bad.story" "$work/bad.cap"
run "wrong checksums are said" 0 "2 of 12 TCP segments have wrong checksums" 2 "$program" --json --timeouts=zeek --checksums=drop --pcap "$work/bad.cap"
jq -s -e 'map(.client.bad_checksums + .server.bad_checksums) | add == 2' "$work/stdout" >"$work/jq"
judge $? "... and counted"
for rule in -C --checksums=take; do
	run "$rule takes them" 0 "" 1 "$program" $rule --json --pcap "$work/bad.cap"
	jq -e '.tcp.conn_state == "SF"' "$work/stdout" >"$work/jq"
	judge $? "... as they are"
done
run "a rule that is none" 2 "it takes auto, take or drop" 0 "$program" --checksums=some --pcap "$work/bad.cap"
run "--checksums without a capture" 2 "--checksums needs --pcap" 0 "$program" --checksums=drop

# By default: offload is taken, and so are wrong ones that are many, or all of one host's; the few others are damage. Each is
# said, and a pipe, which cannot be read twice, gives the same.
"$program" --json --pcap "$work/offload.cap" >/dev/null 2>"$work/stderr"
grep -q '5 of 8 TCP segments have the checksums that a sending host leaves to its network card' "$work/stderr"
judge $? "offload is said" "$work/stderr"
run "offload: drop" 0 "4 with a|3 of 6 TCP segments have wrong checksums" 2 "$program" --json --timeouts=zeek --checksums=drop --pcap "$work/offload.cap"
run "many wrong ones are taken" 0 "2 of 12 TCP segments have other wrong checksums, more than one in 20: no damage" 1 \
	"$program" --json --pcap "$work/bad.cap"
# few NAME LINES-OF-THE-SECOND-CONNECTION: after 120 good segments
few() {
	awk 'BEGIN { print "format pcap"
		for (i = 0; i < 120; i++) printf "%f 10.0.0.1:40000 10.0.0.2:80 A %d 1 10\n", i / 1000, 1 + 10 * i }' >"$work/$1.story"
	cat >>"$work/$1.story"
	"$OUT/tests/tools/story2pcap" "$work/$1.story" "$work/$1.cap"
}
few damage <<'END'
1 10.0.0.1:40000 10.0.0.2:80 A 1201 1 10 bad
2 10.0.0.1:40000 10.0.0.2:80 A 1211 1 10 badip
3 10.0.0.1:40000 10.0.0.2:80 A 1221 1 10
END
run "few wrong ones are damage" 0 "1 of 122 TCP segments have wrong checksums, so few that they are damage, and were skipped" 1 \
	"$program" --json --pcap "$work/damage.cap"
grep -q 'packets skipped, of 123: 1 with a wrong IP header checksum' "$work/stderr"
judge $? "... IP's, too" "$work/stderr"
jq -e '.client.packets == 121 and .client.bad_checksums == 1' "$work/stdout" >"$work/jq"
judge $? "... and are counted"
few host <<'END'
1 10.0.0.3:40001 10.0.0.2:81 S 100 0 0 bad
2 10.0.0.3:40001 10.0.0.2:81 S 100 0 0 badip
END
run "all of one host are taken" 0 "2 of 122 TCP segments have other wrong checksums, all that some host sent: no damage" 2 \
	"$program" --json --pcap "$work/host.cap"
jq -s -e 'map(select(.client.port == 40001)) | .[0].client.packets == 2' "$work/stdout" >"$work/jq"
judge $? "... both of them"
# tshark says which are wrong, by itself. From 4.2 on it calls those that a network card would complete good, and notes them.
if command -v tshark >/dev/null; then
	wrong='tcp.checksum.status == 0 || ip.checksum.status == 0'
	! tshark -G fields 2>/dev/null | grep -qw tcp.checksum.partial || wrong="$wrong || tcp.checksum.partial"
	for name in offload bad damage host; do
		tshark -r "$work/$name.cap" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -Y "$wrong" \
			2>/dev/null | wc -l >"$work/want"
		"$program" --pcap "$work/$name.cap" 2>&1 >/dev/null | awk '/TCP segments have/ { n += $2 } /packets/ { n += $6 } END { print n }' >"$work/got"
		same "$name: tshark counts as many wrong checksums" "$work/want" "$work/got"
	done
fi

run "the table has those that did not end" 0 "" 4 "$program" --pcap "$ng"
grep -q ' 40004 .* open$' "$work/stdout"
judge $? "... as open" "$work/stdout"

# --pcap-out: Wireshark's programs read it, and so do we.
for name in four_way three_way_v6 reused_tuple; do
	run "$name: --pcap-out" 0 "" 0 "$program" --pcap "$work/$name.cap" --pcap-out "$work/$name.out"
	"$program" --json --pcap "$work/$name.out" 2>/dev/null | jq -r '"\(.client.port) \(.tcp.conn_state) \(.client.bytes)"' | sort >"$work/got"
	jq -r '"\(.client.port) \(.tcp.conn_state) \(.client.bytes)"' "$work/$name.json" | sort >"$work/want"
	same "$name: --pcap-out read again" "$work/want" "$work/got"
done
sed 's/$/ vlan=7/' tests/captures/four_way.story >"$work/vlan.story"
sed -i '/^[#=f]/s/ vlan=7$//' "$work/vlan.story"
"$OUT/tests/tools/story2pcap" "$work/vlan.story" "$work/vlan.cap"
"$program" --pcap "$work/vlan.cap" --pcap-out - >"$work/vlan.out"
judge $? "--pcap-out to stdout"
"$program" --json --pcap "$work/vlan.out" 2>/dev/null | jq -e '.network.vlan.id == 7 and .tcp.conn_state == "SF"' >"$work/jq"
judge $? "... with tags"
run "--pcap-out over what is read" 1 "is being read and cannot be written" 0 "$program" --pcap "$four" --pcap-out "$four"
if command -v tshark >/dev/null; then
	id=$(jq -r .id "$work/four_way.json")
	tshark -r "$work/four_way.out" -T fields -e frame.comment -e tcp.flags.str -e _ws.malformed -e frame.time_epoch >"$work/shark" 2>"$work/stderr"
	judge $? "tshark reads --pcap-out" "$work/stderr"
	test "$(grep -c "^$id: the client closed first; the server sent 2000 more bytes" "$work/shark")" -eq 0 &&
		test "$(grep -c "^$id: the client closed first" "$work/shark")" -eq 7
	judge $? "... with id and verdict on each packet" "$work/shark"
	test "$(awk -F'\t' '$3 != ""' "$work/shark" | wc -l)" -eq 0
	judge $? "... and finds nothing malformed" "$work/shark"
	capinfos "$work/four_way.out" >"$work/capinfos" 2>&1
	judge $? "capinfos reads it" "$work/capinfos"
	grep -q 'tcplife-trace' "$work/capinfos"
	judge $? "... and who wrote it" "$work/capinfos"
fi

# One rule for conn_state: what the sockets' steps and the segments alone say of one connection is the same word.
for story in four_way half_close not_accepted peer_close peer_fin_wait2 peer_reset peer_timeout peer_timewait resets scans simultaneous_close \
	teardowns thrown_away unread_data; do
	"$OUT/tests/tools/events2rec" "tests/cases/$story.events" "$work/$story.rec"
	"$program" -r "$work/$story.rec" --json --pcap-out "$work/$story.pcapng" >"$work/live.json" 2>"$work/stderr"
	"$program" --pcap "$work/$story.pcapng" --json >"$work/captured.json" 2>>"$work/stderr"
	words='select(.schema == "tcplife.connection") | "\(.id) \(.tcp.conn_state)"'
	jq -r "$words" "$work/live.json" | sort >"$work/want"
	jq -r "$words" "$work/captured.json" | sort | join -o 1.1,1.2 - "$work/want" >"$work/got"
	test -s "$work/got" && same "$story: conn_state by sockets and by segments" "$work/want" "$work/got"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
