// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/field.h"
#include "test.h"

static const struct value *get(const struct conn *c, const char *path)
{
	static struct value v;
	const struct field *f = field_find(path);

	if (!f) {
		TEST_FAIL("there is no field %s", path);
		return NULL;
	}
	return field_get(f, c, &v) ? &v : NULL;
}

static uint64_t get_uint(const struct conn *c, const char *path)
{
	const struct value *v = get(c, path);

	return v && v->type == VALUE_UINT ? v->uinteger : UINT64_MAX;
}

static const char *get_text(const struct conn *c, const char *path)
{
	const struct value *v = get(c, path);

	return v && v->type == VALUE_TEXT ? v->text : NULL;
}

/* A connection of which everything is set: not one that can be, but one in which no getter may stumble. */
static struct conn filled(void)
{
	struct conn c = { .start_ns = 1000, .close_ns = 5000, .flags = ~0U, .vlan = { 8, 9 } };

	for (int i = CLIENT; i < SIDES; i++) {
		struct side *s = &c.side[i];

		s->id = 11 + i;
		s->netns = 4026531840;
		s->has_stats = true;
		s->stats = (struct event_stats) { .bytes_sent = 10, .srtt_us = 1, .min_rtt_us = 1, .mss = 1448 };
		s->state = TCPS_CLOSE;
		s->last_open_state = TCPS_FIN_WAIT2;
		s->err = 104;
		s->timewait = (struct timewait) { .made_ns = 2000,
						  .entered_ns = 3000,
						  .ended_ns = 4000,
						  .ended_by = EVIDENCE_KERNEL,
						  .restarts = 1,
						  .restart_flags = 0x11,
						  .entered_by = EVIDENCE_WIRE,
						  .was_fin_wait2 = true,
						  .exit = TIMEWAIT_EXIT_EXPIRED };
		for (int m = 0; m < MARKS; m++)
			s->mark[m] = 1000 + 10 * m;
		for (int r = 0; r < ACTOR_ROLES; r++) {
			s->actor[r] = (struct actor) { .pid = 7, .certainty = ACTOR_CERTAIN };
			memset(s->actor[r].comm, 'x', sizeof(s->actor[r].comm));
		}
	}
	c.verdict = (struct verdict) { .ending = ENDING_CLOSED,
				       .close_form = CLOSE_FORM_FOUR_WAY,
				       .err = 104,
				       .reset_reason = RESET_TCP_STATE,
				       .in_state = TCPS_ESTABLISHED };
	return c;
}

CASE(values_have_the_type_that_the_catalogue_says)
{
	struct conn empty = { 0 }, full = filled();
	const struct field *f;

	for (size_t i = 0; (f = field_at(i)); i++) {
		struct value v;

		if (field_get(f, &empty, &v))
			CHECK_EQ_INT(v.type, f->type);
		if (field_get(f, &full, &v)) {
			CHECK_EQ_INT(v.type, f->type);
			if (v.type == VALUE_TEXT)
				CHECK(v.text && v.text[0]);
		}
	}
}

CASE(paths_are_unique_and_objects_stand_together)
{
	size_t count = field_count();

	CHECK(count > 100 && field_at(count - 1) && !field_at(count));
	for (size_t i = 0; i < count; i++) {
		const char *path = field_at(i)->path;

		CHECK(field_find(path) == field_at(i));
		for (size_t j = i + 2; j < count; j++) {
			size_t object = strcspn(path, ".") + 1;

			/* The same object again, behind another one. */
			if (strchr(path, '.') && !strncmp(path, field_at(j)->path, object))
				CHECK(!strncmp(path, field_at(j - 1)->path, object));
		}
	}
	CHECK(field_find("no.such") == NULL);
}

CASE(what_is_not_known_is_left_out)
{
	static const char *const unknown[] = { "role",
					       "end_time",
					       "duration_ns",
					       "network.netns",
					       "client.port",
					       "client.user.id",
					       "client.process.opener.pid",
					       "client.process.opener.certainty",
					       "server.netns",
					       "tcp.error",
					       "tcp.srtt_ns",
					       "handshake.status",
					       "teardown.initiator",
					       "time_wait.side",
					       "time_wait_peer.exit",
					       "tcp.mptcp",
					       "client.retransmits" };
	struct conn c = { 0 };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (get(&c, unknown[i]))
			TEST_FAIL("%s is known of nothing", unknown[i]);
}

CASE(ids)
{
	struct conn c = { .id = { 0x5b8efff798038103ULL, 0xd269b633813fc60cULL } };

	CHECK_EQ_STR(get_text(&c, "id"), "5b8efff798038103d269b633813fc60c");
	c.side[CLIENT].id = UINT64_MAX;
	CHECK_EQ_STR(get_text(&c, "client.socket_cookie"), "18446744073709551615");
}

CASE(root_is_a_user_only_if_somebody_was_seen)
{
	struct conn c = { 0 };

	c.side[CLIENT].id = 1;
	CHECK(get_text(&c, "client.user.id") == NULL);
	c.side[CLIENT].uid_known = true;
	CHECK_EQ_STR(get_text(&c, "client.user.id"), "0");
}

CASE(names_of_sixteen_bytes_have_an_end)
{
	struct conn c = filled();

	CHECK_EQ_STR(get_text(&c, "server.process.closer.name"), "xxxxxxxxxxxxxxxx");
}

CASE(time_wait_of_either_side)
{
	struct conn c = { .start_ns = 1000 };
	struct timewait *tw = &c.side[SERVER].timewait;

	*tw = (struct timewait) { .made_ns = 1500, .entered_ns = 2000, .was_fin_wait2 = true, .substate = 6 };
	CHECK_EQ_STR(get_text(&c, "time_wait.side"), "server");
	CHECK_EQ_STR(get_text(&c, "time_wait.exit"), "running");
	CHECK_EQ_INT(get_uint(&c, "time_wait.offset_ns"), 1000);
	CHECK_EQ_INT(get_uint(&c, "time_wait.fin_wait2_minisocket_ns"), 500);
	CHECK_EQ_INT(get_uint(&c, "time_wait.nominal_ns"), 60000000000LL);
	CHECK(get(&c, "time_wait.duration_ns") == NULL);
	CHECK(get(&c, "time_wait_peer.side") == NULL);
	tw->ended_ns = 9000;
	tw->ended_by = EVIDENCE_KERNEL;
	tw->exit = TIMEWAIT_EXIT_REOPENED;
	CHECK_EQ_INT(get_uint(&c, "time_wait.duration_ns"), 7000);
	CHECK_EQ_STR(get_text(&c, "time_wait.exit"), "reopened");
	c.side[CLIENT].timewait =
		(struct timewait) { .made_ns = 1, .entered_ns = 1, .ended_ns = 2, .ended_by = EVIDENCE_KERNEL };
	CHECK_EQ_STR(get_text(&c, "time_wait.side"), "server");
	CHECK_EQ_STR(get_text(&c, "time_wait_peer.side"), "client");
}

CASE(a_minisocket_that_never_came_to_time_wait)
{
	struct conn c = { .start_ns = 1000 };

	c.side[CLIENT].timewait = (struct timewait) { .made_ns = 1500,
						      .ended_ns = 3500,
						      .ended_by = EVIDENCE_KERNEL,
						      .was_fin_wait2 = true,
						      .exit = TIMEWAIT_EXIT_EXPIRED };
	c.side[CLIENT].mark[MARK_FIN_WAIT2] = 1400;
	CHECK(get(&c, "time_wait.side") == NULL);
	CHECK(get(&c, "time_wait.exit") == NULL);
	CHECK_EQ_STR(get_text(&c, "fin_wait2.side"), "client");
	CHECK_EQ_STR(get_text(&c, "fin_wait2.form"), "orphan_minisocket");
	CHECK_EQ_STR(get_text(&c, "fin_wait2.exit"), "expired");
	CHECK_EQ_INT(get_uint(&c, "fin_wait2.duration_ns"), 2100);
}

CASE(crossing_syns_are_no_retransmissions)
{
	struct conn c = { .flags = CONN_SIMULTANEOUS_OPEN };

	c.side[CLIENT].mark[MARK_SYN] = 1000;
	c.side[CLIENT].syn_count = 1; /* its SYN+ACK is not among them */
	CHECK_EQ_INT(get_uint(&c, "handshake.syn_retransmits"), 0);
	c.side[CLIENT].syn_count = 2;
	CHECK_EQ_INT(get_uint(&c, "handshake.syn_retransmits"), 1);
	c.side[CLIENT].syn_retransmits = 3;
	CHECK_EQ_INT(get_uint(&c, "handshake.syn_retransmits"), 3);
}
