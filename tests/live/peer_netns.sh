#!/usr/bin/env bash
# Minisockets whose network namespace goes away, recorded from another one, where no segment of theirs is seen.
. "$(dirname "$0")/lib.sh"

[ -e /dev/net/tun ] || skip "/dev/net/tun: there is no peer without it"
make_netns elsewhere
doomed="tl-$test_name-$$-doomed"
ip netns add "$doomed"
remove_doomed() {
	[ ! -e "/run/netns/$doomed" ] || ip netns del "$doomed"
}
stat -Lc %i "/run/netns/$doomed" >> "$work/ours"
defer remove_doomed
start_tracer other "$elsewhere" --cidr "10.96.$slot.0/24" --cidr "fd96:$slot::/64" --json --whole
mapfile -t lives < <(peers 4 netns; peers 6 netns)
echo go | inside "$doomed" "$out/tests/tools/peer" play -a "10.96.$slot" -b "fd96:$slot" "${lives[@]}" > "$work/played"
ip netns del "$doomed"
recorded() {
	[ "$(wc -l < "$work/other.out")" -ge 4 ]
}
until_true 20 recorded || fail "not reported that the namespace went away: $(cat "$work/other.out")"
stop_tracer other
expect_lives other
