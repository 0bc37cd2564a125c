#!/usr/bin/env bash
# The promise of the issue: `--json --port 8080 -c 2` gives two valid records for two curls, nothing for port 8081.
. "$(dirname "$0")/lib.sh"
need curl python3

make_pair
for at in 8080 8081; do
	(cd "$work" && exec nsenter --net="/run/netns/$far" python3 -m http.server "$at" > "$work/http.$at" 2>&1) &
	defer kill $!
	until_true 10 inside "$near" curl -so /dev/null "http://$far4:$at/" || fail "the server on port $at does not answer"
done
start_tracer curls "$near" --netns "$near" --json --port 8080 -c 2
for at in 8081 8080 8081 8080; do
	inside "$near" curl -so /dev/null "http://$far4:$at/"
done
end_tracer curls 10
expect_equal "exit status after -c 2" "$status" 0
expect_equal "lines" "$(wc -l < "$work/curls.out")" 2
expect_json "records of curl" '.server.port == 8080 and .client.process.opener.name == "curl" and .tcp.ending == "closed"' \
	"$work/curls.out"
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/curls.out"
