#!/usr/bin/env bash
# Connections with a far peer, in a network namespace whose interfaces the tracer does not watch, as in a container: the
# kernel's steps alone. Each record fits the schema, and says of the handshake what a socket can know of it.
. "$(dirname "$0")/lib.sh"
[ -e /dev/net/tun ] || skip "/dev/net/tun: there is no peer without it"

make_netns alone
make_netns elsewhere
mkfifo "$work/go"
# shellcheck disable=SC2046 # one word a life
inside "$alone" "$out/tests/tools/peer" play $(peers 4 close reset) < "$work/go" > "$work/played" &
player=$!
exec {go}> "$work/go"
until_true 10 device_is_up "$alone" || fail "peer makes no device"
start_tracer kernel "$elsewhere" --cidr 10.97.0.0/16 --json --whole
start_tracer drawn "$elsewhere" --cidr 10.97.0.0/16 --timeline
echo go >&"$go"
exec {go}>&-
wait "$player" || fail "not all lives were played to their end"
stop_tracer kernel
stop_tracer drawn

expect_equal "records" "$(record_count kernel)" "$(wc -l < "$work/played")"
expect_json "nothing was seen on the wire" '[.events[] | select(.kind == "segment")] == []' <(records kernel)
expect_json "accepted: the handshake is completed, and when it began is not known" \
	'.handshake.status == "completed" and .handshake.evidence == "kernel" and (.handshake.accept_delay_ns // 0) >= 0
	 and .handshake.offset_ns == null and .handshake.duration_ns == null and .established.offset_ns == 0' \
	<(records kernel | jq -c 'select(.role == "server")')
expect_json "connected: it was seen whole, by the socket" \
	'.handshake.status == "completed" and .handshake.offset_ns == 0 and .handshake.duration_ns > 0' \
	<(records kernel | jq -c 'select(.role == "client" and .established)')
# An established phase of no length stands nowhere, and none before the handshake's end.
if grep -nE "established 0 ns" "$work/drawn.out"; then fail "an established phase of no length is drawn"; fi
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null || skip "python3-jsonschema is missing (make deps installs it)"
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/kernel.out"
