// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/story/clock.h"

#include <errno.h>
#include <stdlib.h>

/* Crystals differ by up to 100 ppm; what is left after the fit comes from temperature. */
#define DRIFT_MOST  100e-6
#define DRIFT_AFTER 1e-6
/* Shorter than this, a handshake's delay hides the drift. */
#define FIT_SPAN_NS 30000000000ULL
#define FIT_LEAST   5

bool handshake_is_possible(const struct handshake_times *t)
{
	return t->t1 && t->t2 && t->t3 >= t->t2 && t->t4 >= t->t1 && t->t4 - t->t1 >= t->t3 - t->t2;
}

int host_clocks_add(struct host_clocks *p, const struct handshake_times *t, bool forward)
{
	int64_t out = (int64_t)(t->t2 - t->t1), back = (int64_t)(t->t3 - t->t4), offset = out / 2 + back / 2;

	if (!handshake_is_possible(t))
		return -EINVAL;
	if (p->count == p->capacity) {
		size_t capacity = p->capacity ? p->capacity * 2 : 64;
		struct clock_sample *more = reallocarray(p->sample, capacity, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->sample = more;
		p->capacity = capacity;
	}
	p->sample[p->count++] = (struct clock_sample) {
		.at_ns = forward ? t->t1 : t->t2,
		.offset_ns = forward ? offset : -offset,
		.delay_ns = t->t4 - t->t1 - (t->t3 - t->t2),
	};
	return 0;
}

/* Of equal windows in time, each one's sample with the least delay. */
static void choose_best(struct host_clocks *p)
{
	uint64_t first = UINT64_MAX, last = 0, width;
	size_t windows = p->count < CLOCK_WINDOWS ? p->count : CLOCK_WINDOWS;
	bool filled[CLOCK_WINDOWS] = { false };

	for (size_t i = 0; i < p->count; i++) {
		first = p->sample[i].at_ns < first ? p->sample[i].at_ns : first;
		last = p->sample[i].at_ns > last ? p->sample[i].at_ns : last;
	}
	width = windows ? (last - first) / windows + 1 : 1;
	for (size_t i = 0; i < p->count; i++) {
		size_t w = (p->sample[i].at_ns - first) / width;

		if (!filled[w] || p->sample[i].delay_ns < p->best[w].delay_ns)
			p->best[w] = p->sample[i];
		filled[w] = true;
	}
	p->best_count = 0;
	for (size_t w = 0; w < windows; w++)
		if (filled[w])
			p->best[p->best_count++] = p->best[w];
}

/* A line through the best, each weighted by what it can say. */
static void fit_drift(struct host_clocks *p)
{
	const struct clock_sample *zero = &p->best[0];
	double weight = 0, x_sum = 0, y_sum = 0, xx = 0, xy = 0, spread;

	for (size_t i = 0; i < p->best_count; i++) {
		const struct clock_sample *s = &p->best[i];
		double x = (double)(int64_t)(s->at_ns - zero->at_ns), y = (double)(s->offset_ns - zero->offset_ns);
		double w = 1 / ((double)s->delay_ns + 1000) / ((double)s->delay_ns + 1000);

		weight += w;
		x_sum += w * x;
		y_sum += w * y;
		xx += w * x * x;
		xy += w * x * y;
	}
	spread = weight * xx - x_sum * x_sum;
	if (spread <= 0)
		return;
	p->drift = (weight * xy - x_sum * y_sum) / spread;
	p->has_drift = p->drift > -DRIFT_MOST * 2 && p->drift < DRIFT_MOST * 2;
	if (!p->has_drift)
		p->drift = 0; /* a clock was set, or the times are forged */
}

void host_clocks_fit(struct host_clocks *p)
{
	choose_best(p);
	p->drift = 0;
	p->has_drift = false;
	if (p->best_count >= FIT_LEAST && p->best[p->best_count - 1].at_ns - p->best[0].at_ns >= FIT_SPAN_NS)
		fit_drift(p);
}

bool host_clocks_at(const struct host_clocks *p, uint64_t at_ns, int64_t *offset_ns, uint64_t *error_ns)
{
	double slack = p->has_drift ? DRIFT_AFTER : DRIFT_MOST, least = 0;
	bool found = false;

	for (size_t i = 0; i < p->best_count; i++) {
		const struct clock_sample *s = &p->best[i];
		double away = (double)(int64_t)(at_ns - s->at_ns);
		double error = (double)s->delay_ns / 2 + slack * (away < 0 ? -away : away);

		if (found && error >= least)
			continue;
		found = true;
		least = error;
		*offset_ns = s->offset_ns + (int64_t)(p->drift * away);
		*error_ns = (uint64_t)error + 1;
	}
	return found;
}

void host_clocks_free(struct host_clocks *p)
{
	free(p->sample);
	p->sample = NULL;
	p->count = p->capacity = p->best_count = 0;
}
