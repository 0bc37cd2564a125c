#!/usr/bin/env bash
# README.md's first command in a pipe: `make trace` builds and installs what is missing, and nothing but the program writes to
# stdout.
. "$(dirname "$0")/lib.sh"
need make

make_netns alone
# As from a shell: what a make above this test exports is not for it.
inside "$alone" env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -C "$top" OUT="$out" trace \
	ARGS="--json --netns $alone --port $port -c 2" > "$work/make.out" 2> "$work/make.err" &
make=$!
stop_make() {
	! kill "$make" 2> /dev/null || wait "$make" || :
}
defer stop_make
until_true 60 grep -q '^tcplife-trace: tracing' "$work/make.err" || fail "it does not trace: $(cat "$work/make.err")"
play "$alone" refused --port "$port"
play "$alone" refused --port "$port"
wait "$make" || fail "its status: $(cat "$work/make.err")"
expect_equal "records on stdout, and nothing else" "$(jq -r '.schema + " " + .tcp.ending' "$work/make.out" | sort | uniq -c | xargs)" \
	"2 tcplife.connection refused"
