#!/usr/bin/env bash
# What a RST, a timer or another process ends, in each state, and segments that are seen but not accepted, with a peer
# made by hand.
. "$(dirname "$0")/lib.sh"

mapfile -t lives < <(peers 4 reset odd; peers 6 reset odd)
trace_peers reset "" "${lives[@]}"
mapfile -t lives < <(peers 4 timeout; peers 6 timeout)
trace_peers timeout "tcp_orphan_retries=2" "${lives[@]}"
