#!/usr/bin/env bash
# A Kafka broker that goes away while connections are made, and comes back: kcat reads every record. Root.
. "$(dirname "$0")/../live/lib.sh"
need kcat

make_netns alone
mkfifo "$work/commands"
nsenter --net="/run/netns/$alone" "$out/tests/tools/kafka_mock" tcp < "$work/commands" > "$work/broker" &
broker=$!
exec {commands}> "$work/commands"

end_broker() {
	exec {commands}>&-
	wait "$broker"
}
defer end_broker

has_answered() {
	[ "$(wc -l < "$work/broker")" -ge "$answers" ]
}

# tell COMMAND: returns when the broker has obeyed
tell() {
	answers=$(($(wc -l < "$work/broker") + 1))
	echo "$1" >&"$commands"
	until_true 10 has_answered || fail "the broker does not obey"
}

consume() {
	inside "$alone" kcat -q -C -b "$brokers" -t tcp -o beginning -e > "$work/messages" 2> "$work/kcat.err"
	jq -r 'select(.schema == "tcplife.connection").id' "$work/messages" | sort > "$work/ids"
	[ "$(wc -l < "$work/ids")" -ge "$1" ]
}

until_true 20 grep -q : "$work/broker" || fail "no mock broker"
brokers=$(head -n 1 "$work/broker")
start_tracer away "$alone" --netns "$alone" --port 1-32767 --kafka "$brokers/tcp" --json="$work/file"
play "$alone" unread-close -n 100
until_true 30 consume 100 || fail "the first 100 did not come: $(cat "$work/kcat.err" "$work/away.err")"
tell down
play "$alone" unread-close -n 100
until_true 30 grep -q "no broker can be reached" "$work/away.err" || fail "the outage is not reported: $(cat "$work/away.err")"
tell up
play "$alone" unread-close -n 100
until_true 60 consume 300 || fail "what came during the outage did not arrive: $(wc -l < "$work/ids") $(cat "$work/away.err")"
expect_text "the return is reported" "connected again" "$work/away.err"
stop_tracer away
consume 300
[ "$(cat "$work/ids")" = "$(jq -r 'select(.schema == "tcplife.connection").id' "$work/file" | sort)" ] || fail "kcat's records and the file's differ"
! grep -q dropped "$work/away.err" || fail "nothing was to be dropped: $(cat "$work/away.err")"
