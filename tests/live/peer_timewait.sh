#!/usr/bin/env bash
# TIME_WAIT with a peer made by hand: each exit, and each segment that starts it anew or must not.
. "$(dirname "$0")/lib.sh"

mapfile -t lives < <(peers 4 tw-short; peers 6 tw-short)
trace_peers short "" "${lives[@]}"
mapfile -t lives < <(peers 4 tw-reuse; peers 6 tw-reuse)
trace_peers reuse "tcp_tw_reuse=1" "${lives[@]}"
mapfile -t lives < <(peers 4 timewait; peers 6 timewait)
trace_peers long "" "${lives[@]}"
