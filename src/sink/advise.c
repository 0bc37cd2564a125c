// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/advise.h"

bool advise(const struct sink *s, const struct advice *a, struct strbuf *out)
{
	if (a->rule == ADVICE_NONE)
		return false;
	advice_text(a, advice_is_about_host(a) ? origin_facts(s->origin) : NULL, out);
	return true;
}

bool advise_conn(const struct sink *s, const struct conn *c, struct strbuf *out)
{
	struct advice a = advice_of(c);

	return advise(s, &a, out);
}
