#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# A real Prometheus scrapes the live tracer; what it answers to a query is what was done here. Root: a network namespace.
. "$(dirname "$0")/../live/lib.sh"
need prometheus curl

make_netns alone
listen=127.0.0.1:$((port + 90)) served=127.0.0.1:$((port + 91))
start_tracer metrics "$alone" --netns "$alone" --prometheus="$served" --metrics-ports "$port" --json
cat > "$work/prometheus.yml" <<- CONFIG
	global: {scrape_interval: 1s}
	scrape_configs: [{job_name: tcplife, static_configs: [{targets: ["$served"]}]}]
CONFIG
inside "$alone" prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address="$listen" --log.level=warn > "$work/prometheus.log" 2>&1 &
prometheus=$!
defer kill "$prometheus"

# query PROMQL: its only value, or nothing
query() {
	inside "$alone" curl -sf -G "http://$listen/api/v1/query" --data-urlencode "query=$1" | jq -r '.data.result[0].value[1] // empty'
}

# answers PROMQL VALUE
answers() {
	[ "$(query "$1")" = "$2" ]
}

until_true 30 answers 'up{job="tcplife"}' 1 || fail "Prometheus does not reach the tracer: $(cat "$work/prometheus.log")"
closed="sum(tcplife_connections_closed_total{port=\"$port\"})"
expect_equal "nothing was done yet" "$(query "$closed")" ""
for _ in {1..7}; do
	play "$alone" client-close --port "$port"
done
for _ in {1..2}; do
	play "$alone" refused --port "$port"
done
until_true 20 answers "$closed" 9 || fail "9 connections were made, Prometheus says $(query "$closed")"
expect_equal "refused" "$(query "sum(tcplife_handshake_failures_total{port=\"$port\",reason=\"refused\"})")" 2
expect_equal "handshakes" "$(query "sum(tcplife_handshake_duration_seconds_count{port=\"$port\"})")" 7
expect_equal "the client closed first" "$(query "tcplife_closed_first_total{port=\"$port\",side=\"client\"}")" 7
until_true 20 answers "tcplife_connections{state=\"time_wait\"} >= bool 7" 1 || fail "TIME_WAITs: $(query 'tcplife_connections{state="time_wait"}')"
# shellcheck disable=SC2016 # awk's
range=$(inside "$alone" awk '{ print $2 - $1 + 1 }' /proc/sys/net/ipv4/ip_local_port_range)
expect_equal "local ports" "$(query tcplife_local_ports_available)" "$range"
expect_equal "nothing was lost" "$(query 'sum(tcplife_events_lost_total)')" 0
stop_tracer metrics
expect_equal "records beside it" "$(records metrics | jq -c "select(.server.port == $port)" | wc -l)" 9
