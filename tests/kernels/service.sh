#!/usr/bin/env bash
# The package on Debian, as it is installed: boots systemd under qemu and runs service_guest.sh in the guest.
#   tests/kernels/service.sh [5.10] [6.1] [6.12] [sid]      default: all; the first two below Debian 12, the others below 13
#   OUT=DIR     where lives was built (default build). The package of another suite than the host's is built in a chroot.
# Needs root for that chroot only. Status 77: something is missing, and that was said; in CI that is a failure.
set -euo pipefail
# shellcheck source=tests/kernels/debian.sh
. "$(dirname "$0")/debian.sh"

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace
out=$(realpath -m "${OUT:-build}")
declare -A suite_of=([5.10]=bookworm [6.1]=bookworm [6.12]=trixie [sid]=trixie)
packages=(systemd systemd-sysv bash coreutils grep sed procps mawk util-linux kmod iproute2)

# skip WHAT: counted, and in CI a failure.
skip() {
	echo "service.sh: $*" >&2
	echo "0 passed, 0 failed, 1 skipped"
	[ -z "${CI:-}" ] || exit 1
	exit 77
}

# package_of SUITE: builds it without its tests, which are other parts' of CI; prints its path.
package_of() {
	local codename dir=$out made
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ "$codename" = "$1" ] || dir=$cache/chroots/$1/src/build
	made=$(find "$dir/deb" -maxdepth 1 -name 'tcplife-trace_*.deb' 2> /dev/null) || [ $? -eq 1 ]
	if [ -n "$made" ] && [ -z "$(find "$top/src" "$top/bpf" "$top/vmlinux" "$top/Makefile" -newer "$made" -print -quit)" ]; then
		echo "$made"
		return
	fi
	if [ "$codename" = "$1" ]; then
		DEB_BUILD_OPTIONS=nocheck make --no-print-directory -C "$top" OUT="$out" deb >&2
	else
		"$here/../builds/chroot.sh" "$1" sh -c '.ci/deps build test deb && DEB_BUILD_OPTIONS=nocheck make OUT=build deb' >&2 || return
	fi
	find "$dir/deb" -name 'tcplife-trace_*.deb'
}

# make_root SUITE PACKAGE DIR: a Debian with systemd, the package and what it depends on, unpacked and not configured.
make_root() {
	local dir=$3
	mkdir -p "$dir/root/usr"
	for directory in bin sbin lib lib64; do
		mkdir "$dir/root/usr/$directory"
		ln -s "usr/$directory" "$dir/root/$directory"
	done
	apt_setup "$dir" "$1"
	download_all "$dir" "${packages[@]}" "$2"
	dpkg-deb --fsys-tarfile "$2" | tar -x -C "$dir/root" --keep-directory-symlink --no-same-owner
	rm -rf "$dir"/root/usr/share/{doc,man,locale,info,zoneinfo} "$dir"/root/usr/lib/udev
	cp "$here/service_guest.sh" "$dir/root/service_guest.sh"
	cp "$out/tests/tools/lives" "$dir/root/usr/bin/lives"
	printf 'root:x:0:0::/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n' > "$dir/root/etc/passwd"
	printf 'root:x:0:\ntty:x:5:\nadm:x:4:\nsystemd-journal:x:101:\nnogroup:x:65534:\n' > "$dir/root/etc/group"
	echo guest > "$dir/root/etc/hostname"
	: > "$dir/root/etc/machine-id"
	mkdir -p "$dir"/root/{proc,sys,dev,run,tmp,root,var/log} "$dir/root/etc/systemd/system"
	ln -s /run "$dir/root/var/run"
	ln -s mawk "$dir/root/usr/bin/awk"
	printf '#!/bin/sh\nexec /lib/systemd/systemd\n' > "$dir/root/init"
	cat > "$dir/root/etc/systemd/system/guest.service" <<-UNIT
		[Unit]
		DefaultDependencies=no
		After=basic.target systemd-journald.service
		Wants=basic.target
		[Service]
		Type=oneshot
		ExecStart=/service_guest.sh
		ExecStopPost=/bin/systemctl poweroff --force --force
		TimeoutStartSec=1000
		StandardOutput=file:/dev/ttyS1
		StandardError=file:/dev/ttyS1
	UNIT
	chmod 755 "$dir/root/init" "$dir/root/service_guest.sh"
}

# boot KERNEL DIR: what the guest says is in DIR/said.
boot() {
	rm -rf "$2/root/modules"
	cp -r "$cache/kernels/$1/modules" "$2/root/modules"
	(cd "$2/root" && find . | "$cache/kernels/busybox" cpio -o -H newc 2> /dev/null) > "$2/initrd"
	timeout 1100 qemu-system-x86_64 -cpu max,cx16=off -accel tcg,thread=multi -smp 2 -m 2048 -nodefaults -display none -no-reboot \
		-serial "file:$2/console" -serial "file:$2/said" -kernel "$cache/kernels/$1/vmlinuz" -initrd "$2/initrd" \
		-append "console=ttyS0 quiet oops=panic panic=-1 random.trust_cpu=on mitigations=off tsc=reliable systemd.unit=guest.service systemd.show_status=0" < /dev/null
}

run_kernel() {
	local suite=${suite_of[$1]} dir package
	dir=$work/$suite
	package=$(package_of "$suite") || skip "no package for $suite"
	[ -d "$dir" ] || make_root "$suite" "$package" "$dir"
	boot "$1" "$dir" || echo "service.sh: qemu ended with $?" >&2
	echo "$suite, Linux $(cat "$cache/kernels/$1/release"), $(basename "$package"):"
	sed 's/\r$//; s/^/  /' "$dir/said"
	grep -q '^done' "$dir/said" || { echo "  FAILED the guest did not come to its end:"; tail -n 20 "$dir/console"; }
}

[ $# -gt 0 ] || set -- 5.10 6.1 6.12 sid
command -v qemu-system-x86_64 > /dev/null || skip "qemu-system-x86_64 is missing: .ci/deps kernels"
for kernel; do
	[ -n "${suite_of[$kernel]:-}" ] || die "no kernel $kernel: choose among ${!suite_of[*]}"
	"$here/fetch.sh" "$kernel" || skip "no kernel $kernel"
done
[ -x "$out/tests/tools/lives" ] || die "$out/tests/tools/lives is missing: make check-service builds it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for kernel; do
	run_kernel "$kernel" | tee -a "$work/report"
done
failed=$(grep -c '^  FAILED' "$work/report") || [ $? -eq 1 ]
echo "$(grep -c '^  passed' "$work/report") passed, $failed failed"
[ "$failed" -eq 0 ]
