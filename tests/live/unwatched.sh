#!/usr/bin/env bash
# Connections in a namespace whose interfaces are not watched, as in a container: the sockets alone must tell.
. "$(dirname "$0")/lib.sh"

make_netns alone
make_netns elsewhere
start_tracer sockets "$alone" --json --port "$port-$((port + 99))"
at=$port
for life in client-close server-close half-close fin-wait2; do
	# Which form the close had is seen on the wire.
	play "$elsewhere" "$life" --port $((at++))
done
for life in refused linger-reset unread-close client-abort; do
	play "$elsewhere" "$life" --port $((at++))
done
stop_tracer sockets
sed -i 's/"tcp.close_form":[^,]*,//' "$work/played"
expect_lives sockets
expect_json "nothing came from a wire" '[.events[] | select(.kind == "segment")] == []' <(records sockets)
