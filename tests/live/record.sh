#!/usr/bin/env bash
# A replay reports byte for byte what was reported live, in every view; kill -9 costs at most a second; a full disk costs
# the recording from there on and nothing else.
. "$(dirname "$0")/lib.sh"

need mount
make_netns alone
ports=$port-$((port + 99))
views=("--json" "--json --whole" "-o table" "--timeline --whole" "--explain --whole")

replayed() {
	local name=$1
	shift
	"$tracer" --replay "$work/$name.tlt" --port "$ports" "$@" > "$work/$name.replayed" 2> "$work/$name.replayed.err"
}

# ---- the same output

export COLUMNS=120 NO_COLOR=1 TZ=UTC
for i in "${!views[@]}"; do
	# shellcheck disable=SC2086 # several words
	start_tracer "view$i" "$alone" --netns "$alone" --port "$ports" --record "$work/view$i.tlt" ${views[$i]}
done
start_tracer drawn "$alone" --netns "$alone" --port "$ports" --timeline
n=0
for life in client-close server-close close-at-once half-close self-connect linger-reset unread-close refused tw-reopened; do
	play "$alone" "$life" --port $((port + n))
	n=$((n + 1))
done
# At the close, not when TIME_WAIT is over.
until_true 20 grep -q 'time_wait .*running' "$work/drawn.out" || fail "--timeline does not draw at the close: $(cat "$work/drawn.out")"
stop_tracer drawn
for i in "${!views[@]}"; do
	stop_tracer "view$i"
	# shellcheck disable=SC2086
	replayed "view$i" ${views[$i]}
	[ -s "$work/view$i.out" ] || fail "${views[$i]} reported nothing"
	# What to do about it on this host is not said elsewhere, where a recording may be read.
	sed -i '/^  Advice: /d' "$work/view$i.out" "$work/view$i.replayed"
	cmp "$work/view$i.out" "$work/view$i.replayed" || fail "${views[$i]}: the replay differs: $(diff "$work/view$i.out" "$work/view$i.replayed" | head -20)"
	echo "${views[$i]}: $(wc -l < "$work/view$i.out") lines, replayed the same"
done
"$tracer" -v --replay "$work/view0.tlt" -o summary > "$work/origin" 2>&1 || fail "-v --replay: $(cat "$work/origin")"
grep -q "Linux $(uname -r), with .*inet_sock_set_state" "$work/origin" ||
	fail "the recording does not say what it was made with"

# ---- kill -9

start_tracer killed "$alone" --netns "$alone" --port "$ports" --json --record "$work/killed.tlt"
play "$alone" client-close --port $((port + 50))
sleep 1 # what is older than this must be in the file
kill -KILL "${tracers[killed]}"
wait "${tracers[killed]}" 2> /dev/null || :
unset "tracers[killed]"
replayed killed --json || fail "the recording of a killed tracer: $(cat "$work/killed.replayed.err")"
if ! grep -q '"ending":"closed"' "$work/killed.replayed"; then
	# A tracer that got no CPU for half a second cannot write either.
	echo "AGAIN: what was 1 s old when the tracer was killed is not in its recording" >&2
	exit 75
fi

# ---- a full disk

mkdir "$work/small"
mount -t tmpfs -o size=16k tmpfs "$work/small"
defer umount "$work/small"
start_tracer full "$alone" --netns "$alone" --port "$ports" --json --record "$work/small/full.tlt"
is_full() {
	grep -q 'full.tlt: output is incomplete: No space left' "$work/full.err"
}
for i in {1..40}; do
	play "$alone" client-close --port $((port + 60)) -n 100 > /dev/null
	! is_full || break
done
until_true 5 is_full || fail "16 KiB were not filled: $(ls -l "$work/small")"
play "$alone" refused --port $((port + 70))
kill -INT "${tracers[full]}"
end_tracer full 20
expect_equal "exit status after a full disk" "$status" 1
expect_text "what was missed" 'output record: at least [0-9]+ records' "$work/full.err"
expect_text "the other output goes on" '"ending":"refused"' "$work/full.out"
cp "$work/small/full.tlt" "$work/full.tlt"
replayed full --json || fail "a recording that was cut short by a full disk: $(cat "$work/full.replayed.err")"
expect_equal "what is said of a recording that ends with a whole frame" "$(cat "$work/full.replayed.err")" ""
whole=$(grep -c '"ending":"closed"' "$work/full.replayed")
[ "$whole" -ge 10 ] || fail "only $whole connections are in a recording of 16 KiB"
grep -m "$((whole - 1))" '"ending":"closed"' "$work/full.replayed" > "$work/kept"
grep '"schema":"tcplife.connection"' "$work/full.out" | grep -Fxc -f "$work/kept" > "$work/same" || :
expect_equal "records of the recording that were reported live too" "$(cat "$work/same")" "$((whole - 1))"
echo "a full disk: $whole connections kept, all reported live"
