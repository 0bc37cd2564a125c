#!/usr/bin/env bash
# Alert rules and dashboard: promtool reads every expression, the alerts fire when they should, and each metric and label
# that they name is one that /metrics serves. No root.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/export/lib.sh

for tool in promtool jq curl; do
	command -v $tool > /dev/null || { echo "SKIP: $tool is missing (make deps)" >&2; exit 77; }
done
rules=src/assets/prometheus/tcplife.rules.yml
board=src/assets/grafana/tcplife.json

cp $rules tests/export/alerts_test.yml "$work"
run promtool check rules "$work/tcplife.rules.yml"
expect "the rules are read: $(cat "$work/stderr")" "$status" 0
run promtool test rules "$work/alerts_test.yml"
expect "the alerts fire when they should: $(cat "$work/stdout" "$work/stderr")" "$status" 0
expect "each alert is tested" "$(sed -n 's/.*alertname: \([A-Za-z]*\).*/\1/p' tests/export/alerts_test.yml | sort -u)" \
	"$(sed -n 's/.*- alert: //p' $rules | sort)"

# The dashboard's expressions as rules, with Grafana's variables filled in.
jq -r '.panels[].targets[]?.expr' $board > "$work/expressions"
expect "the dashboard asks something" "$(($(wc -l < "$work/expressions") > 20))" 1
{
	echo 'groups: [{name: board, rules: ['
	sed "s/\$__rate_interval/5m/g; s/\$\(host\|port\|namespace\)\>/.*/g" "$work/expressions" | jq -R '{record: "x", expr: .}' | sed '$!s/^}$/},/'
	echo ']}]'
} > "$work/board.yml"
run promtool check rules --lint=none "$work/board.yml"
expect "the dashboard's expressions are read: $(cat "$work/stderr")" "$status" 0
expect "variables that are asked for and not there" "$(grep -oE '\$[a-z]+' "$work/expressions" | sort -u |
	comm -23 - <(jq -r '.templating.list[].name | "$" + .' $board | sort -u))" ""
expect "no panel comes twice" "$(jq -r '.panels[].id' $board | sort | uniq -d)" ""
expect "no panel lies on another" "$(jq -r '[.panels[].gridPos | {y: range(.y; .y + .h), x: range(.x; .x + .w)} | "\(.y),\(.x)"]
	| group_by(.)[] | select(length > 1) | .[0]' $board)" ""
expect "each panel is explained" "$(jq -r '.panels[] | select(.type != "row" and (.description // "") == "") | .title' $board)" ""

# What is really served: stories are replayed and the input is held open. The socket has no listener: its figures count.
port=$(free_port)
mkfifo "$work/records"
"$OUT/tests/tools/events2rec" tests/cases/both_ends.events "$work/story.rec"
"$program" -r - --prometheus="127.0.0.1:$port" --json="unix:$work/nobody" < "$work/records" > /dev/null 2> "$work/served.err" &
receiver=$!
exec {hold}> "$work/records"
cat "$work/story.rec" >&"$hold"
served() {
	curl -sf "http://127.0.0.1:$port/metrics" > "$work/metrics"
}
until_true 20 served || fatal "nothing is served: $(cat "$work/served.err")"
exec {hold}>&-
{
	cat "$work/expressions"
	sed -n '/expr:/,/for:\|labels:/p' $rules
} > "$work/asked"
# Of a story's host it is not known how many ports it has; the source says that this one is served where it is.
{
	sed -n 's/^\(tcplife_[a-z_]*\).*/\1/p' "$work/metrics"
	grep -o '"tcplife_local_ports_available"' src/sink/prometheus.c | tr -d '"'
} | sort -u > "$work/names"
expect "metrics that are asked for and not served" \
	"$(grep -oE 'tcplife_[a-z_]+' "$work/asked" | sort -u | comm -23 - "$work/names")" ""
grep -oE '[a-z_]+="' "$work/metrics" | tr -d '="' | sort -u > "$work/labels"
printf '%s\n' instance job >> "$work/labels"
expect "labels that are asked for and not served" \
	"$(grep -oE '(by|without|ignoring|on) \([a-z_, ]*\)' "$work/asked" | sed 's/.*(//' | tr -d ' )' | tr ',' '\n' | grep . | grep -vx port | sort -u |
		comm -23 - <(sort -u "$work/labels"))" ""
finish
