#!/usr/bin/env bash
# What a service manager hears, and that a reload never ends a service.
. "$(dirname "$0")/lib.sh"
need python3

cat > "$work/manager.py" <<- 'PYTHON'
	import os, socket, sys

	path, log = sys.argv[1:]
	manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	manager.bind(path if path[0] == "/" else "\0" + path[1:])
	out = open(log, "w")
	while True:
	    out.write(manager.recv(4096).decode() + "\n")
	    out.flush()
PYTHON

# manage NOTIFY_SOCKET: $work/said gets what comes. Abstract names belong to a network namespace.
manage() {
	: > "$work/said"
	nsenter --net="/run/netns/$alone" python3 "$work/manager.py" "$1" "$work/said" &
	defer kill "$!"
	export NOTIFY_SOCKET=$1
}

said() {
	grep -qE "$1" "$work/said"
}

make_netns alone
manage "$work/notify"
until_true 10 test -S "$work/notify" || fail "no manager"
export WATCHDOG_USEC=200000
start_tracer service "$alone" --netns "$alone" --json --summary
until_true 10 said "^READY=1\$" || fail "it does not say that it is ready"
until_true 10 said '^WATCHDOG=1$' || fail "no sign of life"
grep -q READY <(head -n 1 "$work/said") || fail "there was something before READY: $(cat "$work/said")"
kill -HUP "${tracers[service]}"
play "$alone" client-close
until_true 20 said '^STATUS=[1-9][0-9]* connections, [0-9]+ of them in TIME_WAIT; [0-9.]+ opened and [0-9.]+ closed a second; 0 events lost' ||
	fail "no status: $(grep STATUS "$work/said")"
until_true 10 grep -q tcplife.connection "$work/service.out" || fail "a reload without a file ended it"
stop_tracer service TERM
until_true 10 said '^STOPPING=1$' || fail "it does not say that it stops"
expect_text "a summary at the end" '1 connection traced' "$work/service.err"

# A name without a file, and a manager that is gone.
manage "@tcplife-trace-$$"
abstract() {
	inside "$alone" grep -q "@tcplife-trace-$$" /proc/net/unix
}
until_true 10 abstract || fail "no manager with an abstract name"
start_tracer abstract "$alone" --netns "$alone" --json
until_true 10 said "^READY=1\$" || fail "a name in the abstract namespace is not reached"
stop_tracer abstract
export NOTIFY_SOCKET=$work/nobody
start_tracer unmanaged "$alone" --netns "$alone" --json
expect_text "a manager that is not there is said" 'cannot reach the service manager' "$work/unmanaged.err"
stop_tracer unmanaged
