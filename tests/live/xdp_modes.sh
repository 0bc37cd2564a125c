#!/usr/bin/env bash
# Native XDP, generic XDP, and neither: the same lives give the same facts, and each segment once.
. "$(dirname "$0")/lib.sh"
need jq

# What must not depend on where segments are seen.
facts() {
	records "$1" | jq -S -c '[.tcp.ending, .tcp.close_form, .tcp.history, .handshake.evidence, (.time_wait // {}).side,
		[.events[] | select(.kind == "segment") | .side + " " + .flags]]' | sort
}

make_pair
for mode in off native generic; do
	: > "$work/played"
	start_tracer "$mode" "$near" --netns "$near" --xdp="$mode" --json --port "$port" -v
	play_across client-close 4 --port "$port"
	play_across linger-reset 6 --port "$port"
	stop_tracer "$mode"
	expect_lives "$mode"
done
expect_equal "native XDP's facts" "$(facts native)" "$(facts off)"
expect_equal "generic XDP's facts" "$(facts generic)" "$(facts off)"

make_netns alone
for mode in off generic; do
	: > "$work/played"
	start_tracer "lo-$mode" "$alone" --netns "$alone" --xdp="$mode" --json --port "$port"
	play "$alone" client-close --server 127.0.0.1 --port "$port"
	stop_tracer "lo-$mode"
	expect_lives "lo-$mode"
done
expect_equal "on lo, generic XDP's facts" "$(facts lo-generic)" "$(facts lo-off)"
