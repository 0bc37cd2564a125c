#!/usr/bin/env bash
# Boots the matrix of kernels under qemu without KVM.
#   tests/kernels/run.sh                            the suite on every kernel
#   tests/kernels/run.sh 6.1 --hooks=fentry         the suite on one kernel and rung
#   tests/kernels/run.sh 5.10 --shell-script FILE   FILE in a guest, as root; its status is this script's
#     --with FILE   puts FILE beside the script (repeatable); the working directory is theirs
#     --out DIR     keeps what the guest left in /out
#   tests/kernels/run.sh 6.1-arm64 6.12-arm64       the suite on arm64, of which OUT is then a build
#   OUT=DIR         where the program was built (default build)
# In a guest: busybox, bash, ip, tc, ss, nft, bpftool, setpriv, the program and lives, each with its libraries; tracefs, bpffs and cgroup2.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace/kernels
out=$(realpath -m "${OUT:-build}")
all_kernels=(5.10 6.1 6.12 sid)
arm64_kernels=(6.1-arm64 6.12-arm64)
guest_busybox=$cache/busybox
guest_tools=(bash ip tc ss nft bpftool setpriv)
kernels=()
rungs=(fentry kprobe tracepoint)
foreign_root='' # the root of arm64's programs and libraries, see tests/builds
script='' keep='' with=()

die() {
	echo "run.sh: $*" >&2
	exit 2
}

# cannot STATUS: after a message. 77 is a matrix that was skipped, and counted.
cannot() {
	[ "$1" -ne 77 ] || [ -n "$script" ] || echo "0 passed, 0 failed, ${#kernels[@]} skipped"
	exit "$1"
}

need() {
	command -v "$1" > /dev/null && return
	echo "run.sh: $1 is missing: apt-get install $2" >&2
	cannot 77
}

# find_tool NAME: where it is here, or in the foreign root.
find_tool() {
	local path=$PATH:/usr/sbin:/sbin
	[ -z "$foreign_root" ] || path=$foreign_root/usr/bin:$foreign_root/usr/sbin
	PATH=$path command -v "$1"
}

# libraries FILE: what it is linked to, as it is called in its own root.
libraries() {
	if [ -n "$foreign_root" ]; then
		qemu-aarch64-static -L "$foreign_root" "$foreign_root/lib/ld-linux-aarch64.so.1" --list "$1"
	else
		ldd "$1"
	fi 2> /dev/null | grep -o '/[^ ]*'
}

# copy_program ROOT FILE [NAME]: into /bin, with the libraries that it is linked to.
copy_program() {
	local root=$1 file=$2 name=${3:-$(basename "$2")} library
	cp -L "$file" "$root/bin/$name"
	while read -r library; do
		library=${library#"$foreign_root"}
		mkdir -p "$root$(dirname "$library")"
		cp -Ln "$foreign_root$library" "$root$library"
	done < <(libraries "$file")
}

# make_root ROOT: what all kernels share.
make_root() {
	local root=$1 tool path
	mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,guest,modules,root,etc}
	cp "$guest_busybox" "$root/bin/busybox"
	cp "$here/init.sh" "$root/init"
	for tool in "${guest_tools[@]}"; do
		path=$(find_tool "$tool") || die "$tool is missing: apt-get install bash iproute2 nftables bpftool util-linux"
		copy_program "$root" "$path" "$tool"
	done
	for path in "$out/tcplife-trace" "$out/tests/tools/lives"; do
		[ ! -f "$path" ] || copy_program "$root" "$path"
	done
	# Not busybox: its shell runs its own ip, whatever lies in PATH.
	ln -s bash "$root/bin/sh"
	[ ${#with[@]} -eq 0 ] || cp "${with[@]}" "$root/guest/"
	chmod -R go-w,+rX "$root"
}

pack() {
	(cd "$1" && find . | "$cache/busybox" cpio -o -H newc 2> /dev/null)
}

# machine KERNEL: sets emulator[], with ports 1 and 2 for init.sh. cx16=off: qemu 7.2 without KVM corrupts the flags around
# cmpxchg16b when it is busy, and 6.12's slab allocator dies of it in one boot of four; without the feature it takes another
# path. pauth-impdef: a cheap algorithm for what nobody here tests. arm64's one port is no ttyS.
machine() {
	local words="quiet oops=panic panic=-1 random.trust_cpu=on mitigations=off"
	case $1 in
	*-arm64) emulator=(qemu-system-aarch64 -M virt -cpu "max,pauth-impdef=on" -append "console=ttyAMA0 $words"
		-chardev "null,id=unused" -device "pci-serial,chardev=unused"
		-device "pci-serial,chardev=stream" -device "pci-serial,chardev=out") ;;
	*) emulator=(qemu-system-x86_64 -cpu "max,cx16=off" -append "console=ttyS0 $words tsc=reliable"
		-serial chardev:stream -serial chardev:out) ;;
	esac
}

# start_qemu KERNEL DIR STREAM
start_qemu() {
	local kernel=$1 dir=$2 stream=$3 qemu status=0 emulator=()
	machine "$kernel"
	timeout 600 "${emulator[0]}" -serial "file:$dir/console" -chardev "$stream,id=stream" -chardev "file,id=out,path=$dir/out.tar" \
		"${emulator[@]:1}" -accel tcg,thread=multi -smp 2 -m 1024 -nodefaults -display none -no-reboot \
		-kernel "$cache/$kernel/vmlinuz" -initrd "$dir/initrd" < /dev/null 2> "$dir/qemu.log" &
	qemu=$!
	# In the background, since a shell runs its traps only between foreground commands.
	trap 'kill $qemu' TERM INT
	wait $qemu || status=$?
	[ $status -eq 0 ] || echo "run.sh: $kernel: qemu ended with $status: $(tail -n 1 "$dir/qemu.log")" >&2
	return $status
}

# rungs_of KERNEL: arm64 has trampolines for fentry since 6.4.
rungs_of() {
	local rung
	for rung in "${rungs[@]}"; do
		[ "$1 $rung" = "6.1-arm64 fentry" ] || echo "$rung"
	done
}

# boot KERNEL DIR STREAM: runs root.cpio's /guest/main. STREAM is the chardev that its output goes to; DIR gets the
# console and out/. Status: main's.
boot() {
	local kernel=$1 dir=$2 stream=$3 try
	mkdir -p "$dir/own/modules" "$dir/own/guest" "$dir/out"
	rungs_of "$kernel" > "$dir/own/guest/rungs.txt"
	cp "$cache/$kernel/modules/"*.ko "$dir/own/modules/"
	{
		cat "$work/root.cpio"
		pack "$dir/own"
	} > "$dir/initrd"
	# A kernel that dies before init has met no tracer: that is the emulator's, and tried again.
	for try in 1 2 3; do
		start_qemu "$kernel" "$dir" "$stream" || return 1
		! grep -q '^init: up' "$dir/console" || break
		echo "run.sh: $kernel died while booting, try $try: $(grep -m 1 -E 'BUG|panic' "$dir/console")" >&2
	done
	tar -xf "$dir/out.tar" -C "$dir/out" 2> /dev/null && [ -s "$dir/out/status" ] && return "$(cat "$dir/out/status")"
	echo "run.sh: $kernel died; the end of its console:" >&2
	tail -n 20 "$dir/console" >&2
	return 1
}

# One build, one machine.
choose_machine() {
	local known=("${all_kernels[@]}") kernel
	if [[ ${kernels[0]} == *-arm64 ]]; then
		known=("${arm64_kernels[@]}")
		need qemu-system-aarch64 qemu-system-arm
		need qemu-aarch64-static qemu-user-static
		foreign_root=$("$here/../builds/fetch.sh" arm64) || cannot $?
		guest_busybox=$foreign_root/bin/busybox
	else
		need qemu-system-x86_64 qemu-system-x86
	fi
	for kernel in "${kernels[@]}"; do
		[[ " ${known[*]} " == *" $kernel "* ]] || die "no kernel $kernel here: choose among ${known[*]}"
	done
}

run_script() {
	local status=0
	[ ${#kernels[@]} -eq 1 ] || die "--shell-script wants one kernel"
	cp "$script" "$work/root/guest/main"
	chmod +x "$work/root/guest/main"
	pack "$work/root" > "$work/root.cpio"
	mkdir -p "$work/guest"
	boot "${kernels[0]}" "$work/guest" stdio || status=$?
	[ -z "$keep" ] || { mkdir -p "$keep" && cp -r "$work/guest/out/." "$work/guest/console" "$keep/"; }
	exit "$status"
}

# checker: check.jq with the conditions of lives.txt in it.
checker() {
	awk 'BEGIN { print "def also($name):" }
		/^#/ || $5 == "true" { next }
		{ printf "\tif $name == \"%s\" then (%s) else\n", $1, $5; ends = ends " end" }
		END { print "\ttrue" ends ";" }' "$here/lives.txt"
	cat "$here/check.jq"
}

# tracers_of KERNEL: each rung as root with a port filter, then with the documented capabilities (RUNG-caps).
tracers_of() {
	rungs_of "$1"
	rungs_of "$1" | sed 's/$/-caps/'
}

# unwanted_lines FILE TRACER: connections to port 6998 are refused while the suite waits for its tracers; root's filter them
# out.
unwanted_lines() {
	local found=no wanted=no
	[[ $2 != *-caps ]] || wanted=yes
	! grep -q '"port":6998' "$1" || found=yes
	[ $found = $wanted ] || printf 'fail\ttracer\tfilter\trecords of port 6998: %s\n' $found
}

# rung_lines OUT TRACER: what check.jq says of one tracer, and what is wrong with the tracer itself.
rung_lines() {
	local dir=$1 rung=$2 accepts=true exit
	[ "$rung" != tracepoint-caps ] || accepts=false # the tracepoint of accept() takes root to find
	exit=$(cat "$dir/$rung.exit" 2> /dev/null || echo none)
	[ "$exit" = 0 ] || printf 'fail\ttracer\texit\t%s: %s\n' "$exit" "$(tail -n 1 "$dir/$rung.log" 2> /dev/null)"
	[ -e "$dir/$rung.ndjson" ] || return 0
	unwanted_lines "$dir/$rung.ndjson" "$rung"
	jq -nr --slurpfile played "$dir/played.ndjson" --slurpfile records "$dir/$rung.ndjson" \
		--argjson reasons "$(cat "$dir/reasons")" --argjson accepts $accepts -f "$work/check.jq" ||
		printf 'fail\ttracer\toutput\tno valid NDJSON\n'
}

# guest_lines OUT: what concerns the guest as a whole.
guest_lines() {
	local rung program
	declare -A program=([fentry]=timewait_kill_fentry [kprobe]=timewait_kill_kprobe [tracepoint]=timewait_timer_expire)
	for rung in "${rungs[@]}"; do
		grep -qw "${program[$rung]}" "$1/programs" || printf 'fail\trung\tguest\tno %s is loaded\n' "${program[$rung]}"
	done
	[ ! -s "$1/traffic.log" ] || sed 's/^/fail\ttraffic\tguest\t/' "$1/traffic.log"
	if [ -s "$1/leftovers" ]; then
		sed 's/^/fail\tleftovers\tguest\t/' "$1/leftovers"
	else
		printf 'pass\tleftovers\tguest\t\n'
	fi
	awk '{ printf "%s\tdrops\tguest\t%s\n", / packets 1 /? "pass" : "fail", $0 }' "$1/drops"
}

# run_guest KERNEL: leaves DIR/RUNG.lines and DIR/guest.lines. In a subshell: it has rungs of its own.
run_guest() {
	local dir=$work/$1 rung
	rm -rf "$dir"
	mkdir "$dir"
	mapfile -t rungs < <(rungs_of "$1")
	boot "$1" "$dir" "file,path=$dir/stream" 2> "$dir/boot.log" ||
		printf 'fail\tguest\tboot\t%s\n' "$(tail -n 1 "$dir/boot.log")" > "$dir/guest.lines"
	[ -d "$dir/out/played" ] || return 0
	cat "$dir/out/played/"* > "$dir/out/played.ndjson"
	for rung in $(tracers_of "$1"); do
		rung_lines "$dir/out" "$rung" > "$dir/$rung.lines"
	done
	guest_lines "$dir/out" >> "$dir/guest.lines"
}

# judge_together DIR TRACER...: what all of them say of a connection, each by its own hooks, is what happened to it: a starved
# guest repeats a FIN, say, and the answer ends a TIME_WAIT. It is to be played again.
judge_together() {
	local dir=$1 tracer
	shift
	for tracer; do
		cut -f 1-3 "$dir/$tracer.lines"
	done | awk -F '\t' -v all=$# '$1 == "fail" && ++seen[$2 FS $3] == all { print $2 FS $3 }' > "$dir/unanimous"
	for tracer; do
		awk -F '\t' -v OFS='\t' 'FILENAME == ARGV[1] { same[$0]; next } ($2 FS $3) in same { $1 = "again" } { print }' "$dir/unanimous" "$dir/$tracer.lines" \
			> "$dir/judged"
		mv "$dir/judged" "$dir/$tracer.lines"
	done
}

# run_kernel KERNEL: since 5.12 the kernel skips a program that it finds running on the same CPU, and a kprobe within
# another's handler. A guest without KVM brings that about now and then, and the tracer says so: once more then.
run_kernel() {
	local dir=$work/$1 tracers
	run_guest "$1"
	mapfile -t tracers < <(tracers_of "$1")
	[ ! -d "$dir/out/played" ] || judge_together "$dir" "${tracers[@]}"
	if ! cat "$dir"/*.lines | grep -q ^fail && grep -h ^again "$dir"/*.lines; then
		echo "run.sh: $1: incomplete records, or lives that were not played as they should; its guest is run again" >&2
		run_guest "$1"
	fi
	sed -i 's/^again/fail/' "$dir"/*.lines
}

count() {
	cat "$work"/*/*.lines | grep -c "^$1" || [ $? -eq 1 ]
}

# count_nothing_as_failure KERNEL
count_nothing_as_failure() {
	local rung
	for rung in $(tracers_of "$1") guest; do
		[ -s "$work/$1/$rung.lines" ] || printf 'fail\tresults\t%s\tthere are none\n' "$rung" > "$work/$1/$rung.lines"
	done
}

print_table() {
	local kernel rung lines columns=("${rungs[@]}" "${rungs[@]/%/-caps}" guest)
	printf '%-12s%-32s' kernel release
	printf '%-16s' "${columns[@]}"
	echo
	for kernel in "${kernels[@]}"; do
		printf '%-12s%-32s' "$kernel" "$(cat "$cache/$kernel/release")"
		for rung in "${columns[@]}"; do
			lines=$work/$kernel/$rung.lines
			if [ -e "$lines" ]; then
				printf '%-16s' "$(grep -c ^pass "$lines")/$(grep -c . "$lines")"
			else
				printf '%-16s' -
			fi
		done
		echo
	done
}

print_failures() {
	local kernel rung columns=("${rungs[@]}" "${rungs[@]/%/-caps}" guest)
	for kernel in "${kernels[@]}"; do
		for rung in "${columns[@]}"; do
			[ ! -s "$work/$kernel/$rung.lines" ] ||
				sed -nE "s/^fail\t/fail $kernel $rung: /p" "$work/$kernel/$rung.lines"
		done
	done | expand -t 1
}

run_matrix() {
	local kernel
	for kernel in tcplife-trace tests/tools/lives; do
		[ -x "$out/$kernel" ] || die "$out/$kernel is missing: make check-kernels or check-arm64 builds it"
	done
	cp "$here/suite.sh" "$work/root/guest/main"
	cp "$here/lives.txt" "$work/root/guest/"
	chmod +x "$work/root/guest/main"
	pack "$work/root" > "$work/root.cpio"
	checker > "$work/check.jq"
	# As many guests as cores: in a starved one TCP's own timers tell other lives than those that were played.
	for kernel in "${kernels[@]}"; do
		[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n || echo "run.sh: a guest's results could not be judged" >&2
		run_kernel "$kernel" &
	done
	wait
	for kernel in "${kernels[@]}"; do
		count_nothing_as_failure "$kernel"
	done
	print_failures
	print_table
	[ -z "$keep" ] || { mkdir -p "$keep" && cp -r "${kernels[@]/#/$work/}" "$keep/"; }
	echo "$(count pass) passed, $(count fail) failed"
	[ "$(count fail)" -eq 0 ]
}

while [ $# -gt 0 ]; do
	case $1 in
	--shell-script) script=$2; shift ;;
	--with) with+=("$2"); shift ;;
	--out) keep=$2; shift ;;
	--hooks=*) IFS=, read -ra rungs <<< "${1#--hooks=}" ;;
	-*) die "unknown option $1" ;;
	*) kernels+=("$1") ;;
	esac
	shift
done
[ ${#kernels[@]} -gt 0 ] || kernels=("${all_kernels[@]}")
choose_machine
need jq jq
"$here/fetch.sh" "${kernels[@]}" || cannot $?
work=$(mktemp -d)
# A guest that is listed still and gone already must not decide how this ends.
unwind() {
	local status=$?
	trap - EXIT
	set +e
	jobs -p | xargs -r kill 2> /dev/null
	rm -rf "$work"
	exit "$status"
}
trap unwind EXIT
make_root "$work/root"
if [ -n "$script" ]; then
	run_script
else
	run_matrix
fi
