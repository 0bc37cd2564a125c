#!/usr/bin/env bash
# The program as one file (make bundle) on each kernel of the matrix: its own self-test, as root in a guest.
# bundle.sh [KERNEL...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${OUT:-build}")
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 sid
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$out/bundle/tcplife-trace" "$work/bundle" || exit 2
printf '#!/bin/bash\nchmod +x bundle\n./bundle --self-test=quick\n' > "$work/script"
for kernel; do
	status=0
	OUT=$out "$here/run.sh" "$kernel" --shell-script "$work/script" --with "$work/bundle" > "$work/$kernel" 2>&1 || status=$?
	case $status in
	0) passed=$((passed + 1)) && echo "passed  $kernel" ;;
	77) skipped=$((skipped + 1)) && echo "skipped $kernel: $(tail -n 1 "$work/$kernel")" ;;
	*) failed=$((failed + 1)) && echo "FAILED  $kernel" && sed 's/^/        /' "$work/$kernel" ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] || exit 1
[ "$skipped" -eq 0 ] || exit 77
