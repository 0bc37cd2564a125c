#!/usr/bin/env bash
# tests/all.sh MAKE... TARGET...: makes each of the targets (check...), whatever became of those before. The last line sums them up.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
make=() failed=()
while [ $# -gt 0 ] && [[ $1 != check* ]]; do
	make+=("$1")
	shift
done

for target in "$@"; do
	begun=$SECONDS
	echo "-- $target"
	"${make[@]}" "$target" 2>&1 | tee -a "$log" || failed+=("$target")
	echo "-- $target: $((SECONDS - begun)) s"
done
[ ${#failed[@]} -eq 0 ] || echo "failed: ${failed[*]}"
awk -v parts=${#failed[@]} '/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { passed += $1; failed += $3; skipped += $5 }
	END { if (failed < parts) failed = parts; printf "in all: %d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
[ ${#failed[@]} -eq 0 ]
