#!/usr/bin/env bash
# The program as one file (make bundle), in a root that has busybox and no C library: replay, captures, JSON and the page as
# of the program itself, and live by its own self-test.
. "$(dirname "$0")/lib.sh"

bundle=$out/bundle/tcplife-trace
[ -x "$bundle" ] || fail "$bundle is missing: make bundle"
make_root "$work/fs"
cp "$bundle" "$work/fs/"
cp "$here/../recordings/v3.tlt" "$work/fs/"
"$out/tests/tools/story2pcap" "$(find "$here/../captures" -name '*.story' | sort | head -n 1)" "$work/fs/a.pcap"
[ -z "$(find "$work/fs" -name 'ld-*' -o -name 'libc*')" ] || fail "the root has a C library"

# With the /proc and /sys of a host, and nothing else of it.
alone_in() { # alone_in COMMAND...
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys" && root=$1 && shift &&
		exec chroot "$root" "$@"' - "$work/fs" "$@"
}

! alone_in /bin/ls /lib > "$work/listed" 2>&1 || fail "the root has a /lib: $(cat "$work/listed")"
for view in "-r v3.tlt --json" "-r v3.tlt --timeline" "a.pcap --json" "a.pcap"; do
	read -ra args <<< "$view"
	alone_in ./tcplife-trace "${args[@]}" > "$work/bundled" 2> "$work/bundled.err" || fail "$view: $(cat "$work/bundled.err")"
	(cd "$work/fs" && "$tracer" "${args[@]}") > "$work/own" 2> "$work/own.err"
	[ -s "$work/bundled" ] || fail "$view: nothing is printed"
	cmp "$work/own" "$work/bundled" || fail "$view differs"
done
status=0
alone_in ./tcplife-trace --nonsense 2> "$work/usage" || status=$?
expect_equal "status of a wrong option" "$status" 2

LD_PRELOAD=/nowhere.so alone_in ./tcplife-trace --self-test=quick > "$work/self-test" 2>&1 || {
	cat "$work/self-test" >&2
	fail "the self-test"
}
expect_text "the self-test" '^all connections were reported correctly' "$work/self-test"


# The page, asked for from within.
alone_in ./tcplife-trace -r v3.tlt --web=127.0.0.1:$((port + 1)) > /dev/null 2>&1 &
server=$!
defer pkill --parent "$server"
served() {
	alone_in /bin/wget -qO- "http://127.0.0.1:$((port + 1))/api/summary" > "$work/summary" 2> /dev/null
}
until_true 20 served || fail "no page"
jq -e .connections "$work/summary" > /dev/null || jq -e type "$work/summary" > /dev/null || fail "the summary: $(cat "$work/summary")"
expect_equal "its name" "$(ps -o comm= --ppid "$server")" tcplife-trace
