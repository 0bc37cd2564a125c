/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The packet programs on a test bench: loaded, fed with one packet after the other, and their records compared. */
#ifndef TCPLIFE_BENCH_H
#define TCPLIFE_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "craft.h"

/* Fed to which program. */
enum entry { ENTRY_XDP, ENTRY_IN, ENTRY_OUT, ENTRY_IN_L3, ENTRY_OUT_L3, ENTRIES };

/* What stands in .rodata and in the port filter. */
struct knobs {
	struct filter_config filter;
	uint8_t port_80, port_40000; /* PORT_* */
	bool no_cookie;
};

#define BENCH_NETNS 4026531999u

/* 0, or a negative errno: -EPERM, or the kernel refuses a program. */
int bench_open(const struct knobs *k);
void bench_close(void);

const char *bench_entry_name(enum entry e);
void bench_begin(enum entry e); /* a case: nothing is expected, nothing has failed */
void bench_forget(void);	/* nothing is expected any more */
bool bench_failed(void);
uint32_t bench_shortest(void); /* packet that the kernel's own checks let pass */
bool bench_has_frags(void);    /* does XDP take packets in several buffers? */

/* What packet is it that the program is fed with; the recipe says what a record of it looks like. */
void bench_make(const struct recipe *r);
extern struct crafted bench_packet;

/* Runs the program on bench_packet; exactly this record must come of it, with these SEGMENT_* flags, or none at all. */
void bench_seen(uint8_t flags, int line);
void bench_unseen(int line);
/* The same of an ICMP error that quotes so many bytes of the recipe's packet. */
void bench_make_icmp(const struct recipe *r, uint8_t type, uint8_t code, uint32_t quoted);
void bench_seen_icmp(int line);
/* How many records came; for those that are counted only. */
int bench_count(void);
uint64_t bench_errors(enum packet_error e);
/* Is nothing waited for? */
bool bench_nothing_expected(void);
void bench_fail(int line, const char *what);

#define BENCH_CHECK(cond)                                                                                              \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			bench_fail(__LINE__, #cond);                                                                   \
	} while (0)

#define SEEN(flags, ...) (bench_make(&(struct recipe) { __VA_ARGS__ }), bench_seen(flags, __LINE__))
#define UNSEEN(...)	 (bench_make(&(struct recipe) { __VA_ARGS__ }), bench_unseen(__LINE__))

#endif
