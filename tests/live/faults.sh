#!/usr/bin/env bash
# Too much for the tracer: a stopped consumer, a tiny ring, a full table, under churn. What is recorded is true or says that
# it is incomplete, what is not recorded is counted and said.
. "$(dirname "$0")/lib.sh"

make_netns alone

# churn COUNT: connections on two ports at once, all closed by the client, in order.
churn() {
	local at players=()
	for at in 1 2; do
		inside "$alone" "$lives" play client-close --port $((port + at)) -n "$1" >> "$work/played.$at" &
		players+=($!)
	done
	for at in "${players[@]}"; do
		wait "$at" || fail "lives play"
	done
}

# stopped NAME COUNT ARGS...: a tracer that is stopped for at least five seconds while COUNT * 2 connections are played.
stopped() {
	local name=$1 count=$2 until=$((SECONDS + 6))
	shift 2
	rm -f "$work"/played*
	start_tracer "$name" "$alone" --netns "$alone" --json "$@"
	kill -STOP "${tracers[$name]}"
	churn "$count"
	until_true 10 test "$SECONDS" -ge "$until" || :
	while [ "$SECONDS" -lt "$until" ]; do churn 10; done
	kill -CONT "${tracers[$name]}"
	stop_tracer "$name"
	cat "$work"/played.* > "$work/played"
}

# Whoever says that nothing is missing tells what was played; nobody tells something that was not.
expect_honest() {
	expect_json "$1: complete records are true" '.complete == false or (.tcp.ending == "closed" and .tcp.ended_by == "client"
		and .handshake.status == "completed" and .teardown.initiator == "client")' <(records "$1")
	records "$1" | jq -r '"\(.client.port) \(.server.port)"' | sort > "$work/recorded"
	jq -r '"\(.client.port) \(.server.port)"' "$work/played" | sort > "$work/truth"
	[ -z "$(comm -23 <(uniq "$work/recorded") <(uniq "$work/truth"))" ] || fail "$1: tells of connections that never were"
}

# 5 s without a consumer fit into the ring as it is by default. Of so many connections the kernel may not have reported each
# step (lib.sh): then the record says that, and nothing else is missing.
stopped patient 300
expect_honest patient
expect_equal "patient: records" "$(wc -l < "$work/played")" "$(record_count patient)"
! grep -E '[1-9][0-9]* events? (was|were) lost' "$work/patient.err" >&2 || fail "patient: the ring had room"
expect_json "patient: nothing was lost" '.complete or .incomplete == "steps_missed"' <(records patient)
expect_json "patient: nearly all are whole" '.whole >= .all * 0.98' \
	<(records patient | jq -cs '{ all: length, whole: map(select(.complete)) | length }')

# They do not fit into 64 KiB.
stopped tiny 300 --buffer 64k --record "$work/tiny.rec"
expect_text "the loss is said" '[1-9][0-9]* events were lost' "$work/tiny.err"
expect_honest tiny
records tiny | jq -c 'select(.complete == false)' > "$work/incomplete"
[ -s "$work/incomplete" ] || fail "events were lost and no record says so"
echo "64k: $(wc -l < "$work/incomplete") of $(record_count tiny) records are marked incomplete, $(wc -l < "$work/played") connections were played"
"$tracer" --replay "$work/tiny.rec" --json > "$work/again.out" 2> "$work/again.err"
expect_text "the recording says the loss too" '[1-9][0-9]* events were lost' "$work/again.err"
expect_equal "a replay's records" "$(record_count again)" "$(record_count tiny)"

# Room for four connections: TIME_WAIT alone holds more.
rm -f "$work"/played*
start_tracer four "$alone" --netns "$alone" --json --max-connections 4
churn 50
stop_tracer four
cat "$work"/played.* > "$work/played"
expect_text "what was given up is said" '[1-9][0-9]* connections dropped, .*: the table was full' "$work/four.err"
expect_honest four
