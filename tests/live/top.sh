#!/usr/bin/env bash
# --top live: what is open, ended, listening and gone wrong comes to stand there; keys and sizes while it traces; a name that would
# control the terminal does not; a pause; the file that w writes.
. "$(dirname "$0")/lib.sh"
need tmux python3
[[ $("$tracer" --help) == *--top* ]] || skip "this build has no --top (TOP=0)"
export LC_ALL=C.UTF-8
unset COLUMNS LINES NO_COLOR
. "$top/tests/tmux.sh"
defer close_screen

make_netns alone

cat > "$work/player.py" << 'PY'
import socket, sys

with open("/proc/self/comm", "w") as f:
    f.write("e\033]0;pwn\a")
port = int(sys.argv[1])
listener = socket.create_server(("127.0.0.1", port))
held = []

def connect():
    client = socket.create_connection(listener.getsockname())
    held.append(listener.accept()[0])
    return client

def play(what):
    if what == "hold":
        client = connect()
        client.sendall(b"x" * 3000)
        held.append(client)
    elif what == "close":
        connect().close()
        held.pop().close()
    elif what == "refused":
        try:
            socket.create_connection(("127.0.0.1", port + 1))
        except ConnectionRefusedError:
            pass

for line in sys.stdin:
    if line == "end\n":
        break
    play(line.strip())
    print(line.strip(), flush=True)
PY
mkfifo "$work/go"
: > "$work/did"
inside "$alone" python3 "$work/player.py" "$port" < "$work/go" >> "$work/did" 2> "$work/player.err" &
player=$!
kill_player() {
	kill "$player" 2> /dev/null || :
}
defer kill_player
exec {go}> "$work/go"

did=0
until_did() {
	[ "$(wc -l < "$work/did")" -ge "$did" ]
}
step() {
	echo "$1" >&"$go"
	did=$((did + 1))
	until_true 20 until_did || fail "the player does not come to '$1': $(cat "$work/player.err")"
}

shown() {
	until_true 20 on_screen "$2" || fail "$1: no '$2' on:"$'\n'"$(screen)"
}

step hold
open_screen 80 24 nsenter --net="/run/netns/$alone" "$tracer" --top --netns "$alone"
shown "the screen" '^tcplife-trace .* live'
shown "what was open before" '1 Open 1 '
shown "its state, and how old it is at least" '>[0-9.]+.*ESTABLISHED'
step close
shown "what ended" '2 Ended 1 '
step refused
shown "what went wrong" '5 Faults 1\b'
keys 2
shown "TIME_WAIT counts down" 'C:(5[0-9]|60)s left'
shown "a name with an escape sequence is shown by its bytes" 'e\\x1b\]0;p'
[ "$("${tmux[@]}" display -p '#{pane_title}')" != pwn ] || fail "a process set the terminal's title"
keys Down Enter
shown "the diagram" 'SYN seq=0'
keys e NPage NPage
shown "... explained" 'Teardown|Handshake'
keys Escape 5
shown "the fault in a word" 'refused by server'
keys 3
shown "who listens" "127.0.0.1:$port .*[0-9]"
keys 4
shown "the ports towards a destination" "127.0.0.1:$port "
keys 1 g
shown "groups" 'by process'
keys g
shown "... by service" "port $port"
keys g g g
shown "... none" 'AGE +PID'
keys 2 / C-u
keys -l refused
keys Enter
shown "the filter" '2 Ended 1 .*/refused'
keys Escape
shown "... taken away" '2 Ended 2 '
keys w C-u
keys -l "$work/one.json"
keys Enter
shown "w writes" 'written: '
expect_json "the file is a record" '.schema == "tcplife.connection" and (.tcp.ending == "closed" or .tcp.ending == "refused")' "$work/one.json"
keys p
shown "it stands still" 'PAUSED'
step refused
keys 5
shown "... though more happens" '5 Faults 1\b'
keys p
shown "... and goes on" '5 Faults 2\b'
for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
	resize $((round * 41 % 160 + 1)) $((round * 29 % 50 + 1))
	keys 1 2 3 Down
done
resize 1 1
step hold
resize 120 30
keys 1
shown "after a storm of sizes" '1 Open 2 '
both_count() {
	[ "$(screen | grep -c '2\.9K')" -eq 2 ]
}
until_true 20 both_count || fail "the bytes of what is open, also of what was opened since:"$'\n'"$(screen)"
keys q
until_true 20 test -s "$work/screen.status" || fail "q does not end it"
expect_equal "its exit status" "$(cat "$work/screen.status")" 0
echo end >&"$go" # tmux has the pipe too: it does not end by itself
wait "$player" || fail "the player failed: $(cat "$work/player.err")"
