#!/usr/bin/env bash
# What Cloudflare Radar would call connections whose hand-made client resets or falls silent.
. "$(dirname "$0")/lib.sh"

trace_peers radar "" {rst-syn-recv,rst,rst-data,rst-outside,rst-close-wait,linger,rst-fin-wait1,silence,passive}/{4,6} linger-client/4

# LIFE STAGE SIGNATURE, "-" = the record has no such key: of a client on this host the server's view is not known.
cat > "$work/expected" <<'END'
linger none -
linger-client - -
passive none -
rst post_psh psh_rst
rst-close-wait none -
rst-data post_psh psh_rstack
rst-fin-wait1 post_ack ack_rst
rst-outside none -
rst-syn-recv post_syn syn_rst
silence post_ack ack_none
END
records radar > "$work/records"
jq -r --slurpfile played "$work/played" '. as $r | $played[]
	| select(.client.port == $r.client.port and .server.port == $r.server.port)
	| "\(.life / "/" | first) \($r.tcp.radar // "-") \($r.tcp.radar_signature // "-")"' "$work/records" | sort -u > "$work/found"
diff "$work/expected" "$work/found" || fail "the words differ from what was played"
