// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What limited a side, by its kernel's clocks. */
#include "core/conn_transfer.h"
#include "core/record/conn_limit.h"
#include "test.h"

#define MS 1000000ULL

/* A second long, of which the client's data waited or were under way for half; 100 segments, one at a time. */
static struct conn transfer(void)
{
	struct conn c = { .start_ns = 1 };
	struct side *s = &c.side[CLIENT];

	s->id = 11;
	s->mark[MARK_ESTABLISHED] = 1000 * MS;
	s->transfer_ns = 2000 * MS;
	s->has_stats = true;
	s->stats = (struct event_stats) {
		.bytes_sent = 100000, .data_segs_out = 100, .srtt_us = 5000, .mss = 1000, .min_rtt_us = 5000
	};
	s->transfer = (struct transfer_counters) { .busy_ns = 600 * MS, .cwnd = 10, .sndbuf = 4000000 };
	return c;
}

static const char *limit_of(const struct conn *c)
{
	const char *name = limit_name(conn_limit(c, CLIENT));

	return name ? name : "nothing";
}

CASE(idle_is_the_applications)
{
	struct conn c = transfer();
	enum side_name sender = SERVER;

	CHECK_EQ_STR(limit_of(&c), "application");
	CHECK_EQ_INT(conn_main_limit(&c, &sender), LIMIT_APPLICATION);
	CHECK_EQ_INT(sender, CLIENT);
	CHECK(!limit_holds_up(LIMIT_APPLICATION) && !limit_holds_up(LIMIT_UNKNOWN) && !limit_holds_up(LIMIT_NONE));
}

CASE(half_of_the_time_is_enough)
{
	struct conn c = transfer();

	c.side[CLIENT].transfer.rwnd_limited_ns = 501 * MS;
	CHECK_EQ_STR(limit_of(&c), "receiver_window");
	c.side[CLIENT].transfer.rwnd_limited_ns = 0;
	c.side[CLIENT].transfer.sndbuf_limited_ns = 501 * MS;
	CHECK_EQ_STR(limit_of(&c), "send_buffer");
	c.side[CLIENT].transfer.rwnd_limited_ns = 200 * MS;
	c.side[CLIENT].transfer.sndbuf_limited_ns = 100 * MS;
	c.side[CLIENT].stats.retransmits = 1;
	CHECK_EQ_STR(limit_of(&c), "unknown");
}

CASE(network_needs_a_loss_or_a_full_window)
{
	struct conn c = transfer();

	c.side[CLIENT].transfer.lost = 1;
	CHECK_EQ_STR(limit_of(&c), "network");
	c.side[CLIENT].transfer.lost = 0;
	c.side[CLIENT].transfer.cwnd = 40;
	c.side[CLIENT].stats.data_segs_out = 1200; /* 10 under way in the mean */
	CHECK_EQ_STR(limit_of(&c), "network");
	c.side[CLIENT].transfer.cwnd = 41;
	CHECK_EQ_STR(limit_of(&c), "unknown");
}

CASE(send_buffer_smaller_than_the_window)
{
	struct conn c = transfer();

	c.side[CLIENT].stats.data_segs_out = 480; /* 4 under way in the mean */
	c.side[CLIENT].transfer.sndbuf = 8000;
	CHECK_EQ_STR(limit_of(&c), "send_buffer");
	c.side[CLIENT].transfer.sndbuf = 10000;
	CHECK_EQ_STR(limit_of(&c), "unknown");
}

/* Ten minutes with a send buffer of 64 MB, of which a tenth was filled. */
CASE(long_and_with_a_large_buffer)
{
	struct conn c = transfer();
	struct side *s = &c.side[CLIENT];

	s->transfer_ns = 601000 * MS;
	s->transfer = (struct transfer_counters) { .busy_ns = 600000 * MS, .cwnd = 100000, .sndbuf = 64000000 };
	s->stats.srtt_us = 50000;
	s->stats.data_segs_out = 76800000; /* 6,400 under way in the mean */
	CHECK_EQ_STR(limit_of(&c), "unknown");
	s->stats.data_segs_out *= 3;
	CHECK_EQ_STR(limit_of(&c), "send_buffer");
}

CASE(after_its_fin_was_acknowledged_nothing_counts)
{
	struct conn c = transfer();

	c.side[CLIENT].transfer.lost = 1;
	c.side[CLIENT].transfer_ns = 9000 * MS;
	CHECK_EQ_STR(limit_of(&c), "application");
	c.side[CLIENT].mark[MARK_FIN_WAIT2] = 2000 * MS;
	CHECK_EQ_STR(limit_of(&c), "network");
}

CASE(too_short_or_too_little_known)
{
	struct conn c = transfer();

	c.side[CLIENT].transfer_ns = 1099 * MS;
	c.side[CLIENT].transfer.busy_ns = 40 * MS;
	CHECK_EQ_STR(limit_of(&c), "nothing");
	c = transfer();
	c.side[CLIENT].stats.data_segs_out = 0;
	CHECK_EQ_STR(limit_of(&c), "nothing");
	c = transfer();
	c.side[CLIENT].mark[MARK_ESTABLISHED] = 0;
	c.flags = CONN_EXISTED;
	CHECK_EQ_STR(limit_of(&c), "unknown");
	CHECK_EQ_STR(limit_name(conn_limit(&c, SERVER)) ? "something" : "nothing", "nothing");
}

CASE(a_drop_is_matched_by_its_number)
{
	struct side s = { .has_stats = true, .stats = { .mss = 1000 } };
	struct event_drop drop = { .reason = DROP_QDISC_DROP, .payload_len = 1000, .seq = 0xfffffe00 };
	struct event_retransmit again = { .seq = 0xfffffe00, .segments = 1 };

	CHECK(conn_drop_is_data(&drop));
	CHECK_EQ_INT(conn_dropped_here(&s, &again), 0);
	conn_note_data_drop(&s, &drop);
	CHECK_EQ_INT(conn_dropped_here(&s, &again), DROP_QDISC_DROP);
	again.seq -= 1000; /* the segment before */
	CHECK_EQ_INT(conn_dropped_here(&s, &again), 0);
	again.segments = 2;
	CHECK_EQ_INT(conn_dropped_here(&s, &again), DROP_QDISC_DROP);
	drop.tcp_flags = TCP_FLAG_FIN_BIT;
	CHECK(!conn_drop_is_data(&drop));
	drop.tcp_flags = 0;
	drop.reason = DROP_TCP_CSUM;
	CHECK(!conn_drop_is_data(&drop));
}
