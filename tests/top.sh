#!/usr/bin/env bash
# The screen of --top on a recording and on a capture: keys are sent, and what stands there is read. No root.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=${OUT:-build}
program=$(realpath "$OUT/tcplife-trace")
export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLUMNS LINES
work=$(mktemp -d)
. tests/tmux.sh
trap 'close_screen; rm -rf "$work"' EXIT
passed=0 failed=0

if [[ $("$program" --help) != *--top* ]]; then
	echo "SKIP: this build has no --top (TOP=0)"
	exit 77
fi
if ! command -v tmux > /dev/null; then
	echo "SKIP: tmux is missing (make deps installs it)"
	[ "${CI:-}" != true ] || exit 1
	exit 77
fi

open_screen 80 24 true || { close_screen; echo "SKIP: tmux finds no terminal here (/dev/pts)"; exit 77; }
close_screen

# shown WHAT PATTERN: it comes to stand there within 20 s.
shown() {
	local deadline=$((SECONDS + 20))
	until on_screen "$2"; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			failed=$((failed + 1))
			echo "FAILED $1: no '$2' on:"
			screen | sed 's/^/    /'
			return
		fi
		sleep 0.05
	done
	passed=$((passed + 1))
}

# hidden WHAT PATTERN: it goes.
hidden() {
	local deadline=$((SECONDS + 20))
	while on_screen "$2"; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			failed=$((failed + 1))
			echo "FAILED $1: '$2' stays on:"
			screen | sed 's/^/    /'
			return
		fi
		sleep 0.05
	done
	passed=$((passed + 1))
}

that() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $what"
	fi
}

# has_ended [STATUS]
has_ended() {
	local deadline=$((SECONDS + 20))
	until [ -s "$work/screen.status" ]; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
	[ "$(cat "$work/screen.status")" = "${1:-0}" ]
}

cat > "$work/day.events" << 'END'
host client
client 10.0.0.9:40000 id=11 isn=1000
server 10.0.0.5:80 isn=5000
+0.000000 state client CLOSE SYN_SENT port=0 certain task=101:curl uid=1000
+0.000040 segment client S seq=+0
+0.000540 segment server SA seq=+0 ack=+1
+0.000550 state client SYN_SENT ESTABLISHED isn
+0.000560 segment client A seq=+1 ack=+1 expected
+10.00000 clock
+20.02000 state client ESTABLISHED FIN_WAIT1 certain task=101:curl shutdown=2 bytes_sent=100 bytes_acked=101 bytes_received=500 segs_out=4 segs_in=3
+20.02001 segment client FA seq=+101 ack=+501
+20.02050 segment server A seq=+501 ack=+102 expected
+20.02051 state client FIN_WAIT1 FIN_WAIT2 shutdown=2
+20.02500 segment server FA seq=+501 ack=+102
+20.02501 state client FIN_WAIT2 CLOSE minisocket shutdown=3 bytes_sent=100 bytes_acked=102 bytes_received=501 segs_out=6 segs_in=5
+20.02502 timewait client start TIME_WAIT timeout=60000
+20.02503 segment client A seq=+102 ack=+502 expected
+20.03000 free client
+30.00000 clock
+50.00000 clock
+80.02502 timewait client end TIME_WAIT cause=timer
+90.00000 clock
END
"$OUT/tests/tools/events2rec" "$work/day.events" "$work/day.rec"
"$OUT/tests/tools/events2rec" tests/cases/refused.events "$work/refused.rec"
"$OUT/tests/tools/story2pcap" tests/captures/four_way.story "$work/four_way.pcap"

# ---- a recording, and its time

open_screen 80 24 "$program" -r "$work/day.rec" --top
shown "what ended" 'curl .* closed by client'
shown "its TIME_WAIT's length" 'C:60s'
shown "that it is a recording" 'recording, at its end'
keys 0
shown "the beginning" '2 Ended 0 '
keys '}'
shown "a minute on: TIME_WAIT counts down" 'C:(19|20|21)s left'
keys '['
shown "a second back" 'C:(20|21|22)s left'
keys '{'
shown "a minute back: nothing has ended" '2 Ended 0 '
keys '}'
shown "forward again" 's left'
keys Enter
shown "the diagram" 'SYN seq=0'
shown "... with the table" 'curl .* closed by client'
keys e NPage
shown "... explained" 'Teardown 1/4\.|Handshake [123]/3\.'
keys Escape
hidden "... closed" 'seq=0'
keys 0
shown "the beginning again" '2 Ended 0 '
keys + + + + + + Space
shown "it plays, to its end" 'recording, at its end'
shown "... with all that ended" '2 Ended 1 '
keys / C-u
keys -l 'ending == closed and time_wait > 50s'
keys Enter
shown "a filter in the words of --where" '2 Ended 1 .*/ending =='
keys / C-u
keys -l 'ending == reset'
keys Enter
shown "... that nothing fits" 'Nothing fits'
keys / C-u
keys -l 'ending =='
keys Enter
shown "a mistake points at its column" 'column [0-9]+: '
keys C-u
keys -l curl
keys Enter
shown "... and is mended; one word is looked for" '2 Ended 1 .*/curl'
keys Escape
hidden "... and taken away" '/curl'
keys w
shown "w asks for a name" 'Write to'
keys C-u
keys -l "$work/one.json"
keys Enter
shown "... and says so" 'written: '
that "the file has the record" grep -q '"schema":"tcplife.connection"' "$work/one.json"
keys w C-u
keys -l "$work/one.json"
keys Enter
shown "nothing is overwritten" 'not written: .*File exists'
keys w C-u
keys -l "$work/one.pcapng"
keys Enter
shown "pcapng too" 'written: .*pcapng'
that "... which can be read" test "$("$program" -r "$work/one.pcapng" --json 2> "$work/err" | grep -c '"ending":"closed"')" -eq 1
keys q
that "q ends it well" has_ended
close_screen

# ---- a capture, without colour

NO_COLOR=1 open_screen 80 24 "$program" -r "$work/four_way.pcap" --top
shown "a capture" 'capture, at its end'
shown "... and what is in it" '2 Ended [1-9]'
keys 0
shown "... from its beginning" '2 Ended 0 '
keys '$'
shown "... to its end" '2 Ended [1-9]'
keys Enter
shown "... its diagram" 'SYN seq='
that "no colour where none is wanted" test -z "$("${tmux[@]}" capture-pane -p -e | grep -E $'\033\\[[0-9;]*3[0-7]m' || :)"
keys q
that "... ends" has_ended
close_screen

# ---- a file that is gone when it is to be read again

for file in four_way.pcap refused.rec; do
	cp "$work/$file" "$work/gone-$file"
	open_screen 80 24 "$program" -r "$work/gone-$file" --top
	shown "$file" 'at its end'
	rm "$work/gone-$file"
	keys 0
	that "$file is gone: it ends with a failure" has_ended 1
	shown "... and says why" 'cannot read .*gone-'
	close_screen
done

# ---- sizes

open_screen 80 24 "$program" -r "$work/refused.rec" --top
shown "faults are counted" '5 Faults [1-9]'
for size in 1x1 2x1 1x2 300x2 3x100 250x60 20x5 1x1 40x10; do
	resize "${size%x*}" "${size#*x}"
	keys '?' g 1 5 Enter
done
for round in 1 2 3 4 5 6 7 8 9 10; do
	resize $((round * 37 % 200 + 1)) $((round * 23 % 60 + 1))
done
resize 80 24
keys x Escape Escape Escape Escape 5
shown "after a storm of sizes it is as it was" '5 Faults [1-9]'
resize 200 50
shown "a large one has the diagram beside" '5 Faults [1-9]'
keys q
that "... and it still ends well" has_ended
close_screen

# ---- what it needs

"$program" -r "$work/day.rec" --top > "$work/out" 2> "$work/err" < /dev/null && status=0 || status=$?
that "without a terminal it says so" grep -q 'needs a terminal' "$work/err"
that "... and fails" test "$status" -eq 1

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
