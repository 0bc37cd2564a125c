/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The connections that the page shows: the last so many, each with a number that grows by one. */
#ifndef TCPLIFE_WEB_STORE_H
#define TCPLIFE_WEB_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/strbuf.h"
#include "sink/keep/kept_conn.h"

#define WEB_STORE_SLOTS 2048 /* about 2 KiB each */

struct web_entry {
	uint64_t id[2];
	uint16_t port; /* the server's */
	uint8_t ending;
	char *row; /* a JSON object: what stands in the table */
	size_t row_len;
	struct kept_conn kept;
};

struct web_store {
	struct web_entry entry[WEB_STORE_SLOTS];
	uint64_t next;	/* number of the next one; the oldest is next - WEB_STORE_SLOTS or first */
	uint64_t first; /* those before it are forgotten */
	struct conn_packer packer;
};

void web_store_free(struct web_store *s);
/* Copies both. The oldest entry goes. -ENOMEM: the connection is not shown. */
int web_store_add(struct web_store *s, const struct conn *c, const struct strbuf *row);
/* The connection of an entry. It is good until the next one is added. */
bool web_store_get(const struct web_store *s, const struct web_entry *e, struct whole_conn *out);
/* Numbers go on. */
void web_store_forget(struct web_store *s);
uint64_t web_store_oldest(const struct web_store *s);
/* number is from the oldest up to, not including, next. */
const struct web_entry *web_store_at(const struct web_store *s, uint64_t number);
/* The newest entry of that connection, or NULL. */
const struct web_entry *web_store_find(const struct web_store *s, const uint64_t id[2]);

#endif
