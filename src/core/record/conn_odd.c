// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/conn_odd.h"

#include "core/ending.h"
#include "core/record/field_list.h"

static bool counted(field_get_fn get, const struct conn *c, unsigned int of)
{
	struct value v;

	return get(c, of, &v) && v.uinteger;
}

static bool was_sent_again(const struct conn *c, enum side_name by)
{
	return c->side[by].timewait.restarts || counted(field_side_retransmits, c, by) ||
	       counted(field_syn_retransmits, c, by);
}

bool conn_is_odd(const struct conn *c)
{
	if (c->verdict.ending != ENDING_CLOSED && c->verdict.ending != ENDING_OPEN)
		return true;
	return was_sent_again(c, CLIENT) || was_sent_again(c, SERVER) || counted(field_fin_retransmits, c, 0);
}
