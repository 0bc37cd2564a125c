// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The order in which segments come out. */
#include "core/capture/reorder.h"

#include "test.h"

static char order[256];

static void take(struct reorder *r, bool all)
{
	const struct event_segment *e;
	static uint64_t last;

	while ((e = reorder_next(r, all))) {
		size_t len = strlen(order);

		CHECK(e->event.ts_ns >= last || !len);
		last = e->event.ts_ns;
		if (len + 2 < sizeof(order))
			snprintf(order + len, sizeof(order) - len, "%c", (char)e->window);
	}
}

/* name: one letter. from: 'c' or 's'. */
static void add(struct reorder *r, char name, uint64_t us, char from, uint8_t flags, uint32_t seq, uint32_t ack,
		uint32_t len)
{
	struct event_segment e = {
		.event.ts_ns = us * 1000, .tcp_flags = flags, .seq = seq, .ack = ack, .payload_len = len
	};

	e.tuple.port[from != 'c'] = 40000;
	e.tuple.port[from == 'c'] = 80;
	e.window = (unsigned char)name;
	reorder_add(r, &e);
	take(r, false);
}

#define S TCP_FLAG_SYN_BIT
#define A TCP_FLAG_ACK_BIT
#define F TCP_FLAG_FIN_BIT
#define R TCP_FLAG_RST_BIT

#define ORDER(want, back_, moved, ...)                                                                                 \
	do {                                                                                                           \
		struct reorder r;                                                                                      \
		CHECK_EQ_INT(reorder_init(&r), 0);                                                                     \
		order[0] = '\0';                                                                                       \
		__VA_ARGS__                                                                                            \
		take(&r, true);                                                                                        \
		CHECK_EQ_STR(order, want);                                                                             \
		CHECK_EQ_INT(r.back, back_);                                                                           \
		CHECK_EQ_INT(r.by_numbers, moved);                                                                     \
		reorder_free(&r);                                                                                      \
	} while (0)

CASE(by_time)
{
	ORDER("abc", 0, 0, add(&r, 'a', 1, 'c', A, 1, 1, 0); add(&r, 'b', 2, 'c', A, 1, 1, 0);
	      add(&r, 'c', 3, 'c', A, 1, 1, 0););
	ORDER("abc", 1, 0, add(&r, 'a', 1, 'c', A, 1, 1, 0); add(&r, 'c', 3, 'c', A, 1, 1, 0);
	      add(&r, 'b', 2, 'c', A, 1, 1, 0););
	/* Equal times stay as they came. */
	ORDER("abc", 0, 0, add(&r, 'a', 1, 'c', A, 1, 1, 0); add(&r, 'b', 1, 'c', A, 1, 1, 0);
	      add(&r, 'c', 1, 'c', A, 1, 1, 0););
}

CASE(what_is_acknowledged_was_there_before)
{
	/* The server's FIN and the client's FIN and ACK of it in one microsecond. */
	ORDER("sc", 0, 1, add(&r, 'c', 5, 'c', F | A, 100, 501, 0); add(&r, 's', 5, 's', F | A, 500, 100, 0););
	ORDER("sc", 0, 0, add(&r, 's', 5, 's', F | A, 500, 100, 0); add(&r, 'c', 5, 'c', F | A, 100, 501, 0););
	/* SYN+ACK, SYN. */
	ORDER("ab", 0, 1, add(&r, 'b', 5, 's', S | A, 500, 101, 0); add(&r, 'a', 9, 'c', S, 100, 0, 0););
	/* Not long after. */
	ORDER("ba", 0, 0, add(&r, 'b', 5, 's', S | A, 500, 101, 0); add(&r, 'a', 200009, 'c', S, 100, 0, 0););
	/* Data and the ACK of it. */
	ORDER("ab", 0, 1, add(&r, 'b', 5, 's', A, 500, 110, 0); add(&r, 'a', 6, 'c', A, 100, 500, 10););
	/* Sent again: the ACK was for the first one. */
	ORDER("abc", 0, 0, add(&r, 'a', 4, 'c', A, 100, 500, 10); add(&r, 'b', 5, 's', A, 500, 110, 0);
	      add(&r, 'c', 6, 'c', A, 100, 500, 10););
	/* The two FINs crossed: none is before the other. */
	ORDER("cs", 0, 0, add(&r, 'c', 5, 'c', F | A, 100, 500, 0); add(&r, 's', 6, 's', F | A, 500, 100, 0););
	/* A RST acknowledges what it likes. */
	ORDER("ba", 0, 0, add(&r, 'b', 5, 's', R | A, 500, 110, 0); add(&r, 'a', 6, 'c', A, 100, 500, 10););
}

CASE(sent_again_long_after)
{
	struct reorder r;

	CHECK_EQ_INT(reorder_init(&r), 0);
	order[0] = '\0';
	add(&r, 'a', 1, 'c', A, 100, 500, 10);
	for (unsigned int i = 0; i < REORDER_MAX; i++)
		add(&r, '.', 2 + i, 'c', A, 110, 500, 0);
	add(&r, 'b', 100, 's', A, 500, 110, 0);
	add(&r, 'c', 101, 'c', A, 100, 500, 10);
	take(&r, true);
	CHECK_EQ_INT(strcmp(order + strlen(order) - 2, "bc"), 0);
	CHECK_EQ_INT(strlen(order), REORDER_MAX + 3);
	CHECK_EQ_INT(r.by_numbers, 0);
	reorder_free(&r);
}
