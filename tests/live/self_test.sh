#!/usr/bin/env bash
# --self-test: finds that what it plays is recorded right, TIME_WAIT's length included; without a namespace of its own it says so
# and does with the loopback that there is; without privilege it says what to do.
. "$(dirname "$0")/lib.sh"
need setpriv

make_netns alone
cp "$tracer" "$work/tcplife-trace"
chmod 755 "$work"

"$tracer" --self-test > "$work/full" 2> "$work/full.err" &
full=$!
status=0
inside "$alone" "$tracer" --self-test=quick > "$work/quick" 2> "$work/quick.err" || status=$?
expect_equal "quick: status" "$status" 0
expect_text "the hooks are listed" '^state changes +[a-z]' "$work/quick"
expect_equal "connections recorded right" "$(grep -c '^  right  ' "$work/quick")" 5
expect_text "TIME_WAIT was not waited for" 'not waited for' "$work/quick"

# as_nobody CAPABILITIES: the quick one.
as_nobody() {
	status=0
	inside "$alone" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="-all$1" --ambient-caps="-all$1" \
		--bounding-set="-all$1" "$work/tcplife-trace" --self-test=quick > "$work/nobody" 2> "$work/nobody.err" || status=$?
}
as_nobody ,+bpf,+perfmon,+net_admin
expect_equal "no namespace of its own: status" "$status" 0
expect_text "no namespace of its own: the reason" "own loopback, since a network namespace was refused: Operation not permitted" "$work/nobody"
expect_equal "no namespace of its own: connections recorded right" "$(grep -c '^  right  ' "$work/nobody")" 4
as_nobody ""
expect_equal "no privilege: status" "$status" 77
expect_text "no privilege: the remedy" 'CAP_BPF' "$work/nobody.err"

status=0
wait $full || status=$?
expect_equal "status: $(cat "$work/full" "$work/full.err")" "$status" 0
expect_text "TIME_WAIT was measured" '^  right  TIME_WAIT to its end +lasted 6[0-7]\.[0-9] s' "$work/full"
