#!/usr/bin/env bash
# What is still open when the tracer ends, with a peer made by hand.
. "$(dirname "$0")/lib.sh"

mapfile -t lives < <(peers 4 open-end; peers 6 open-end)
trace_peers open "" "${lives[@]}"
