#!/usr/bin/env bash
# --doctor on a host where seven faults were made on purpose names all seven and nothing else; the recording of them says
# the same; on a healthy one it finds nothing. Exit status: 1 where something was found, else 0.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
need python3 nft ss setpriv

make_pair
leak=$port refused=$((port + 1)) silent=$((port + 2)) lossy=$((port + 3)) full=$((port + 4)) unread=$((port + 5))
busy=$((port + 6)) healthy=$((port + 7))
inside "$near" sysctl -qw net.ipv4.ip_local_port_range="40000 40099" net.ipv4.tcp_tw_reuse=0
inside "$far" nft -f - << NFT || skip "nft: no rule can be added"
table ip faults {
	chain in {
		type filter hook input priority 0;
		tcp dport $silent drop
		tcp dport $lossy meta length > 500 numgen inc mod 20 0 drop
	}
}
NFT

# ---- what is played: both ends in one script, a process in each namespace

cat > "$work/near.py" << 'PY'
import os, socket, sys

near, far, leak, refused, silent, lossy, full, unread, busy, healthy = sys.argv[1:3] + [int(n) for n in sys.argv[3:]]


def listen(port, backlog=100):
    s = socket.create_server((near, port), backlog=backlog)
    return s


def connect(port):
    return socket.create_connection((far, port))


def orderly():
    for _ in range(20):
        c = connect(healthy)
        c.sendall(b"x" * 1000)
        assert c.recv(10) == b"ok"
        assert c.recv(10) == b""
        c.close()


def faults():
    global held
    for _ in range(3):
        c = leaking.accept()[0]
        held.append(c)  # its peer has sent, and closed
    for _ in range(4):
        assert socket.socket().connect_ex((far, refused))
    for _ in range(2):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((far, silent))
        held.append(s)
    c = connect(lossy)
    c.sendall(b"x" * 2000000)
    c.shutdown(socket.SHUT_WR)
    assert c.recv(1) == b""
    for _ in range(3):
        c = reading.accept()[0]
        assert len(c.recv(10, socket.MSG_WAITALL)) == 10
        c.close()  # ten more have come
    for _ in range(85):
        c = connect(busy)
        c.close()
        connections.append(c)


held, connections = [], []
leaking, reading, queue = listen(leak), listen(unread), listen(full, backlog=1)
print("ready", os.getpid(), flush=True)
for line in iter(sys.stdin.readline, "quit\n"):
    {"orderly": orderly, "faults": faults}[line.strip()]()
    print("done " + line.strip(), flush=True)
PY
cat > "$work/far.py" << 'PY'
import selectors, socket, sys, threading

near, far, leak, refused, silent, lossy, full, unread, busy, healthy = sys.argv[1:3] + [int(n) for n in sys.argv[3:]]


def serve(port, answer):
    s = socket.create_server((far, port), backlog=200)

    def run():
        while True:
            c = s.accept()[0]
            got = 0
            while got < 1000 if answer else True:
                part = c.recv(65536)
                if not part:
                    break
                got += len(part)
            c.sendall(answer)
            c.close()

    threading.Thread(target=run, daemon=True).start()


def faults():
    for _ in range(3):
        c = socket.create_connection((near, leak))
        c.sendall(b"x" * 100)
        c.close()
    for _ in range(5):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((near, full))
        held.append(s)
    for _ in range(3):
        c = socket.create_connection((near, unread))
        c.sendall(b"x" * 20)
        held.append(c)


held = []
serve(lossy, b"")
serve(busy, b"")
serve(healthy, b"ok")
print("ready", flush=True)
for line in iter(sys.stdin.readline, "quit\n"):
    {"faults": faults}[line.strip()]()
    print("done " + line.strip(), flush=True)
PY

declare -A hand=() player=()
begin() {
	local fd
	mkfifo "$work/$1.go"
	inside "${!1}" python3 "$work/$1.py" "$near4" "$far4" "$leak" "$refused" "$silent" "$lossy" "$full" "$unread" \
		"$busy" "$healthy" < "$work/$1.go" > "$work/$1.said" 2> "$work/$1.err" &
	player[$1]=$!
	exec {fd}> "$work/$1.go"
	hand[$1]=$fd
	said "$1" ready
}

said() {
	until_true 60 grep -q "^$2" "$work/$1.said" || fail "$1 does not come to '$2': $(cat "$work/$1.err")"
}

# tell WHAT WHO...: and waits until they have done it
tell() {
	local what=$1 who
	shift
	for who in "$@"; do
		echo "$what" >&"${hand[$who]}"
	done
	for who in "$@"; do
		said "$who" "done $what"
	done
}

begin near
begin far

# ---- a healthy host

start_tracer well "$near" --netns "$near" --doctor=600 --json="$work/well.json"
tell orderly near
is_recorded() {
	[ "$(grep -c "\"port\":$healthy" "$work/well.json")" -ge 20 ]
}
until_true 20 is_recorded || fail "not all connections are recorded: $(cat "$work/well.err")"
stop_tracer well
expect_text "nothing found" '^Looked at this host for .*: 20 connections, nothing found$' "$work/well.out"
expect_equal "... and nothing more is said" "$(wc -l < "$work/well.out")" 1

# ---- seven faults

# The SYNs were sent three times, the queue is full, and nothing was closed for 6 s.
since=
are_visible() {
	[ "$(inside "$near" ss -Htno state syn-sent | grep -cE 'timer:\(on,[^,]*,[2-9]\)')" -eq 2 ] || return 1
	[ "$(inside "$near" ss -Htn state close-wait "sport = :$leak" | wc -l)" -eq 3 ] || return 1
	inside "$near" ss -Hltn "sport = :$full" | awk '{ exit !($2 > $3) }' || return 1
	since=${since:-$SECONDS}
	[ $((SECONDS - since)) -ge 6 ]
}

start_tracer ill "$near" --netns "$near" --doctor --duration 600 --record "$work/ill.rec"
start_tracer one "$near" --netns "$near" --doctor=600 --port "$refused"
tell faults near far
until_true 60 are_visible || fail "the faults are not to be seen: $(inside "$near" ss -tano)"

# stop_doctor NAME: it must end with 1
stop_doctor() {
	kill -INT "${tracers[$1]}"
	end_tracer "$1" 20
	expect_equal "exit status of $1" "$status" 1
}

stop_doctor ill
stop_doctor one

titles() {
	sed -n 's/^ *[0-9]*\. //p' "$1"
}

read -r _ pid < <(grep '^ready' "$work/near.said")
sort > "$work/want" << WANT
$far4:$refused refuses connections
$far4:$silent does not answer
Connections to $near4:$unread are reset
Data to $far4 are sent again
Local ports towards $far4:$busy run out
python3[$pid] does not close its connections
The accept queue of $near4:$full is full
WANT
titles "$work/ill.out" | sort > "$work/titles"
diff "$work/want" "$work/titles" > "$work/unmet" || fail "the findings differ: $(cat "$work/unmet" "$work/ill.out" "$work/ill.err")"

# Wrapped lines in one.
tr '\n' ' ' < "$work/ill.out" | sed 's/  */ /g' > "$work/flat"
expect_text "its head" '^Looked at this host for [0-9.]+ s: [0-9]+ connections, 7 findings ' "$work/flat"
expect_text "refused" " 4 of 4 connections: refused: RST in answer to the SYN; opened by python3\[$pid\] " "$work/flat"
expect_text "unanswered" " 2 of 2 connections: no answer to the SYN; opened by python3\[$pid\] " "$work/flat"
expect_text "reset" " 3 of 3 connections: closed with unread data \(30 bytes\); by python3\[$pid\] " "$work/flat"
expect_text "unclosed" ' 3 in CLOSE_WAIT for up to [0-9.]+ s; unread: 300 bytes ' "$work/flat"
expect_text "the queue" " [0-9]+ connections met it full; 2 wait in it now, its limit is 1; listened on by python3\[$pid\] " "$work/flat"
expect_text "local ports" ' 8[0-9] held of 100, 8[0-9] in TIME_WAIT; ' "$work/flat"
expect_text "retransmissions" ' [0-9]+ of [0-9]+ data segments \([0-9.]+ %\), in 1 connection; ' "$work/flat"
expect_text "advice on the queue" " advice: the accept queue of $near4:$full holds 1: raise listen\(\)'s backlog; somaxconn is " "$work/flat"
expect_text "advice on the ports" ' advice: tcp_tw_reuse=1 would free 8[0-9] ports; ip_local_port_range has 100 ports ' "$work/flat"
expect_equal "as wide as a terminal, but for commands" "$(grep -v '^    more: ' "$work/ill.out" | awk 'length > 80' | wc -l)" 0

# Each of the commands is one that can be run.
grep -oP '^    more:   \Ktcplife-trace .*' "$work/ill.out" > "$work/commands"
[ "$(wc -l < "$work/commands")" -eq 7 ] || fail "a finding without its command: $(cat "$work/ill.out")"
while read -r command; do
	eval "set -- ${command#tcplife-trace }"
	timeout 60 "$tracer" -r "$work/ill.rec" "$@" > "$work/more" 2> "$work/more.err" \
		|| fail "$command: $(cat "$work/more.err")"
done < <(sed "s/ --netns $near / /" "$work/commands")

# With a filter: only what is asked for.
titles "$work/one.out" > "$work/titles"
expect_equal "the findings of one port" "$(cat "$work/titles")" "$far4:$refused refuses connections"

# The recording has no facts about the host as it is: the same findings, and general advice.
status=0
"$tracer" -r "$work/ill.rec" --doctor > "$work/replay.out" 2> "$work/replay.err" || status=$?
expect_equal "exit status of a replay" "$status" 1
titles "$work/replay.out" | sort > "$work/titles"
diff "$work/want" "$work/titles" > "$work/unmet" || fail "the replay differs: $(cat "$work/unmet" "$work/replay.out")"
! grep -qE 'somaxconn is|wait in it now' "$work/replay.out" || fail "a replay that speaks of this host: $(cat "$work/replay.out")"
expect_text "commands that read the recording" "more: +tcplife-trace -r $work/ill.rec --explain" "$work/replay.out"

# Failures are not findings.
cp "$tracer" "$work/tracer"
chmod 755 "$work" "$work/tracer"
status=0
"$tracer" -r "$work/near.py" --doctor > "$work/bad.out" 2> "$work/bad.err" || status=$?
expect_equal "exit status of what is no recording" "$status" 2
status=0
inside "$near" setpriv --reuid 65534 --regid 65534 --clear-groups "$work/tracer" --doctor=1 > "$work/bad.out" 2> "$work/bad.err" || status=$?
expect_equal "exit status without privilege" "$status" 77
for who in near far; do
	echo quit >&"${hand[$who]}"
	wait "${player[$who]}" || fail "$who: $(cat "$work/$who.err")"
done
