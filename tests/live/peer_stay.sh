#!/usr/bin/env bash
# What is still open when the tracer ends, with a peer made by hand.
. "$(dirname "$0")/lib.sh"

[ -e /dev/net/tun ] || skip "/dev/net/tun: there is no peer without it"
make_netns alone
mapfile -t lives < <(peers 4 open-end; peers 6 open-end)
mkfifo "$work/go"
inside "$alone" "$out/tests/tools/peer" play "${lives[@]}" < "$work/go" > "$work/played" &
player=$!
exec {go}> "$work/go"
until_true 10 device_is_up "$alone" || fail "peer makes no device"
start_tracer open "$alone" --netns "$alone" --json --whole
echo go >&"$go"
all_played() {
	[ "$(wc -l < "$work/played")" -eq ${#lives[@]} ]
}
until_true 20 all_played || fail "not all lives were played"
stop_tracer open
exec {go}>&-
wait "$player" || fail "peer ended with $?"
expect_lives open
