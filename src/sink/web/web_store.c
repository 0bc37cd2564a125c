// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/web/web_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void web_store_free(struct web_store *s)
{
	for (size_t i = 0; i < WEB_STORE_SLOTS; i++) {
		free(s->entry[i].row);
		kept_conn_free(&s->entry[i].kept);
	}
	conn_packer_free(&s->packer);
}

int web_store_add(struct web_store *s, const struct conn *c, const struct strbuf *row)
{
	struct web_entry *e = &s->entry[s->next % WEB_STORE_SLOTS];
	char *text = row->failed ? NULL : malloc(row->len + 1);
	struct kept_conn kept = { 0 };

	if (!text || kept_conn_set(&kept, &s->packer, c)) {
		free(text);
		return -ENOMEM;
	}
	free(e->row);
	kept_conn_free(&e->kept);
	*e = (struct web_entry) {
		.id = { c->id[0], c->id[1] },
		.port = c->flow.end[SERVER].port,
		.ending = c->verdict.ending,
		.row = text,
		.row_len = row->len,
		.kept = kept,
	};
	memcpy(e->row, strbuf_text(row), row->len);
	s->next++;
	return 0;
}

bool web_store_get(const struct web_store *s, const struct web_entry *e, struct whole_conn *out)
{
	return kept_conn_get(&e->kept, &s->packer, out);
}

uint64_t web_store_oldest(const struct web_store *s)
{
	return s->next > s->first + WEB_STORE_SLOTS ? s->next - WEB_STORE_SLOTS : s->first;
}

void web_store_forget(struct web_store *s)
{
	s->first = s->next;
}

const struct web_entry *web_store_at(const struct web_store *s, uint64_t number)
{
	return &s->entry[number % WEB_STORE_SLOTS];
}

const struct web_entry *web_store_find(const struct web_store *s, const uint64_t id[2])
{
	for (uint64_t n = s->next; n > web_store_oldest(s); n--) {
		const struct web_entry *e = web_store_at(s, n - 1);

		if (e->id[0] == id[0] && e->id[1] == id[1])
			return e;
	}
	return NULL;
}
