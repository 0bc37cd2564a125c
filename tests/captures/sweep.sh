#!/usr/bin/env bash
# tests/captures/sweep.sh FILE|FOLDER...: what share of the TCP segments of captures is taken by default, of those that -C
# takes. A line for each capture with TCP in which that is not all, with what was said of it, and a summary. Run by hand, on
# captures that packages ship: sweep.sh --get FOLDER fetches some, by apt-get source and npm pack.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${OUT:-$here/build}/tcplife-trace

# Debian sources and npm packages with captures in them.
debian=(tcpdump scapy tcpreplay wireshark ndpi)
npm=(pcap pcap-parser)

get() {
	mkdir -p "$1/apt/lists/partial"
	cd "$1" || exit 1
	sed 's/^deb /deb-src /; s/^Types: deb$/Types: deb-src/' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null > apt/sources.list
	cat /etc/apt/sources.list.d/*.sources 2> /dev/null | sed 's/^Types: .*/Types: deb-src/' > apt/own.sources
	local options=(-o Dir::Etc::sourcelist="$PWD/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$PWD/apt/lists")
	[ ! -s apt/own.sources ] || options=(-o Dir::Etc::sourcelist="$PWD/apt/own.sources" "${options[@]:2}")
	apt-get -qq "${options[@]}" update
	for package in "${debian[@]}"; do
		apt-get -qq "${options[@]}" source --download-only "$package" || echo "not fetched: Debian's source of $package" >&2
	done
	for package in "${npm[@]}"; do
		npm pack --silent "$package" > /dev/null || echo "not fetched: $package of npm" >&2
	done
	for archive in *.tar.[gbx]z* *.tgz; do
		[[ $archive != *.asc ]] || continue
		mkdir -p "${archive%%[._]*}"
		tar -xf "$archive" -C "${archive%%[._]*}"
	done
}

if [ "${1:-}" = --get ] && [ $# -eq 2 ]; then
	get "$2"
	exit
fi

# taken OPTION...: segments that became part of a connection
taken() {
	timeout 60 "$program" --json "$@" 2> "$work/log" | jq -s 'map((.client.packets // 0) + (.server.packets // 0)) | add // 0'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1
captures=0 without=0 equal=0 fewer=0 none=0 all=0 got=0
while IFS= read -r -d '' file; do
	ignoring=$(taken -C --pcap "$file") || continue
	default=$(taken --pcap "$file") || continue
	captures=$((captures + 1))
	all=$((all + ignoring)) got=$((got + default))
	if [ "$ignoring" -eq 0 ]; then
		without=$((without + 1))
	elif [ "$default" -ge "$ignoring" ]; then
		equal=$((equal + 1))
	else
		[ "$default" -gt 0 ] && fewer=$((fewer + 1)) || none=$((none + 1))
		printf '%5d of %5d  %s\n' "$default" "$ignoring" "${file##*/}"
		grep -E 'TCP segments|skipped' "$work/log" | sed 's/^/                  /'
	fi
done < <(find "$@" -type f \( -name '*.pcap*' -o -name '*.cap*' -o -name '*.dmp' \) -print0 | sort -z)
echo "$captures captures, $((captures - without)) with TCP: $equal as with -C, $fewer with fewer, $none without any; $got of $all segments"
