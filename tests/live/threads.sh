#!/usr/bin/env bash
# A process of several threads has its own name, and each thread the one that it gave itself; -p finds a process by a
# thread's number and by the one that a container has for it.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone

cat > "$work/threads.py" <<'END'
import socket, sys, threading

port = int(sys.argv[1])

def named(name, play):
    """Plays in a thread that calls itself NAME (15 letters)."""
    def run():
        open(f"/proc/self/task/{threading.get_native_id()}/comm", "w").write(name)
        result.append(play())
    result = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]

def connected(at):
    s = socket.socket()
    s.connect(("127.0.0.1", at))
    return s

def close_after(s, other):
    s.close()
    other.recv(1)
    other.close()

open("/proc/self/comm", "w").write("many-threads")
listener = socket.create_server(("127.0.0.1", port))

# Three threads connect, accept and close.
client = named("connector", lambda: connected(port))
server = named("acceptor", lambda: listener.accept()[0])
named("closer", lambda: close_after(client, server))

# The main thread alone, and then one of the same name.
client = connected(port)
server = listener.accept()[0]
named("many-threads", lambda: close_after(client, server))

# One that is there when the next tracer starts.
client = named("connector", lambda: connected(port))
server = listener.accept()[0]
print("ready", flush=True)
sys.stdin.readline()
client.close()
server.close()
END

mkfifo "$work/go"
start_tracer all "$alone" --netns "$alone" --json --record "$work/all.tlt"
inside "$alone" python3 "$work/threads.py" "$port" < "$work/go" > "$work/said" &
player=$!
exec {go}> "$work/go"
until_true 20 grep -q ready "$work/said" || fail "threads.py did not play"
stop_tracer all
expect_equal "records, one of them open" "$(record_count all)" 3

records all | sed -n 1p > "$work/first"
# shellcheck disable=SC2016 # jq's
expect_json "the process and the threads, each by its name" '
	(.client.process.opener | .name == "many-threads" and .thread.name == "connector")
	and (.server.process.acceptor | .name == "many-threads" and .thread.name == "acceptor")
	and (.client.process.closer | .name == "many-threads" and .thread.name == "closer")
	and (.server.process.opener | .name == "many-threads" and (has("thread") | not))' "$work/first"
records all | sed -n 2p > "$work/second"
expect_json "a thread of the process's own name is not named" '
	[.client.process, .server.process] | map(.[]) | length >= 3 and all(.name == "many-threads" and (has("thread") | not))' "$work/second"

# by NAME: how many connections of the recording --comm NAME takes
by() {
	"$tracer" --replay "$work/all.tlt" --json --comm "$1" | jq -s 'map(select(.schema == "tcplife.connection")) | length'
}
expect_equal "--comm, the process" "$(by many-threads)" 3
expect_equal "--comm, a thread" "$(by connector)" 2
"$tracer" --replay "$work/all.tlt" > "$work/table"
grep -q " many-threads[-→>]*many-threads " "$work/table" || fail "the table names both ends: $(cat "$work/table")"

# What was there before has its process's name as well.
start_tracer later "$alone" --netns "$alone" --json
echo >&"$go"
wait "$player"
stop_tracer later
records later > "$work/later"
expect_json "found at the start" '.client.process.opener | .name == "many-threads" and (has("thread") | not)' "$work/later"

# ---- -p

# A thread's number.
cat > "$work/sleeper.py" <<'END'
import sys, threading
threading.Thread(target=sys.stdin.readline).start()
END
mkfifo "$work/sleep"
python3 "$work/sleeper.py" < "$work/sleep" &
sleeper=$!
exec {sleep}> "$work/sleep"
has_thread() {
	[ "$(find "/proc/$sleeper/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
}
until_true 20 has_thread || fail "sleeper.py has no thread"
thread=$(find "/proc/$sleeper/task" -mindepth 1 -maxdepth 1 -not -name "$sleeper" -printf '%f')

# said_of PID TEXT: what the tracer says of -p PID
said_of() {
	"$tracer" --duration 1 --netns "$alone" -p "$1" 2> "$work/pid.err" > "$work/pid.out" || fail "-p $1: $(cat "$work/pid.err")"
	expect_text "-p $1" "$2" "$work/pid.err"
}
said_of "$thread" "-p $thread: a thread of $sleeper \(python3[^)]*\), which is followed"
echo >&"$sleep"
wait "$sleeper"
said_of 4194303 "-p 4194303: there is no such process"

# A container's number, far from those of this host.
inner=$((4100000 + slot))
[ ! -d "/proc/$inner" ] || skip "process $inner exists"
[ -w /proc/sys/kernel/ns_last_pid ] || skip "ns_last_pid: this kernel cannot give a process a number (CONFIG_CHECKPOINT_RESTORE)"
mkfifo "$work/contained"
unshare --pid --fork bash -c "echo $((inner - 1)) > /proc/sys/kernel/ns_last_pid; sleep 1000 & echo \$! > '$work/inner'; read -r < '$work/contained'; kill \$!" &
container=$!
until_true 20 test -s "$work/inner" || fail "no process in a PID namespace"
expect_equal "its number" "$(cat "$work/inner")" "$inner"
said_of "$inner" "-p $inner: a container's number for [0-9]+ \(sleep\), which is followed"
echo > "$work/contained"
wait "$container"
