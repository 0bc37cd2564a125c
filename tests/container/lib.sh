# shellcheck shell=bash
# Containers that Podman runs here, with storage of the test's own below $root. Sourced first.
. "$(dirname "$0")/../live/lib.sh"
need podman runc busybox

root=$work/root
storage=(--root "$root/var/lib/containers/storage" --runroot "$work/run" --storage-driver vfs --runtime runc --cgroup-manager cgroupfs)
# Where limits of the host are lower than Podman's own.
# shellcheck disable=SC2034 # the tests use it
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1000:1000)

in_podman() { # in_podman NETNS ARGS...
	local netns=$1
	shift
	inside "$netns" podman "${storage[@]}" "$@" < /dev/null
}

remove_containers() {
	podman "${storage[@]}" rm --force --all --time 0 > /dev/null
}
defer remove_containers

# make_root DIR: a file system with busybox alone, without a C library.
make_root() {
	mkdir -p "$1"/{bin,proc,sys,dev,tmp,etc,www}
	cp "$(command -v busybox)" "$1/bin/busybox"
	! ldd "$1/bin/busybox" > /dev/null 2>&1 || skip "busybox-static: this busybox needs a C library"
	"$1/bin/busybox" --install -s "$1/bin" 2> /dev/null
	find "$1/bin" -type l -exec ln -sf busybox {} \;
	echo hello > "$1/www/index.html"
}
