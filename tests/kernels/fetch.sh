#!/usr/bin/env bash
# Fills the cache with Debian's cloud kernels: for each name given (default: all of amd64) its vmlinuz, the modules that the
# suite needs, and one static busybox. Needs no root: apt works on lists of its own, the host's are not touched.
#   tests/kernels/fetch.sh [5.10] [6.1] [6.12] [sid] [6.1-arm64] [6.12-arm64]
set -euo pipefail

cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace/kernels
declare -A suite_of=([5.10]=bullseye [6.1]=bookworm [6.12]=trixie [sid]=sid
	[6.1-arm64]=bookworm [6.12-arm64]=trixie)
modules=(veth tun virtio_net sch_netem sch_ingress cls_bpf act_bpf nf_tables nft_limit nft_counter nft_quota nft_reject_inet
	nft_numgen tcp_diag)

# shellcheck source=tests/kernels/debian.sh
. "$(dirname "$0")/debian.sh"

# kernel_packages DIR MACHINE: the image behind the meta package and, from 7.x on, the parts that it was split into.
kernel_packages() {
	local image
	image=$(APT_CONFIG=$1/apt.conf apt-cache depends "linux-image-cloud-$2" |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$image" ] || die "linux-image-cloud-$2 depends on no image"
	echo "$image"
	APT_CONFIG=$1/apt.conf apt-cache depends "$image" | sed -n 's/^ *Depends: \(linux-\(binary\|modules\)-[0-9].*\)/\1/p'
}

# wanted_modules MODULES.DEP: paths of the wanted modules, each after all that it depends on.
wanted_modules() {
	awk -v wanted="${modules[*]}" -F': *' '
		{ name = $1; sub(/.*\//, "", name); sub(/\.ko.*/, "", name); path[name] = $1; depends[$1] = $2 }
		function visit(file,    list, count, i) {
			if (seen[file]++)
				return
			count = split(depends[file], list, " ")
			for (i = 1; i <= count; i++)
				visit(list[i])
			print file
		}
		END { count = split(wanted, names, " "); for (i = 1; i <= count; i++) if (names[i] in path) visit(path[names[i]]) }
	' "$1"
}

# copy_modules ROOT OUT: plain .ko files, numbered in the order of loading.
copy_modules() {
	local base path number=10
	base=$(dirname "$(find "$1" -type d -path '*/lib/modules/*/kernel' -print -quit)")
	mkdir -p "$1/lib/modules" "$2"
	[ -d "$1/lib/modules/${base##*/}" ] || cp -r "$base" "$1/lib/modules/"
	base=$1/lib/modules/${base##*/}
	find "$base" -name '*.ko.xz' -exec xz -d {} +
	"$cache/busybox" depmod -b "$1" "${base##*/}"
	while read -r path; do
		cp "$base/$path" "$2/$((number++))-$(basename "$path")"
	done < <(wanted_modules "$base/modules.dep")
	echo "${base##*/}" > "$2/../release"
}

fetch_busybox() {
	[ -x "$cache/busybox" ] && return
	apt_setup "$work/busybox" bookworm
	download "$work/busybox" busybox-static
	find "$work/busybox/root" -type f -path '*bin/busybox' -exec cp {} "$cache/busybox.new" \;
	mv "$cache/busybox.new" "$cache/busybox"
}

fetch_kernel() {
	local name=$1 dir=$work/$1 machine=amd64 image
	[ -f "$cache/$name/release" ] && return
	[[ $name != *-arm64 ]] || machine=arm64
	apt_setup "$dir" "${suite_of[$name]}" $machine
	mapfile -t packages < <(kernel_packages "$dir" $machine)
	download "$dir" "${packages[@]}"
	image=$(find "$dir/root" -type f -name 'vmlinuz*' -print -quit)
	[ -n "$image" ] || die "no vmlinuz in ${packages[*]}"
	mkdir -p "$dir/out"
	cp "$image" "$dir/out/vmlinuz"
	copy_modules "$dir/root" "$dir/out/modules"
	rm -rf "${cache:?}/$name"
	mv "$dir/out" "$cache/$name"
	echo "fetch.sh: $name is $(cat "$cache/$name/release")" >&2
}

[ $# -gt 0 ] || set -- 5.10 6.1 6.12 sid
for name in "$@"; do
	[ -n "${suite_of[$name]:-}" ] || die "no kernel $name: choose among ${!suite_of[*]}"
done
mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
missing=()
[ -x "$cache/busybox" ] || missing+=(busybox)
for name in "$@"; do
	[ -f "$cache/$name/release" ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0
for tool in apt-get dpkg-deb xz; do
	command -v "$tool" > /dev/null || cannot "$tool is needed to fetch ${missing[*]}"
done
fetch_busybox
for name in "$@"; do
	fetch_kernel "$name"
done
