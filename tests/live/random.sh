#!/usr/bin/env bash
# Random connections between local sockets and a hostile peer on a tun device, side by side; what peer and sockets wrote down
# is the truth by which each record is judged. A fixed seed and a fresh one; LIVES= and SEED= choose others.
. "$(dirname "$0")/lib.sh"
need python3 nstat sysctl
[ -e /dev/net/tun ] || skip "/dev/net/tun: there is no peer without it"

lives_wanted=${LIVES:-300}
settings="tcp_fin_timeout=2 tcp_syn_retries=2 tcp_synack_retries=2 tcp_orphan_retries=2 tcp_tw_reuse=1 tcp_fastopen=515
	tcp_invalid_ratelimit=0 tcp_challenge_ack_limit=2147483647 ip_local_port_range=40000-60999"
declare -A net_of=() player_of=()

random_device_is_up() {
	[ -n "$(ip -n "$1" -6 address show dev tun0 to "fd97::1" 2> /dev/null)" ]
}

# begin SEED: its connections are played and traced in a netns of their own.
begin() {
	local seed=$1 own="random_$1" setting
	make_netns "$own"
	own=${!own}
	net_of[$seed]=$own
	for setting in $settings; do
		inside "$own" sysctl -qw "net.ipv4.${setting%%=*}=$(tr - ' ' <<< "${setting#*=}")" || skip "net.ipv4.$setting"
	done
	mkfifo "$work/go.$seed"
	inside "$own" "$out/tests/tools/random" -s "$seed" -n "$lives_wanted" < "$work/go.$seed" > "$work/$seed.truth" &
	player_of[$seed]=$!
	exec {go}> "$work/go.$seed"
	until_true 10 random_device_is_up "$own" || fail "the peer makes no device"
	ip -n "$own" route add 10.97.0.0/16 dev tun0
	start_tracer "$seed" "$own" --netns "$own" --json --record "$work/$seed.rec"
	echo go >&"$go"
	exec {go}>&-
	rm "$work/go.$seed"
}

# judge SEED: the records as they were written, and those that were held back until TIME_WAIT was over.
judge() {
	local seed=$1
	wait "${player_of[$seed]}" || fail "seed $seed: not all connections were played to their end"
	stop_tracer "$seed"
	inside "${net_of[$seed]}" nstat -asz > "$work/$seed.nstat"
	"$tracer" --replay "$work/$seed.rec" --json --whole > "$work/$seed.whole"
	"$here/../tools/random_judge.py" --seed "$seed" --truth "$work/$seed.truth" --nstat "$work/$seed.nstat" \
		--records "$work/$seed.out" --whole "$work/$seed.whole" > "$work/$seed.judged" && return
	grep -v '^whole\|^json' "$work/$seed.judged"
	echo "the same again: make random LIVES=$lives_wanted SEED=$seed (KEEP=DIR keeps all that was written)"
	false_seeds+=" $seed"
}

false_seeds=''
seeds=(20261127 "$((RANDOM * 32768 + RANDOM))")
[ -z "${SEED:-}" ] || seeds=("$SEED")
for seed in "${seeds[@]}"; do
	begin "$seed"
done
for seed in "${seeds[@]}"; do
	judge "$seed"
done
[ -z "$false_seeds" ] || fail "records differ from what was played, seeds$false_seeds"
echo "${#seeds[@]} x $lives_wanted runs of connections, seeds ${seeds[*]}"
