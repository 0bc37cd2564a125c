#!/usr/bin/env bash
# tests/run.sh [-j N] TEST...: runs test programs, N at a time. A line for each as it ends, the output of those that
# failed, and a closing line; what itself closes with "N passed, N failed" counts as that many. Status 0 = passed, 77 = skipped,
# 75 = the machine spoilt it, to be run again when all others are done, at most twice; else failed.
set -euo pipefail

jobs=1
if [ "${1:-}" = -j ]; then
	jobs=$2
	shift 2
fi
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
declare -A path_of=() begun=() again=() # of those that run, by name
later=()                                # what the machine spoilt
passed=0 failed=0 skipped=0

# The status goes to a file: bash forgets that of a process whose number another one got meanwhile.
start() {
	local name
	name=$(basename "${1%.*}")
	rm -f "$logs/$name.status"
	{
		status=0
		"$(realpath "$1")" > "$logs/$name" 2>&1 < /dev/null || status=$?
		echo $status > "$logs/$name.new"
		mv "$logs/$name.new" "$logs/$name.status"
	} &
	begun[$name]=$EPOCHREALTIME path_of[$name]=$1
}

seconds_since() {
	local us=$((${EPOCHREALTIME/./} - ${1/./}))
	printf '%d.%d s' $((us / 1000000)) $((us / 100000 % 10))
}

report() {
	local word=$1 name=$2
	printf '%-7s %-18s %8s  %s\n' "$word" "$name" "$(seconds_since "${begun[$name]}")" "${3:-}"
	[ "$word" != FAILED ] || sed 's/^/        /' "$logs/$name"
}

# own_count LOG STATUS: how many passed and failed in one test program.
own_count() {
	local passed=0 failed=0
	case $2 in
	0) passed=1 ;;
	77) ;;
	*) failed=1 ;;
	esac
	tail -n 1 "$1" | awk -v passed=$passed -v failed=$failed -v status="$2" '
		/^[0-9]+ passed, [0-9]+ failed/ { passed = $1; failed = status && !$3 ? 1 : $3 }
		END { print passed, failed }'
}

# next_ended: one whose status is there, in $name. Where no process is left, it died before it could write one.
next_ended() {
	local left=0
	while :; do
		for name in "${!path_of[@]}"; do
			[ ! -e "$logs/$name.status" ] || return 0
		done
		if [ $left -eq 127 ]; then
			echo "lost" > "$logs/$name.status"
			return
		fi
		left=0
		wait -n || left=$?
	done
}

finish() {
	local name status
	next_ended
	status=$(< "$logs/$name.status")
	if [ "$status" = 75 ] && [ "${again[$name]:-0}" -lt 2 ]; then
		again[$name]=$((${again[$name]:-0} + 1))
		report again "$name" "$(sed -n 's/^AGAIN: //p' "$logs/$name")"
		later+=("${path_of[$name]}")
		unset "path_of[$name]" "begun[$name]"
		return
	fi
	read -r own_passed own_failed < <(own_count "$logs/$name" "$status")
	passed=$((passed + own_passed)) failed=$((failed + own_failed))
	case $status in
	0) report passed "$name" "$own_passed" ;;
	77) skipped=$((skipped + 1)); report skipped "$name" "$(sed -n 's/^SKIP: //p' "$logs/$name")" ;;
	*) report FAILED "$name" "status $status" ;;
	esac
	unset "path_of[$name]" "begun[$name]"
}

for test in "$@"; do
	[ ${#path_of[@]} -lt "$jobs" ] || finish
	start "$test"
done
while [ ${#path_of[@]} -gt 0 ]; do
	finish
done
# What was spoilt has the machine for itself now.
while [ ${#later[@]} -gt 0 ]; do
	start "${later[0]}"
	later=("${later[@]:1}")
	finish
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
