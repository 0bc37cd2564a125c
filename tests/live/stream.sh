#!/usr/bin/env bash
# --json=unix: a listener that comes late, goes away and comes back, or never reads; and --json=FILE under log rotation.
# Whatever the listener does, the file beside it has every record.
. "$(dirname "$0")/lib.sh"
need python3

receiver=$top/tests/export/receiver.py
listener=

listen() {
	"$receiver" "$work/socket" "$@" &
	listener=$!
	defer end_listener
}

end_listener() {
	[ -z "$listener" ] || { kill "$listener" && wait "$listener"; } 2> /dev/null || :
	listener=
}

ids() {
	jq -r 'select(.schema == "tcplife.connection").id' "$@" | sort
}

has_lines() {
	[ -e "$1" ] && [ "$(ids "$1" | wc -l)" -ge "$2" ]
}

make_netns alone
start_tracer late "$alone" --netns "$alone" --json="unix:$work/socket" --json="$work/file"
play "$alone" client-close -n 20
until_true 10 grep -q "records wait" "$work/late.err" || fail "the outage is not reported: $(cat "$work/late.err")"
listen "$work/got"
until_true 20 has_lines "$work/got" 20 || fail "the 20 of before the listener did not come"
end_listener
play "$alone" client-close -n 20
rm "$work/socket"
listen "$work/got"
until_true 20 has_lines "$work/got" 40 || fail "the 20 between two listeners did not come"

mv "$work/file" "$work/file.1"
kill -HUP "${tracers[late]}"
until_true 10 test -e "$work/file" || fail "SIGHUP makes no new file"
play "$alone" client-close -n 20
stop_tracer late
end_listener
expect_equal "records in both files" "$(ids "$work/file" "$work/file.1" | uniq | wc -l)" 60
expect_equal "records after the rotation" "$(ids "$work/file" | wc -l)" 20
[ "$(ids "$work/got")" = "$(ids "$work/file" "$work/file.1")" ] || fail "the listener and the files differ"
! grep -q dropped "$work/late.err" || fail "nothing was dropped: $(cat "$work/late.err")"

# 64 KiB in the queue, about 200 in the socket: the rest of 1000 records of 4 KiB is dropped, and the tracer goes on.
rm -f "$work/socket" "$work/file"
listen "$work/nothing" --deaf
until_true 10 test -S "$work/socket" || fail "no listener"
start_tracer deaf "$alone" --netns "$alone" --queue 64k --json="unix:$work/socket" --json="$work/file"
play "$alone" unread-close -n 1000
until_true 20 has_lines "$work/file" 1000 || fail "the file waited for the listener: $(wc -l < "$work/file") records"
stop_tracer deaf
records=$(wc -l < "$work/file")
expect_text "drops are reported" "of $records records dropped .queue full: [1-9].* not sent before the end: [1-9]" "$work/deaf.err"
sed -n 's/^tcplife-trace: unix.*records dropped/&/p' "$work/deaf.err"
