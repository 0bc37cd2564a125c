#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The kernel types that the BPF side uses, and no others, from the running kernel's BTF.
#   vmlinux/trim.sh full FILE          the whole dump
#   vmlinux/trim.sh trim FULL OBJECT   what OBJECT, compiled against the dump FULL, has need of; to stdout
#   vmlinux/trim.sh same OBJECT OTHER  do both touch the same fields of this kernel's types?
set -euo pipefail

bpftool=${BPFTOOL:-$(command -v bpftool || echo /usr/sbin/bpftool)}
btf=/sys/kernel/btf/vmlinux
# Not seen by CO-RE, since their values are the same on every kernel: named here, or found by one of their constants.
plain='__s8 __s16 __s32 __le16 __le32 __le64 __be64 __sum16 __wsum'
# Only ever pointed to.
opaque='seq_file'
constants='BPF_MAP_TYPE_RINGBUF BPF_ANY BPF_RB_NO_WAKEUP BPF_RB_AVAIL_DATA BPF_F_CURRENT_CPU BPF_F_CURRENT_NETNS XDP_PASS IPPROTO_TCP'
# Asked about by a flavour of our own only (bpf_core_enum_value_exists), which brings its definition: 200 lines for nothing.
flavoured='bpf_func_id'

# Padding, which CO-RE makes meaningless, empty lines, and the guard that each dump brings.
members() {
	sed -E -e '/^\s*(long|int|short|char)( [a-z]+)*: [0-9]+;$/d' -e '/^$/d' -e '/^#/d'
}

# without NAME: stdin but for the definition of that enum.
without() {
	sed -e "/^enum $1 {\$/,/^};\$/d"
}

# extras FULL HAVE: the definitions of $plain and those around $constants that are not in HAVE.
extras() {
	awk -v plain="$plain" -v constants="$constants" '
		BEGIN { split(plain, p); for (i in p) type[p[i]]; split(constants, c); for (i in c) constant[c[i]] }
		FNR == NR { have[$0]; next }
		/^typedef / { name = $NF; sub(/;$/, "", name); if (name in type && !($0 in have)) print; next }
		/^enum .*\{$/ || /^enum \{$/ { block = $0; wanted = 0; inside = 1; next }
		inside { block = block "\n" $0; if ($1 in constant) wanted = 1 }
		/^\};$/ && inside { if (wanted) print block; inside = 0 }' "$2" "$1"
}

trim() {
	local full=$1 object=$2
	"$bpftool" gen min_core_btf "$btf" "$work/btf" "$object"
	"$bpftool" btf dump file "$work/btf" format c | members | without "$flavoured" > "$work/core"
	extras "$full" "$work/core" > "$work/extras"
	cat <<- 'HEAD'
		/* Made by `make vmlinux`, see vmlinux/README.md. The order and size of members mean nothing: CO-RE finds them. */
		/* clang-format off */
		#ifndef __VMLINUX_H__
		#define __VMLINUX_H__

		#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

	HEAD
	# Typedefs of the extras rest on those of the core, and all of it on the plain integers.
	grep '^typedef [a-z ]* __[us][0-9]*;$' "$work/core" "$work/extras" -h
	grep -v '^typedef [a-z ]* __[us][0-9]*;$' "$work/core"
	grep -v '^typedef [a-z ]* __[us][0-9]*;$' "$work/extras"
	printf 'struct %s;\n' $opaque
	printf '\n#pragma clang attribute pop\n\n#endif\n'
}

same() {
	"$bpftool" gen min_core_btf "$btf" "$work/a" "$1"
	"$bpftool" gen min_core_btf "$btf" "$work/b" "$2"
	"$bpftool" btf dump file "$work/a" format c | members | sort > "$work/a.h"
	"$bpftool" btf dump file "$work/b" format c | members | sort > "$work/b.h"
	diff -u --label "$1" --label "$2" "$work/a.h" "$work/b.h"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case ${1:-} in
# perf has constants of the contract's names.
full) "$bpftool" btf dump file "$btf" format c | sed -E 's/^\tEVENT_[A-Z]+ = /\tPERF_&/; s/PERF_\t/PERF_/' > "$2" ;;
trim) trim "$2" "$3" ;;
same) same "$2" "$3" ;;
*) sed -n '3,6s/^# //p' "$0" >&2; exit 2 ;;
esac
