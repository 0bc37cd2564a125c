#!/usr/bin/env bash
# Names of containers from the files of the kubelet, Docker, Podman and CRI-O as these lay them, below a root of their own:
# known at the first connection, when they come later, when a container is renamed; and in the recording.
. "$(dirname "$0")/lib.sh"
need python3

make_netns alone
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
[ -n "$cgroup2" ] || skip "cgroup v2: no such file system is mounted"
base=$cgroup2/tcplife-$$
mkdir "$base"
defer find "$base" -depth -type d -exec rmdir {} +
root=$work/root
uid=d9a1c2f0-3b5e-4f60-8c1d-0123456789ab
mkdir -p "$root"/var/lib/docker/containers "$root"/var/log/{pods,containers} "$root"/var/lib/containers/storage/overlay-containers

id_of() {
	printf '%064x' "$1"
}

# ---- files as they are laid

pod() { # pod NUMBER POD NAMESPACE UID CONTAINER
	mkdir -p "$root/var/log/pods/$3_$2_$4/$5"
	ln -s "/var/log/pods/$3_$2_$4/$5/0.log" "$root/var/log/containers/$2_$3_$5-$(id_of "$1").log"
}

docker() { # docker NUMBER NAME: written aside and moved, as Docker does
	local dir
	dir=$root/var/lib/docker/containers/$(id_of "$1")
	mkdir -p "$dir"
	echo "{\"StreamConfig\":{},\"State\":{\"Running\":true},\"ID\":\"$(id_of "$1")\",\"Name\":\"/$2\",\"Config\":{\"Labels\":{}}}" > "$dir/.tmp"
	mv "$dir/.tmp" "$dir/config.v2.json"
}

storage() { # storage NUMBER NAME...
	local list=$root/var/lib/containers/storage/overlay-containers/containers.json sep='' file
	file=$(mktemp -p "$root")
	{
		printf '['
		while [ $# -gt 0 ]; do
			printf '%s{"id":"%s","names":["%s"],"image":"","layer":"l","metadata":"{\\"name\\":\\"x\\"}","created":"2026-11-27T02:56:58Z"}' \
				"$sep" "$(id_of "$1")" "$2"
			sep=,
			shift 2
		done
		printf ']'
	} > "$file"
	mv "$file" "$list"
}

# ---- a connection from a cgroup to a listener outside of any

cat > "$work/serve.py" << 'PY'
import socket, sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
print("listens", flush=True)
while True:
    s = listener.accept()[0]
    while s.recv(100):
        pass
    s.close()
PY
# From its own bash on, which is the one that moves.
connect() { # connect CGROUP FROM-PORT
	mkdir -p "$base/$1"
	# shellcheck disable=SC2016 # for the inner shell
	inside "$alone" bash -c 'echo $$ > "$1/cgroup.procs" && exec python3 -c "import socket, sys
socket.create_connection((\"127.0.0.1\", int(sys.argv[1])), source_address=(\"127.0.0.1\", int(sys.argv[2]))).close()" "$2" "$3"' \
		- "$base/$1" "$port" $((port + $2)) || fail "no connection from $1"
}

expect_names() { # expect_names FROM-PORT CONDITION
	until_true 10 recorded $((port + $1)) || fail "no record of port $1"
	records all | jq -c "select(.client.port == $((port + $1))) | .client" > "$work/record"
	expect_json "names of $1" "$2" "$work/record"
}

recorded() {
	records all | jq -se "any(.[]; .client.port == $1)" > /dev/null
}

inside "$alone" python3 "$work/serve.py" "$port" > "$work/listens" &
defer kill "$!"
until_true 10 grep -q listens "$work/listens" || fail "no listener"

pod 1 web-0 shop "$uid" nginx
docker 2 quirky_curie
storage 3 sad_tesla 4 "k8s_proxy_web-0_shop_${uid}_0"
start_tracer all "$alone" --netns "$alone" --port "$port" --json --host-root "$root" --record "$work/all.tlt"

slice=kubepods.slice/kubepods-pod${uid//-/_}.slice
connect "$slice/cri-containerd-$(id_of 1).scope" 1
connect "system.slice/docker-$(id_of 2).scope" 2
connect "libpod_parent/libpod-$(id_of 3)" 3
connect "$slice/crio-$(id_of 4).scope" 4
connect system.slice/nginx.service 5
# Of a pod that is known, before the link to its log: which container it is follows from there being but one.
connect "$slice/cri-containerd-$(id_of 5).scope" 6
expect_names 1 ".k8s == {pod: {name: \"web-0\", uid: \"$uid\"}, namespace: {name: \"shop\"}, container: {name: \"nginx\"}}
	and .container == {id: \"$(id_of 1)\", runtime: \"containerd\"} and .systemd == null"
expect_names 2 ".container == {id: \"$(id_of 2)\", name: \"quirky_curie\", runtime: \"docker\"} and .k8s == null"
expect_names 3 ".container == {id: \"$(id_of 3)\", name: \"sad_tesla\", runtime: \"podman\"}"
expect_names 4 ".container.name == \"k8s_proxy_web-0_shop_${uid}_0\" and .container.runtime == \"cri-o\" and .k8s.container.name == \"proxy\"
	and .k8s.pod.name == \"web-0\""
expect_names 5 '.systemd.unit == "nginx.service" and .container == null'
expect_names 6 '.k8s.container.name == "nginx"'

# ---- names that come after the first connection, and one that changes: followed

named() { # named FROM-PORT-BASE CGROUP CONDITION: a later connection has it
	connection=$((connection + 1))
	connect "$2" "$connection"
	until_true 10 recorded $((port + connection))
	records all | jq -se "any(.[]; .client.port == $((port + connection)) and (.client | $3))" > /dev/null
}
connection=10
late=kubepods/besteffort/podaaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/$(id_of 7)
connect "$late" 7
expect_names 7 '.k8s == {pod: {uid: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}'
pod 7 api-1 shop aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee api
until_true 10 named 7 "$late" '.k8s.pod.name == "api-1" and .k8s.container.name == "api"' || fail "a pod's name that came later is not followed"
docker 2 renamed
until_true 10 named 2 "system.slice/docker-$(id_of 2).scope" '.container.name == "renamed"' || fail "Docker's rename is not followed"
connect "docker/$(id_of 8)" 8
expect_names 8 '.container.name == null'
docker 8 late
until_true 10 named 8 "docker/$(id_of 8)" '.container.name == "late"' || fail "Docker's name that came later is not followed"
storage 3 happy_tesla
until_true 10 named 3 "libpod_parent/libpod-$(id_of 3)" '.container.name == "happy_tesla"' || fail "Podman's rename is not followed"
# A pod of two containers: which one it is is not guessed.
mkdir -p "$root/var/log/pods/shop_two_bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"/{one,two}
connect "kubepods/podbbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee/$(id_of 9)" 9
expect_names 9 '.k8s.pod.name == "two" and .k8s.container == null'
# Files that are none of what they should be.
echo '[{"id":7},null,{"names":[""]},{"id":"xyz","names":["x"]}' > "$root/var/lib/containers/storage/overlay-containers/containers.json"
echo 'no JSON' > "$root/var/lib/docker/containers/$(id_of 2)/config.v2.json"
rm -r "$root/var/log/pods"
ln -s /dev/zero "$root/var/log/containers/x"
mkdir "$root/var/log/pods"
connect "docker/$(id_of 10)" 70
expect_names 70 '.container.name == null'
stop_tracer all

"$tracer" -r "$work/all.tlt" --json > "$work/replayed" 2> "$work/replay.err" || fail "the recording: $(cat "$work/replay.err")"
records all | jq -c '[.client.port, .client.container, .client.k8s, .client.systemd]' > "$work/names.live"
jq -c 'select(.schema == "tcplife.connection") | [.client.port, .client.container, .client.k8s, .client.systemd]' "$work/replayed" |
	diff - "$work/names.live" || fail "names differ in the recording"
