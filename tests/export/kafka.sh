#!/usr/bin/env bash
# --kafka: every record of every story read back by kcat, with its key and headers; a broker that refuses, one that is not
# there, and options that are wrong. No root: recordings are replayed, the broker is librdkafka's mock.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh

command -v kcat > /dev/null || { echo "SKIP: kcat is missing (make deps)" >&2; exit 77; }
mkfifo "$work/commands"
"$OUT/tests/tools/kafka_mock" tcp < "$work/commands" > "$work/broker" &
receiver=$!
exec {commands}> "$work/commands"
until_true 20 grep -q : "$work/broker" || fatal "the mock broker does not start"
brokers=$(head -n 1 "$work/broker")

# consume FILE: all that the topic has, one JSON object a message
consume() {
	kcat -q -C -b "$brokers" -t tcp -o beginning -e -J > "$1" 2> "$work/kcat.err"
}

for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$OUT/tests/tools/events2rec" "$story" "$work/$name.rec"
	run "$program" -r "$work/$name.rec" --kafka "$brokers/tcp" --json="$work/$name.ndjson"
	expect "$name" "$status $(grep -c kafka "$work/stderr")" "0 0"
	cat "$work/$name.ndjson" >> "$work/all.ndjson"
done
consume "$work/messages"
expect "every record, in order" "$(jq -r .payload "$work/messages")" "$(cat "$work/all.ndjson")"
expect "the key is the id" "$(jq -r .key "$work/messages")" "$(jq -r .id "$work/all.ndjson")"
expect "headers" "$(jq -c .headers "$work/messages")" \
	"$(jq -c '["schema", .schema, "schema_version", .schema_version]' "$work/all.ndjson")"

# ---- rows: what -o rows writes, beside the records or alone

run "$program" -r "$work/both_ends.rec" --kafka "$brokers/rows" --kafka-format=rows -o rows="$work/rows"
expect "rows" "$status $(grep -c kafka "$work/stderr")" "0 0"
topic() {
	kcat -q -C -b "$brokers" -t "$1" -o beginning -e -J > "$work/messages" 2> "$work/kcat.err"
}
topic rows
expect "every row, in order" "$(jq -r .payload "$work/messages")" "$(cat "$work/rows")"
expect "a row's key is the id" "$(jq -r .key "$work/messages")" "$(jq -r .id "$work/rows")"
expect "a row's headers" "$(jq -c .headers "$work/messages" | sort -u)" '["schema","tcplife.row","schema_version","1.0"]'
run "$program" -r "$work/both_ends.rec" --kafka "$brokers/both" --kafka-format=both
topic both
expect "rows and records" "$(jq -r .payload "$work/messages")" "$(paste -d '\n' "$work/rows" "$work/both_ends.ndjson")"

# ---- a broker that refuses, a topic's worth of records counted; then it takes again

story=$work/both_ends.rec
records=$(grep -c . "$work/both_ends.ndjson")
echo "refuse 1" >&"$commands"
until_true 10 grep -q "done" "$work/broker" || fatal "the mock broker does not answer"
run "$program" -r "$story" --kafka "$brokers/tcp"
expect "status when refused" "$status" 0
expect_match "what was refused is reported" "$work/stderr" "kafka .*: $records of $records records dropped .queue full: 0, not delivered in time: $records"
run "$program" -r "$story" --kafka "$brokers/tcp" -X compression.type=none -X acks=all
expect "the next ones arrive" "$status $(grep -c dropped "$work/stderr")" "0 0"
consume "$work/messages"
expect "... and nothing else" "$(jq -r .payload "$work/messages" | wc -l)" "$(($(grep -c . "$work/all.ndjson") + records))"

# ---- nobody there

port=$(free_port)
begun=$SECONDS
run "$program" -r "$story" --kafka "127.0.0.1:$port/tcp" --json="$work/beside"
expect "status without a broker" "$status" 0
expect_match "what was not delivered is reported" "$work/stderr" "kafka 127.0.0.1:$port/tcp: $records of $records records dropped"
expect "the file beside has all" "$(cat "$work/beside")" "$(cat "$work/both_ends.ndjson")"
expect "it ended within its time" "$((SECONDS - begun < 10))" 1

# ---- what librdkafka does not know

run "$program" -r "$story" --kafka "$brokers/tcp" -X no.such.property=1
expect "status: no such property" "$status" 1
expect_match "no such property" "$work/stderr" 'kafka: no.such.property: no property that may be set here'
run "$program" -r "$story" --kafka "$brokers/tcp" -X linger.ms=soon
expect "status: no such value" "$status" 1
expect_match "no such value" "$work/stderr" 'kafka: linger.ms: Invalid value'
exec {commands}>&-
wait "$receiver"
expect "the broker ended well" "$?" 0
receiver=
finish
