#!/usr/bin/env bash
# tests/export/proto.sh: prints a folder for PYTHONPATH with the official OTLP protos. bookworm has them in its backports
# only: they are fetched once into a cache by an apt with lists of its own, the host's stay as they are. No root.
set -euo pipefail

cache=${XDG_CACHE_HOME:-~/.cache}/tcplife-trace/otlp-proto
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

cannot() {
	echo "SKIP: $*" >&2
	exit 77
}

if /usr/bin/python3 -c 'import opentelemetry.proto.collector.trace.v1.trace_service_pb2' 2> /dev/null; then
	exit 0 # the host has them: nothing to add
fi
if [ ! -d "$cache/opentelemetry" ]; then
	for tool in apt-get dpkg-deb; do
		command -v $tool > /dev/null || cannot "the official OTLP protos for Python are missing, and $tool to fetch them"
	done
	# shellcheck disable=SC2016 # apt's own placeholder
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -n "$mirror" ] || cannot "apt knows no Debian archive here: the official OTLP protos cannot be fetched"
	[ -r $keyring ] || cannot "$keyring is missing"
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work"/{lists/partial,cache/archives/partial,parts,root}
	: > "$work/status"
	echo "deb [signed-by=$keyring] $mirror bookworm-backports main" > "$work/sources.list"
	cat > "$work/apt.conf" <<- CONF
		Dir::State "$work";
		Dir::State::lists "$work/lists";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		Dir::Etc::sourcelist "$work/sources.list";
		Dir::Etc::sourceparts "$work/parts";
		Dir::Etc::preferencesparts "$work/parts";
		APT::Sandbox::User "";
		Acquire::Languages "none";
		APT::Update::Error-Mode "any";
	CONF
	export APT_CONFIG=$work/apt.conf
	(cd "$work" && apt-get -qq update && apt-get -qq download python3-opentelemetry-proto) > "$work/log" 2>&1 ||
		cannot "the official OTLP protos cannot be fetched: $(tail -n 1 "$work/log")"
	dpkg-deb -x "$work"/*.deb "$work/root"
	rm -rf "$cache/opentelemetry"
	mv "$work/root/usr/lib/python3/dist-packages/opentelemetry" "$cache/"
fi
echo "$cache"
