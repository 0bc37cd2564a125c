#!/usr/bin/env bash
# Where somebody else's XDP program sits the tracer takes tcx or clsact, says so with -v, and leaves that program alone.
. "$(dirname "$0")/lib.sh"
need clang tc

make_pair
cat > "$work/pass.c" <<-C
	__attribute__((section("xdp"), used)) int pass(void *ctx) { return 2; }
	char license_[] __attribute__((section("license"), used)) = "GPL";
C
clang -O2 -target bpf -c "$work/pass.c" -o "$work/pass.o"

xdp_id() {
	ip -n "$near" -json -details link show veth0 | jq -r '.[0].xdp.prog.id'
}

for mode in xdpdrv xdpgeneric; do
	: > "$work/played"
	ip -n "$near" link set veth0 "$mode" object "$work/pass.o" section xdp
	before=$(xdp_id)
	[ "$before" != null ] || fail "$mode: the other program is not there"
	start_tracer "$mode" "$near" --netns "$near" --json --port "$port" -v
	expect_equal "$mode: the program on veth0" "$(xdp_id)" "$before"
	play_across client-close 4 --port "$port"
	stop_tracer "$mode"
	expect_lives "$mode"
	expect_json "$mode: the server's segments were seen on ingress" \
		'any(.events[]; .kind == "segment" and .side == "server" and (.flags | contains("S")))' <(records "$mode")
	expect_equal "$mode: the program on veth0 afterwards" "$(xdp_id)" "$before"
	ip -n "$near" link set veth0 "$mode" off
done
