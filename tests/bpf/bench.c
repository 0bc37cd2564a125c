// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "bench.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "source/interfaces.h"
#include "tcplife.skel.h"

struct crafted bench_packet;

static struct tcplife *skel;
static struct ring_buffer *ring;
static struct recipe recipe;
static union {
	struct event event;
	struct event_segment segment;
	struct event_icmp icmp;
} record; /* the last one */
static int records;
static enum entry entry;
static bool failed, cookies;

void bench_fail(int line, const char *what)
{
	printf("tests/bpf/packet_test.c:%d: %s: %s\n", line, bench_entry_name(entry), what);
	failed = true;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && getenv("V") ? vfprintf(stderr, format, args) : 0;
}

static int take_record(void *ctx, void *data, size_t size)
{
	(void)ctx;
	records++;
	memset(&record, 0, sizeof(record));
	memcpy(&record, data, size < sizeof(record) ? size : sizeof(record));
	if (size != (record.event.kind == EVENT_ICMP ? sizeof(record.icmp) : sizeof(record.segment)))
		bench_fail(0, "the record has another size");
	return 0;
}

static void set_knobs(const struct knobs *k)
{
	const struct options none = { 0 };
	struct bpf_config *c = &skel->rodata->knobs;

	interfaces_configure(c, skel->progs.tcplife_xdp, &none);
	c->filter = k->filter;
	c->segment_netns = BENCH_NETNS;
	c->use_cookie = cookies = !k->no_cookie;
	c->wakeup_bytes = ~0U;
}

static int set_ports(const struct knobs *k)
{
	struct port_filter *ports = calloc(1, sizeof(*ports));
	uint32_t zero = 0;
	int err;

	if (!ports)
		return -ENOMEM;
	ports->port[80] = k->port_80;
	ports->port[40000] = k->port_40000;
	err = bpf_map_update_elem(bpf_map__fd(skel->maps.ports), &zero, ports, BPF_ANY);
	free(ports);
	return err;
}

static int load(const struct knobs *k)
{
	struct bpf_program *p;
	int err;

	bpf_object__for_each_program(p, skel->obj)
	{
		enum bpf_prog_type type = bpf_program__type(p);

		bpf_program__set_autoload(p, type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS);
	}
	set_knobs(k);
	err = tcplife__load(skel);
	return err ? err : set_ports(k);
}

int bench_open(const struct knobs *k)
{
	int err;

	libbpf_set_print(quiet);
	skel = tcplife__open();
	if (!skel)
		return -errno;
	err = load(k);
	if (!err) {
		ring = ring_buffer__new(bpf_map__fd(skel->maps.events), take_record, NULL, NULL);
		err = ring ? 0 : -errno;
	}
	if (err)
		bench_close();
	return err;
}

void bench_close(void)
{
	ring_buffer__free(ring);
	tcplife__destroy(skel);
	ring = NULL;
	skel = NULL;
}

static const struct bpf_program *program(void)
{
	const struct bpf_program *const programs[ENTRIES] = {
		skel->progs.tcplife_xdp,   skel->progs.tcplife_in,     skel->progs.tcplife_out,
		skel->progs.tcplife_in_l3, skel->progs.tcplife_out_l3,
	};

	return programs[entry];
}

const char *bench_entry_name(enum entry e)
{
	static const char *const names[ENTRIES] = { "xdp", "tc ingress", "tc egress", "tc ingress L3", "tc egress L3" };

	return names[e];
}

/* tc: a whole IP header, of 40 bytes if it is IPv6 (6.18, bpf_prog_test_run_skb). */
uint32_t bench_shortest(void)
{
	return entry == ENTRY_XDP ? 14 : 14 + 40;
}

bool bench_has_frags(void)
{
	return skel->rodata->knobs.xdp_frags;
}

/* What the programs wait for fills .bss but for its first line, which is 0 here: a static variable's map cannot be
 * mapped into memory. */
#define WAITING_MAX ((1 << 20) + 64)

static uint8_t waiting[WAITING_MAX];

bool bench_nothing_expected(void)
{
	uint32_t zero = 0;
	size_t i = 0, size = bpf_map__value_size(skel->maps.bss);

	if (size > sizeof(waiting) || bpf_map_lookup_elem(bpf_map__fd(skel->maps.bss), &zero, waiting))
		return false;
	while (i < size && (i % 64 >= 32 || !waiting[i])) /* the other half of a set: FINs seen */
		i++;
	return i == size;
}

void bench_forget(void)
{
	uint32_t zero = 0;

	memset(waiting, 0, sizeof(waiting));
	if (bpf_map__value_size(skel->maps.bss) > sizeof(waiting) ||
	    bpf_map_update_elem(bpf_map__fd(skel->maps.bss), &zero, waiting, BPF_ANY))
		bench_fail(0, "cannot clear what is expected");
}

void bench_begin(enum entry e)
{
	entry = e;
	failed = false;
	bench_forget();
}

bool bench_failed(void)
{
	return failed;
}

uint64_t bench_errors(enum packet_error e)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t values[cpus], sum = 0;
	uint32_t key = e;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.packet_errors), &key, values))
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

void bench_make(const struct recipe *r)
{
	recipe = *r;
	recipe.raw_ip = entry == ENTRY_IN_L3 || entry == ENTRY_OUT_L3;
	craft(&bench_packet, &recipe);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Whatever the packet is, it goes on as it came. */
static void run(int line)
{
	static uint8_t out[CRAFT_MAX_LEN];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bench_packet.bytes, .data_size_in = bench_packet.len,
		    .data_out = out, .data_size_out = sizeof(out));
	uint32_t pass = entry == ENTRY_XDP ? XDP_PASS : (uint32_t)TC_ACT_UNSPEC;
	int err = bpf_prog_test_run_opts(bpf_program__fd(program()), &opts);

	if (err)
		bench_fail(line, strerror(-err));
	else if (opts.retval != pass)
		bench_fail(line, "the packet is not let through");
	else if (opts.data_size_out != bench_packet.len || memcmp(out, bench_packet.bytes, bench_packet.len))
		bench_fail(line, "the packet was changed");
	records = 0;
	ring_buffer__consume(ring);
}

int bench_count(void)
{
	run(0);
	return records;
}

static void expect_tuple(struct event_tuple *t)
{
	for (int i = 0; i < 2; i++) {
		int end = recipe.reply ? 1 - i : i;

		if (recipe.v6)
			memcpy(t->addr[i], "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0", 15);
		else
			memcpy(t->addr[i], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02", 15);
		t->addr[i][15] = (uint8_t)(end + (recipe.v6 ? 1 : 3));
		t->port[i] = recipe.port[end] ? recipe.port[end] : end ? 80 : 40000;
	}
}

/* On the bench all packets are lo's. */
static struct event_segment expect(uint8_t flags)
{
	static const uint8_t via[ENTRIES] = { SEGMENT_VIA_XDP, SEGMENT_VIA_TC_INGRESS, SEGMENT_VIA_TC_EGRESS,
					      SEGMENT_VIA_TC_INGRESS, SEGMENT_VIA_TC_EGRESS };
	struct event_segment e = {
		.event = { .kind = EVENT_SEGMENT,
			   .size = sizeof(e),
			   .netns = BENCH_NETNS,
			   .ts_ns = record.event.ts_ns },
		.tcp_flags = recipe.flags || recipe.no_flags ? recipe.flags : TCP_FLAG_SYN_BIT,
		.via = via[entry],
		.flags = flags | SEGMENT_LOOPBACK,
		.ttl = recipe.v6 ? 63 : 64,
		.seq = recipe.seq,
		.ack = recipe.ack,
		.payload_len = recipe.payload,
		.ifindex = 1,
		.window = 29200,
	};

	expect_tuple(&e.tuple);
	for (int i = 0; !recipe.raw_ip && i < recipe.vlans && i < 2; i++)
		e.vlan[i] = recipe.vlan[i] + 1;
	if (via[entry] == SEGMENT_VIA_TC_EGRESS && cookies)
		e.id = record.segment.id; /* a number that the kernel chose */
	return e;
}

void bench_seen(uint8_t flags, int line)
{
	uint64_t before = now(), after;
	struct event_segment want;

	run(line);
	after = now();
	if (records != 1) {
		bench_fail(line, records ? "more than one record" : "no record");
		return;
	}
	want = expect(flags);
	if (memcmp(&record, &want, sizeof(want)))
		bench_fail(line, "the record differs");
	if (record.event.ts_ns < before || record.event.ts_ns > after)
		bench_fail(line, "its time is wrong");
	if (want.via == SEGMENT_VIA_TC_EGRESS && cookies && !record.segment.id)
		bench_fail(line, "it has no cookie");
}

void bench_make_icmp(const struct recipe *r, uint8_t type, uint8_t code, uint32_t quoted)
{
	recipe = *r;
	recipe.raw_ip = entry == ENTRY_IN_L3 || entry == ENTRY_OUT_L3;
	craft_icmp(&bench_packet, &recipe, type, code, quoted);
}

void bench_seen_icmp(int line)
{
	struct event_icmp want = { .event = { .kind = EVENT_ICMP, .size = sizeof(want), .netns = BENCH_NETNS },
				   .seq = recipe.seq,
				   .version = recipe.v6 ? 6 : 4,
				   .type = bench_packet.bytes[bench_packet.tcp],
				   .code = bench_packet.bytes[bench_packet.tcp + 1],
				   .ifindex = 1 };

	run(line);
	if (records != 1 || record.event.kind != EVENT_ICMP) {
		bench_fail(line, "not one record of an ICMP error");
		return;
	}
	expect_tuple(&want.tuple);
	memcpy(want.from, record.icmp.from, sizeof(want.from));
	want.event.ts_ns = record.event.ts_ns;
	want.via = expect(0).via;
	want.mtu = record.icmp.mtu;
	if (memcmp(&record.icmp, &want, sizeof(want)) || record.icmp.from[15] != 9)
		bench_fail(line, "the record differs");
}

void bench_unseen(int line)
{
	run(line);
	if (records)
		bench_fail(line, "a record that should not be");
}
