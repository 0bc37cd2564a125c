#!/bin/bash
# Inside a guest with systemd: is tcplife-trace.service what it says it is? A line "passed" or "FAILED" for each thing.
set -u
unit=tcplife-trace
records=/var/log/$unit
export PATH=/usr/sbin:/usr/bin SYSTEMD_COLORS=0 SYSTEMD_PAGER=

# that TEXT COMMAND...
that() {
	local text=$1 log
	shift
	if log=$("$@" 2>&1); then
		echo "passed $text"
	else
		echo "FAILED $text: $log"
	fi
}

# soon COMMAND...: an emulator on a busy machine has time.
soon() {
	local deadline=$((SECONDS + 240))
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.3
	done
}

shows() {
	[ "$(systemctl show -P "$1" $unit)" = "$2" ] || { systemctl show -p "$1" $unit; return 1; }
}

says() {
	[[ $(systemctl show -P "$1" $unit) =~ $2 ]] || { systemctl show -p "$1" $unit; return 1; }
}

status_of() {
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$(systemctl show -P MainPID $unit)/status"
}

is() {
	[ "$1" = "$2" ] || { echo "'$1', not '$2'"; return 1; }
}

in_records() {
	tcplife-trace -r $records --json 2> /dev/null | grep -q "$1"
}

get() {
	exec 3<> "/dev/tcp/127.0.0.1/10793" && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3 && cat <&3
	exec 3>&-
}

metrics() {
	get /metrics | grep -q '^tcplife_'
}

in_journal() {
	journalctl -q --no-pager -u $unit | grep -q "$1" || { journalctl -q --no-pager -n 5 -u $unit; return 1; }
}

exposure() {
	local line
	line=$(systemd-analyze security --no-pager $unit | grep 'Overall exposure')
	echo "$line"
	awk '{ for (i = 1; i < NF; i++) if ($i ~ /:$/ && $(i + 1) <= 2.0 && $(i + 1) > 0) ok = 1 } END { exit !ok }' <<< "$line"
}

restarted() {
	[ "$(systemctl show -P NRestarts $unit)" -ge 1 ] && shows ActiveState active > /dev/null
}

# The modules that a host's kernel would load by itself.
for module in /modules/*.ko; do
	insmod "$module"
done
ip link set lo up
that "the unit is read" systemd-analyze --man=no verify /lib/systemd/system/$unit.service
that "it starts" systemctl start $unit
systemctl is-active -q $unit || journalctl -q --no-pager -u $unit | tail -n 20
that "it is active" shows ActiveState active
that "it said that it is ready" says StatusText '^(tracing|[0-9]+ connections)'
that "not as root" test "$(status_of Uid)" -ne 0
that "with less than it began with" is "$(status_of CapPrm)" "$([[ $(uname -r) =~ ^5\.([0-9]|1[0-8])\. ]] && echo 0000008000001000 || echo 0000000000001000)"
that "under a filter of system calls" is "$(status_of Seccomp)" 2
lives play client-close --port 7001 > /dev/null
lives play refused --port 7002 > /dev/null
that "a close is recorded" soon in_records '"ending":"closed"'
that "a refusal is recorded" soon in_records '"ending":"refused"'
that "the addresses of functions were read" bash -c '! journalctl -q --no-pager -u '$unit' | grep kallsyms'
that "figures are served" metrics
pieces=$(find $records/ -name '*.tlt' | wc -l)
that "it reloads" systemctl reload $unit
lives play client-close --port 7003 > /dev/null
that "what comes then is recorded" soon in_records '"port":7003'
that "a new piece is begun" test "$(find $records/ -name '*.tlt' | wc -l)" -gt "$pieces"
that "recordings are its own" is "$(stat -c %a "$(find $records/ -name '*.tlt' | head -n 1)") $(stat -L -c %a $records)" "600 700"
that "TIME_WAIT's end is recorded" soon in_records '"tcplife.time_wait"'
that "it stops" systemctl stop $unit
that "a summary is in the journal" in_journal 'connections traced'
that "its exit status is 0" shows ExecMainStatus 0

mkdir -p /etc/default /run/systemd/system/$unit.service.d
echo 'TCPLIFE_OPTIONS=--prometheus' > /etc/default/$unit
printf '[Service]\nWatchdogSec=10\nTimeoutAbortSec=5\n' > /run/systemd/system/$unit.service.d/watchdog.conf
systemctl daemon-reload
that "it starts without a file" systemctl start $unit
that "it reloads without a file" systemctl reload $unit
sleep 1
that "... and goes on" shows ActiveState active
that "... the same process" shows NRestarts 0
kill -STOP "$(systemctl show -P MainPID $unit)"
that "it is started again when it hangs" soon restarted
that "exposure is 2.0 at most" exposure
echo 'TCPLIFE_OPTIONS=--no-such-option' > /etc/default/$unit
systemctl restart $unit 2> /dev/null
that "wrong options are a failure" soon shows ActiveState failed
that "... that is not tried again" shows NRestarts 0
echo "done"
