#!/usr/bin/env bash
# A collector that is away when tracing begins, and again in the middle: live connections, nothing dropped that has room,
# and with a small queue what is dropped is counted while the file beside it has all. Root.
. "$(dirname "$0")/../live/lib.sh"

proto=$("$top/tests/export/proto.sh")
export PYTHONPATH=$proto no_proxy=127.0.0.1
unset "${!OTEL_@}"
receiver=

# The port is taken inside the namespace of the lives: connections to it are traced too, and left out by --port.
receive() {
	nsenter --net="/run/netns/$alone" "$top/tests/export/otlp_receiver.py" 4318 "$work/$1" &
	receiver=$!
	until_true 20 test -e "$work/$1/ready" || fail "the receiver does not start"
}

end_receiver() {
	[ -z "$receiver" ] || { kill "$receiver" && wait "$receiver"; } 2> /dev/null || :
	receiver=
	rm -f "$work"/*/ready
}

traces() {
	jq -r '.resourceSpans[]?.scopeSpans[].spans[] | select(.name == "tcp connection").traceId' "$work/$1/bodies" 2> /dev/null | sort
}

has_traces() {
	[ "$(traces "$1" | wc -l)" -ge "$2" ]
}

ids() {
	jq -r 'select(.schema == "tcplife.connection").id' "$1" | sort
}

has_ids() {
	[ "$(ids "$work/file" | wc -l)" -ge "$1" ]
}

figures() {
	inside "$alone" curl -s "http://$served/metrics" | grep -F tcplife_export
}

# figure NAME VALUE: of the exporter of traces
figure() {
	local name=$1
	[[ $name = *"{"* ]] || name="$name{exporter=\"otlp_traces\"}"
	figures | grep -qxF "tcplife_export_$name $2"
}

make_netns alone
defer end_receiver
ports=4400-32767 # not the collector
served=127.0.0.1:4317
start_tracer away "$alone" --netns "$alone" --port "$ports" --otlp --prometheus="$served" --json="$work/file"
play "$alone" unread-close -n 200
for of in traces logs; do
	until_true 10 grep -q "v1/$of: .*records wait" "$work/away.err" || fail "the outage is not reported: $(cat "$work/away.err")"
done
until_true 10 figure queue_records 200 || fail "200 records wait, but $(figures)"
receive got
until_true 30 has_traces got 200 || fail "the 200 of before the receiver did not come: $(traces got | wc -l)"
until_true 10 figure queue_records 0 || fail "nothing waits, but $(figures)"
figure 'records_total{exporter="otlp_traces",outcome="ok"}' 200 || fail "200 were delivered, but $(figures)"
# Each tries again in its own time, up to 30 s after it failed.
until_true 60 grep -q "v1/logs: connected again" "$work/away.err" || fail "the return is not reported: $(cat "$work/away.err")"
end_receiver
play "$alone" unread-close -n 200
receive got
until_true 60 has_traces got 400 || fail "the 200 of meanwhile did not come: $(traces got | wc -l)"
stop_tracer away
[ "$(traces got)" = "$(ids "$work/file")" ] || fail "the traces are not those of the file"
[ ! -e "$work/got/problems" ] || fail "wrong bodies: $(cat "$work/got/problems")"
! grep -q dropped "$work/away.err" || fail "nothing was to be dropped: $(cat "$work/away.err")"
end_receiver

rm "$work/file"
# Every receiver is dead: each says what it lost, and the file has all.
start_tracer small "$alone" --netns "$alone" --port "$ports" --otlp --queue 64k --json="$work/file" \
	--json="unix:$work/nobody" --kafka 127.0.0.1:4319/tcp
play "$alone" unread-close -n 200
until_true 20 has_ids 200 || fail "the file waited for the collector"
stop_tracer small
expect_text "drops of traces are reported" "v1/traces: 200 of 200 records dropped .queue full: [1-9]" "$work/small.err"
expect_text "drops at the socket are reported" "unix:.*: 200 of 200 records dropped .queue full: [1-9]" "$work/small.err"
expect_text "drops at Kafka are reported" "kafka .*: 200 of 200 records dropped .queue full: [1-9]" "$work/small.err"
expect_text "drops of logs are reported" "v1/logs: 200 of 200 records dropped .queue full: [1-9]" "$work/small.err"
