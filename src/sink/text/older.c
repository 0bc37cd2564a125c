// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/text/older.h"

#include <inttypes.h>

#include "core/ending.h"
#include "lib/human.h"
#include "lib/log.h"

bool older_is_held_back(struct older *o, const struct options *options, const struct conn *c, enum conn_change change)
{
	if (options->older || !(c->flags & CONN_EXISTED) || c->verdict.ending != ENDING_CLOSED)
		return false;
	if (change != CONN_TIMEWAIT_OVER)
		o->held_back++;
	return true;
}

void older_say(const struct older *o)
{
	if (!o->held_back)
		return;
	log_notice("%" PRIu64
		   " connection%s that began before tracing ended in order, and %s not listed: --older lists them",
		   o->held_back, human_s(o->held_back), o->held_back == 1 ? "is" : "are");
}
