#!/usr/bin/env bash
# Containers whose cgroup is removed as soon as their one connection is made: each record has its path and container all
# the same. So has one whose cgroup was there before the tracer; a path that is too long keeps its end.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
make_cgroup

cat > "$work/containers.py" << 'PY'
import os, socket, sys

port, base = int(sys.argv[1]), sys.argv[2]

def in_cgroup(path, play):
    """In a process of its own, in a cgroup that is removed before this returns, its parents below base too."""
    os.makedirs(path)
    pid = os.fork()
    if pid == 0:
        with open(path + "/cgroup.procs", "w") as file:
            file.write("0")
        play()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(1)
    while path != base:
        os.rmdir(path)
        path = os.path.dirname(path)

def connect():
    client = socket.create_connection(("127.0.0.1", port))
    print(client.getsockname()[1], os.stat(path).st_ino, path[len(base):], flush=True)
    client.close()

older = os.path.join(base, "older.service")
os.makedirs(older)
held = []
pid = os.fork()
if pid == 0:
    with open(older + "/cgroup.procs", "w") as file:
        file.write("0")
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    print("listens", flush=True)
    while True:
        accepted = listener.accept()[0]
        while accepted.recv(100):
            pass
        accepted.close()
sys.stdin.readline()
for n in range(20):
    path = f"{base}/kubepods.slice/pod{n}.slice/cri-containerd-{n:064x}.scope"
    in_cgroup(path, connect)
path = base + "/" + "/".join(f"{n}-" + "x" * 60 for n in range(4)) + "/end.scope"
in_cgroup(path, connect)
path = base + "/" + "/".join(str(n) for n in range(30))
in_cgroup(path, connect)
os.kill(pid, 9)
os.waitpid(pid, 0)
os.rmdir(older)
PY
mkfifo "$work/go"
inside "$alone" python3 "$work/containers.py" "$port" "$base" < "$work/go" > "$work/held" 2> "$work/containers.err" &
containers=$!
exec {go}> "$work/go"
until_true 20 grep -q '^listens' "$work/held" || fail "no listener: $(cat "$work/containers.err")"
start_tracer all "$alone" --netns "$alone" --port "$port" --json
echo >&"$go"
wait "$containers" || fail "the containers failed: $(cat "$work/containers.err")"

reported() {
	[ "$(record_count all)" -ge 22 ]
}
until_true 10 reported || fail "$(record_count all) records of 22"
stop_tracer all
[ ! -e "$base/kubepods.slice" ] || fail "a cgroup is still there"

grep -v listens "$work/held" | jq -Rc 'split(" ") | {port: (.[0] | tonumber), id: .[1], path: .[2]}' > "$work/made"
jq -rn --slurpfile made "$work/made" --slurpfile records "$work/all.out" --arg base "/tcplife-$$" '
	($records | map(select(.schema == "tcplife.connection"))) as $records | $made[] | . as $m
	| [$records[] | select(.client.port == $m.port)][0]
	| select(.client.cgroup != $m.id or .server.cgroup_path != $base + "/older.service"
		or (($m.path | test("kubepods")) and (.client.cgroup_path != $base + $m.path
			or .client.container.id != ($m.path | capture("containerd-(?<id>[0-9a-f]{64})").id)))
		or (($m.path | test("end.scope")) and (.client.cgroup_path as $p | ($p | length) != 231 or ($base + $m.path | endswith($p) | not)))
		or (($m.path | test("/29$")) and (.client.cgroup_path as $p | $base + $m.path | endswith($p) | not)))
	| "\($m | tojson): \(.client | tojson) \(.server | tojson)"' > "$work/unmet"
[ ! -s "$work/unmet" ] || fail "$(cat "$work/unmet")"
expect_equal "containers" "$(jq -r 'select(.schema == "tcplife.connection") | .client.container.id // empty' "$work/all.out" | sort -u | wc -l)" 20
