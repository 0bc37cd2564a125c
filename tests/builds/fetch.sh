#!/usr/bin/env bash
# tests/builds/fetch.sh ROOT: prints the directory of a root in the cache, filled if need be with headers and libraries of
# another Debian: "newest" (sid's) or "arm64" (bookworm's, and what a guest of tests/kernels runs). Needs no root.
set -euo pipefail
# shellcheck source=tests/kernels/debian.sh
. "$(dirname "$0")/../kernels/debian.sh"

cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace/roots
declare -A suite_of=([newest]=sid [arm64]=bookworm)
declare -A machine_of=([newest]=amd64 [arm64]=arm64)
declare -A more_of=([newest]="bpftool" [arm64]="bash iproute2 nftables bpftool util-linux busybox-static")
libraries=(libc6-dev libbpf-dev libelf-dev zlib1g-dev libzstd-dev libpcap-dev libmicrohttpd-dev libcap-ng-dev libseccomp-dev libmd-dev
	libjansson-dev libncurses-dev libcurl4-openssl-dev librdkafka-dev)

# Links within a root that begin with / would lead into the host.
relative_links() {
	local link target
	while IFS= read -r link; do
		target=$(readlink "$link")
		ln -sfnr "$1$target" "$link"
	done < <(find "$1" -type l -lname '/*')
}

fetch_root() {
	local name=$1 dir=$work/$1 directory more
	mkdir -p "$dir/root/usr"
	for directory in bin sbin lib lib64; do
		mkdir "$dir/root/usr/$directory"
		ln -s "usr/$directory" "$dir/root/$directory"
	done
	apt_setup "$dir" "${suite_of[$name]}" "${machine_of[$name]}"
	read -ra more <<< "${more_of[$name]}"
	download_all "$dir" "${libraries[@]}" "${more[@]}"
	relative_links "$dir/root"
	rm -rf "${cache:?}/$name" "$dir"/root/usr/share/{doc,man,locale,info}
	mv "$dir/root" "$cache/$name"
}

name=${1:-}
[ -n "${suite_of[$name]:-}" ] || die "no root '$name': choose among ${!suite_of[*]}"
# One that was filled by another list of packages is filled anew.
wanted="${libraries[*]} ${more_of[$name]}"
if [ ! -d "$cache/$name" ] || [ "$(cat "$cache/$name.packages" 2> /dev/null)" != "$wanted" ]; then
	for tool in apt-get dpkg-deb; do
		command -v "$tool" > /dev/null || cannot "$tool is needed to fetch $name"
	done
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	fetch_root "$name"
	echo "$wanted" > "$cache/$name.packages"
fi
echo "$cache/$name"
