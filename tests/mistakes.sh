#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# What people write, and what they are answered: tests/mistakes.tsv has a command line, the exit status and an extended
# regular expression for stderr, "" = nothing beside the last message. 77 is what a good line comes to without privilege.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${OUT:-build}")/tcplife-trace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
plain=()
# Nobody, but for reading the libraries that the program was linked to, wherever they are.
[ "$(id -u)" -ne 0 ] || plain=(setpriv --reuid 65534 --regid 65534 --clear-groups "--bounding-set=-all,+dac_read_search"
	"--inh-caps=-all,+dac_read_search" "--ambient-caps=-all,+dac_read_search")
chmod 755 "$work"
passed=0 failed=0

while IFS=$'\t' read -r line wanted pattern; do
	read -ra words <<< "$line"
	status=0
	(cd "$work" && exec timeout 20 "${plain[@]}" "$program" "${words[@]}") > "$work/stdout" 2> "$work/stderr" < /dev/null || status=$?
	grep -v '^tcplife-trace: no permission to trace' "$work/stderr" > "$work/said" || :
	good=1
	[ "$status" -eq "$wanted" ] && [ ! -s "$work/stdout" ] || good=0
	if [ -n "$pattern" ]; then
		grep -qE -- "$pattern" "$work/said" || good=0
	else
		[ ! -s "$work/said" ] || good=0
	fi
	if [ $good = 1 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $line: exit status $status, not $wanted, or no '$pattern' in:"
		sed 's/^/    /' "$work/stderr"
	fi
done < tests/mistakes.tsv
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
