/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A line of a story: its words, and what they mean. Whatever is wrong ends the program with the line's number. */
#ifndef TCPLIFE_STORY_H
#define TCPLIFE_STORY_H

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "core/forecast.h"
#include "core/tcp_state.h"

#define NS_PER_S  1000000000ULL
#define MAX_WORDS 64

enum { CLIENT, SERVER };

struct end {
	struct endpoint endpoint;
	uint64_t id, isn, netns;
};

static struct {
	const char *path;
	unsigned int line;
	FILE *out;
	struct end end[2];
	bool local[2];
	uint64_t wall_ns;
	struct local_ports ports;
	bool begun;
	uint64_t ts_ns;	       /* of this line */
	char *word[MAX_WORDS]; /* behind the event's name; NULL once it was used */
	unsigned int words;
} story;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "events2rec: %s:%u: ", story.path, story.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* The next word that is not KEY=VALUE. */
static const char *next_word(const char *what)
{
	for (unsigned int i = 0; i < story.words; i++) {
		char *word = story.word[i];

		if (!word || strchr(word, '='))
			continue;
		story.word[i] = NULL;
		return word;
	}
	fail("%s is missing", what);
}

static bool has_word(const char *name)
{
	for (unsigned int i = 0; i < story.words; i++) {
		if (!story.word[i] || strcmp(story.word[i], name))
			continue;
		story.word[i] = NULL;
		return true;
	}
	return false;
}

/* VALUE of KEY=VALUE; NULL if it is not there. */
static const char *value_of(const char *key)
{
	size_t len = strlen(key);

	for (unsigned int i = 0; i < story.words; i++) {
		char *word = story.word[i];

		if (!word || strncmp(word, key, len) || word[len] != '=')
			continue;
		story.word[i] = NULL;
		return word + len + 1;
	}
	return NULL;
}

static uint64_t parse_number(const char *key, const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno)
		fail("%s: '%s' is no number", key, text);
	return n;
}

static uint64_t number(const char *key, uint64_t otherwise)
{
	const char *text = value_of(key);

	return text ? parse_number(key, text) : otherwise;
}

static void no_words_left(void)
{
	for (unsigned int i = 0; i < story.words; i++)
		if (story.word[i])
			fail("'%s' is not known here", story.word[i]);
}

/* "+1.25", "1.25": seconds to ns, exactly. */
static uint64_t parse_seconds(const char *text)
{
	char *end;
	uint64_t ns, unit = NS_PER_S / 10;

	if (*text == '+')
		text++;
	ns = strtoull(text, &end, 10) * NS_PER_S;
	if (!isdigit((unsigned char)*text) || (*end && *end != '.'))
		fail("'%s' is no time: +SECONDS", text);
	for (const char *p = *end ? end + 1 : end; *p; p++, unit /= 10) {
		if (!isdigit((unsigned char)*p) || !unit)
			fail("'%s' is no time: +SECONDS with at most nine digits behind the point", text);
		ns += (*p - '0') * unit;
	}
	return ns;
}

static unsigned int find_word(const char *what, const char *text, const char *(*name)(unsigned int), unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(text, name(i)))
			return i;
	fail("'%s' is no %s", text, what);
}

static unsigned int parse_state(const char *text)
{
	return isdigit((unsigned char)*text) ? parse_number("state", text)
					     : find_word("state", text, tcp_state_name, TCPS_COUNT);
}

static unsigned int parse_errno(const char *text)
{
	for (int i = 1; i < 200; i++)
		if (strerrorname_np(i) && !strcmp(strerrorname_np(i), text))
			return i;
	fail("'%s' is no errno", text);
}

/* "0": none of them. */
static uint8_t parse_flags(const char *text)
{
	static const char letters[] = "FSRPAUEW";
	uint8_t flags = 0;

	if (!strcmp(text, "0"))
		return 0;
	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (!at)
			fail("'%c' is no TCP flag of %s", *text, letters);
		flags |= 1U << (at - letters);
	}
	return flags;
}

static int side(void)
{
	const char *text = next_word("client or server");

	if (!strcmp(text, "client"))
		return CLIENT;
	if (!strcmp(text, "server"))
		return SERVER;
	fail("'%s' is neither client nor server", text);
}

/* "+5" counts from that side's isn. */
static uint32_t sequence(const char *key, int whose)
{
	const char *text = value_of(key);

	if (!text)
		return 0;
	return *text == '+' ? story.end[whose].isn + parse_number(key, text + 1) : parse_number(key, text);
}

#endif
