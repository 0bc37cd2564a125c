#!/usr/bin/env bash
# FIN_WAIT2 in each form and with each exit: tcp_fin_timeout short and above 60 s, TCP_LINGER2, no minisocket to be had.
. "$(dirname "$0")/lib.sh"
# From there on 3.5 times the RTO is longer than the second that TCP_LINGER2 asks for, and the kernel takes that.
spoilt_by+='|"srtt_ns":([89][0-9]{7}|[0-9]{9,})'

mapfile -t lives < <(peers 4 fin-wait2; peers 6 fin-wait2)
trace_peers fin-wait2 "tcp_fin_timeout=2" "${lives[@]}"
mapfile -t lives < <(peers 4 fin-wait2-long; peers 6 fin-wait2-long)
trace_peers long "tcp_fin_timeout=62" "${lives[@]}"
mapfile -t lives < <(peers 4 tw-none; peers 6 tw-none)
trace_peers none "tcp_max_tw_buckets=0" "${lives[@]}"
