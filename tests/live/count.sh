#!/usr/bin/env bash
# The promise of the issue: `--json --port 8080 -c 2` gives two valid records for two curls, nothing for port 8081;
# over a veth pair and over lo.
. "$(dirname "$0")/lib.sh"
need curl python3

make_pair
for at in 8080 8081; do
	(cd "$work" && exec nsenter --net="/run/netns/$far" python3 -m http.server "$at" > "$work/http.$at" 2>&1) &
	defer kill $!
	until_true 10 inside "$near" curl -so /dev/null "http://$far4:$at/" || fail "the server on port $at does not answer"
done

# curls NAME NETNS ADDRESS
curls() {
	start_tracer "$1" "$2" --netns "$2" --json --port 8080 -c 2
	for at in 8081 8080 8081 8080; do
		inside "$2" curl -so /dev/null "http://$3:$at/"
	done
	end_tracer "$1" 10
	expect_equal "$1: exit status after -c 2" "$status" 0
	expect_equal "$1: lines" "$(wc -l < "$work/$1.out")" 2
	expect_json "$1: records of curl" \
		'.server.port == 8080 and .client.process.opener.name == "curl" and .tcp.ending == "closed" and .complete' "$work/$1.out"
	"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/$1.out"
}

curls veth "$near" "$far4"
curls lo "$far" 127.0.0.1
expect_json "lo: curl and its server are one connection" '.role == "both"' "$work/lo.out"
