#!/usr/bin/env bash
# What .ci/deps installs, and what it says where it installs nothing: Debian, Ubuntu 24.04 and Fedora, each played by a few
# programs in PATH. That the names are right is seen on Debian only. No root.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# that TEXT COMMAND...
that() {
	local text=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $text"
		sed 's/^/        /' "$work/said"
	fi
}

# script NAME TEXT: a program in PATH.
script() {
	printf '#!/bin/sh\n%s\n' "$2" > "$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# machine NAME...: PATH has bash's helpers and the named programs that do nothing.
machine() {
	local tool
	rm -rf "${work:?}/bin"
	mkdir "$work/bin"
	for tool in bash cat mktemp rm find tr awk env id; do
		ln -s "$(command -v $tool)" "$work/bin/$tool"
	done
	for tool; do
		script "$tool" "exit 0"
	done
}

# debian UNKNOWN...: nothing is installed, apt knows all but these.
debian() {
	machine
	script dpkg-query "exit 1"
	script sudo 'exec "$@"'
	script apt-cache "case \" $* \" in *\" \$2 \"*) ;; *) echo \"\$2 | 1\" ;; esac"
	# shellcheck disable=SC2016 # the script's own
	script apt-get 'for word; do case $word in -*|install|update) ;; *) echo "installs $word" >> '"$work/said"' ;; esac; done'
}

# deps GROUP...: what it said, or would install, is in $work/said.
deps() {
	status=0
	: > "$work/said"
	PATH=$work/bin bash -c "$(sed '/^PATH=/d' .ci/deps)" deps "$@" 2>> "$work/said" || status=$?
}

installs() {
	grep -qxF "installs $1" "$work/said"
}
not() {
	! "$@"
}

debian
deps build test web
that "Debian: status" test $status -eq 0
for name in bpftool clang libbpf-dev kcat tshark chromium clickhouse-server; do
	that "Debian: $name" installs $name
done
that "Debian: no other one's name" not installs linux-tools-generic

debian bpftool chromium chromium-driver clickhouse-server clickhouse-client
deps build test web
that "Ubuntu 24.04: status" test $status -eq 0
for name in linux-tools-generic clang prometheus kcat; do
	that "Ubuntu 24.04: $name" installs $name
done
for name in bpftool chromium chromium-driver clickhouse-server; do
	that "Ubuntu 24.04: no $name" not installs $name
done

machine make
deps build
that "Fedora: what is missing to build is a failure" test $status -eq 2
that "... and is named" grep -q 'missing: gcc clang bpftool scdoc bpf/libbpf.h' "$work/said"
that "... with the list" grep -qE 'sudo dnf install make gcc clang bpftool libbpf-devel .*librdkafka-devel scdoc *$' "$work/said"
that "... and no more than that" not grep -q chromium "$work/said"

machine make gcc clang bpftool scdoc cc
deps build
that "Fedora: all is there" test $status -eq 0 -a ! -s "$work/said"
deps build test web
that "Fedora: what tests lack is none" test $status -eq 0
that "... and is named" grep -q 'missing: kcat' "$work/said"
for name in wireshark-cli iproute-tc chromium golang-github-prometheus; do
	that "... with $name" grep -qw -e "$name" "$work/said"
done
script cc 'exit 1'
OTLP=0 KAFKA=0 deps build
that "without OTLP and Kafka: a header is missing" grep -q jansson.h "$work/said"
that "... theirs are not asked for" not grep -qE 'curl/|rdkafka/' "$work/said"
deps nonsense
that "a group that is none" test $status -eq 2

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
