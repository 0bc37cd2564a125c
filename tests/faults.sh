#!/usr/bin/env bash
# No memory, short reads, full disks: on recordings, without root. Never a crash, never a wrong record; what is missing is said.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-build}
program=$out/tcplife-trace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# that TEXT COMMAND...: the command must succeed.
that() {
	local text=$1
	shift
	if "$@" > "$work/that" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $text"
		head -n 5 "$work/that"
	fi
}

if grep -q __asan_init "$program"; then
	echo "SKIP: a sanitizer brings its own allocator" >&2
	exit 77
fi
if grep -q __gcov_ "$program"; then
	echo "SKIP: gcov does not live without memory" >&2
	exit 77
fi
"${CC:-cc}" -O2 -shared -fPIC -o "$work/preload.so" tests/preload.c -ldl
for story in four_way time_wait_reopened lost_events both_ends listener_overflow; do
	"$out/tests/tools/events2rec" "tests/cases/$story.events" > "$work/$story.rec"
	"$program" --replay "$work/$story.rec" --json > "$work/$story.ndjson" 2> /dev/null
done

# Without the sandbox, whose library allocates some 1,400 times between the start and the first event.
replay() {
	LD_PRELOAD="$work/preload.so" "$program" --no-sandbox --replay "$work/$1.rec" "${@:2}"
}

# Status 0 with all records, or a failure with a message: for each single allocation, then for all from one on.
# enomem STORY N ON OUTPUT...
enomem() {
	local story=$1 n=$2 on=$3 status=0
	shift 3
	(
		export FAIL_AT=$n ${on:+FAIL_ON=1}
		replay "$story" "$@"
	) > "$work/stdout" 2> "$work/stderr" || status=$?
	case $status in
	0) ;;
	1 | 2) [ -s "$work/stderr" ] || { echo "allocation $n of $*: status $status without a word"; return 1; } ;;
	*) echo "allocation $n of $*: status $status: $(cat "$work/stderr")"; return 1 ;;
	esac
	[ "$1" != --json ] || sound "$work/$story.ndjson" "$work/stdout" || { echo "allocation $n: a record that is not sound"; return 1; }
}

# sound EXPECTED GOT: each line is a whole record, and one of its connection says complete:false if it differs.
sound() {
	grep -vxFf "$1" "$2" > "$work/differs" || return 0
	jq -en --slurpfile all "$2" --slurpfile differs "$work/differs" \
		'[$all[] | select(.complete == false).id] as $said | all($differs[]; .id | IN($said[]))' > /dev/null 2>&1
}

# allocations STORY OUTPUT...: how many there are.
allocations() {
	COUNT_TO="$work/count" replay "$@" > /dev/null 2>&1
	cat "$work/count"
}

# all_enomem STORY FIRST ON OUTPUT...: of the program's allocations, all from the FIRST on.
all_enomem() {
	local n last story=$1 first=$2 on=$3
	shift 3
	last=$(allocations "$story" "$@")
	[ "$last" -gt "$first" ] || { echo "only $last allocations"; return 1; }
	for n in $(seq "$first" "$last"); do
		enomem "$story" "$n" "$on" "$@" || return 1
	done
}

# What a recording without connections allocates is the start.
printf '%s\n' 'client 10.0.0.9:40000' 'server 10.0.0.5:80' '+0 clock' > "$work/nothing.events"
"$out/tests/tools/events2rec" "$work/nothing.events" > "$work/nothing.rec"
events_from=$(($(allocations nothing --json) + 1))
that "four_way: one allocation fails, --json" all_enomem four_way 1 '' --json
that "four_way: memory is out, --json" all_enomem four_way 1 on --json
for story in time_wait_reopened lost_events both_ends listener_overflow; do
	that "$story: one allocation for its events fails, --json" all_enomem "$story" $events_from '' --json
	that "$story: memory is out for its events, --json" all_enomem "$story" $events_from on --json
done
that "one allocation fails, --timeline" all_enomem four_way 1 '' --timeline
that "one allocation fails, table and summary" all_enomem four_way 1 '' --summary
that "memory is out, table and summary" all_enomem four_way 1 on --summary

for story in four_way time_wait_reopened; do
	SHORT_READS=1 LD_PRELOAD="$work/preload.so" "$program" --replay "$work/$story.rec" --json > "$work/short.ndjson" 2> /dev/null || :
	that "$story: read() gives 1 to 7 bytes" cmp "$work/short.ndjson" "$work/$story.ndjson"
done

# full TEXT OUTPUT...: no room on the device.
full() {
	local status=0
	"$program" --replay "$work/four_way.rec" "$@" > /dev/full 2> "$work/stderr" || status=$?
	[ "$status" -eq 1 ] && grep -q 'No space left' "$work/stderr"
}
that "the table to a full device" full
that "JSON to a full device" full --json
that "a timeline to a full device" full --timeline
that "JSON to a full file" full --json=/dev/full
that "a recording to a full file" full --record=/dev/full

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
