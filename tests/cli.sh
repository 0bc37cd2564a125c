#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The command line and the files around it, good and bad: messages, exit status, and that nothing is lost silently. No root.
# shellcheck disable=SC2016 # what sh -c gets, it expands itself
set -u
cd "$(dirname "$0")/.." || exit 1
OUT=${OUT:-build}
program=$OUT/tcplife-trace
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=160 NO_COLOR=1
passed=0
failed=0

# check WHAT STATUS PATTERN COMMAND...: exit status, and an extended regular expression that stderr must have; "" = silence
check() {
	what=$1 status=$2 pattern=$3
	shift 3
	"$@" >"$work/stdout" 2>"$work/stderr" </dev/null
	got=$?
	if [ $got -ne "$status" ]; then
		problem="exit status $got, not $status"
	elif [ -z "$pattern" ] && [ -s "$work/stderr" ]; then
		problem="stderr is not silent"
	elif ! grep -qE -- "$pattern" "$work/stderr" && [ -n "$pattern" ]; then
		problem="stderr has no '$pattern'"
	else
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED $what: $problem"
	sed 's/^/    /' "$work/stderr"
}

# that WHAT COMMAND...: of what the last check left in $work
that() {
	what=$1
	shift
	if "$@" >/dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $what"
	fi
}

# A bad command line: status 2, the message, the hint, and nothing on stdout.
usage() {
	pattern=$1
	shift
	check "$*" 2 "^tcplife-trace: $pattern" "$program" "$@"
	that "hint after $*" grep -qx "Try 'tcplife-trace --help'" "$work/stderr"
	that "silent stdout after $*" test ! -s "$work/stdout"
}

usage "unrecognized option '--no-such'" --no-such
usage "invalid option -- 'Z'" -Z
usage "option requires an argument -- 'p'" -p
usage "'extra/word' is neither an option" extra/word
usage "--pid: '0' is not accepted" -p 0
usage "--pid: '12x' is not accepted: it takes a process id" -p 12x
usage "--port: '70000' is not accepted: it takes ports" --port 70000
usage "--port: '0' is not accepted" --port 0
usage "--port: '80,' is not accepted" --port 80,
usage "--port: '90-80' is not accepted" --port 90-80
usage "--port: '80-' is not accepted" --port=80-
usage "--localport: '-1' is not accepted" -L -1
usage "--remoteport: 'http' is not accepted" -D http
usage "--cidr: '10.0.0.0/33' is not accepted" --cidr 10.0.0.0/33
usage "--cidr: '::/129' is not accepted" --cidr ::/129
usage "--cidr: 'example.org' is not accepted" --cidr example.org
usage "--netns: there is no network namespace 'no-such-netns'" --netns no-such-netns
usage "--netns: '/dev/null' is not a network namespace" --netns /dev/null
usage "--interface: there is no 'no-such0'; available: .*lo" -i no-such0
usage "--interface: 'a-name-that-is-too-long' is not accepted" -i a-name-that-is-too-long
usage "--since looks back" --since 03:00
usage "--since: '25:00' is not accepted: it takes a time" --since 25:00
usage "--until: '2026-13-01' is not accepted" --until 2026-13-01
usage "--until: '2026-02-30' is not accepted" --until 2026-02-30
usage "--since: '2027-02-29T03:00Z' is not accepted" --since 2027-02-29T03:00Z
usage "--since is later than --until" -r x --since 2026-11-27T03:00 --until 2026-11-27T02:00
usage "--where: there is no field 'handshke'; near to it: handshake" --where 'handshke > 1ms'
usage "--where: the name of a field is missing" --where ''
for field in verdict evidence events host.name schema @timestamp capture; do
	usage "--where: there is no field '$field'" --where "$field" # as the man page says
done
usage "--where: tcp.ending is never 'rest': did you mean reset\\?" --where 'port == 80 and ending == rest'
that "the place of the error" grep -qxE ' {27}\^' "$work/stderr"
usage "--where: the expression is longer than 16384 bytes" --where "$(head -c 100000 /dev/zero | tr '\0' '(')"
# shellcheck disable=SC2046 # words are what is wanted
usage "--where: at most 16" $(printf -- '--where complete %.0s' $(seq 17))
check "--where=help" 0 "" "$program" --where=help
that "names in --where=help" grep -q '^  handshake.syn_to_synack_ns .*(ns)$' "$work/stdout"
usage "--count: '0' is not accepted" -c 0
usage "--count: '99999999999999999999' is not accepted" -c 99999999999999999999
usage "--duration: '1.5' is not accepted" --duration 1.5
usage "--summary: 'x' is not accepted" --summary=x
usage "--buffer: '100k' is not accepted: it takes a power of two" --buffer 100k
usage "--buffer: '17179869184G' is not accepted" --buffer 17179869184G
usage "--max-connections: '0' is not accepted" --max-connections 0
usage "--xdp: 'fast' is not accepted: it takes auto, native, generic or off" --xdp fast
usage "--hooks: 'best' is not accepted" --hooks=best
usage "--rotate: '10' is not accepted" --record FILE --rotate 10
usage "--rotate: '1h,2h' is not accepted" --record FILE --rotate 1h,2h
usage "--rotate: '5m' is not accepted" --record FILE --rotate 5m
usage "--rotate needs a file" --record - --rotate 1h
usage "--rotate needs a file" --rotate 1h
usage "--rotate needs a file" --json --rotate 1h
usage "--keep needs --rotate" --json=FILE --keep 3
usage "--keep: '0' is not accepted" --json=FILE --rotate 1h --keep 0
usage "--file-mode: '0755' is not accepted" --file-mode 0755
usage "--file-mode: '0400' is not accepted" --file-mode 0400
usage "--uncompressed needs --record" --uncompressed
usage "--events: 'some' is not accepted: it takes all, odd or none" --json --events some
usage "--events needs --json, --kafka or --otlp" --events none
usage "--color: 'blue' is not accepted" --color=blue
usage "--output: there is no 'xml'; available: table, " -o xml
usage "--output: table takes no argument" -o table=x
usage "--output: record needs an argument" -o record
usage "--json: '' is not accepted" --json=
usage "--queue: '1k' is not accepted: it takes a size from 64k to 1G" --queue 1k
usage "--kafka: 'host:9092' is not accepted: it takes brokers and a topic" --kafka host:9092
usage "--kafka-property: 'acks' is not accepted" -X acks
usage "--replay: '' is not accepted" -r ''
usage "--interface applies to the running kernel" -r FILE -i lo
usage "--features applies to the running kernel" -r FILE --features
usage "output ndjson needs stdout for itself" --json --timeline
usage "output ndjson needs stdout for itself" --json --explain
usage "output record needs stdout for itself" --record - -o table

check "--help" 0 "" "$program" --help
that "... names its options" grep -qE '^  -p, --pid PID ' "$work/stdout"
check "-V" 0 "" "$program" -V

story=$work/story.rec
check "a recording" 0 "" "$OUT/tests/tools/events2rec" tests/cases/both_ends.events "$story"
check "-4 and -6 together are both" 0 "" "$program" -r "$story" -4 -6 --json
that "... and the IPv6 connection is there" grep -q '"ipv6"' "$work/stdout"
check "-4 leaves it out" 0 "" "$program" -r "$story" -4 --json
that "... out" test ! -s "$work/stdout"
check "--port of either side" 0 "" "$program" -r "$story" --port 1-2,8080 -c 1 --json
that "... and -c 1 gives one record" test "$(wc -l <"$work/stdout")" -eq 1
check "a leap day" 0 "" "$program" -r "$story" --since 2024-02-29 --until 2024-02-29T12:00 --json
check "a word behind -r that is a recording is read" 1 "$story and $story are the same recording" "$program" -r "$story" "$story" --json
check "... two words" 1 "$story and $story are the same recording" "$program" "$story" "$story" --json
check "... and a filter behind it" 0 "" "$program" "$story" port 1 --json
that "... filters" test ! -s "$work/stdout"
check "open in that time" 0 "" "$program" -r "$story" --since 2026-11-22T20:59 --until 2026-11-22T21:00:01Z --json
that "... in TIME_WAIT then" grep -q '"exit":"running"' "$work/stdout"
that "... whose end is not of that time" test "$(wc -l <"$work/stdout")" -eq 1
check "open before that time" 0 "" "$program" -r "$story" --since 2026-11-23 --json
that "... none" test ! -s "$work/stdout"
check "open after that time" 0 "" "$program" -r "$story" --until 2026-11-22T20:59:59 --json
that "... none" test ! -s "$work/stdout"
sed 's,/system.slice/docker-.*\.scope,/system.slice/php8.2-fpm.service,' tests/cases/containers.events >"$work/unit.events"
check "a recording with a unit" 0 "" "$OUT/tests/tools/events2rec" "$work/unit.events" "$work/unit.rec"
for filter in "--unit php8.2-fpm" "--unit php8.2-fpm.service" "--cgroup /sys/fs/cgroup" "--cgroup /sys/fs/cgroup/" "--cgroup /sys/fs/cgroup/system.slice"; do
	# shellcheck disable=SC2086 # an option and its value
	check "$filter" 0 "" "$program" -r "$work/unit.rec" $filter --whole --json
	that "... finds it" test "$(wc -l <"$work/stdout")" -eq 1
done
check "--unit of another kind" 0 "" "$program" -r "$work/unit.rec" --unit php8.2-fpm.scope --json
that "... does not" test ! -s "$work/stdout"
check "--json=FILE" 0 "" "$program" -r "$story" --json="$work/out.ndjson"
that "... has both records" test "$(wc -l <"$work/out.ndjson")" -eq 2
check "two files and a table at once" 0 "" "$program" -r "$story" --json="$work/a" --record "$work/b" -o table
that "... the table too" grep -q curl "$work/stdout"
check "--explain alone draws" 0 "" "$program" -r "$story" --explain
that "... and says what it means" grep -q 'Handshake 1/3. SYN: the client requests' "$work/stdout"
check "--timeline alone" 0 "" "$program" -r "$story" --timeline
that "... does not" sh -c '! grep -q Handshake "$1"' - "$work/stdout"
"$OUT/tests/tools/events2rec" tests/cases/existing.events "$work/older.rec"
for view in --no-header --timeline; do
	check "$view: what began before tracing" 0 "1 connection that began before tracing ended in order, and is not listed" \
		"$program" -r "$work/older.rec" $view
	that "... is left out" test ! -s "$work/stdout"
	check "$view --older" 0 "" "$program" -r "$work/older.rec" $view --older
	that "... lists it" test -s "$work/stdout"
done
check "--csv has all" 0 "" "$program" -r "$work/older.rec" --no-header --csv
that "... that began before tracing" test -s "$work/stdout"
mkfifo "$work/fifo"
cat "$story" >"$work/fifo" &
check "a FIFO" 0 "" "$program" -r "$work/fifo" --json
that "... is read from its first byte" sh -c '"$1" -r "$2" --json | cmp - "$3"' - "$program" "$story" "$work/stdout"
check "no such file" 1 "cannot read $work/none: No such file" "$program" -r "$work/none"
check "a directory without one" 1 "there is no recording in $work" "$program" -r "$work"
check "not a recording" 1 "is not a recording" "$program" -r "$0"
check "an empty file" 1 "is not a recording" "$program" -r /dev/null
check "no place to write" 2 "cannot write $work/none/x: .*No such file" "$program" -r "$story" --json="$work/none/x"
check "a socket without a path" 1 "unix:: the path must have 1 to 107 bytes" "$program" -r "$story" --json=unix:
check "a socket whose path is too long" 1 "the path must have 1 to 107 bytes" "$program" -r "$story" --json=unix:"$(printf '%0108d' 1)"
check "disk full: ndjson" 1 "cannot write /dev/full: output is incomplete: No space left" "$program" -r "$story" --json=/dev/full
check "disk full: record" 1 "cannot write /dev/full" "$program" -r "$story" --record /dev/full
check "disk full: table" 1 "No space left" sh -c '"$1" -r "$2" >/dev/full' - "$program" "$story"
check "the recording is not overwritten by itself" 1 "is being read" "$program" -r "$story" --record "$story"
check "... and is whole" 0 "" "$program" -r "$story" --json
check "a reader that leaves" 0 "" sh -c '{ "$1" -r "$2" --json; echo $? >"$3"; } | :' - "$program" "$story" "$work/status"
that "... is no failure" grep -qx 0 "$work/status"

# SIGHUP while a recording's rest is waited for: new files, or the end. nohup(1) above us would have it ignored.
hangup="env --default-signal=HUP"
mkfifo "$work/rest"
$hangup "$program" -r - --json="$work/moved" <"$work/rest" 2>"$work/stderr" &
pid=$!
exec 3>"$work/rest"
cat "$story" >&3
until [ -e "$work/moved" ]; do sleep 0.01; done
mv "$work/moved" "$work/moved.1"
kill -HUP $pid
until [ -e "$work/moved" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
exec 3>&-
wait $pid
check "SIGHUP with a file" 0 "" sh -c 'exit "$1"' - $?
cat "$work/moved.1" "$work/moved" >"$work/whole"
check "... loses nothing" 0 "" sh -c '"$1" -r "$2" --json | cmp - "$3"' - "$program" "$story" "$work/whole"
$hangup "$program" -r - --json >"$work/stdout" 2>"$work/stderr" <"$work/rest" &
pid=$!
exec 3>"$work/rest"
cat "$story" >&3
# All was read: so it waits in its loop, where signals are taken. Under an emulator the masks in /proc are the emulator's.
until python3 -c 'import array, fcntl, termios
left = array.array("i", [0])
fcntl.ioctl(3, termios.FIONREAD, left)
raise SystemExit(left[0] != 0)' || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
kill -HUP $pid
wait $pid
check "SIGHUP without a file ends it well" 0 "" sh -c 'exit "$1"' - $?
exec 3>&-

tests/export/receiver.py "$work/socket" "$work/received" &
receiver=$!
until [ -S "$work/socket" ]; do sleep 0.01; done
check "--json=unix:PATH" 0 "" "$program" -r "$story" --json=unix:"$work/socket" --json="$work/file"
# The program is done when the socket's buffer has it all; the receiver writes after that.
for _ in $(seq 1000); do
	! cmp -s "$work/received" "$work/file" || break
	sleep 0.01
done
that "... got what the file got" cmp "$work/received" "$work/file"
kill "$receiver"
wait "$receiver"
check "a socket without a listener" 0 "unix:$work/gone: 2 of 2 records dropped .queue full: 0" "$program" -r "$story" --json=unix:"$work/gone"
that "... and it was reported at once" grep -q "unix:$work/gone: No such file or directory; records wait" "$work/stderr"

head -c 1001 "$story" >"$work/cut.rec"
check "a recording that was cut" 0 "ends in the middle of a record: the last [0-9]+ bytes are ignored" "$program" -r "$work/cut.rec" --json
that "... gives what is whole" grep -q '"ending":"open"' "$work/stdout"
{ head -c 680 "$story" && printf '\3\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0'; } >"$work/bad.rec"
check "a damaged one" 1 "is damaged at byte 680: a record of 7 bytes" "$program" -r "$work/bad.rec"
{ cat "$story" && printf '\143\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0'; } >"$work/newer.rec"
check "records of an unknown kind" 0 "1 of [0-9]+ records are invalid and were skipped .*unknown kind: 1" "$program" -r "$work/newer.rec"
{ printf 'TCPLIFE\n\n\13\14\15' && tail -c +13 "$story"; } >"$work/endian.rec"

# zstd, pieces, cut files.
mkdir -m 0700 "$work/own"
"$OUT/tests/tools/events2rec" tests/cases/resets.events "$work/long.rec"
"$program" -r "$work/long.rec" --json >"$work/long.ndjson"
check "a compressed recording" 0 "" "$program" -r "$work/long.rec" --record "$work/long.tlt"
that "... is smaller" test "$(wc -c <"$work/long.tlt")" -lt "$(($(wc -c <"$work/long.rec") / 2))"
check "... tells the same" 0 "" "$program" -r "$work/long.tlt" --json
that "... really" cmp "$work/stdout" "$work/long.ndjson"
check "--uncompressed" 0 "" "$program" -r "$work/long.tlt" --record "$work/again.rec" --uncompressed
that "... gives the same records back" sh -c 'tail -c +657 "$1" >"$1.body" && tail -c +657 "$2" | cmp - "$1.body"' - "$work/long.rec" "$work/again.rec"
head -c "$(($(wc -c <"$work/long.tlt") - 20))" "$work/long.tlt" >"$work/cut.tlt"
check "cut inside its last frame" 0 "ends in the middle of a compressed frame" "$program" -r "$work/cut.tlt" --json
that "... gives what is whole" test "$(grep -c '"ending":"reset"' "$work/stdout")" -gt 5
{ head -c 100 "$work/long.tlt" && printf 'DAMAGE' && tail -c +107 "$work/long.tlt"; } >"$work/damaged.tlt"
check "a damaged frame" 1 "is damaged: a compressed frame cannot be read" "$program" -r "$work/damaged.tlt" --json
check "pieces by age" 0 "" "$program" -r "$work/long.rec" --record "$work/pieces.tlt" --rotate 3s
that "... five of them" test "$(find "$work" -name 'pieces.tlt*' -size +0 | wc -l)" -eq 5 -a -s "$work/pieces.tlt.4"
check "one piece alone" 0 "" "$program" -r "$work/pieces.tlt.2" --json
that "... is part of the whole" test "$(wc -l <"$work/stdout")" -eq 3
cat "$work/pieces.tlt".[1-4] "$work/pieces.tlt" >"$work/joined.tlt"
check "all pieces together" 0 "" "$program" -r "$work/joined.tlt" --json
that "... tell the same" cmp "$work/stdout" "$work/long.ndjson"
check "pieces of another run are kept" 0 "" "$program" -r "$work/long.rec" --record "$work/pieces.tlt" --rotate 100M,6s
that "... the next number is taken" test -s "$work/pieces.tlt.5" -a ! -e "$work/pieces.tlt.7"
check "pieces by size" 0 "" "$program" -r "$work/long.rec" --record "$work/sized.rec" --uncompressed --rotate 4k
that "... several" test -s "$work/sized.rec.2"
check "JSON in pieces, of which two are kept" 0 "" "$program" -r "$work/long.rec" --json="$work/own/pieces.ndjson" --rotate 11k --keep 2
that "... two" test "$(find "$work/own" -name 'pieces.ndjson.*' | wc -l)" -eq 2
that "... the newest, each whole" sh -c 'cat $(ls -v "$1".*) "$1" >"$2/kept" && tail -n "$(wc -l <"$2/kept")" "$2/long.ndjson" | cmp - "$2/kept"' - "$work/own/pieces.ndjson" "$work"
last=$(find "$work/own" -name 'pieces.ndjson.*' | sort -V | tail -n 1)
cp "$work/own/pieces.ndjson" "$work/earlier"
check "an earlier run's file" 0 "" "$program" -r "$work/long.rec" --json="$work/own/pieces.ndjson" --rotate 1G --keep 2
that "... becomes a piece" cmp "$work/earlier" "$work/own/pieces.ndjson.$((${last##*.} + 1))"
that "files are their owner's" test "$(stat -c %a "$work/own/pieces.ndjson")" = 600
check "--file-mode" 0 "" sh -c 'umask 022 && "$@"' - "$program" -r "$work/long.rec" --json="$work/own/open.ndjson" --file-mode 0644
that "... others may read" test "$(stat -c %a "$work/own/open.ndjson")" = 644
mkdir -m 0777 "$work/shared"
chmod 0777 "$work/shared"
echo precious >"$work/precious"
ln -s ../precious "$work/shared/out.ndjson"
ln -s open.ndjson "$work/own/link.ndjson"
check "a link where others may write" 1 "out.ndjson: it is a link in a directory where others may write" \
	"$program" -r "$work/long.rec" --json="$work/shared/out.ndjson"
that "... is not followed" grep -qx precious "$work/precious"
check "a link of one's own" 0 "" "$program" -r "$work/long.rec" --json="$work/own/link.ndjson"
that "... is followed" cmp "$work/own/open.ndjson" "$work/long.ndjson"
for name in =1+1 +1+1 -1+1 @SUM =1,2; do
	sed "s/:curl/:$name/g" tests/cases/four_way.events >"$work/formula.events"
	"$OUT/tests/tools/events2rec" "$work/formula.events" "$work/formula.rec"
	check "a process named $name" 0 "" "$program" -r "$work/formula.rec" -s
	that "... is no formula in CSV" grep -qE ",\"?'[$name]{4}" "$work/stdout"
	that "... and a row has as many cells as the head" python3 -c 'import csv, sys
sys.exit(len({len(row) for row in csv.reader(sys.stdin)}) != 1)' <"$work/stdout"
done
check "one output lost, the others go on" 1 "cannot write /dev/full: output is incomplete: No space left" \
	"$program" -r "$work/long.rec" --record /dev/full --json="$work/other.ndjson"
that "... whole" cmp "$work/other.ndjson" "$work/long.ndjson"
that "... and what was missed is counted" grep -qE "output record: at least [0-9]+ records" "$work/stderr"
check "stdout is closed" 1 "cannot write stdout: output is incomplete: Bad file descriptor" \
	sh -c 'exec "$@" >&-' - "$program" -r "$work/long.rec" --json
check "... and is not needed" 0 "" sh -c 'exec "$@" <&- >&-' - "$program" -r "$work/long.rec" --json="$work/other.ndjson"
that "... whole" cmp "$work/other.ndjson" "$work/long.ndjson"
check "all are closed" 0 "" sh -c 'exec "$@" <&- >&- 2>&-' - "$program" -r "$work/long.rec" --json="$work/other.ndjson" --record="$work/other.rec"
that "... whole" cmp "$work/other.ndjson" "$work/long.ndjson"
for option in --help --version; do
	check "$option to a full disk" 1 "cannot write stdout" sh -c 'exec "$@" >/dev/full' - "$program" $option
done
check "the other byte order" 1 "other byte order" "$program" -r "$work/endian.rec"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
