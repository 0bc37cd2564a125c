#!/bin/sh
# files.sh PROGRAM DIR: copies the program, its loader and its libraries, stripped, to DIR, and prints the assembly that puts them
# into the bundle, in the order that launch.c expects.
set -eu
program=$1
dir=$2
rm -rf "$dir"
mkdir -p "$dir"

loader=$(ldd "$program" | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) .*/\1/p')
libraries=$(ldd "$program" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p')
if [ -z "$loader" ] || [ -z "$libraries" ]; then
	echo "files.sh: ldd finds no loader of $program" >&2
	exit 1
fi

n=0
rows=
printf ".section .rodata\n"
for file in "$loader" "$program" $libraries; do
	name=$(basename "$file")
	strip --strip-unneeded -o "$dir/$name" "$file"
	printf '.balign 16\nbegin%d: .incbin "%s"\nend%d: .byte 0\nname%d: .asciz "%s"\n' $n "$dir/$name" $n $n "$name"
	rows="$rows.quad name$n, begin$n, end$n
"
	n=$((n + 1))
done
[ $n -le 64 ] || { echo "files.sh: more files than launch.c has room for" >&2; exit 1; }
printf '.section .data.rel.ro,"aw"\n.balign 16\n.globl bundled\nbundled:\n%s.quad 0, 0, 0\n.section .note.GNU-stack,"",@progbits\n' "$rows"
