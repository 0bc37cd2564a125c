#!/usr/bin/env bash
# --clickhouse: the rows of all stories are in the table, whole; a wrong password, a missing table, a server that is away or
# answers nonsense. Then fleet.sql merges both ends, and the questions of fleet_queries.sql find what was put there. No root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh
. tests/export/store.sh

for tool in clickhouse-server clickhouse-client jq; do
	command -v $tool > /dev/null || { echo "SKIP: $tool is missing" >&2; exit 77; }
done
assets=src/assets/clickhouse
start_clickhouse "$(free_port)" "$(free_port_from 1)"
url=http://127.0.0.1:$clickhouse_port

for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$OUT/tests/tools/events2rec" "$story" "$work/$name.rec"
	run "$program" -r "$work/$name.rec" --clickhouse "$url/default" --clickhouse-tables -o rows="$work/rows"
	expect "$name" "$status $(grep -c clickhouse "$work/stderr")" "0 0"
	cat "$work/rows" >> "$work/all.rows"
done
# As many rows as are of different connections, hosts and kinds: stories share some.
distinct=$(jq -r '[.server_port, .id, .host, .kind] | @tsv' "$work/all.rows" | sort -u | wc -l)
expect "all rows" "$(ask --query "SELECT uniqExact(server_port, id, host, kind) FROM tcplife_rows")" "$distinct"
columns=$(sed -n 's/^\t\(.*\)/\1/p' $assets/rows.sql | tr ',' '\n' | awk '!/MATERIALIZED/ && NF == 2 { print $1 }')
expect "the table has a column for each name in a row" "$(jq -r 'keys[]' "$work/all.rows" | sort -u | comm -23 - <(sort <<< "$columns"))" ""
# Every value of one story, as it was written, in a database of its own.
ask --query "CREATE DATABASE one"
run "$program" -r "$work/four_way.rec" --clickhouse "$url/one" --clickhouse-tables -o rows="$work/rows"
expect "every value arrives" \
	"$(ask --query "SELECT * FROM one.tcplife_rows FORMAT JSONEachRow" | jq -cS 'map_values(select(. != "" and . != 0 and . != "0") | tostring)' | sort)" \
	"$(jq -cS 'map_values(tostring)' "$work/rows" | sort)"
run "$program" -r "$work/four_way.rec" --clickhouse "$url/default"
# Merging goes on in the background; FINAL reads as if it were done.
expect "what comes twice is merged away" "$(ask --query "SELECT count() FROM tcplife_rows FINAL")" "$distinct"

# ---- credentials

CLICKHOUSE_USER=agent CLICKHOUSE_PASSWORD=secret run "$program" -r "$work/four_way.rec" --clickhouse "$url"
expect "a password" "$status $(grep -c clickhouse "$work/stderr")" "0 0"
echo secret > "$work/password"
CLICKHOUSE_USER=agent CLICKHOUSE_PASSWORD_FILE=$work/password run "$program" -r "$work/four_way.rec" --clickhouse "$url"
expect "a password in a file" "$status $(grep -c dropped "$work/stderr")" "0 0"
rows=$(jq -s length "$work/rows")
CLICKHOUSE_USER=agent CLICKHOUSE_PASSWORD=wrong run "$program" -r "$work/four_way.rec" --clickhouse "$url/?password2="
expect_match "a wrong password is reported" "$work/stderr" "$url/: $rows rows? refused|$url/: $rows records? refused by the receiver and dropped: HTTP [45]"
expect "... and not printed" "$(grep -c 'wrong' "$work/stderr")" 0
CLICKHOUSE_PASSWORD_FILE=$work/nowhere run "$program" -r "$work/four_way.rec" --clickhouse "$url"
expect_match "no such file" "$work/stderr" "CLICKHOUSE_PASSWORD_FILE: cannot read"
expect "... ends it" "$status" 1

# ---- servers that do not take it

ask --query "CREATE DATABASE empty"
run "$program" -r "$work/four_way.rec" --clickhouse "$url/empty"
expect_match "no table" "$work/stderr" "$url/empty: $rows records? refused by the receiver and dropped: HTTP 404: Code: 60"
run "$program" -r "$work/four_way.rec" --clickhouse "http://127.0.0.1:$(free_port_from 2)"
expect_match "nobody there" "$work/stderr" "$rows of $rows records dropped .queue full: 0, refused: 0, not sent before the end: $rows"
run "$program" -r "$work/four_way.rec" --clickhouse "http://127.0.0.1:$clickhouse_tcp"
expect_match "another protocol's port" "$work/stderr" "$rows of $rows records dropped"
run "$program" -r "$work/four_way.rec" --clickhouse "http://127.0.0.1:$(free_port_from 2)" --clickhouse-tables
expect "tables cannot be made" "$status" 1
for bad in "localhost:8123" "http://h/a/b" "http://h/a-b" "http://h/a#b" ""; do
	run "$program" -r "$work/four_way.rec" --clickhouse "$bad"
	expect_match "not accepted: '$bad'" "$work/stderr" "--clickhouse: '$bad' is not accepted"
done

# ---- both ends, and the questions

ask --query "CREATE DATABASE fleet"
in_fleet() {
	ask --database fleet "$@"
}
expect "fleet.sql" "$(in_fleet --multiquery < $assets/rows.sql)$(in_fleet --multiquery < $assets/fleet.sql)$(cat "$work/client.err")" ""
# Ten connections of alpha's to beta's port 80, beta's clock 5 s ahead, 1 ms each way; #3 lost a SYN, #4 got a RST that beta did not
# send, #5 was forgotten by the path, #6's other half is missing.
python3 - > "$work/fleet.rows" << 'PY'
import json
MS, S = 10**6, 10**9
for i in range(10):
    start = 1_800_000_000 * S + i * S
    row = dict(kind="connection", weight=1, id=f"{i:032x}", client="10.0.0.1", client_port=40000 + i, server="10.0.0.2", server_port=80,
               ending="closed", duration_ns=9 * MS, syns=1, synacks=1)
    a = dict(row, host="alpha", role="client", start_ns=start, syn_after_ns=1000, synack_after_ns=2 * MS + 50_000, c_bytes=100)
    b = dict(row, host="beta", role="server", start_ns=start + 5 * S + MS + 1000, synack_after_ns=50_000, accept_ns=(i + 1) * MS, process="nginx")
    if i == 3:
        a.update(syns=2)
    if i == 4:
        a.update(ending="reset", s_rsts=1)
    if i == 5:
        a.update(ending="timed_out", duration_ns=350 * S)
    print(json.dumps(a))
    if i != 6:
        print(json.dumps(b))
    if i == 7:
        print(json.dumps(b))  # sent twice
    print(json.dumps(dict(kind="time_wait", host="alpha", weight=10, id=f"{i:032x}", role="client", start_ns=start, client="10.0.0.1",
                          server="10.0.0.2", server_port=80, time_wait="client", time_wait_exit="expired", time_wait_ns=60 * S + i)))
PY
expect "the rows are taken" "$(in_fleet --query "INSERT INTO tcplife_rows FORMAT JSONEachRow" < "$work/fleet.rows")$(cat "$work/client.err")" ""
in_fleet --query "OPTIMIZE TABLE tcplife_rows FINAL"

answer() {
	in_fleet --query "$(sed -n "/^-- $1: /,/;\$/p" $assets/fleet_queries.sql | grep -v '^--' | tr '\n' ' ' | tr -d ';')" | tr '\t' ' '
	cat "$work/client.err"
}
questions="syns_lost injected_resets idle_timeouts half_missing clocks services time_waits slow_accepts"
expect "all questions are asked here" "$(sed -n 's/^-- \([a-z_]*\): .*/\1/p' $assets/fleet_queries.sql | tr '\n' ' ')" "$questions "
expect "syns_lost" "$(answer syns_lost)" "alpha beta 1 1"
expect "injected_resets" "$(answer injected_resets)" "alpha beta 80 1"
expect "idle_timeouts" "$(answer idle_timeouts)" "80 1 350000000000"
expect "half_missing" "$(answer half_missing)" "alpha 80 1"
expect "clocks" "$(answer clocks)" "alpha beta 30000000 2000000 5000000000"
expect "services" "$(answer services)" "80 30000000 9 0 0 0"
expect "time_waits" "$(answer time_waits)" "alpha expired 100 60000000009"
expect "slow_accepts" "$(answer slow_accepts)" "beta nginx 80 10000000"
finish
