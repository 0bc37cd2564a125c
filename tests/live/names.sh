#!/usr/bin/env bash
# --names: the name that an address came from, by the answers of a name server in another namespace and on loopback; no
# name without it, and none for an address that no answer named.
. "$(dirname "$0")/lib.sh"
need python3

make_pair
cat > "$work/server.py" <<'END'
# Answers every question with the addresses that it was given; says "ready".
import socket, sys
at, addresses = sys.argv[1], sys.argv[2:]
s = socket.socket(socket.AF_INET6 if ":" in at else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((at, 53))
print("ready", flush=True)
while True:
    query, client = s.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    records = b""
    for a in addresses:
        v6 = ":" in a
        data = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, a)
        records += b"\xc0\x0c\0" + (b"\x1c" if v6 else b"\1") + b"\0\1\0\0\0\x3c\0" + bytes([len(data)]) + data
    s.sendto(query[:2] + b"\x81\x80\0\1\0" + bytes([len(addresses)]) + b"\0\0\0\0" + query[12:end] + records, client)
END
cat > "$work/ask.py" <<'END'
import socket, sys
at, name = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if ":" in at else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
s.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1", (at, 53))
assert len(s.recv(512)) > 12
END

# serve NETNS ADDRESS ANSWER...
serve() {
	local netns=$1
	shift
	nsenter --net="/run/netns/$netns" python3 "$work/server.py" "$@" > "$work/server.$1" &
	defer kill $!
	until_true 20 grep -q ready "$work/server.$1" || fail "no name server at $1"
}
serve "$far" "$far4" "$far4" "$far6"
serve "$near" 127.0.0.1 127.0.0.1

start_tracer named "$near" --netns "$near" --json --names --record "$work/named.tlt"
start_tracer plain "$near" --netns "$near" --json
inside "$near" python3 "$work/ask.py" "$far4" Db.Example.org
inside "$near" python3 "$work/ask.py" 127.0.0.1 here.example.org
play_across client-close 4 --port "$port"
play_across client-close 6 --port "$port"
play "$near" client-close --port "$port"
stop_tracer named
stop_tracer plain

names_of() {
	records "$1" | jq -r '"\(.server.address) \(.server.domain // "-")"' | sort
}
expect_equal "names" "$(names_of named)" "$(printf '%s\n' "127.0.0.1 here.example.org" "$far4 db.example.org" "$far6 db.example.org" | sort)"
expect_equal "without --names" "$(names_of plain)" "$(printf '%s\n' "127.0.0.1 -" "$far4 -" "$far6 -" | sort)"
"$tracer" --replay "$work/named.tlt" > "$work/table"
expect_text "the table" " db.example.org +$port " "$work/table"
