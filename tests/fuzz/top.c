// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The screen of --top: keys, clicks and sizes as they may come, over a handful of connections; filters are the input's.
 */
#include "fuzz.h"

#include "sink/top/top_filter.h"
#include "sink/top/top_paint.h"

#define CONNECTIONS 40

enum { OP_KEY, OP_CODE, OP_MOUSE, OP_SIZE, OPS };

struct stage {
	struct top_store store;
	struct top_view view;
	struct top_ui ui;
	struct top_layout layout;
	struct canvas canvas;
	struct top_filter filter;
	struct listeners listeners;
	struct destinations destinations;
	struct top_source source;
	struct top_now now;
	struct top_figures figures;
	size_t rows, columns;
	uint64_t made;
};

static void add(struct stage *g, uint8_t byte)
{
	struct conn c = { .id = { ++g->made, byte },
			  .close_ns = g->made,
			  .verdict = { .ending = byte % ENDING_COUNT, .in_state = byte % TCPS_COUNT } };
	struct top_row *r = byte & 1 ? top_store_open(&g->store) : top_store_ended(&g->store, &c);

	if (!r)
		return;
	top_row_fill(r, &c, g->now.now_ns, g->now.style);
	memset(r->process, byte, sizeof(r->process) - 1);
	r->wait = byte % (TOP_WAIT_NEVER + 1);
	r->service = byte * 257;
	r->wanted = top_filter_wants(&g->filter, &c, r, g->now.style);
}

static void draw(struct stage *g)
{
	struct top_scene scene = { &g->ui, &g->view, &g->figures, &g->layout, g->now, g->ui.input };

	g->layout = top_layout_of(&g->ui, g->view.count, g->rows, g->columns);
	top_view_build(&g->view, &g->source, &g->ui.shape, &g->now);
	top_ui_follow(&g->ui, &g->view, &g->layout);
	g->ui.detail_lines = top_lines(g->ui.input);
	if (canvas_resize(&g->canvas, g->rows, g->columns))
		abort();
	top_paint(&g->canvas, &scene);
	for (size_t i = 0; i < g->canvas.rows * g->canvas.columns; i++)
		if (g->canvas.cell[i].code < 0x20 || (g->canvas.cell[i].code >= 0x7f && g->canvas.cell[i].code < 0xa0))
			abort();
}

static void filter(struct stage *g)
{
	for (uint64_t n = 0; n < g->store.next; n++) {
		struct whole_conn whole;
		struct top_ended *e = top_store_at(&g->store, n);

		if (top_store_unpack(&g->store, e, &whole))
			e->row.wanted = top_filter_wants(&g->filter, &whole.conn, &e->row, g->now.style);
	}
	for (size_t i = 0; i < g->store.open_count; i++)
		g->store.open[i].wanted = top_filter_wants(&g->filter, NULL, &g->store.open[i], g->now.style);
}

static void take(struct stage *g, enum top_action a)
{
	struct strbuf why = { 0 };

	if (a == ACTION_FILTER && !top_filter_set(&g->filter, g->ui.input, &why)) {
		memcpy(g->ui.filter, g->ui.input, sizeof(g->ui.filter));
		filter(g);
	}
	strbuf_free(&why);
}

/* Each step is 4 bytes. */
static void step(struct stage *g, const uint8_t *p)
{
	switch (p[0] % OPS) {
	case OP_KEY:
		take(g, top_ui_key(&g->ui, &g->view, &g->layout, p[1]));
		break;
	case OP_CODE:
		take(g,
		     top_ui_key(&g->ui, &g->view, &g->layout, p[1] & 1 ? TOP_KEY_UP + p[2] % 24 : p[2] << 12 | p[3]));
		break;
	case OP_MOUSE:
		take(g, top_ui_mouse(&g->ui, &g->view, &g->layout, p[1] % 6, p[2], p[3]));
		break;
	case OP_SIZE:
		g->rows = p[2] % 80;
		g->columns = p[3];
		break;
	}
	draw(g);
}

/* Once: it is large. */
static void furnish(struct stage *g)
{
	g->now = (struct top_now) { .now_ns = 1000000000, .style = 1 };
	g->figures.host = g->figures.capture = "";
	if (top_store_init(&g->store) || top_view_init(&g->view) || destinations_init(&g->destinations))
		abort();
	listeners_init(&g->listeners);
	g->source = (struct top_source) { &g->store, &g->listeners, &g->destinations, UINT64_MAX };
	for (uint8_t i = 0; i < CONNECTIONS; i++)
		add(g, i * 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage g;

	if (!g.made)
		furnish(&g);
	top_filter_free(&g.filter);
	filter(&g);
	g.rows = 24;
	g.columns = 80;
	top_ui_init(&g.ui, size & 1);
	draw(&g);
	for (; size >= 4; data += 4, size -= 4)
		step(&g, data);
	return 0;
}
