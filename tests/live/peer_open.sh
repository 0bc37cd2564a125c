#!/usr/bin/env bash
# How connections open, or fail to, with a peer made by hand: refused, unanswered, unreachable, aborted, repeated and
# wrong segments of the handshake, crossing SYNs, a tuple that lives again at once, cookies, Fast Open, deferred accept.
. "$(dirname "$0")/lib.sh"

mapfile -t lives < <(peers 4 open open4; peers 6 open open6)
trace_peers open "tcp_syn_retries=1" "${lives[@]}"
mapfile -t lives < <(peers 4 cookie; peers 6 cookie)
trace_peers cookie "tcp_syncookies=2" "${lives[@]}"
mapfile -t lives < <(peers 4 fast; peers 6 fast)
trace_peers fast "tcp_fastopen=1543" "${lives[@]}"
