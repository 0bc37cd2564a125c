#!/usr/bin/env bash
# Every record of every life, at once and with --whole, is one that the schema allows.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import jsonschema' 2> /dev/null || skip "python3-jsonschema is missing (make deps installs it)"

make_netns alone
start_tracer all "$alone" --netns "$alone" --json
start_tracer whole "$alone" --netns "$alone" --json --whole
for life in $("$lives" list | cut -d ' ' -f 1); do
	case $life in
	simultaneous-*) continue ;; # need a path that can be held; crossing.sh
	esac
	play "$alone" "$life"
	inside "$alone" sysctl -qw net.ipv4.ip_local_port_range="32768 60999" # some lives narrow it
	play "$alone" "$life" --server ::1
	inside "$alone" sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
done
stop_tracer all
stop_tracer whole
"$here/../tools/validate.py" "$top/src/assets/tcplife.schema.json" "$work/all.out" "$work/whole.out"
