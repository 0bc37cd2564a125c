// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The screen of --top without a terminal: cells, rows, groups, order, keys, and every size of a screen. */
#include "sink/top/top_filter.h"
#include "sink/top/top_paint.h"

#include <stdlib.h>

#include "lib/human.h"
#include "lib/term.h"
#include "test.h"
#include "story.h"

/* ---- cells ---- */

static const char *row_of(const struct canvas *c, size_t row)
{
	static struct strbuf text;

	strbuf_reset(&text);
	canvas_row_text(c, row, &text);
	return strbuf_text(&text);
}

CASE(nothing_that_controls_a_terminal_becomes_a_cell)
{
	/* A right-to-left override among them, and a wide and a combining character. */
	static const char text[] = { 'a',    '\033', '[',    '3',    '1',    'm', 'b',	  '\x7f',
				     '\xc2', '\x9b', '\xe2', '\x80', '\xae', '|', '\xe7', '\x95',
				     '\x8c', '\xff', '|',    '\xcc', '\x81', '\0' };
	struct canvas c = { 0 };

	CHECK(!canvas_resize(&c, 2, 20));
	canvas_put(&c, 0, 0, SIZE_MAX, 0, text);
	CHECK_EQ_STR(row_of(&c, 0), "a?[31mb???|??|?");
	canvas_put(&c, 1, 0, SIZE_MAX, 0, "µs → ►│ Ω ж");
	CHECK_EQ_STR(row_of(&c, 1), "µs → ►│ Ω ж");
	for (size_t i = 0; i < c.rows * c.columns; i++)
		CHECK(c.cell[i].code >= ' ' && (c.cell[i].code < 0x7f || c.cell[i].code >= 0xa0));
	canvas_free(&c);
}

CASE(what_is_beyond_an_edge_is_cut)
{
	struct canvas c = { 0 };

	CHECK(!canvas_resize(&c, 1, 5));
	CHECK_EQ_INT(canvas_put(&c, 0, 3, SIZE_MAX, 0, "abcdef"), 5);
	CHECK_EQ_INT(canvas_put(&c, 1, 0, SIZE_MAX, 0, "x"), 0);
	CHECK_EQ_INT(canvas_put(&c, 0, 0, 2, 0, "xyz"), 2);
	canvas_fill(&c, 7, 0, 99, 0);
	CHECK_EQ_STR(row_of(&c, 0), "xy ab");
	CHECK(!canvas_resize(&c, 0, 0));
	CHECK_EQ_STR(row_of(&c, 0), "");
	CHECK(!canvas_resize(&c, 100000, 100000));
	CHECK_EQ_INT(c.rows, CANVAS_SIDE_MAX);
	canvas_free(&c);
}

CASE(painted_text_keeps_only_our_own_sequences)
{
	struct canvas c = { 0 };
	const char text[] = "a" TERM_RED "b" TERM_RESET "\033]0;x\007c";

	CHECK(!canvas_resize(&c, 1, 20));
	canvas_put_painted(&c, 0, 0, SIZE_MAX, text, sizeof(text) - 1);
	CHECK_EQ_STR(row_of(&c, 0), "ab?]0;x?c");
	CHECK_EQ_INT(c.cell[0].style, 0);
	CHECK_EQ_INT(c.cell[1].style, STYLE_RED);
	CHECK_EQ_INT(c.cell[2].style, 0);
	canvas_free(&c);
}

/* ---- a store with connections in it ---- */

struct stage {
	struct top_store store;
	struct top_view view;
	struct top_ui ui;
	struct top_layout layout;
	struct listeners listeners;
	struct destinations destinations;
	struct top_source source;
	struct top_now now;
};

static void stage_begin(struct stage *g)
{
	*g = (struct stage) { .now = { .now_ns = 100 * 1000000000ULL, .style = HUMAN_UTF8 } };
	if (top_store_init(&g->store) || top_view_init(&g->view) || destinations_init(&g->destinations))
		abort();
	listeners_init(&g->listeners);
	g->source = (struct top_source) { &g->store, &g->listeners, &g->destinations, UINT64_MAX };
	top_ui_init(&g->ui, false);
}

static void stage_end(struct stage *g)
{
	top_store_free(&g->store);
	top_view_free(&g->view);
	listeners_free(&g->listeners);
	destinations_free(&g->destinations);
}

static void build(struct stage *g, size_t rows, size_t columns)
{
	g->layout = top_layout_of(&g->ui, g->view.count, rows, columns);
	top_view_build(&g->view, &g->source, &g->ui.shape, &g->now);
	top_ui_follow(&g->ui, &g->view, &g->layout);
}

static enum top_action press(struct stage *g, uint32_t code)
{
	enum top_action a = top_ui_key(&g->ui, &g->view, &g->layout, code);

	build(g, g->layout.rows ? g->layout.rows : 24, g->layout.columns ? g->layout.columns : 80);
	return a;
}

static struct endpoint end_of(uint8_t last, uint16_t port)
{
	return (struct endpoint) { .addr = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = last }, .port = port };
}

/* i makes them differ. */
static struct top_row row_like(unsigned int i, const char *process, uint16_t service, uint8_t ending)
{
	struct top_row r = { .id = { i + 1, 7 },
			     .start_ns = i * 1000000ULL + 1,
			     .close_ns = ending == ENDING_OPEN ? 0 : i * 1000000ULL + 500001,
			     .handshake_ns = (i + 1) * 1000,
			     .sent = i * 100,
			     .received = TOP_NOT_KNOWN,
			     .retransmits = 0,
			     .wait_ns = TOP_NOT_KNOWN,
			     .local = end_of(1, (uint16_t)(40000 + i)),
			     .remote = end_of((uint8_t)(2 + i % 3), service),
			     .service = service,
			     .state = TCPS_ESTABLISHED,
			     .ending = ending,
			     .role = 'C',
			     .complete = true,
			     .wanted = true };

	snprintf(r.process, sizeof(r.process), "%s", process);
	return r;
}

static void add_open(struct stage *g, struct top_row r)
{
	struct top_row *to = top_store_open(&g->store);

	if (to)
		*to = r;
}

static void add_ended(struct stage *g, struct top_row r)
{
	struct conn c = { .id = { r.id[0], r.id[1] } };
	struct top_row *to = top_store_ended(&g->store, &c);

	CHECK(to != NULL);
	if (to)
		*to = r;
}

static void furnish(struct stage *g)
{
	for (unsigned int i = 0; i < 10; i++)
		add_open(g, row_like(i, i % 2 ? "curl" : "nginx", i < 3 ? 443 : 80, ENDING_OPEN));
	for (unsigned int i = 10; i < 30; i++)
		add_ended(g, row_like(i, "wget", 443, i % 5 ? ENDING_CLOSED : ENDING_REFUSED));
}

CASE(tabs_count_and_show_what_is_theirs)
{
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	build(&g, 24, 80);
	CHECK_EQ_INT(g.view.tabs[TAB_OPEN], 10);
	CHECK_EQ_INT(g.view.tabs[TAB_ENDED], 20);
	CHECK_EQ_INT(g.view.tabs[TAB_FAULTS], 4);
	CHECK_EQ_INT(g.view.count, 10);
	press(&g, '2');
	CHECK_EQ_INT(g.view.count, 20);
	CHECK_EQ_INT(g.view.item[0].row.id[0], 30); /* the newest */
	press(&g, '5');
	CHECK_EQ_INT(g.view.count, 4);
	CHECK_EQ_STR(top_row_fault(&g.view.item[0].row), "refused");
	press(&g, TOP_KEY_TAB);
	CHECK_EQ_INT(g.ui.shape.tab, TAB_OPEN);
	press(&g, TOP_KEY_BACK_TAB);
	CHECK_EQ_INT(g.ui.shape.tab, TAB_FAULTS);
	stage_end(&g);
}

CASE(groups_add_up_and_open)
{
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	build(&g, 24, 80);
	press(&g, 'g');
	CHECK_EQ_INT(g.ui.shape.grouping, GROUP_PROCESS);
	CHECK_EQ_INT(g.view.count, 2);
	CHECK_EQ_INT(g.view.item[0].group.connections + g.view.item[1].group.connections, 10);
	CHECK_EQ_INT(g.view.item[0].group.open, 5);
	press(&g, 'g');
	CHECK_EQ_STR(g.view.item[0].group.label, "port 80");
	CHECK_EQ_INT(g.view.item[0].group.connections, 7);
	press(&g, 'g');
	CHECK_EQ_INT(g.view.count, 3);
	press(&g, TOP_KEY_ENTER);
	CHECK_EQ_INT(g.ui.shape.grouping, GROUP_NONE);
	CHECK_EQ_STR(g.ui.shape.within_label, "10.0.0.2");
	CHECK_EQ_INT(g.view.count, 4);
	CHECK_EQ_INT(g.view.tabs[TAB_ENDED], 6);
	press(&g, TOP_KEY_ESCAPE);
	CHECK_EQ_INT(g.ui.shape.grouping, GROUP_PEER);
	CHECK_EQ_INT(g.view.count, 3);
	stage_end(&g);
}

CASE(more_groups_than_there_is_room_for_are_one)
{
	struct stage g;
	char name[16];
	uint64_t all = 0;

	stage_begin(&g);
	for (unsigned int i = 0; i < TOP_GROUPS_MAX + 500; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		add_open(&g, row_like(i, name, 80, ENDING_OPEN));
	}
	g.ui.shape.grouping = GROUP_PROCESS;
	g.ui.shape.column = 1;
	build(&g, 24, 80);
	CHECK_EQ_INT(g.view.total, TOP_GROUPS_MAX);
	CHECK_EQ_INT(g.view.count, TOP_VIEW_MAX);
	CHECK_EQ_STR(g.view.item[0].group.label, "all others");
	for (size_t i = 0; i < g.view.count; i++)
		all += g.view.item[i].group.connections;
	CHECK_EQ_INT(g.view.item[0].group.connections, 501);
	CHECK_EQ_INT(all, 501 + TOP_VIEW_MAX - 1);
	stage_end(&g);
}

CASE(memory_is_bounded_and_the_oldest_goes)
{
	struct stage g;
	uint64_t gone[2] = { 1, 7 }, kept[2] = { 101, 7 };

	stage_begin(&g);
	for (unsigned int i = 0; i < TOP_ENDED_MAX + 100; i++)
		add_ended(&g, row_like(i, "x", 80, ENDING_CLOSED));
	for (unsigned int i = 0; i < TOP_OPEN_MAX + 7; i++)
		add_open(&g, row_like(i, "y", 80, ENDING_OPEN));
	CHECK(!top_store_find(&g.store, gone));
	CHECK(top_store_find(&g.store, kept) != NULL);
	CHECK_EQ_INT(g.store.open_left_out, 7);
	build(&g, 24, 80);
	CHECK_EQ_INT(g.view.tabs[TAB_ENDED], TOP_ENDED_MAX);
	CHECK_EQ_INT(g.view.tabs[TAB_OPEN], TOP_OPEN_MAX + 7);
	CHECK_EQ_INT(g.view.count, TOP_VIEW_MAX);
	stage_end(&g);
}

CASE(each_column_sorts_both_ways)
{
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	for (int tab = 0; tab < TABS; tab++) {
		const struct top_columns *c = top_columns_of(tab, GROUP_NONE);

		g.ui.shape = (struct top_shape) { .tab = tab };
		for (size_t i = 0; i < c->count; i++) {
			g.ui.shape.column = i;
			for (int reversed = 0; reversed < 2; reversed++) {
				bool down = c->list[i].descending != (reversed == 1);

				g.ui.shape.reversed = reversed;
				build(&g, 24, 80);
				for (size_t k = 1; k < g.view.count; k++) {
					struct top_key a = c->list[i].key(&g.view.item[k - 1], &g.now);
					struct top_key b = c->list[i].key(&g.view.item[k], &g.now);

					if (down ? a.high < b.high : a.high > b.high)
						TEST_FAIL("tab %d, %s is not in order", tab, c->list[i].head);
				}
			}
		}
	}
	stage_end(&g);
}

/* ---- keys ---- */

static void write_text(struct stage *g, const char *text)
{
	for (; *text; text++)
		press(g, (uint8_t)*text);
}

CASE(the_filter_is_written_and_mended)
{
	struct stage g;

	stage_begin(&g);
	build(&g, 24, 80);
	press(&g, '/');
	CHECK_EQ_INT(g.ui.prompt, PROMPT_FILTER);
	write_text(&g, "q1?g");
	press(&g, 0xe9);   /* é */
	press(&g, 0x4e16); /* 世 */
	CHECK_EQ_STR(g.ui.input, "q1?gé世");
	press(&g, TOP_KEY_BACKSPACE);
	press(&g, TOP_KEY_BACKSPACE);
	press(&g, 27);
	CHECK_EQ_STR(g.ui.input, "q1?g");
	for (int i = 0; i < 3 * TOP_INPUT_SIZE; i++)
		press(&g, 0x20ac);
	CHECK(strlen(g.ui.input) < TOP_INPUT_SIZE);
	press(&g, TOP_KEY_CLEAR);
	CHECK_EQ_STR(g.ui.input, "");
	press(&g, TOP_KEY_BACKSPACE);
	write_text(&g, "abc");
	CHECK_EQ_INT(press(&g, TOP_KEY_ENTER), ACTION_FILTER);
	CHECK_EQ_INT(g.ui.prompt, PROMPT_NONE);
	stage_end(&g);
}

CASE(the_cursor_follows_its_connection)
{
	struct stage g;
	uint64_t at;

	stage_begin(&g);
	furnish(&g);
	build(&g, 24, 80);
	press(&g, '2');
	press(&g, TOP_KEY_DOWN);
	press(&g, TOP_KEY_DOWN);
	at = top_ui_item(&g.ui, &g.view)->row.id[0];
	add_ended(&g, row_like(50, "new", 443, ENDING_CLOSED));
	build(&g, 24, 80);
	CHECK_EQ_INT(g.ui.cursor, 3);
	CHECK_EQ_INT(top_ui_item(&g.ui, &g.view)->row.id[0], at);
	press(&g, TOP_KEY_HOME);
	add_ended(&g, row_like(51, "new", 443, ENDING_CLOSED));
	build(&g, 24, 80);
	CHECK_EQ_INT(g.ui.cursor, 0); /* at the top it stays there */
	CHECK_EQ_INT(press(&g, TOP_KEY_ENTER), ACTION_DETAIL);
	CHECK(g.ui.detail);
	CHECK_EQ_INT(g.ui.detail_id[0], 52);
	CHECK_EQ_INT(press(&g, TOP_KEY_DOWN), ACTION_DETAIL);
	CHECK_EQ_INT(g.ui.detail_id[0], 51);
	press(&g, TOP_KEY_ESCAPE);
	CHECK(!g.ui.detail);
	press(&g, 'w');
	CHECK_EQ_INT(g.ui.prompt, PROMPT_WRITE);
	CHECK_EQ_INT(press(&g, TOP_KEY_ENTER), ACTION_WRITE);
	stage_end(&g);
}

CASE(the_mouse_chooses)
{
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	build(&g, 24, 80);
	CHECK_EQ_INT(top_ui_mouse(&g.ui, &g.view, &g.layout, 1, g.layout.tabs_row, 14), ACTION_BUILD);
	CHECK_EQ_INT(g.ui.shape.tab, TAB_ENDED);
	build(&g, 24, 80);
	CHECK_EQ_INT(top_ui_mouse(&g.ui, &g.view, &g.layout, 1, g.layout.head_row, 0), ACTION_BUILD);
	CHECK(g.ui.shape.reversed);
	build(&g, 24, 80);
	top_ui_mouse(&g.ui, &g.view, &g.layout, 1, g.layout.table_row + 4, 3);
	CHECK_EQ_INT(g.ui.cursor, 4);
	CHECK(!g.ui.detail);
	top_ui_mouse(&g.ui, &g.view, &g.layout, 1, g.layout.table_row + 4, 3);
	CHECK(g.ui.detail);
	top_ui_mouse(&g.ui, &g.view, &g.layout, 5, g.layout.table_row, 3);
	CHECK_EQ_INT(g.ui.cursor, 7);
	CHECK_EQ_INT(top_ui_mouse(&g.ui, &g.view, &g.layout, 1, 999999, 999999), ACTION_NONE);
	stage_end(&g);
}

/* ---- the screen ---- */

static struct top_figures figures = { .host = "web1", .capture = "live", .wall_ns = 1, .lost = 3, .evicted = 1 };

static void paint(struct stage *g, struct canvas *c)
{
	struct top_scene scene = { .ui = &g->ui,
				   .view = &g->view,
				   .figures = &figures,
				   .layout = &g->layout,
				   .now = g->now,
				   .detail = "one\n" TERM_RED "two\nthree" };

	CHECK(!canvas_resize(c, g->layout.rows, g->layout.columns));
	top_paint(c, &scene);
}

static bool shows(const struct canvas *c, const char *text)
{
	for (size_t row = 0; row < c->rows; row++)
		if (strstr(row_of(c, row), text))
			return true;
	return false;
}

CASE(it_shows_what_there_is)
{
	struct canvas c = { 0 };
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	g.store.ended[19].row.wait = TOP_WAIT_RUNNING;
	g.store.ended[19].row.wait_side = 'C';
	g.store.ended[19].row.wait_until_ns = g.now.now_ns + 41000000001ULL;
	snprintf(g.store.ended[18].row.process, TOP_PROCESS_SIZE, "%s", "x\033[31m\a");
	build(&g, 24, 80);
	press(&g, '2');
	paint(&g, &c);
	CHECK(shows(&c, "tcplife-trace web1  live"));
	CHECK(shows(&c, "lost 3"));
	CHECK(shows(&c, "2 Ended 20"));
	CHECK(shows(&c, "C:42s left"));
	CHECK(shows(&c, "x\\x1b[31m"));
	CHECK(shows(&c, "? help"));
	press(&g, TOP_KEY_ENTER);
	paint(&g, &c);
	CHECK(shows(&c, "two"));
	CHECK(shows(&c, "Esc closes"));
	canvas_free(&c);
	stage_end(&g);
}

/* Every size of a screen, with what stands on it; the sanitizers look on where make check-builds runs it. */
CASE(no_size_of_a_screen_is_too_small)
{
	static const uint32_t keys[] = { '1',		'2',	     '3', '4', '5', 'g', 'g',
					 TOP_KEY_ENTER, TOP_KEY_END, '?', 'x', '/', 'a' };
	static const size_t columns[] = { 1, 2, 3, 10, 20, 39, 59, 61, 80, 132, 189, 190, 250, 5000 };
	struct canvas c = { 0 };
	struct stage g;

	stage_begin(&g);
	furnish(&g);
	build(&g, 24, 80);
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		press(&g, keys[k]);
		for (size_t rows = 0; rows < 40; rows++) {
			for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
				build(&g, rows, columns[i]);
				CHECK(g.layout.table_row + g.layout.table_rows <= rows || !g.layout.table_rows);
				paint(&g, &c);
			}
		}
		build(&g, 24, 80);
	}
	CHECK_EQ_STR(g.ui.input, "a");
	canvas_free(&c);
	stage_end(&g);
}

/* ---- of real connections ---- */

static void keep_row(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct stage *g = ctx;
	struct top_row *r =
		change == CONN_CLOSED || change == CONN_TIMEWAIT_OVER ? top_store_ended(&g->store, c) : NULL;

	if (!r)
		return;
	top_row_fill(r, c, now_ns, HUMAN_UTF8);
	r->wanted = true;
}

CASE(a_connection_is_kept_whole)
{
	struct conn_observer o = { .changed = keep_row };
	struct conn_table_options options = { .max_connections = 10, .names = true };
	struct whole_conn *whole = malloc(sizeof(*whole));
	struct stage g;
	struct story s;
	uint64_t id[2];

	stage_begin(&g);
	story_begin(&s, 10);
	conn_table_free(&s.table);
	o.ctx = &g;
	if (!whole || conn_table_new(&s.table, &options, &o))
		abort();
	story_open(&s);
	story_close_by_client(&s);
	story_clock(&s, 2000000);
	CHECK_EQ_INT(g.store.next, 1);
	CHECK_EQ_INT(g.store.ended[0].row.wait, TOP_WAIT_RUNNING);
	CHECK_EQ_INT(g.store.ended[0].row.wait_until_ns, STORY_BASE_NS + 1071000 + 60000000000ULL);
	CHECK_EQ_INT(g.store.ended[0].row.handshake_ns, 30000);
	story_timewait(&s, 61000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, 1);
	story_clock(&s, 62000000);
	CHECK_EQ_INT(g.store.next, 1); /* the same one */
	CHECK_EQ_INT(g.store.ended[0].row.wait, TOP_WAIT_OVER);
	memcpy(id, g.store.ended[0].row.id, sizeof(id));
	story_end(&s); /* the table is gone, the copy is not */
	CHECK(top_store_get(&g.store, id, whole));
	CHECK_EQ_INT(whole->conn.moments.count > 12, true);
	CHECK_EQ_INT(whole->conn.flow.end[SERVER].port, STORY_SERVER_PORT);
	free(whole);
	stage_end(&g);
}
