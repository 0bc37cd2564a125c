#!/usr/bin/env bash
# Orderly closes with a peer made by hand on a tun device: states, form, lengths, and the packets and bytes each way.
. "$(dirname "$0")/lib.sh"

mapfile -t lives4 < <(peers 4 close)
mapfile -t lives6 < <(peers 6 close)
mapfile -t mapped < <(peers mapped close)
trace_peers close "" "${lives4[@]}" "${lives6[@]}" "${mapped[@]}"
expect_json "v4-mapped is IPv4" '.network.type == "ipv4"' \
	<(records close | jq -c 'select(.client.address | startswith("10."))')
