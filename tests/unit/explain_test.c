// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Is every explanation of --explain reached by a story in tests/cases, and fit to be printed? Runs where make does. */
#include "sink/diagram/explain.h"

#include <glob.h>
#include <stdlib.h>

#include "core/table/conn_table.h"
#include "core/decode.h"
#include "core/recording.h"
#include "test.h"

#define LONGEST_WORD 22 /* the least room between the lifelines */

static bool reached[EXPLAIN_COUNT];

static void on_change(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	static struct sequence sequence;
	static struct explanations explanations;

	(void)ctx;
	if (change != CONN_FINISHED)
		return;
	sequence_tell(&sequence, c, 0, now_ns);
	explain_choose(&explanations, &sequence, c);
	for (unsigned int l = 0; l < EXPLAIN_COUNT; l++)
		reached[l] |= explanations.given[l];
}

static size_t run_story(const char *path, char *buf, size_t size)
{
	char command[512];
	size_t len;
	FILE *in;

	snprintf(command, sizeof(command), "%s/tests/tools/events2rec %s", getenv("OUT") ?: "build", path);
	in = popen(command, "r");
	if (!in)
		return 0;
	len = fread(buf, 1, size, in);
	return pclose(in) ? 0 : len;
}

static void learn(const char *path)
{
	static char buf[1 << 20] __attribute__((aligned(8)));
	struct conn_observer observer = { .changed = on_change };
	struct conn_table_options options = { .max_connections = 1000 };
	struct decode_counters counters = { 0 };
	struct conn_table *table;
	size_t len = run_story(path, buf, sizeof(buf));

	if (len < sizeof(struct recording_header) || conn_table_new(&table, &options, &observer)) {
		TEST_FAIL("%s: no recording", path);
		return;
	}
	for (size_t at = sizeof(struct recording_header); at < len;) {
		const struct event *e = event_decode(buf + at, len - at, &counters);

		if (!e)
			break;
		conn_table_apply(table, e);
		at += e->size;
	}
	conn_table_finish(table);
	conn_table_free(&table);
	CHECK_EQ_INT(counters.short_records + counters.unknown_kind + counters.malformed, 0);
}

CASE(every_explanation_is_reached_by_a_story)
{
	glob_t stories;

	if (glob("tests/cases/*.events", 0, NULL, &stories)) {
		TEST_FAIL("no stories in tests/cases");
		return;
	}
	for (size_t i = 0; i < stories.gl_pathc; i++)
		learn(stories.gl_pathv[i]);
	globfree(&stories);
	for (unsigned int l = EXPLAIN_NONE + 1; l < EXPLAIN_COUNT; l++)
		if (!reached[l])
			TEST_FAIL("no story reaches %s", explain_name(l));
}

/* Is this text fit for the narrowest figure, and for a terminal without UTF-8? */
static void check_text(const char *name, const char *text)
{
	size_t word = 0;

	if (!text[0] || text[strlen(text) - 1] != '.')
		TEST_FAIL("%s does not end its sentence", name);
	for (const char *p = text; *p; p++) {
		word = *p == ' ' ? 0 : word + 1;
		if (*p < ' ' || *p > '~' || *p == '$')
			TEST_FAIL("%s has the byte %#x", name, (unsigned char)*p);
		if (*p == ' ' && p[1] == ' ')
			TEST_FAIL("%s has two spaces together", name);
		if (word > LONGEST_WORD)
			TEST_FAIL("%s has a word that is too long for a narrow figure", name);
	}
}

CASE(texts_fit_the_narrowest_figure)
{
	struct strbuf text = { 0 };

	for (unsigned int l = EXPLAIN_NONE + 1; l < EXPLAIN_COUNT; l++) {
		for (int side = CLIENT; side < SIDES; side++) {
			struct explain_use use = { .explain = l, .side = side };

			strbuf_reset(&text);
			explain_text(&text, &use);
			check_text(explain_name(l), strbuf_text(&text));
		}
	}
	strbuf_free(&text);
}

CASE(counted_steps_say_so)
{
	struct explain_use use = { .explain = EXPLAIN_FIN, .side = SERVER, .nth = 1, .of = 4, .teardown = true };
	struct strbuf text = { 0 };

	explain_text(&text, &use);
	CHECK(!strncmp(strbuf_text(&text), "Teardown 1/4. FIN: the server has nothing more", 46));
	CHECK(strstr(strbuf_text(&text), "lets the client go on") != NULL);
	strbuf_free(&text);
}
