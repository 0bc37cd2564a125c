// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The packet programs under pressure, by BPF_PROG_TEST_RUN: a SYN flood, a ring that is full, and the same connection
 * at two interfaces. Needs root. Interfaces are made in a network namespace that ends with this program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "config.h"
#include "craft.h"
#include "tcplife.skel.h"

#define SYN TCP_FLAG_SYN_BIT
#define FIN TCP_FLAG_FIN_BIT
#define ACK TCP_FLAG_ACK_BIT

#define LOOPBACK    1
#define FLOOD	    100000
#define FLOOD_DRAIN 1000 /* SYN+ACKs between two looks at the ring */
#define BIG_RING    (1 << 20)
#define SMALL_RING  4096 /* a page, the smallest: 42 records */
#define SMALL_BURST 100
#define MAX_CPUS    4096

enum entry { XDP, IN, OUT, ENTRIES };

static const char *const entry_names[ENTRIES] = { "xdp", "tc ingress", "tc egress" };

static struct tcplife *skel;
static struct ring_buffer *ring;
static struct event_segment record; /* the last one */
static uint32_t records;
static enum entry entry;
static uint32_t ifindex = LOOPBACK;
static bool case_failed;

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			printf("%s:%d: %s: %s\n", __FILE__, __LINE__, entry_names[entry], #cond);                      \
			case_failed = true;                                                                            \
		}                                                                                                      \
	} while (0)

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && getenv("V") ? vfprintf(stderr, format, args) : 0;
}

static int take_record(void *ctx, void *data, size_t size)
{
	CHECK(size == sizeof(record));
	memcpy(&record, data, size < sizeof(record) ? size : sizeof(record));
	records++;
	return 0;
}

static void unload(void)
{
	ring_buffer__free(ring);
	tcplife__destroy(skel);
	ring = NULL;
	skel = NULL;
}

static int load(uint32_t ring_bytes)
{
	struct bpf_program *p;
	int err;

	skel = tcplife__open();
	if (!skel)
		return -errno;
	bpf_object__for_each_program(p, skel->obj)
	{
		enum bpf_prog_type type = bpf_program__type(p);

		bpf_program__set_autoload(p, type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS);
	}
	skel->rodata->knobs.wakeup_bytes = ~0U;
	bpf_map__set_max_entries(skel->maps.events, ring_bytes);
	err = tcplife__load(skel);
	if (err)
		return err;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.events), take_record, NULL, NULL);
	return ring ? 0 : -errno;
}

static int program(void)
{
	const struct bpf_program *const programs[ENTRIES] = { skel->progs.tcplife_xdp, skel->progs.tcplife_in,
							      skel->progs.tcplife_out };

	return bpf_program__fd(programs[entry]);
}

/* At ifindex. A context is given only where it says something: before 5.14 XDP's was refused. */
static int run_program(const struct recipe *r, uint32_t *result)
{
	static struct crafted packet;
	struct xdp_md md = { .ingress_ifindex = ifindex };
	struct __sk_buff skb = { .ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	craft(&packet, r);
	md.data_end = packet.len;
	opts.data_in = packet.bytes;
	opts.data_size_in = packet.len;
	if (ifindex != LOOPBACK) {
		opts.ctx_in = entry == XDP ? (void *)&md : (void *)&skb;
		opts.ctx_size_in = entry == XDP ? sizeof(md) : sizeof(skb);
	}
	err = bpf_prog_test_run_opts(program(), &opts);
	*result = opts.retval;
	return err;
}

/* What it has to say stays in the ring. */
static void send_packet(const struct recipe *r)
{
	uint32_t result;

	CHECK(run_program(r, &result) == 0);
	CHECK(result == (entry == XDP ? XDP_PASS : (uint32_t)TC_ACT_UNSPEC));
}

static uint32_t drain(void)
{
	records = 0;
	CHECK(ring_buffer__consume(ring) >= 0);
	return records;
}

static uint32_t records_of(const struct recipe *r)
{
	send_packet(r);
	return drain();
}

#define RECORDS_OF(...) records_of(&(struct recipe) { __VA_ARGS__ })

static uint64_t lost_segments(void)
{
	static uint64_t per_cpu[MAX_CPUS];
	int cpus = libbpf_num_possible_cpus();
	uint32_t kind = EVENT_SEGMENT;
	uint64_t sum = 0;

	if (cpus < 0 || cpus > MAX_CPUS || bpf_map_lookup_elem(bpf_map__fd(skel->maps.lost), &kind, per_cpu)) {
		CHECK(!"the losses can be read");
		return 0;
	}
	for (int i = 0; i < cpus; i++)
		sum += per_cpu[i];
	return sum;
}

/* Share of the slots that wait for an ACK, in percent. All that the programs have in .bss is sets: four slots, then as
 * many bytes of FINs seen. */
static unsigned int slots_in_use(void)
{
	size_t size = bpf_map__value_size(skel->maps.bss), slot_count = size / sizeof(uint64_t), used = 0;
	uint64_t *slots = malloc(size);
	uint32_t zero = 0;

	if (slot_count < 2 || !slots || bpf_map_lookup_elem(bpf_map__fd(skel->maps.bss), &zero, slots)) {
		free(slots);
		CHECK(!"the slots can be read");
		return 0;
	}
	for (size_t i = 0; i < slot_count; i++)
		used += i % 8 < 4 && slots[i] != 0;
	free(slots);
	return (unsigned int)(used * 100 / (slot_count / 2));
}

static void handshake_and_close(void)
{
	CHECK(RECORDS_OF(.seq = 100) == 1);
	CHECK(RECORDS_OF(.flags = SYN | ACK, .reply = 1, .seq = 700, .ack = 101) == 1);
	CHECK(RECORDS_OF(.flags = ACK, .seq = 101, .ack = 701) == 1);
	CHECK(record.flags & SEGMENT_EXPECTED);
	CHECK(RECORDS_OF(.flags = ACK, .seq = 101, .ack = 701) == 0);
	CHECK(RECORDS_OF(.flags = FIN | ACK, .seq = 101, .ack = 701) == 1);
	CHECK(RECORDS_OF(.flags = ACK, .reply = 1, .seq = 701, .ack = 102) == 1);
	CHECK(record.flags & SEGMENT_EXPECTED);
}

/* Never answered, each of another flow; ports differ from those of the handshakes that follow. */
static void flood(void)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < FLOOD; i++) {
		send_packet(
			&(struct recipe) { .flags = SYN | ACK,
					   .reply = 1,
					   .seq = i * 2654435761U,
					   .port = { (uint16_t)(1024 + i % 25000), (uint16_t)(8000 + i / 25000) } });
		if (i % FLOOD_DRAIN == FLOOD_DRAIN - 1)
			seen += drain();
	}
	CHECK(seen == FLOOD);
	CHECK(lost_segments() == 0);
}

static void syn_flood(void)
{
	uint32_t unexpected = 0;

	flood();
	CHECK(slots_in_use() >= 90); /* else nothing had to give way */
	handshake_and_close();
	for (uint32_t i = 0; i < 10000; i++)
		unexpected += RECORDS_OF(.flags = ACK, .ack = i * 40503, .port = { (uint16_t)(30000 + i), 443 });
	CHECK(unexpected == 0);
}

static void full_ring(void)
{
	uint64_t before = lost_segments(), lost;
	uint32_t kept;

	for (uint32_t i = 0; i < SMALL_BURST; i++)
		send_packet(&(struct recipe) { .seq = i });
	lost = lost_segments() - before;
	kept = drain();
	CHECK(kept > 0 && kept < SMALL_BURST);
	CHECK(kept + lost == SMALL_BURST);
	CHECK(record.seq == kept - 1); /* those that came first are kept */
	handshake_and_close();
	CHECK(lost_segments() - before == lost);
}

/* What is waited for must not hang on whether the record found room (retis issue 136 is about this). */
static void full_ring_still_expects(void)
{
	uint64_t before;

	for (uint32_t i = 0; i < SMALL_BURST; i++)
		send_packet(&(struct recipe) { .seq = i });
	before = lost_segments();
	send_packet(&(struct recipe) { .flags = SYN | ACK, .reply = 1, .seq = 700 });
	CHECK(lost_segments() == before + 1);
	drain();
	CHECK(RECORDS_OF(.flags = ACK, .ack = 701) == 1);
	CHECK(record.flags & SEGMENT_EXPECTED);
}

static uint32_t other_interface;

/* An ACK may come by another interface than the segment that it answers went, and is met once. */
static void ack_elsewhere(void)
{
	CHECK(RECORDS_OF(.flags = SYN | ACK, .reply = 1, .seq = 700) == 1);
	CHECK(record.ifindex == LOOPBACK && record.flags == SEGMENT_LOOPBACK);
	ifindex = other_interface;
	CHECK(RECORDS_OF(.flags = ACK, .ack = 701) == 1);
	CHECK(record.ifindex == other_interface && record.flags == SEGMENT_EXPECTED);
	CHECK(RECORDS_OF(.flags = ACK, .ack = 701) == 0);
	ifindex = LOOPBACK;
	CHECK(RECORDS_OF(.flags = ACK, .ack = 701) == 0);
}

static const struct test {
	const char *name;
	void (*fn)(void);
	uint32_t ring_bytes;
	bool tc_only; /* XDP costs the kernel milliseconds a run: its dispatcher is rewritten each time */
	bool needs_interface;
} tests[] = {
	{ .name = "SYN flood of 100,000 flows", .fn = syn_flood, .ring_bytes = BIG_RING, .tc_only = true },
	{ .name = "a full ring counts its losses", .fn = full_ring, .ring_bytes = SMALL_RING },
	{ .name = "a full ring still expects the ACK", .fn = full_ring_still_expects, .ring_bytes = SMALL_RING },
	{ .name = "ACK on another interface", .fn = ack_elsewhere, .ring_bytes = BIG_RING, .needs_interface = true },
};

static int passed, failed, skipped;

/* What the case needs and this host lacks, or NULL. */
static const char *missing(const struct test *t)
{
	uint32_t result;
	int err;

	if (!t->needs_interface)
		return NULL;
	if (!other_interface)
		return "no /dev/net/tun to make an interface with";
	ifindex = other_interface;
	err = run_program(&(struct recipe) { .protocol = 17 }, &result);
	ifindex = LOOPBACK;
	return err == -EINVAL ? "the kernel's test run takes no interface for this kind of program" : NULL;
}

static void run_test(const struct test *t)
{
	const char *reason, *word = "passed";
	int err = load(t->ring_bytes);

	case_failed = false;
	ifindex = LOOPBACK;
	reason = err ? NULL : missing(t);
	if (err)
		printf("cannot load: %s\n", strerror(-err));
	else if (!reason)
		t->fn();
	unload();
	if (err || case_failed)
		word = "FAILED", failed++;
	else if (reason)
		word = "skipped", skipped++;
	else
		passed++;
	printf("%-7s %-11s %s%s%s\n", word, entry_names[entry], t->name, reason ? ": " : "", reason ? reason : "");
}

/* Lives as long as the descriptor. Returns its ifindex, or 0. */
static uint32_t make_interface(void)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI, .ifr_name = "pressure" };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		return 0;
	return if_nametoindex("pressure");
}

int main(void)
{
	libbpf_set_print(quiet);
	if (geteuid() || unshare(CLONE_NEWNET)) {
		printf("SKIP: root: loading BPF programs and making a network namespace needs it\n");
		return 77;
	}
	other_interface = make_interface();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (entry = XDP; entry < ENTRIES; entry++) {
			if (!(tests[i].tc_only && entry == XDP))
				run_test(&tests[i]);
		}
	}
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed || !passed;
}
