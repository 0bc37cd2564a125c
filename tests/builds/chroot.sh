#!/usr/bin/env bash
# tests/builds/chroot.sh SUITE COMMAND...: runs the command in a copy of the sources, in a root of that Debian suite which
# debootstrap makes once and the cache keeps, with a /proc and /dev of its own. What it builds is in the cache: chroots/SUITE/src.
# Root. Status 77: something is missing, and that was said.
set -euo pipefail
# shellcheck source=tests/kernels/debian.sh
. "$(dirname "$0")/../kernels/debian.sh"

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace/chroots
suite=$1
shift
root=$cache/$suite

[ "$(id -u)" -eq 0 ] || cannot "debootstrap and chroot need root"
command -v debootstrap > /dev/null || cannot "debootstrap is missing: .ci/deps builds"

make_root() {
	local uri signed
	signed=$(keyring) && uri=$(mirror) || exit
	rm -rf "$root.new"
	mkdir -p "$cache"
	debootstrap --variant=minbase --include=make,ca-certificates --keyring="$signed" "$suite" "$root.new" "$uri" > "$cache/$suite.log" 2>&1 ||
		cannot "no root of $suite: $(tail -n 1 "$cache/$suite.log")"
	# An archive that stands still is older than its lists say.
	echo 'Acquire::Check-Valid-Until "false";' > "$root.new/etc/apt/apt.conf.d/90tests"
	mv "$root.new" "$root"
}

[ -d "$root" ] || make_root
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/src"
# The objects of an earlier run serve again.
for part in .ci .clang-format Makefile README.md LICENSE bpf src vmlinux tests; do
	rm -rf "$root/src/$part"
	cp -rp "$top/$part" "$root/src/"
done
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount --pid --fork bash -c '
	set -e
	root=$1
	shift
	mount --make-rprivate /
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=1777 tmp "$root/tmp"
	mount -t tmpfs dev "$root/dev"
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t devpts -o newinstance,ptmxmode=0666 pts "$root/dev/pts"
	for node in null zero full random urandom tty; do
		touch "$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
	done
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s fd/0 "$root/dev/stdin"
	ln -s fd/1 "$root/dev/stdout"
	ln -s fd/2 "$root/dev/stderr"
	ln -s pts/ptmx "$root/dev/ptmx"
	exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 CI="${CI:-}" \
		sh -c "cd /src && exec \"\$@\"" - "$@"
' - "$root" "$@"
