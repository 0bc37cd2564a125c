#!/usr/bin/env bash
# Two containers that Podman runs, connected: each side has its container's id and name, also after a rename.
. "$(dirname "$0")/lib.sh"

make_netns alone
make_root "$work/fs"
run() { # run ARGS...: in the namespace $alone, which is the host's for Podman
	in_podman "$alone" run --network host "${limits[@]}" "$@"
}
start_tracer all "$alone" --netns "$alone" --port "$port" --json --host-root "$root" --record "$work/all.tlt"
run --detach --name shop-web --rootfs "$work/fs" httpd -f -p "$port" -h /www > "$work/id" 2> "$work/podman.err" ||
	skip "podman: it runs no container here: $(tail -n 1 "$work/podman.err")"

fetched() {
	run --rm --name shop-client --rootfs "$work/fs" wget -qO- "http://127.0.0.1:$port/" 2> "$work/podman.err" | grep -q hello
}
until_true 20 fetched || fail "no answer: $(cat "$work/podman.err")"

named() { # named CONDITION
	records all | jq -se "any(.[]; $1)" > /dev/null
}
# The client's container is removed at once: its name is known only if the tracer was faster than Podman.
both_named() {
	fetched && named '.client.container.name == "shop-client" and .client.container.runtime == "podman" and
	.server.container == {id: "'"$(cat "$work/id")"'", name: "shop-web", runtime: "podman"}'
}
until_true 30 both_named || fail "names: $(records all)"

in_podman "$alone" rename shop-web shop-api
renamed() {
	fetched && named '.server.container.name == "shop-api"'
}
until_true 20 renamed || fail "a rename is not followed"
stop_tracer all
"$tracer" -r "$work/all.tlt" --json | jq -se 'any(.[]; .server.container.name == "shop-api")' > /dev/null || fail "no name in the recording"
