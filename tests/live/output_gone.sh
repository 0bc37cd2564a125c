#!/usr/bin/env bash
# Output that is taken away: a closed pipe ends the tracer quietly, a full disk with a message and status 1.
. "$(dirname "$0")/lib.sh"

make_netns alone
mkfifo "$work/pipe"
head -n 1 < "$work/pipe" > "$work/first" &
reader=$!
nsenter --net="/run/netns/$alone" "$tracer" --netns "$alone" --json > "$work/pipe" 2> "$work/epipe.err" &
tracers[epipe]=$!
defer kill_tracer epipe
until_true 20 ready epipe || fail "not ready: $(cat "$work/epipe.err")"
play "$alone" client-close
wait "$reader"
for at in 1 2 3 4 5; do
	gone "${tracers[epipe]}" || play "$alone" client-close
	until_true 1 gone "${tracers[epipe]}" || echo "alive after connection $at" >&2
done
end_tracer epipe 1
expect_equal "status after EPIPE" "$status" 0
expect_json "the line that was read" '.schema == "tcplife.connection"' "$work/first"
! grep -iE 'pipe|error' "$work/epipe.err" || fail "EPIPE is no news"

mkdir "$work/small"
mount -t tmpfs -o size=16k tmpfs "$work/small" || skip "tmpfs cannot be mounted"
defer umount "$work/small"
for sink in --json= --record=; do
	: > "$work/played"
	start_tracer full "$alone" --netns "$alone" "$sink$work/small/file"
	for at in $(seq 20); do
		gone "${tracers[full]}" || play "$alone" client-close -n 10
	done
	end_tracer full 10
	expect_equal "status with a full disk ($sink)" "$status" 1
	expect_text "the message names the file and the cause" "small/file.*No space left" "$work/full.err"
	rm "$work/small/file"
done
