#!/usr/bin/env bash
# tests/fuzz/run.sh [NAME...]: runs each fuzzer for SECS seconds, two at a time, from a seed corpus that our own tests' stories
# give. An input that fails is kept in $OUT/fuzz/found; `$OUT/fuzz/tests/fuzz/NAME FILE` runs it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${OUT:-build}
secs=${SECS:-60}
seeds=$out/fuzz/seeds
found=$out/fuzz/found
[ $# -gt 0 ] || mapfile -t names < <(basename -s .c tests/fuzz/*.c)
[ $# -eq 0 ] || names=("$@")
rm -rf "$seeds"
mkdir -p "$found" "$seeds"/{decode,recording,capture,packet,walk,options,values,names,dns,query,packet_words,top}

# ---- seeds

for story in tests/cases/*.events; do
	name=$(basename "$story" .events)
	"$out/tests/tools/events2rec" "$story" "$seeds/recording/$name"
	tail -c "+$(($(od -An -tu4 -j16 -N4 "$seeds/recording/$name") + 1))" "$seeds/recording/$name" > "$seeds/decode/$name"
	"$out/tcplife-trace" -r "$seeds/recording/$name" --record "$seeds/recording/$name.tlt" 2> /dev/null # what is lost in a story
done
cp tests/recordings/*.tlt "$seeds/recording"
for story in tests/captures/*.story; do
	"$out/tests/tools/story2pcap" "$story" "$seeds/capture/$(basename "$story" .story)"
done
python3 - "$seeds" << 'END'
# Each packet of the little-endian captures: for the walks, with their heads.
import glob, struct, sys

for path in glob.glob(sys.argv[1] + "/capture/*"):
    data, name = open(path, "rb").read(), path.rsplit("/", 1)[1]
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        continue
    link = struct.unpack("<I", data[20:24])[0]
    at, n = 24, 0
    while at + 16 <= len(data):
        cap, whole = struct.unpack("<II", data[at + 8:at + 16])
        packet, cut = data[at + 16:at + 16 + cap], whole - cap
        open(f"{sys.argv[1]}/walk/{name}.{n}", "wb").write(struct.pack("<HH", link, cut) + packet)
        open(f"{sys.argv[1]}/packet/{name}.{n}", "wb").write(struct.pack("<BH", link != 1, cut) + packet)
        at, n = at + 16 + cap, n + 1
END
"$out/tcplife-trace" --help | sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p' > "$seeds/long"
sed 's/.*/"&="/' "$seeds/long" > "$seeds/options.dict"
value=0
while read -r text; do
	value=$((value + 1))
	printf '%s' "$text" > "$seeds/values/$value"
	while read -r option; do
		printf '%s\n%s' "$option" "$text" > "$seeds/options/$value$option"
	done < "$seeds/long"
done << 'END'
443,8000-8099
65535
10.0.0.0/8
2001:db8::/32
[::1]:9000
10.0.0.1:9000
::ffff:10.0.0.1
16M
100M,6h
15min
03:00:30
2026-11-27T03:00Z
auto
END
rm "$seeds/long"
expression=0
while IFS=$'\t' read -r text _; do
	expression=$((expression + 1))
	printf '%s' "$text" > "$seeds/query/$expression"
done < tests/where.tsv
printf 'ip6 and not (port 80 or 443) and net 10 and host ::1' > "$seeds/packet_words/1"
printf '"%s"\n' and or not '(' host net port portrange tcp ip6 > "$seeds/packet_words.dict"
printf '"%s"\n' and or not in == '!=' '!~' '{' '}' process handshake ending '(?i)' '[[:' ':]]' > "$seeds/query.dict"
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef uid=d9a1c2f0-3b5e-4f60-8c1d-0123456789ab
name=0
while read -r text; do
	name=$((name + 1))
	printf '%s' "$text" > "$seeds/names/$name"
done << END
/kubepods.slice/kubepods-pod${uid//-/_}.slice/cri-containerd-$id.scope
/machine.slice/libpod-$id.scope
shop_web-0_$uid
web-0_shop_nginx-$id.log
k8s_nginx_web-0_shop_${uid}_0
{"ID":"$id","Name":"/web"}
[{"id":"$id","names":["web"]}]
END

# ---- runs

# fuzz NAME: 0 = it found nothing, and did try.
fuzz() {
	local extra=()
	[ ! -e "$seeds/$1.dict" ] || extra+=(-dict="$seeds/$1.dict")
	"$out/fuzz/tests/fuzz/$1" -max_total_time="$secs" -timeout=10 -rss_limit_mb=2048 -close_fd_mask=3 -print_final_stats=1 \
		-artifact_prefix="$found/$1-" "${extra[@]}" "$seeds/$1" > "$out/fuzz/$1.log" 2>&1 < /dev/null &&
		grep -q 'stat::number_of_executed_units: *[1-9]' "$out/fuzz/$1.log"
}

passed=0 failed=0
declare -A name_of=()

finish() {
	local pid='' status=0 name
	wait -n -p pid "${!name_of[@]}" || status=$?
	name=${name_of[$pid]}
	unset "name_of[$pid]"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		echo "passed  $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$out/fuzz/$name.log") inputs in $secs s"
	else
		failed=$((failed + 1))
		echo "FAILED  $name"
		grep -vE '^#[0-9]+[[:space:]]' "$out/fuzz/$name.log" | tail -n 60 | sed 's/^/        /'
	fi
}

for name in "${names[@]}"; do
	[ ${#name_of[@]} -lt 2 ] || finish
	fuzz "$name" &
	name_of[$!]=$name
done
while [ ${#name_of[@]} -gt 0 ]; do
	finish
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
