#!/usr/bin/env bash
# What the tracer cannot do it says, with the remedy and the agreed status, and without libbpf's noise.
. "$(dirname "$0")/lib.sh"
need setpriv

# refused STATUS TEXT ARGS...
refused() {
	local status=0 want=$1 text=$2
	shift 2
	timeout 20 "$@" > "$work/stdout" 2> "$work/stderr" || status=$?
	expect_equal "status of: $*" "$status" "$want"
	expect_text "message of: $*" "$text" "$work/stderr"
	[ ! -s "$work/stdout" ] || fail "on stdout of $*: $(cat "$work/stdout")"
	! grep -q '^libbpf' "$work/stderr" || fail "noise: $(cat "$work/stderr")"
}

cp "$tracer" "$work/tracer"
chmod 755 "$work" "$work/tracer"
refused 77 'sudo|setcap' setpriv --reuid 65534 --regid 65534 --clear-groups "$work/tracer" --json
refused 2 "no 'nosuch0'.*lo" "$tracer" -i nosuch0
refused 2 "'0'" "$tracer" --port 0
refused 2 "'65536'" "$tracer" -L 65536
refused 2 "'9-1'" "$tracer" -D 9-1
refused 2 "'http'" "$tracer" --port http
refused 2 'no-such-option' "$tracer" --no-such-option
refused 2 "'10.0.0.0/33'" "$tracer" --cidr 10.0.0.0/33
refused 2 'nosuchnetns' "$tracer" --netns nosuchnetns
make_netns alone
refused 2 'nosuch0' "$tracer" --netns "$alone" -i nosuch0
