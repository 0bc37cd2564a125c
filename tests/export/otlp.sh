#!/usr/bin/env bash
# --otlp against a receiver that parses every body with the official protos: what stands in spans and logs, what the
# environment asks for, and answers of every kind. No root: recordings are replayed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh

proto=$(tests/export/proto.sh) || exit $?
export PYTHONPATH=$proto
port=$(free_port)
url=http://127.0.0.1:$port

# receive NAME OPTION...: a receiver whose folder is $work/NAME
receive() {
	local name=$1
	shift
	tests/export/otlp_receiver.py "$port" "$work/$name" "$@" &
	receiver=$!
	until_true 20 test -e "$work/$name/ready" || fatal "the receiver does not start"
}

end_receiver() {
	kill "$receiver"
	wait "$receiver" 2> /dev/null
	receiver=
}

# spans NAME, logs NAME: all that came
spans() {
	jq -c '.resourceSpans[]?.scopeSpans[].spans[]' "$work/$1/bodies"
}

logs() {
	jq -c '.resourceLogs[]?.scopeLogs[].logRecords[]' "$work/$1/bodies"
}

# ---- each story: the same connections, the same records, the same times as --json

receive stories
for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$OUT/tests/tools/events2rec" "$story" "$work/$name.rec"
	run "$program" -r "$work/$name.rec" --otlp="$url" --json="$work/$name.ndjson"
	expect "$name" "$status $(grep -c 127.0.0.1 "$work/stderr")" "0 0"
	cat "$work/$name.ndjson" >> "$work/all.ndjson"
done
end_receiver
expect "no body is wrong" "$(cat "$work/stories/problems" 2> /dev/null)" ""
connections=$(jq -r 'select(.schema == "tcplife.connection").id' "$work/all.ndjson" | sort)
expect "a trace for each connection" "$(spans stories | jq -r 'select(.name == "tcp connection").traceId' | sort)" "$connections"
# Some stories share a connection.
uniq -u <<< "$connections" > "$work/once"
expect "no span twice" "$(spans stories | jq -r '[.traceId, .spanId] | @tsv' | sort | uniq -d | grep -F -f "$work/once")" ""
expect "each phase is a child of its trace's root" "$(spans stories | jq -rs '[.[] | select(.parentSpanId == null) | .traceId + .spanId] as $roots |
	.[] | select(.parentSpanId != null) | .traceId + .parentSpanId | select(IN($roots[]) | not)')" ""
expect "an end of a connection has spans of its own in the trace" "$(spans stories | jq -rs 'map(select(.parentSpanId == null)) |
	map(select((.kind == 3) != (.spanId == .traceId[:16]))) | .[0].name // empty')" ""
expect "each record as a log" "$(logs stories | jq -r .body.stringValue | sort)" "$(sort "$work/all.ndjson")"
# Phases that are over have spans, with the record's offsets: exact in nanoseconds, as strings.
spans stories | jq -r 'select(.name | startswith("tcp ")) | select(.name != "tcp connection") |
	[.traceId, .name[4:], .startTimeUnixNano[-9:], .endTimeUnixNano[-9:]] | @tsv' | sort > "$work/spans"
jq -r '. as $r | ["handshake", "established", "teardown", "time_wait"][] | . as $phase | $r[$phase] |
	select(.duration_ns != null and .offset_ns != null) | [$r.id, $phase] | @tsv' "$work/all.ndjson" | sort -u > "$work/phases"
expect "a span for each phase that is over" "$(cut -f 1-2 "$work/spans" | sort -u)" "$(cat "$work/phases")"
durations=$(jq -r '. as $r | .established | select(.duration_ns != null) | [$r.id, .duration_ns] | @tsv' "$work/all.ndjson" | sort)
expect "an established phase is as long as in the record" "$(spans stories | jq -r 'select(.name == "tcp established") |
	[.traceId, ((.endTimeUnixNano[-15:] | tonumber) - (.startTimeUnixNano[-15:] | tonumber) | if . < 0 then . + 1e15 else . end)] | @tsv' | sort)" "$durations"
expect "errors are those that failed" \
	"$(spans stories | jq -r 'select(.status.code == 2) | .traceId' | sort)" \
	"$(jq -r 'select(.tcp.ending | IN("reset", "refused", "unanswered", "unreachable", "no_local_port", "listener_overflow", "timed_out")).id' \
		"$work/all.ndjson" | sort)"
expect "bodies are packed" "$(sort -u "$work/stories/encodings")" gzip

# ---- events that --events leaves out, of spans as of records

receive all
run "$program" -r "$work/both_ends.rec" --otlp="$url"
end_receiver
receive none
run "$program" -r "$work/both_ends.rec" --otlp="$url" --events none
end_receiver
expect "no events, and all else" "$(spans none | sort)" "$(spans all | jq -c 'del(.events, .droppedEventsCount)' | sort)"
expect "logs have none, either" "$(logs none | jq -r .body.stringValue | grep -c '"events"')" 0

# ---- what the environment asks for

story=$work/both_ends.rec
receive env --header "X-Token=a b" --header "x-two=2"
run env OTEL_EXPORTER_OTLP_ENDPOINT="$url/" OTEL_EXPORTER_OTLP_HEADERS="x-token=a%20b, x-two=2" OTEL_SERVICE_NAME=edge \
	OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test,service.name=ignored,host.name=here" \
	OTEL_EXPORTER_OTLP_COMPRESSION=none OTEL_LOGS_EXPORTER=none "$program" -r "$story" --otlp
end_receiver
expect "endpoint and headers of the environment" "$(cat "$work/stderr" "$work/env/problems" 2> /dev/null)" ""
expect "no compression" "$(sort -u "$work/env/encodings")" none
expect "no logs" "$(cut -d ' ' -f 1 "$work/env/answers" | sort -u)" /v1/traces
expect "resource" "$(jq -r '.resourceSpans[0].resource.attributes | map("\(.key)=\(.value.stringValue)") | sort | join(" ")' "$work/env/bodies" | sort -u)" \
	"deployment.environment=test host.name=here service.name=edge service.version=$("$program" -V | cut -d ' ' -f 2)"
receive pods
run env OTEL_EXPORTER_OTLP_ENDPOINT="$url" OTEL_LOGS_EXPORTER=none OTEL_RESOURCE_ATTRIBUTES="k8s.pod.name=tracer-x,k8s.node.name=n1" \
	"$program" -r "$work/containers.rec" --otlp
end_receiver
expect "the resource is the connection's container, not the tracer's" \
	"$(jq -r '.resourceSpans[].resource.attributes | map("\(.key)=\(.value.stringValue)") | sort | join(" ")' "$work/pods/bodies" | sort -u)" \
	"container.id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef container.runtime=containerd host.name=storyhost k8s.container.name=nginx k8s.namespace.name=shop k8s.node.name=n1 k8s.pod.name=web-0 k8s.pod.uid=d9a1c2f0-3b5e-4f60-8c1d-0123456789ab service.name=tcplife-trace service.version=$("$program" -V | cut -d ' ' -f 2)"
receive own
run env OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="$url/v1/traces" OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_LOGS_EXPORTER=none \
	OTEL_EXPORTER_OTLP_PROTOCOL=grpc "$program" -r "$story" --otlp
end_receiver
expect "a signal's own endpoint is the whole URL" "$(cut -d ' ' -f 1-2 "$work/own/answers" | sort -u)" "/v1/traces 200"
expect_match "another protocol is not spoken" "$work/stderr" 'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not supported; http/json'

# ---- https, with a certificate that only OTEL_EXPORTER_OTLP_CERTIFICATE makes good

openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2> "$work/openssl.err" || fatal "openssl: $(cat "$work/openssl.err")"
cat "$work/key.pem" "$work/cert.pem" > "$work/tls.pem"
receive tls --tls "$work/tls.pem"
run env OTEL_EXPORTER_OTLP_CERTIFICATE="$work/cert.pem" "$program" -r "$story" --otlp="https://127.0.0.1:$port"
expect "https" "$status $(cat "$work/stderr")" "0 "
expect "traces and logs came" "$(cut -d ' ' -f 1-2 "$work/tls/answers" | sort -u | tr '\n' ' ')" "/v1/logs 200 /v1/traces 200 "
run env OTEL_LOGS_EXPORTER=none "$program" -r "$story" --otlp="https://127.0.0.1:$port"
expect_match "a certificate that nobody vouches for" "$work/stderr" "https://127.0.0.1:$port/v1/traces: .*certificate.*; records wait"
expect "... gets nothing" "$(grep -c . "$work/tls/answers")" 2
end_receiver

wrong() {
	local pattern=$1
	shift
	run env "$@"
	expect "status: $pattern" "$status" 1
	expect_match "wrong: $pattern" "$work/stderr" "$pattern"
}
wrong "OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' is not an http" OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317 "$program" -r "$story" --otlp
wrong "OTEL_EXPORTER_OTLP_TIMEOUT: '10s' is not accepted" OTEL_EXPORTER_OTLP_TIMEOUT=10s "$program" -r "$story" --otlp
wrong "OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' is not accepted" OTEL_EXPORTER_OTLP_COMPRESSION=zstd "$program" -r "$story" --otlp
wrong "OTEL_EXPORTER_OTLP_HEADERS: it takes key=value" OTEL_EXPORTER_OTLP_HEADERS=a "$program" -r "$story" --otlp
wrong "OTEL_EXPORTER_OTLP_HEADERS: it takes key=value" OTEL_EXPORTER_OTLP_HEADERS=a=b%0d%0ac:d "$program" -r "$story" --otlp
wrong "OTEL_RESOURCE_ATTRIBUTES: it takes" OTEL_RESOURCE_ATTRIBUTES==x "$program" -r "$story" --otlp
wrong "are both none" OTEL_TRACES_EXPORTER=none OTEL_LOGS_EXPORTER=none "$program" -r "$story" --otlp
run "$program" -r "$story" --otlp="http://user:secret@127.0.0.1:$port"
expect_match "a password is not shown" "$work/stderr" "http://127.0.0.1:$port/v1/traces: "
expect "... nowhere" "$(grep -c secret "$work/stderr")" 0
wrong "--otlp: 'ftp://x' is not an http or https URL" A=1 "$program" -r "$story" --otlp=ftp://x

# ---- answers: only some are tried again

# answer STATUSES EXPECTED-ANSWERS: traces alone, one batch
answer() {
	rm -rf "$work/answers"
	receive answers --answers "$1"
	run env OTEL_LOGS_EXPORTER=none "$program" -r "$story" --otlp="$url"
	end_receiver
	expect "status after $1" "$status" 0
	expect "answers $1" "$(cut -d ' ' -f 2 "$work/answers/answers" | tr '\n' ' ')" "$2"
}
records=$(grep -c . "$work/both_ends.ndjson")
for refused in 400 401 404 413 500; do
	answer $refused "$refused "
	expect_match "what was refused is reported" "$work/stderr" "$records of $records records dropped .queue full: 0, refused: $records"
	expect_match "... and why" "$work/stderr" "HTTP $refused: .*as the test"
	expect "... without the receiver's escapes" "$(grep -c $'\e' "$work/stderr")" 0
done
for later in 429 502 503 504; do
	answer $later "$later 200 "
	expect_match "that it waits is reported" "$work/stderr" "HTTP $later: .*; records wait"
	expect "... and nothing was dropped" "$(grep -c dropped "$work/stderr")" 0
done
answer 503:1,200 "503 200 "
expect "Retry-After is kept" "$(awk 'NR > 1 { print ($4 - last >= 0.99) } { last = $4 }' "$work/answers/answers")" 1

receive partial --reject 1
run env OTEL_LOGS_EXPORTER=none "$program" -r "$story" --otlp="$url"
end_receiver
expect_match "a partial success counts what was rejected" "$work/stderr" "1 of $records records dropped .*refused: 1,"
expect_match "... and tells the receiver's words" "$work/stderr" "no more today"

# ---- nobody there, nobody answers: the end comes all the same

begun=$SECONDS
run "$program" -r "$story" --otlp="$url" --json="$work/beside"
expect "status without a receiver" "$status" 0
expect_match "what was not delivered is reported" "$work/stderr" "v1/traces: $records of $records records dropped .*not sent before the end: $records"
expect_match "... of the logs too" "$work/stderr" "v1/logs: $records of $records records dropped"
expect "the file beside has all" "$(cat "$work/beside")" "$(cat "$work/both_ends.ndjson")"
receive silent --silent
run "$program" -r "$story" --otlp="$url"
kill -KILL "$receiver"
wait "$receiver" 2> /dev/null
expect "status with a silent receiver" "$status" 0
expect_match "silence is reported" "$work/stderr" "not sent before the end: $records"
expect "both ended within their time" "$((SECONDS - begun < 20))" 1
finish
