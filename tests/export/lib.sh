# shellcheck shell=bash disable=SC2034
# What the tests of exporters share. Sourced from the repository's top; they need no root and serve on loopback below
# port 32768, where no ephemeral port is.
OUT=${OUT:-build}
program=$OUT/tcplife-trace
work=$(mktemp -d)
receiver=
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 no_proxy=127.0.0.1,localhost
unset "${!OTEL_@}"
passed=0
failed=0

cleanup() {
	[ -z "$receiver" ] || { kill -KILL "$receiver" && wait "$receiver"; } 2> /dev/null
	rm -rf "$work"
}
trap cleanup EXIT

# A port that nobody listens on; the search begins elsewhere in each test, and for each N.
free_port_from() {
	python3 -c '
import os, socket, sys
first = 20000 + int(sys.argv[1]) * 300 + os.getpid() * 7 % 11000
for port in range(first, 32768):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        sys.exit()
sys.exit("no free port")' "$1"
}

free_port() {
	free_port_from 0
}

# until_true SECONDS COMMAND...: polls until the command succeeds.
until_true() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

fatal() {
	echo "FAILED $*"
	echo "$passed passed, $((failed + 1)) failed"
	exit 1
}

# run COMMAND...: $status, $work/stdout, $work/stderr
run() {
	status=0
	"$@" > "$work/stdout" 2> "$work/stderr" < /dev/null || status=$?
}

# expect TEXT GOT EXPECTED
expect() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED $1"
	diff <(echo "$3") <(echo "$2") | head -n 20 | sed 's/^/    /'
}

# expect_match TEXT FILE PATTERN
expect_match() {
	if grep -qE -e "$3" "$2"; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED $1: no '$3' in:"
	sed 's/^/    /' "$2"
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
