/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How a connection ended, in words. */
#ifndef TCPLIFE_ENDING_SENTENCE_H
#define TCPLIFE_ENDING_SENTENCE_H

#include "core/conn.h"
#include "lib/strbuf.h"

/* One plain sentence, without a final full stop. style: HUMAN_*. c->verdict must be set. */
void ending_sentence(const struct conn *c, unsigned int style, struct strbuf *out);

#endif
