// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/recording_run.h"

/* Another run begins. */
static void move_times(struct recording_run *r, const struct recording_header *h)
{
	r->moved_ns = h->wall_ns - h->ts_ns - r->first_offset_ns;
	if ((int64_t)(h->ts_ns + r->moved_ns - r->last_ns) < 0) /* the wall clock was set back */
		r->moved_ns = r->last_ns - h->ts_ns;
}

bool recording_run_piece(struct recording_run *r, const struct recording_header *h, bool in_set,
			 struct event_clock *begins)
{
	bool carries = h->features & RECORDING_CARRIES, first = !r->begun;
	bool goes_on = carries ? !r->is_broken && h->ts_ns == r->clock_ns && h->wall_ns == r->wall_ns : !in_set;

	r->begun = true;
	r->is_broken = false;
	r->repeats = carries;
	r->skips = carries && goes_on && !first;
	if (carries) {
		r->clock_ns = h->ts_ns;
		r->wall_ns = h->wall_ns;
	}
	if (first)
		r->first_offset_ns = h->wall_ns - h->ts_ns;
	if (first || goes_on)
		return false;
	move_times(r, h);
	*begins = (struct event_clock) { .event = { .kind = EVENT_CLOCK,
						    .flags = EVENT_BEGINS,
						    .size = sizeof(*begins),
						    .ts_ns = h->ts_ns + r->moved_ns },
					 .wall_ns = h->wall_ns };
	return true;
}

static void move(const struct recording_run *r, struct event *e)
{
	e->ts_ns += r->moved_ns;
	if (e->kind == EVENT_LOST && e->size >= sizeof(struct event_lost))
		((struct event_lost *)e)->since_ns += r->moved_ns;
	if (e->kind == EVENT_ABSENT && e->size >= sizeof(struct event_absent))
		((struct event_absent *)e)->since_ns += r->moved_ns;
}

bool recording_run_take(struct recording_run *r, struct event *e)
{
	bool is_clock = e->kind == EVENT_CLOCK && e->size >= sizeof(struct event_clock);
	bool skips = r->repeats && r->skips;

	if (r->repeats) {
		r->repeats = !(is_clock && e->flags & EVENT_CARRIED);
	} else if (is_clock) {
		r->clock_ns = e->ts_ns;
		r->wall_ns = ((const struct event_clock *)e)->wall_ns;
	}
	if (skips)
		return false;
	if (r->moved_ns)
		move(r, e);
	if (e->ts_ns > r->last_ns)
		r->last_ns = e->ts_ns;
	return true;
}
