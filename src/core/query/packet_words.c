// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/query/packet_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/cidr.h"

#define WORD_MAX  256
#define DEPTH_MAX 32

enum kind { KIND_NONE, KIND_HOST, KIND_NET, KIND_PORT, KIND_PORTS };

struct words {
	const char *at; /* behind .word */
	char word[WORD_MAX];
	const struct packet_names *names;
	struct strbuf *out;
	enum kind kind; /* of a value that has no word before it: that of the last one */
	unsigned int depth;
	char *why;
	size_t size;
	bool failed;
};

static bool parse_all(struct words *w);

static bool fail(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct words *w, const char *format, ...)
{
	va_list args;

	if (!w->failed) {
		va_start(args, format);
		vsnprintf(w->why, w->size, format, args);
		va_end(args);
	}
	w->failed = true;
	return false;
}

static bool is(const struct words *w, const char *word)
{
	return !strcmp(w->word, word);
}

/* Signs stand alone; a word is what is between them and spaces. "" at the end. */
static void advance(struct words *w)
{
	size_t len;

	w->at += strspn(w->at, " \t\n");
	len = strcspn(w->at, " \t\n()!&|");
	if (!len && *w->at)
		len = (*w->at == '&' || *w->at == '|') && w->at[1] == *w->at ? 2 : 1;
	if (len >= WORD_MAX)
		len = WORD_MAX - 1; /* too long for any word: refused as one that nobody knows */
	memcpy(w->word, w->at, len);
	w->word[len] = '\0';
	w->at += len;
}

/* ---- what can be asked of packets only ---- */

static const struct {
	const char *word, *instead;
} PACKETS_ONLY[] = {
	{ "src", "a connection has packets both ways: 'client == 10.0.0.5' or 'server.port == 443' says which side" },
	{ "dst", "a connection has packets both ways: 'server == 10.0.0.5' or 'server.port == 443' says which side" },
	{ "udp", "only TCP is followed: leave it out" },
	{ "icmp", "only TCP is followed; 'tcp.icmp' asks for connections that met an ICMP error" },
	{ "icmp6", "only TCP is followed; 'tcp.icmp' asks for connections that met an ICMP error" },
	{ "sctp", "only TCP is followed: leave it out" },
	{ "arp", "only TCP is followed: leave it out" },
	{ "vlan", "'network.vlan.id == 7' says it" },
	{ "less", "'bytes < 1000' says it of what either side sent" },
	{ "greater", "'bytes > 1000' says it of what either side sent" },
	{ "len", "'bytes > 1000' says it of what either side sent" },
	{ "inbound", "'network.direction == ingress' says it" },
	{ "outbound", "'network.direction == egress' says it" },
	{ "proto", "only TCP is followed: leave it out" },
	{ "ether", "connections have no link-layer addresses" },
	{ "gateway", "connections have no link-layer addresses" },
	{ "broadcast", "TCP has none" },
	{ "multicast", "TCP has none" },
};

/* NULL: it is none of them. */
static const char *said_instead(const char *word)
{
	for (size_t i = 0; i < sizeof(PACKETS_ONLY) / sizeof(PACKETS_ONLY[0]); i++)
		if (!strcmp(word, PACKETS_ONLY[i].word))
			return PACKETS_ONLY[i].instead;
	return NULL;
}

static bool refuse(struct words *w)
{
	const char *instead = said_instead(w->word);

	if (instead)
		return fail(w, "'%s' is about single packets; with --where, %s", w->word, instead);
	if (strchr(w->word, '['))
		return fail(w,
			    "'%.60s' is about single packets; with --where, 'ending == reset', 'retransmits > 0' or "
			    "'tcp.history ~ S' ask what they came to",
			    w->word);
	if (!w->word[0])
		return fail(w, "a host, a port or a network is missing at the end");
	return fail(w, "'%.60s' is no word that can be used here: host, net, port, portrange, ip, ip6, and, or, not",
		    w->word);
}

/* ---- values ---- */

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool put_port(struct words *w)
{
	if (is_number(w->word))
		strbuf_printf(w->out, "port == %s", w->word);
	else if (strbuf_puts(w->out, "port == "), !w->names->service(w->word, w->out))
		return fail(w, "there is no service '%.60s'", w->word);
	return true;
}

static bool put_ports(struct words *w)
{
	const char *dash = strchr(w->word, '-');

	if (!dash || strspn(w->word, "0123456789-") != strlen(w->word))
		return fail(w, "'%.60s' is no range of ports, as in 8000-8099", w->word);
	strbuf_printf(w->out, "port == %s", w->word);
	return true;
}

static bool put_host(struct words *w)
{
	struct cidr c;

	if (!strchr(w->word, '/') && !cidr_parse(w->word, &c)) {
		strbuf_printf(w->out, "host == %s", w->word);
		return true;
	}
	strbuf_puts(w->out, "host in {");
	if (strchr(w->word, '/') || !w->names->host(w->word, w->out))
		return fail(w, "there is no host '%.60s'", w->word);
	strbuf_puts(w->out, "}");
	return true;
}

/* "10", "192.168" are networks, too: what is left out is 0, and its bits are not asked for. */
static bool short_net(const char *text, char *out, size_t size)
{
	unsigned int dots = 0;

	if (strspn(text, "0123456789.") != strlen(text) || !*text)
		return false;
	for (const char *p = text; *p; p++)
		dots += *p == '.';
	if (dots > 2)
		return false;
	snprintf(out, size, "%s%s/%u", text, dots == 0 ? ".0.0.0" : dots == 1 ? ".0.0" : ".0", 8 * (dots + 1));
	return true;
}

static bool put_net(struct words *w)
{
	char text[WORD_MAX + 16];
	struct cidr c;

	if (!short_net(w->word, text, sizeof(text)))
		snprintf(text, sizeof(text), "%s", w->word);
	if (cidr_parse(text, &c))
		return fail(w, "'%.60s' is no network, as in 10.0.0.0/8", w->word);
	strbuf_printf(w->out, "host == %s", text);
	return true;
}

static bool put_value(struct words *w)
{
	bool good;

	if (!w->word[0] || strchr("()!&|", w->word[0]))
		return refuse(w);
	good = w->kind == KIND_PORT    ? put_port(w)
	       : w->kind == KIND_PORTS ? put_ports(w)
	       : w->kind == KIND_NET   ? put_net(w)
				       : put_host(w);
	if (good)
		advance(w);
	return good;
}

/* ---- the grammar ---- */

static enum kind kind_of(const char *word)
{
	static const struct {
		const char *word;
		enum kind kind;
	} kinds[] = { { "host", KIND_HOST }, { "net", KIND_NET }, { "port", KIND_PORT }, { "portrange", KIND_PORTS } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(word, kinds[i].word))
			return kinds[i].kind;
	return KIND_NONE;
}

/* "tcp port 80", "ip6 host ::1": the family is one more thing to ask for; tcp is what everything is. */
static bool parse_family(struct words *w)
{
	const char *family = is(w, "ip6") ? "ipv6" : is(w, "ip") ? "ipv4" : NULL;
	enum kind kind;

	strbuf_puts(w->out, "(");
	advance(w);
	if (family)
		strbuf_printf(w->out, "network.type == %s", family);
	if (family && is(w, "proto"))
		return refuse(w);
	kind = kind_of(w->word);
	if (kind == KIND_NONE && (is(w, "src") || is(w, "dst")))
		return refuse(w);
	if (kind == KIND_NONE) {
		strbuf_puts(w->out, family ? ")" : "network.type in {ipv4, ipv6})");
		return true;
	}
	w->kind = kind;
	strbuf_puts(w->out, family ? " and " : "");
	advance(w);
	if (!put_value(w))
		return false;
	strbuf_puts(w->out, ")");
	return true;
}

bool packet_words_has(const char *word)
{
	return said_instead(word) || kind_of(word) != KIND_NONE || !strcmp(word, "tcp") || !strcmp(word, "ip") ||
	       !strcmp(word, "ip6") || strchr(word, '[');
}

static bool parse_primitive(struct words *w)
{
	enum kind kind = kind_of(w->word);

	if (is(w, "tcp") || is(w, "ip") || is(w, "ip6"))
		return parse_family(w);
	if (kind != KIND_NONE) {
		w->kind = kind;
		advance(w);
		return put_value(w);
	}
	/* A value alone: of the last kind, as in "port 80 or 443". */
	if (w->kind != KIND_NONE && !said_instead(w->word) && !strchr(w->word, '['))
		return put_value(w);
	return refuse(w);
}

static bool parse_term(struct words *w)
{
	bool good;

	if (!is(w, "!") && !is(w, "not") && !is(w, "("))
		return parse_primitive(w);
	if (++w->depth > DEPTH_MAX)
		return fail(w, "more than %d parentheses or 'not' in each other", DEPTH_MAX);
	if (is(w, "(")) {
		advance(w);
		strbuf_puts(w->out, "(");
		good = parse_all(w);
		if (good && !is(w, ")"))
			return fail(w, "a ) is missing");
		strbuf_puts(w->out, ")");
		advance(w);
	} else {
		advance(w);
		strbuf_puts(w->out, "not ");
		good = parse_term(w);
	}
	w->depth--;
	return good;
}

/* Puts what was written since `from` into parentheses. */
static void enclose(struct strbuf *s, size_t from)
{
	strbuf_puts(s, "()");
	if (s->failed)
		return;
	memmove(s->text + from + 1, s->text + from, s->len - 2 - from);
	s->text[from] = '(';
}

/* (a or b) and c: alike, from the left. */
static bool parse_all(struct words *w)
{
	size_t begin = w->out->len;
	char last = '\0';

	if (!parse_term(w))
		return false;
	for (;;) {
		bool both = is(w, "and") || is(w, "&&"), either = is(w, "or") || is(w, "||");
		char now = both ? '&' : '|';

		if (!both && !either)
			return true;
		advance(w);
		if (last && last != now)
			enclose(w->out, begin);
		last = now;
		strbuf_puts(w->out, both ? " and " : " or ");
		if (!parse_term(w))
			return false;
	}
}

int packet_words_parse(const char *text, const struct packet_names *names, struct strbuf *out, char *why, size_t size)
{
	struct words w = { .at = text, .names = names, .out = out, .why = why, .size = size };

	if (size)
		why[0] = '\0';
	if (strnlen(text, PACKET_WORDS_MAX + 1) > PACKET_WORDS_MAX)
		return fail(&w, "more than %d bytes of words", PACKET_WORDS_MAX), -EINVAL;
	advance(&w);
	if (parse_all(&w) && w.word[0]) {
		if (w.word[0] == ')')
			fail(&w, "a ( is missing");
		else
			refuse(&w);
	}
	return w.failed || out->failed ? -EINVAL : 0;
}
