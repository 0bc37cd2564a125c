// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_remedy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/near.h"
#include "lib/strbuf.h"

/* What other tools call it, or where it is something else here. */
static const struct {
	const char *word;
	const char *instead;
} OTHERS[] = {
	{ "filter", "--where 'server.port == 443 and ending == reset', or words as in: port 443 and host 10.0.0.5" },
	{ "expression", "--where 'server.port == 443 and ending == reset'" },
	{ "write", "--pcap-out FILE for Wireshark, --record FILE for --replay" },
	{ "read", "-r FILE" },
	{ "file", "-r FILE to read one; --json=FILE, --record FILE or --pcap-out FILE to write one" },
	{ "process", "--comm NAME, or -p PID" },
	{ "name", "--comm NAME" },
	{ "cmd", "-- COMMAND ARGS" },
	{ "command", "-- COMMAND ARGS" },
	{ "exec", "-- COMMAND ARGS" },
	{ "ip", "--host ADDRESS" },
	{ "address", "--host ADDRESS" },
	{ "addr", "--host ADDRESS" },
	{ "net", "--cidr PREFIX" },
	{ "subnet", "--cidr PREFIX" },
	{ "service", "--unit NAME" },
	{ "state", "--where 'state == close_wait', or --ending LIST" },
	{ "status", "--ending LIST" },
	{ "timeout", "--duration SECS" },
	{ "time-limit", "--duration SECS" },
	{ "follow", "it follows until Ctrl-C anyway; --duration SECS ends it" },
	{ "live", "it is what it does without --replay" },
	{ "ndjson", "--json" },
	{ "format", "--json, --timeline or -o NAME" },
	{ "quiet", "2> /dev/null; --no-header leaves the heading out" },
	{ "metrics", "--prometheus" },
	{ "ui", "--web" },
	{ "listen", "--web=ADDR or --prometheus=ADDR" },
	{ "diagnose", "--doctor" },
	{ "check", "--doctor" },
	{ "health", "--doctor" },
	{ "older", "--where 'tcp.existed'" },
};

/* tcpdump's and ss's letters. */
static const struct {
	char letter;
	const char *instead;
} LETTERS[] = {
	{ 'l', "lines are written at once anyway" },
	{ 'U', "--pcap-out writes each connection at once anyway" },
	{ 'f', "words stand at the end: tcplife-trace port 443; or --where EXPRESSION" },
	{ 'W', "--rotate and --keep, with --record" },
	{ 'G', "--rotate and --keep, with --record" },
	{ 'A', "--timeline shows segments; their contents are not kept" },
	{ 'x', "--timeline shows segments; their contents are not kept" },
	{ 'a', "all is followed anyway; connections that are there already are, too" },
	{ 'e', "--explain" },
	{ 'j', "--json" },
	{ 'P', "-p PID" },
	{ 'q', "2> /dev/null; -H leaves the heading out" },
};

static const char *known_elsewhere(const char *word)
{
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++)
		if (!strcmp(OTHERS[i].word, word))
			return OTHERS[i].instead;
	return NULL;
}

static const struct option_row *nearest(const char *word)
{
	const struct option_row *best = NULL;
	unsigned int least = NEAR_NOT;

	for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
		const struct option_row *r = &OPTION_ROWS[i];
		unsigned int d = r->take && r->name && r->help ? near_distance(r->name, word) : NEAR_NOT;

		if (d < least) {
			least = d;
			best = r;
		}
	}
	return best;
}

static void unknown_letter(char letter)
{
	for (size_t i = 0; i < sizeof(LETTERS) / sizeof(LETTERS[0]); i++)
		if (LETTERS[i].letter == letter)
			log_error("instead of -%c: %s", letter, LETTERS[i].instead);
}

void option_remedy_unknown(const char *word, char letter)
{
	char name[64];
	size_t len = strcspn(word, "=");
	const struct option_row *r;

	if (letter) {
		unknown_letter(letter);
		return;
	}
	if (strncmp(word, "--", 2) != 0 || len < 3 || len - 2 >= sizeof(name))
		return;
	memcpy(name, word + 2, len - 2);
	name[len - 2] = '\0';
	r = nearest(name);
	if (known_elsewhere(name))
		log_error("instead of --%s: %s", name, known_elsewhere(name));
	else if (r)
		log_error("did you mean --%s? %s", r->name, r->help);
}

static bool is_number(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

bool option_remedy_is_value(const struct option_row *r, const char *word)
{
	if (!r->name || *word == '-' || !access(word, F_OK))
		return false;
	if (!strcmp(r->name, "summary") || !strcmp(r->name, "doctor"))
		return is_number(word);
	if (!strcmp(r->name, "web") || !strcmp(r->name, "prometheus"))
		return is_number(word) || strchr(word, ':');
	if (!strcmp(r->name, "color"))
		return !strcmp(word, "always") || !strcmp(word, "never") || !strcmp(word, "auto");
	return false;
}

static bool ends_in(const char *word, const char *end)
{
	size_t len = strlen(word), of = strlen(end);

	return len > of && !strcmp(word + len - of, end);
}

bool option_remedy_is_capture_name(const char *word)
{
	return ends_in(word, ".pcap") || ends_in(word, ".pcapng") || ends_in(word, ".cap");
}

/* The option that writes a file of this name. */
static const char *written_by(const char *word)
{
	if (ends_in(word, ".json") || ends_in(word, ".ndjson") || ends_in(word, ".jsonl"))
		return "--json=";
	if (option_remedy_is_capture_name(word))
		return "--pcap-out ";
	if (ends_in(word, ".tlt") || ends_in(word, ".rec"))
		return "--record ";
	return NULL;
}

static const struct option_row *option_named(const char *word)
{
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
		if (OPTION_ROWS[i].name && OPTION_ROWS[i].take && !strcmp(OPTION_ROWS[i].name, word))
			return &OPTION_ROWS[i];
	return NULL;
}

bool option_remedy_word(const struct options *o, const char *word)
{
	const char *written = written_by(word);

	if (option_named(word))
		log_error("'%s' stands alone: did you mean --%s? A process of that name is --comm %s", word, word,
			  word);
	else if (written && access(word, F_OK))
		log_error("there is no file '%s'; what writes it is %s%s", word, written, word);
	else if (is_number(word) && o->filter.port_kinds)
		log_error("'%s' stands alone: a list of ports has commas and no spaces, as in --port 80,443", word);
	else
		return false;
	return true;
}
