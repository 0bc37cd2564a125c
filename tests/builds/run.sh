#!/usr/bin/env bash
# Builds against the roots of fetch.sh, with -Werror, and runs what needs no kernel of its own.
#   newest     gcc, clang 19 and the newest libbpf, bpftool, libc and libraries: make check; as root, --self-test=quick
#   arm64      cross-compiled: unit and golden cases under qemu's user mode
#   for-arm64  only compiled
# OUT=DIR (default build): in it a tree for each. Status 77: something is missing, and that was said; in CI that is a failure.
set -euo pipefail

here=$(dirname "$0")
out=$(realpath -m "${OUT:-build}")

# cannot: after a message.
cannot() {
	[ -z "${CI:-}" ] || exit 1
	echo "0 passed, 0 failed, 1 skipped"
	exit 77
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" > /dev/null && continue
		echo "run.sh: $tool is missing: .ci/deps builds" >&2
		cannot
	done
}

# make_with ROOT TREE VARIABLE... TARGET
make_with() {
	make --no-print-directory WERROR=1 SYSROOT="$1" OUT="$out/$2" "${@:3}"
}

# No chroot: programs are linked to the loader and libraries of the root, and bpftool gets a wrapper.
newest() {
	local root libraries loader wrapper=$out/newest/bpftool
	need gcc clang-19
	root=$("$here/fetch.sh" newest) || cannot
	libraries=$root/usr/lib/x86_64-linux-gnu loader=$root/lib64/ld-linux-x86-64.so.2
	mkdir -p "$out/newest"
	printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' "$loader" "$libraries" "$root/usr/sbin/bpftool" > "$wrapper"
	chmod +x "$wrapper"
	echo "newest: libbpf $(sed -n 's/^Version: //p' "$libraries/pkgconfig/libbpf.pc"), $("$wrapper" version | head -n 1)"
	make_with "$root" newest CC=gcc CLANG=clang-19 BPFTOOL="$wrapper" \
		LDFLAGS="-Wl,--disable-new-dtags,-rpath,$libraries,--dynamic-linker,$loader" check
	[ "$(id -u)" -ne 0 ] || "$out/newest/tcplife-trace" --self-test=quick
}

for_arm64() {
	need clang aarch64-linux-gnu-gcc
	root=$("$here/fetch.sh" arm64) || cannot
	make_with "$root" arm64 ARCH=arm64 CC=aarch64-linux-gnu-gcc parts
}

# under_qemu PROGRAM [OPTION]: at its place in the tree arm64-run.
under_qemu() {
	local wrapper=$out/arm64-run/$1
	mkdir -p "$(dirname "$wrapper")"
	# By its whole path: tests take PATH away.
	printf '#!/bin/sh\nexec %q -L %q %q %s "$@"\n' "$(command -v qemu-aarch64-static)" "$root" "$out/arm64/$1" "${2:-}" > "$wrapper"
	chmod +x "$wrapper"
}

# qemu's user mode has no seccomp: hence --no-sandbox.
arm64() {
	local program root
	need qemu-aarch64-static
	for_arm64
	rm -rf "$out/arm64-run"
	under_qemu tcplife-trace --no-sandbox
	while IFS= read -r program; do
		under_qemu "$program"
	done < <(cd "$out/arm64" && find tests/tools tests/unit -type f -executable)
	OUT=$out/arm64-run tests/run.sh -j 2 "$out"/arm64-run/tests/unit/*_test tests/cases.sh tests/cli.sh tests/pcap.sh
}

case ${1:-} in
newest) newest ;;
arm64) arm64 ;;
for-arm64) for_arm64 ;;
*) sed -n 's/^#   /  /p' "$0" >&2; exit 2 ;;
esac
