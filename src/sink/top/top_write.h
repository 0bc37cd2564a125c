/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One connection as a file, as the screen's `w` asks for it. */
#ifndef TCPLIFE_TOP_WRITE_H
#define TCPLIFE_TOP_WRITE_H

#include "core/conn.h"
#include "lib/strbuf.h"
#include "sink/json/json_record.h"

/*
 * path ends in .json or .pcapng; a file that is there is not overwritten. What became of it stands in *said, without
 * what a terminal would interpret. 0 or a negative errno.
 */
int top_write(const struct sink *s, struct json_record *record, const struct conn *c, const char *path, uint64_t now_ns,
	      unsigned int style, struct strbuf *said);

#endif
