#!/usr/bin/env bash
# Who opened, who accepted, who closed: three processes, through fork, a descriptor that is passed on, exit and SIGKILL;
# and the cgroup and container of each side.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
[ -n "$cgroup2" ] || skip "cgroup v2: no such file system is mounted"
container=$(printf 'c0ffee%.0s' {1..10})0123
group=$cgroup2/tcplife-$$/docker-$container.scope
mkdir -p "$group"
defer rmdir "$group" "$cgroup2/tcplife-$$"

cat > "$work/lives.py" <<'END'
import array, json, os, signal, socket, sys

port, group = int(sys.argv[1]), sys.argv[2]
pids = {}

def child(name, play):
    """Forks; the child is called NAME (15 letters)."""
    pid = os.fork()
    if pid == 0:
        open("/proc/self/comm", "w").write(name)
        play()
        os._exit(0)
    pids[name] = pid
    return pid

def listener(at):
    s = socket.socket()
    s.bind(("127.0.0.1", at))
    s.listen()
    return s

def until_eof(s):
    while s.recv(4096):
        pass

# The parent listens, a child accepts, its own child closes by exit. The client sits in a container.
def accept_and_fork():
    s = forked.accept()[0]
    forked.close()
    os.waitpid(child("closer", lambda: until_eof(s)), 0)
    s.close()

def connect_from_container():
    open(group + "/cgroup.procs", "w").write("0")
    socket.create_connection(("127.0.0.1", port)).close()

forked = listener(port)
server = child("acceptor", accept_and_fork)
os.waitpid(child("opener", connect_from_container), 0)
os.waitpid(server, 0)
forked.close()

# One process connects and hands the descriptor to another, which closes it.
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

def take_and_close():
    ours.close()
    s = socket.fromfd(socket.recv_fds(theirs, 1, 1)[1][0], socket.AF_INET, socket.SOCK_STREAM)
    theirs.send(b"x")
    theirs.recv(1)  # the giver has let go of its own
    s.shutdown(socket.SHUT_RDWR)

def connect_and_give():
    theirs.close()
    s = socket.create_connection(("127.0.0.1", port + 1))
    socket.send_fds(ours, [b"x"], [s.fileno()])
    ours.recv(1)
    s.close()
    ours.send(b"x")
    ours.recv(1)

passed = listener(port + 1)
giver = child("giver", connect_and_give)
taker = child("taker", take_and_close)
s = passed.accept()[0]
until_eof(s)
s.close()
ours.close(), theirs.close()
os.waitpid(taker, 0), os.waitpid(giver, 0)

# A process that is killed closes by that.
def connect_and_die():
    socket.create_connection(("127.0.0.1", port + 2))
    os.kill(os.getpid(), signal.SIGKILL)

killed = listener(port + 2)
victim = child("victim", lambda: connect_and_die())
s = killed.accept()[0]
until_eof(s)
s.close()
os.waitpid(victim, 0)
print(json.dumps(pids | {"parent": os.getpid()}))
END

start_tracer all "$alone" --netns "$alone" --json --record "$work/all.tlt"
inside "$alone" python3 "$work/lives.py" "$port" "$group" > "$work/pids" || fail "lives.py"
stop_tracer all
expect_equal "records" "$(record_count all)" 3

# expect_actors PORT CONDITION: $p has the processes by name.
expect_actors() {
	records all | jq -c --slurpfile p "$work/pids" "select(.server.port == $1) | . + { p: \$p[0] }" > "$work/record"
	expect_json "who did what on port $1" "$2" "$work/record"
}

# shellcheck disable=SC2016 # jq's
expect_actors "$port" '. as $r | .server.process as $s
	| .client.process.opener == { pid: $r.p.opener, name: "opener", certainty: "certain" }
	  and $s.opener.pid == $r.p.parent and $s.acceptor == { pid: $r.p.acceptor, name: "acceptor", certainty: "certain" }'
# shellcheck disable=SC2016
expect_actors "$port" '.client.container.id == "'"$container"'" and (.client.cgroup_path | endswith("/docker-'"$container"'.scope"))
	and .server.container == null and .server.cgroup_path != null'
# shellcheck disable=SC2016
expect_actors $((port + 1)) '.client.process.opener.pid == .p.giver and .client.process.closer == { pid: .p.taker, name: "taker", certainty: "certain" }'
# shellcheck disable=SC2016
expect_actors $((port + 2)) '.client.process.opener.pid == .p.victim and .client.process.closer.pid == .p.victim'

"$tracer" --replay "$work/all.tlt" --json > "$work/replayed"
cmp <(jq -c .client "$work/all.out") <(jq -c .client "$work/replayed") || fail "the replay tells another story"
