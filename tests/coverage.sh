#!/usr/bin/env bash
# tests/coverage.sh OUT: which share of src/core's lines was run, by file, the least covered first. OUT: built with COVERAGE=1.
set -euo pipefail
cd "$(dirname "$0")/.."

find "$1/src/core" -name '*.gcno' | sort | xargs gcov --no-output --preserve-paths | awk '
	/^File / { file = substr($2, 2, length($2) - 2) }
	/^Lines executed:/ && file ~ /^src\/core\/.*\.c$/ {
		split($2, share, /[:%]/)
		lines[file] = $NF
		run[file] = share[2] * $NF / 100
		file = ""
	}
	END {
		for (f in lines) {
			all_lines += lines[f]
			all_run += run[f]
			printf "%5.1f %%  %5d  %s\n", 100 * run[f] / lines[f], lines[f], f | "sort -n"
		}
		close("sort -n")
		if (!all_lines)
			exit 1
		printf "%5.1f %%  %5d  src/core\n", 100 * all_run / all_lines, all_lines
	}'
