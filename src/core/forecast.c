// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/forecast.h"

#include <math.h>

#include "core/tcp_state.h"

#define TIME_WAIT_SECS (TIMEWAIT_LEN_NS / 1e9)
#define HORIZON_SECS   3600.0
#define SHORTEST_SECS  5   /* of which rates are taken */
#define LITTLE	       64  /* ports held, below which there is no advice, nor a trend */
#define MANY	       100 /* ... from which on they are worth a line */
#define DEVIATIONS     3

uint32_t local_ports_count(const struct local_ports *p)
{
	uint32_t range = p->high >= p->low ? (uint32_t)p->high - p->low + 1 : 0;

	return p->reserved < range ? range - p->reserved : 0;
}

/*
 * With all rates as they are: what is open grows by the difference of opened and closed for ever; what is in TIME_WAIT
 * leaves after 60 s, so that it moves from what it is now to 60 s times its rate, and stays there. Seconds until both
 * together need `available` ports, or a negative number for never.
 */
static double seconds_until(double available, const struct forecast_load *load, double *levels_off)
{
	double growth = load->opened - load->closed, settled = load->entered * TIME_WAIT_SECS;
	double now = (double)load->open + load->time_wait, later, slope;

	if (growth < 0)
		growth = 0;
	slope = growth + (settled - load->time_wait) / TIME_WAIT_SECS;
	later = now + slope * TIME_WAIT_SECS;
	*levels_off = later;
	if (now >= available)
		return 0;
	if (later >= available)
		return (available - now) / slope;
	return growth > 0 ? TIME_WAIT_SECS + (available - later) / growth : -1;
}

/* What of more - less, both a second over secs, is not chance. */
static double surely(double more, double less, double secs)
{
	double least = more - less - DEVIATIONS * sqrt((more + less) / secs);

	return least > 0 ? least : 0;
}

/* Would they run out even if chance had made the rates what they are? */
static bool is_significant(const struct forecast *f, const struct forecast_load *load)
{
	struct forecast_load least = { .open = load->open, .time_wait = load->time_wait };
	double ignored;

	if (load->secs < SHORTEST_SECS || (f->used < LITTLE && f->used < f->available / 10))
		return false;
	least.opened = surely(load->opened, load->closed, load->secs);
	least.entered = surely(load->entered, 0, load->secs);
	return seconds_until(f->available, &least, &ignored) >= 0;
}

static enum reuse_advice advise(const struct local_ports *p, const struct forecast_load *load)
{
	if (load->open + load->time_wait < LITTLE)
		return REUSE_NO_ADVICE;
	if (load->time_wait <= load->open)
		return REUSE_WOULD_NOT;
	return p->tw_reuse == 1 || (p->tw_reuse == 2 && load->loopback) ? REUSE_IS_ON : REUSE_WOULD_HELP;
}

struct forecast forecast_make(const struct local_ports *p, const struct forecast_load *load)
{
	struct forecast f = { .used = load->open + load->time_wait, .exhausted_ns = FORECAST_NEVER };
	double secs, levels_off;

	if (!p->known)
		return f;
	f.available = local_ports_count(p);
	f.left = f.used < f.available ? f.available - f.used : 0;
	f.reuse = advise(p, load);
	secs = seconds_until(f.available, load, &levels_off);
	f.levels_off = levels_off > 0 ? (uint32_t)levels_off : 0;
	if (secs == 0 || (secs > 0 && secs < HORIZON_SECS && is_significant(&f, load)))
		f.exhausted_ns = (uint64_t)(secs * 1e9);
	return f;
}

bool forecast_matters(const struct forecast *f)
{
	return f->used >= MANY || (f->available && f->used >= f->available / 10) || f->exhausted_ns != FORECAST_NEVER;
}

const char *reuse_advice_name(enum reuse_advice a)
{
	static const char *const names[REUSE_ADVICE_COUNT] = {
		[REUSE_NO_ADVICE] = "",
		[REUSE_WOULD_HELP] = "would_help",
		[REUSE_IS_ON] = "is_on",
		[REUSE_WOULD_NOT] = "would_not_help",
	};

	return a < REUSE_ADVICE_COUNT ? names[a] : "";
}
