#!/usr/bin/env bash
# Two network namespaces with one and the same connection: segments that the kernel drops in the other one are not of ours.
. "$(dirname "$0")/lib.sh"
need python3

there=''
make_netns near
make_netns there
cat > "$work/same.py" << 'PY'
"""A connection 127.0.0.1:PORT+1 -> PORT on lo. `stray`: RSTs and FINs that its socket refuses arrive before it closes."""
import socket, struct, sys

port, stray = int(sys.argv[1]), sys.argv[2] == "stray"
address = socket.inet_aton("127.0.0.1")

def checksum(data):
    words = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    words = (words >> 16) + (words & 0xffff)
    return ~(words + (words >> 16)) & 0xffff

def segment(seq, flags):
    parts = (port + 1, port, seq, 1, 5 << 4, flags, 0)
    header = struct.pack("!HHIIBBHHH", *parts, 0, 0)
    pseudo = address + address + struct.pack("!HH", socket.IPPROTO_TCP, len(header))
    return struct.pack("!HHIIBBHHH", *parts, checksum(pseudo + header), 0)

listener = socket.create_server(("127.0.0.1", port))
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
client.bind(("127.0.0.1", port + 1))
client.connect(("127.0.0.1", port))
accepted = listener.accept()[0]
print("open", flush=True)
sys.stdin.readline()
if stray:
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    for flags in (0x04, 0x14, 0x11):
        for seq in (1, 1 << 30, 1 << 31, 3 << 30):
            raw.sendto(segment(seq, flags), ("127.0.0.1", 0))
client.close()
accepted.recv(1)
accepted.close()
PY

# open_same NETNS WORD: its end of the FIFO is in $go.
open_same() {
	mkfifo "$work/go.$2"
	inside "$1" python3 "$work/same.py" "$port" "$2" < "$work/go.$2" > "$work/out.$2" 2> "$work/err.$2" &
	exec {go}> "$work/go.$2"
	until_true 20 grep -q open "$work/out.$2" || fail "$2: $(cat "$work/err.$2")"
}

# close_same WORD PID FD
close_same() {
	echo >&"$3"
	wait "$2" || fail "$1: $(cat "$work/err.$1")"
}

start_tracer near "$near" --netns "$near" --port "$port" --json --whole
start_tracer there "$there" --netns "$there" --port "$port" --json --whole
open_same "$near" calm
calm=$! calm_go=$go
open_same "$there" stray
close_same stray "$!" "$go"
close_same calm "$calm" "$calm_go"
stop_tracer near
stop_tracer there
records near > "$work/near.json"
records there > "$work/there.json"
expect_json "the segments were dropped there, or nothing is shown" '[.events[] | select(.kind == "drop")] | length > 0' "$work/there.json"
expect_json "drops of another namespace" '[.events[] | select(.kind == "drop")] == []' "$work/near.json"
expect_json "segments of another namespace" '[.client.packets, .server.packets] == (.events | map(select(.kind == "segment").side) | [(map(select(. == "client")) | length), (map(select(. == "server")) | length)])' "$work/near.json"
