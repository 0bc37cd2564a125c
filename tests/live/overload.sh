#!/usr/bin/env bash
# More than the tracer can take: a flood of SYNs from addresses that nobody has neither pushes a real connection out of a
# full table nor fills memory; where the ring is full of segments, births and deaths still find room in it; and while it is
# read, what else is asked of the program is answered.
. "$(dirname "$0")/lib.sh"
need curl

load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
make_pair
# Whoever answers the spoofed addresses would be answered: nobody does.
ip -n "$near" route add default via "$far4"

flood() {
	inside "$far" "$load" flood --server "$near4" --server-netns "$near" --port $((port + 1)) --count "$1" > "$work/flooded"
}

highest_kib() {
	awk '/^VmHWM/ { print $2 }' "/proc/${tracers[$1]}/status"
}

# churn COUNT PORT: connections from $near to $far.
churn() {
	inside "$near" "$load" churn --server "$far4" --server-netns "$far" --port "$2" --count "$1" > "$work/churned"
}

# recorded_of TRACER: its records of real connections.
recorded_of() {
	jq -c --argjson port "$port" 'select(.schema == "tcplife.connection" and .server.port == $port)' "$work/$1.out"
}

# A table of 500, one real connection that is there before the flood and after it.
start_tracer table "$near" --netns "$near" --json --port "$port,$((port + 1))" --max-connections 500
before=$(highest_kib table)
mkfifo "$work/release"
inside "$near" "$load" hold --client "$near4" --server "$far4" --server-netns "$far" --port "$port" --count 1 \
	< "$work/release" > "$work/held" &
holder=$!
exec {release}> "$work/release"
until_true 10 test -s "$work/held" || fail "no connection to hold"
flood 50000
after=$(highest_kib table)
exec {release}>&-
wait "$holder"
real_is_recorded() {
	recorded_of table > "$work/real"
	[ -s "$work/real" ]
}
until_true 10 real_is_recorded || fail "the real connection is not recorded"
stop_tracer table
expect_json "the connection that met a flood" '.tcp.ending == "closed" and (.events | map(select(.kind == "state")) | length) >= 4' "$work/real"
expect_text "connections given up are counted" 'connections dropped, .*: the table was full' "$work/table.err"
[ $((after - before)) -lt 32768 ] || fail "50000 spoofed SYNs took $((after - before)) KiB with a table of 500"
echo "table: a connection outlived 50000 spoofed SYNs in a table of 500; memory grew by $((after - before)) KiB"

# A ring of 64 KiB that nobody reads: the flood's segments may have three quarters of it.
start_tracer ring "$near" --netns "$near" --json --port "$port,$((port + 1))" --buffer 64k
kill -STOP "${tracers[ring]}"
flood 5000
churn 3 "$port"
kill -CONT "${tracers[ring]}"
stop_tracer ring
expect_text "segments were lost, and counted" 'events were lost \(.*segment [0-9]+' "$work/ring.err"
! grep -E 'events? (was|were) lost \(.*(state|timewait|free)' "$work/ring.err" >&2 || fail "detail had taken the room of births and deaths"
recorded_of ring > "$work/recorded"
expect_equal "connections recorded" 3 "$(wc -l < "$work/recorded")"
# Where the server was slow to close, its FIN came to a minisocket: a step that only the segment tells.
expect_json "connections of a full ring" '.complete == false and .client.last_state == "fin_wait_2" and
	(.tcp.ending == "closed" or .fin_wait2.form == "orphan_minisocket")' "$work/recorded"
echo "ring: 3 connections recorded from first to last behind a flood that filled the ring"

# hold_open NAME COUNT PORT: connections that stay until let_go NAME.
declare -A release_of holder_of
hold_open() {
	local fd
	mkfifo "$work/$1.release"
	inside "$near" "$load" hold --client "$near4" --server "$far4" --server-netns "$far" --port "$3" --count "$2" \
		< "$work/$1.release" > "$work/$1.held" &
	holder_of[$1]=$!
	exec {fd}> "$work/$1.release"
	release_of[$1]=$fd
	until_true 10 test -s "$work/$1.held" || fail "no connections to hold"
}

let_go() {
	local fd=${release_of[$1]}
	exec {fd}>&-
	wait "${holder_of[$1]}" || fail "load hold"
}

# recorded_at_least TRACER COUNT PORT
recorded_at_least() {
	jq -c --argjson port "$3" 'select(.schema == "tcplife.connection" and .server.port == $port)' "$work/$1.out" > "$work/recorded"
	[ "$(wc -l < "$work/recorded")" -ge "$2" ]
}

# A ring so full that deaths are lost, too. Who died unseen is recorded soon after, though tracing goes on; who lives is not.
start_tracer full "$near" --netns "$near" --json --port "$port,$((port + 2)),$((port + 3))" --buffer 64k
hold_open living 3 $((port + 3))
hold_open dying 20 $((port + 2)) # behind it: a holder has the earlier ones' fifos, and would keep them from ending
churn 1 "$port"
until_true 10 recorded_at_least full 1 "$port" || fail "the tracer does not see what came before"
kill -STOP "${tracers[full]}"
churn 200 "$port"
let_go dying
kill -CONT "${tracers[full]}"
until_true 20 recorded_at_least full 20 $((port + 2)) || fail "of 20 connections that ended unseen $(wc -l < "$work/recorded") are recorded"
expect_equal "connections that ended unseen" 20 "$(wc -l < "$work/recorded")"
expect_json "connections that ended unseen" '.complete == false and .incomplete == "events_lost" and .tcp.ending != "open"' "$work/recorded"
! recorded_at_least full 1 $((port + 3)) || fail "one that lives is recorded as closed"
let_go living
until_true 10 recorded_at_least full 3 $((port + 3)) || fail "those that lived on are not recorded"
expect_json "connections that lived on" '.tcp.ending == "closed"' "$work/recorded"
stop_tracer full
expect_text "deaths were lost, and counted" 'events were lost \(.*(state|free)' "$work/full.err"
echo "full: 20 connections whose end found no room in the ring were recorded while tracing went on, 3 others lived on"

# A ring that takes long to read: a request that waits is answered before it is read to the end, and nothing is lost.
metrics() {
	inside "$near" curl -sS --max-time 20 "http://127.0.0.1:$((port + 9))/metrics"
}
events_in() {
	awk '/^tcplife_events_total/ { events += $NF } END { print events + 0 }' "$work/$1"
}
start_tracer behind "$near" --netns "$near" --json --port "$port" --buffer 64M --prometheus="127.0.0.1:$((port + 9))"
kill -STOP "${tracers[behind]}"
churn 20000 "$port"
metrics > "$work/meanwhile" &
asker=$!
request_waits() {
	[ -n "$(inside "$near" ss -Htn state established "sport = :$((port + 9))" | awk '$1 > 0')" ]
}
until_true 10 request_waits || fail "the request does not reach the tracer"
kill -CONT "${tracers[behind]}"
wait "$asker" || fail "no answer while the ring is read"
until_true 60 recorded_at_least behind 20000 "$port" || fail "$(wc -l < "$work/recorded") of 20000 connections are recorded"
metrics > "$work/afterwards"
stop_tracer behind
! grep -E 'events? (was|were) lost' "$work/behind.err" >&2 || fail "events were lost in a ring that was not full"
[ $((2 * $(events_in meanwhile))) -lt "$(events_in afterwards)" ] ||
	fail "the answer waited for the whole ring: $(events_in meanwhile) of $(events_in afterwards) events"
echo "behind: answered after $(events_in meanwhile) of $(events_in afterwards) events that were in the ring"
