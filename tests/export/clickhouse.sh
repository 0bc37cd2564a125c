#!/usr/bin/env bash
# ClickHouse takes the flattened records of all stories and answers the shipped queries as jq does. No root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh
. tests/export/store.sh

for tool in clickhouse-server clickhouse-client jq; do
	command -v $tool > /dev/null || { echo "SKIP: $tool is missing" >&2; exit 77; }
done
assets=src/assets/clickhouse
start_clickhouse "$(free_port)" "$(free_port_from 1)"

for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$OUT/tests/tools/events2rec" "$story" "$work/$name.rec"
	run "$program" -r "$work/$name.rec" --json
	cat "$work/stdout" >> "$work/all.ndjson"
done
expect "the tables are made" "$(ask --multiquery < $assets/table.sql)$(cat "$work/client.err")" ""
for table in connections time_waits; do
	jq -c --arg table $table -f $assets/flatten.jq "$work/all.ndjson" > "$work/$table"
	expect "$table are taken" "$(ask --query "INSERT INTO tcplife_$table FORMAT JSONEachRow" < "$work/$table")$(cat "$work/client.err")" ""
done

# jq's answers over the records themselves; only(SCHEMA) are those of one kind.
kinds='def only(name): map(select(.schema == "tcplife." + name)); '
by_jq() {
	jq -rs "$kinds $1" "$work/all.ndjson" | sort
}
expect "all connections, with all digits" \
	"$(ask --query "SELECT id, toString(start_time), start_ns, duration_ns, server_port, ending FROM tcplife_connections" | sort)" \
	"$(by_jq 'only("connection")[] | [.id, (.start_time[0:10] + " " + .start_time[11:19]), (.start_time[20:29] | tonumber),
		.duration_ns // 0, .server.port, .tcp.ending] | @tsv')"

# question NAME: the query of that name in queries.sql
question() {
	sed -n "/^-- $1: /,/;\$/p" $assets/queries.sql | grep -v '^--'
}
answer() {
	ask --query "$(question "$1" | tr '\n' ' ' | tr -d ';')" | sort
}
expect "all questions are asked here" "$(sed -n 's/^-- \([a-z_]*\): .*/\1/p' $assets/queries.sql | tr '\n' ' ')" \
	"services endings failures time_waits first_closers slow_closers "
expect "they run as one file" "$(ask --multiquery < $assets/queries.sql | wc -l)" \
	"$(for name in services endings failures time_waits first_closers slow_closers; do answer $name; done | wc -l)"
expect "services" "$(answer services | cut -f 1-3)" \
	"$(by_jq 'only("connection") | group_by(.server.port)[] | [.[0].server.port, length,
		(map(select(.handshake.status != null and .handshake.status != "completed")) | length)] | @tsv')"
expect "endings" "$(answer endings)" \
	"$(by_jq 'only("connection") | group_by([.tcp.ending, .tcp.ended_by])[] | [.[0].tcp.ending, .[0].tcp.ended_by, length] | @tsv')"
expect "failures" "$(answer failures | cut -f 1-5)" \
	"$(by_jq 'only("connection") | map(select((.handshake.status // "") | IN("completed", "in_progress", "") | not))
		| group_by([.client.address, .server.address, .server.port, .handshake.status])[]
		| [.[0].client.address, .[0].server.address, .[0].server.port, .[0].handshake.status, length] | @tsv')"
expect "failures come with a verdict" "$(answer failures | cut -f 6 | grep -c .)" "$(answer failures | grep -c .)"
expect "TIME_WAITs" "$(answer time_waits | cut -f 1-2)" \
	"$(by_jq 'only("time_wait") | map(select(.time_wait)) | group_by(.time_wait.exit)[] | [.[0].time_wait.exit, length] | @tsv')"
expect "who closes first" "$(answer first_closers)" \
	"$(by_jq 'only("connection") | map(select(.teardown.initiator)) | group_by([.server.port, .teardown.initiator])[]
		| [.[0].server.port, .[0].teardown.initiator, length] | @tsv')"
expect "someone is slow to close" "$(($(answer slow_closers | wc -l) > 0))" 1
finish
