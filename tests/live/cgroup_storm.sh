#!/usr/bin/env bash
# A process that hops through 4,000 cgroups and makes a connection in each, beside 2,500 connections a second: no event is
# lost, each connection has its cgroup's path, and the program answers all the while.
. "$(dirname "$0")/lib.sh"
need curl python3

load=$out/tests/bench/load
[ -x "$load" ] || fail "$load is missing: make $load"
make_netns alone
make_cgroup
hops=4000

cat > "$work/hop.py" <<'PY'
import os, socket, sys

port, base, hops, home = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
listener = socket.create_server(("127.0.0.1", port), backlog=64)

def move(path):
    with open(path + "/cgroup.procs", "w") as file:
        file.write("0")

before = None
for n in range(hops):
    path = f"{base}/hop{n}"
    os.mkdir(path)
    move(path)
    if before:
        os.rmdir(before)
    before = path
    client = socket.create_connection(("127.0.0.1", port))
    accepted = listener.accept()[0]
    client.close()
    accepted.recv(1)
    accepted.close()
move(home)
os.rmdir(before)
PY

kill_churn() {
	[ -z "$churn" ] || kill -KILL "$churn"
}

start_tracer all "$alone" --netns "$alone" --json --port "$port,$((port + 2))" --web="127.0.0.1:$((port + 1))"
nsenter --net="/run/netns/$alone" "$load" churn --client 127.1.0.0 --server 127.0.0.1 --port $((port + 2)) --rate 2500 --seconds 600 > "$work/churned" &
churn=$!
defer kill_churn
ask_health "$alone" $((port + 1))
inside "$alone" python3 "$work/hop.py" "$port" "$base" "$hops" "$cgroup2$(sed -n 's/^0:://p' /proc/self/cgroup)" 2> "$work/hop.err" ||
	fail "hopping failed: $(cat "$work/hop.err")"
end_health
kill -TERM "$churn"
wait "$churn" || fail "load churn"
churn=''
hopped() {
	jq -c --argjson port "$port" 'select(.schema == "tcplife.connection" and .server.port == $port)' "$work/all.out" > "$work/hopped"
	[ "$(wc -l < "$work/hopped")" -eq "$hops" ]
}
until_true 20 hopped || fail "$(wc -l < "$work/hopped") records of $hops"
stop_tracer all
! grep -E 'events? (was|were) lost' "$work/all.err" >&2 || fail "events were lost while a process hopped"
expect_equal "paths of cgroups" "$(jq -r .client.cgroup_path "$work/hopped" | sort -u | grep -c "^/tcplife-$$/hop[0-9]*$")" "$hops"
[ "$(record_count all)" -gt $((2 * hops)) ] || fail "that was no churn: $(record_count all) records"
echo "hops: nothing lost in $(record_count all) records, $hops cgroups; the longest answer took $longest_ms ms"
