#!/usr/bin/env bash
# A program with capabilities of its file (setcap), or set-user-ID root, run by somebody who has none: it traces, and lends
# its rights to nothing that the caller brings. The attacks are played with a library that leaves a mark where it is loaded;
# kcat, which has no such care, shows that the mark works.
. "$(dirname "$0")/lib.sh"
need setpriv setcap gcc kcat curl
"$tracer" --help > "$work/help"
grep -q -e --kafka "$work/help" || skip "a build with Kafka"

make_netns near
chmod 755 "$work"
mkdir -m 0777 "$work/nobodys"
evil=$work/nobodys/evil mark=$work/nobodys/mark
mkdir -m 0755 "$evil"
program=$work/with-caps rootly=$work/set-user-id
install -m 0755 "$tracer" "$program"
setcap cap_bpf,cap_perfmon,cap_net_admin,cap_syslog+ep "$program" 2> "$work/setcap" || skip "capabilities of files: $(cat "$work/setcap")"
install -m 4755 "$tracer" "$rootly"

# ---- what the caller brings

cat > "$work/evil.c" <<-C
	#include <fcntl.h>
	#include <unistd.h>
	__attribute__((constructor)) static void begin(void) { close(open("$mark", O_WRONLY | O_CREAT, 0666)); }
	int sasl_client_plug_init(void *u, int m, int *o, void *p, int *c) { return -1; }
	int conf_init(void *c, const char *p, char *e, unsigned long s) { return 0; }
	int bind_engine(void *e, const char *i, void *f) { return 1; }
	unsigned long v_check(unsigned long v) { return v; }
C
gcc -shared -fPIC -o "$evil/libevil.so" "$work/evil.c"
printf '#!/bin/sh\n: > %q\n' "$mark" > "$evil/kinit"
printf 'openssl_conf = a\n[a]\nengines = b\n[b]\nc = d\n[d]\nengine_id = evil\ndynamic_path = %s\ninit = 1\n' "$evil/libevil.so" > "$evil/openssl.cnf"
chmod 755 "$evil"/*

# as_caller COMMAND...: instead of this shell: uid 65534 in $near, with nothing.
as_caller() {
	exec nsenter --net="/run/netns/$near" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --ambient-caps=-all "$@"
}

# attack WHAT STATUS ENV... -- ARGS...: with both programs. Nothing of the caller's is loaded or run.
attack() {
	local what=$1 wanted=$2 env=() one
	shift 2
	while [ "$1" != -- ]; do
		env+=("$1")
		shift
	done
	shift
	for one in "$program" "$rootly"; do
		rm -f "$mark"
		status=0
		(as_caller env "${env[@]}" "$one" --duration 1 --kafka 127.0.0.1:$((port + 90))/tcp "$@") > "$work/attack.out" 2> "$work/attack.err" || status=$?
		[ ! -e "$mark" ] || fail "$what: ${one##*/} ran what its caller brought"
		expect_equal "$what: status of ${one##*/}: $(cat "$work/attack.err")" "$status" "$wanted"
	done
}

# The library is one that is loaded where nobody forbids it.
rm -f "$mark"
(as_caller env SASL_PATH="$evil" kcat -L -b 127.0.0.1:$((port + 90)) -m 1) > "$work/kcat.out" 2>&1 || :
[ -e "$mark" ] || fail "the attack by the environment does not work even with kcat: $(cat "$work/kcat.out")"
rm -f "$mark"
(as_caller kcat -L -b 127.0.0.1:$((port + 90)) -m 1 -X plugin.library.paths="$evil/libevil.so") > "$work/kcat.out" 2>&1 || :
[ -e "$mark" ] || fail "the attack by a plug-in does not work even with kcat: $(cat "$work/kcat.out")"

attack "SASL_PATH" 0 SASL_PATH="$evil" --
attack "OPENSSL_CONF" 0 OPENSSL_CONF="$evil/openssl.cnf" -- -X security.protocol=ssl
attack "a plug-in" 1 -- -X plugin.library.paths="$evil/libevil.so"
expect_text "a plug-in is refused" 'plugin.library.paths: no property that may be set' "$work/attack.err"
attack "an engine" 1 -- -X security.protocol=ssl -X ssl.engine.location="$evil/libevil.so"
attack "a command" 1 -- -X security.protocol=sasl_plaintext -X sasl.kerberos.kinit.cmd=": > $mark"
attack "kinit in PATH" 0 PATH="$evil:$PATH" -- -X security.protocol=sasl_plaintext
printf '# a comment\nplugin.library.paths=%s\n' "$evil/libevil.so" > "$work/nobodys/properties"
attack "a plug-in from a file" 1 -- -X @"$work/nobodys/properties"
attack "a certificate's name" 1 -- -X security.protocol=ssl -X ssl.ca.location=/etc/shadow
expect_text "a file's name is refused" 'with more rights than its caller the program takes no files by name' "$work/attack.err"
attack "a key of OTLP's" 0 OTEL_EXPORTER_OTLP_CLIENT_KEY="pkcs11:evil" -- --otlp=http://127.0.0.1:$((port + 91))
expect_text "it is said" 'OTEL_EXPORTER_OTLP_CLIENT_KEY is left out' "$work/attack.err"

# ---- files are the caller's

echo secret=1 > "$work/roots"
chmod 600 "$work/roots"
attack "a file of root's as properties" 1 -- -X @"$work/roots"
grep -q secret "$work/attack.err" && fail "a line of root's file was printed"
attack "an output over root's file" 1 -- --json="$work/roots"
expect_equal "root's file is as it was" "$(cat "$work/roots")" secret=1
attack "an output into root's directory" 1 -- --record "$work/made-by-nobody"
[ ! -e "$work/made-by-nobody" ] || fail "a file was made where the caller may make none"
attack "an output of the caller's" 0 -- --json="$work/nobodys/own.ndjson"
expect_equal "... is the caller's" "$(stat -c %u "$work/nobodys/own.ndjson")" 65534
for one in "$program" "$rootly"; do
	status=0
	(as_caller "$one" --replay "$work/roots") > "$work/replay.out" 2> "$work/replay.err" || status=$?
	expect_equal "a recording of root's: status" "$status" 1
	expect_text "... is not read" 'Permission denied' "$work/replay.err"
done

# ---- and it traces

trace_with() {
	local name=$1
	: > "$work/$name.err"
	as_caller "$2" --netns "$(stat -Lc %i "/run/netns/$near")" --json --whole --port $((port + 1)) --kafka 127.0.0.1:$((port + 90))/tcp > "$work/$name.out" 2> "$work/$name.err" &
	tracers[$name]=$!
	defer kill_tracer "$name"
	until_true 20 ready "$name" || fail "tracer $name is not ready: $(cat "$work/$name.err")"
	play "$near" refused --port $((port + 1))
	until_true 20 grep -q '"refused"' "$work/$name.out" || fail "$name: a refused connection is not recorded: $(cat "$work/$name.err")"
}

# Only the first thread holds what detaching takes; all are the caller's.
expect_threads() {
	local pid=${tracers[$1]} status
	for status in "/proc/$pid/task"/*/status; do
		expect_equal "$1: all user ids" "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "$status")" "65534 65534 65534 65534"
		[[ $status == */task/$pid/status ]] ||
			expect_equal "$1: permitted in the libraries' threads" "$(awk '/^CapPrm/ { print $2 }' "$status")" 0000000000000000
	done
	[ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" -gt 1 ] || fail "$1: there is no thread of librdkafka's"
}

trace_with caps "$program"
expect_threads caps
stop_tracer caps
trace_with suid "$rootly"
expect_threads suid
stop_tracer suid
