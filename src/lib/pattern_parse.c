// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The text of a regular expression -> a tree. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/pattern_private.h"

#define DEPTH_MAX  64
#define REPEAT_MAX 255

struct parser {
	const char *text, *at;
	struct pattern_tree *tree;
	const char *why;
	unsigned int depth;
	bool ignore_case;
};

static uint16_t parse_alternatives(struct parser *p);

static uint16_t fail(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return 0;
}

static uint16_t add_node(struct parser *p, struct node n)
{
	struct pattern_tree *t = p->tree;

	if (t->count == PATTERN_NODES)
		return fail(p, "the regular expression is too long");
	t->node[t->count] = n;
	return t->count++;
}

static uint16_t add_pair(struct parser *p, enum node_kind kind, uint16_t a, uint16_t b)
{
	return add_node(p, (struct node) { .kind = kind, .a = a, .b = b });
}

/* ---- sets of bytes ---- */

static void add_byte(const struct parser *p, struct byte_set *s, unsigned char b)
{
	byte_set_add(s, b);
	if (p->ignore_case && isalpha(b))
		byte_set_add(s, b ^ 0x20);
}

static void invert(struct byte_set *s)
{
	for (int i = 0; i < 4; i++)
		s->word[i] = ~s->word[i];
}

static void add_set(struct byte_set *s, const struct byte_set *more)
{
	for (int i = 0; i < 4; i++)
		s->word[i] |= more->word[i];
}

/* ASCII, whatever the locale: the program never calls setlocale(). */
static bool in_class(const char *name, size_t len, unsigned char b)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank }, { "cntrl", iscntrl },
		{ "digit", isdigit }, { "graph", isgraph }, { "lower", islower }, { "print", isprint },
		{ "punct", ispunct }, { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].name) == len && !memcmp(classes[i].name, name, len))
			return b < 0x80 && classes[i].is(b);
	return false;
}

static struct byte_set class_set(const char *name)
{
	struct byte_set s = { 0 };

	for (unsigned int b = 0; b < 0x80; b++)
		if (in_class(name, strlen(name), b))
			byte_set_add(&s, b);
	return s;
}

/* \d and its like. False: not one of them. */
static bool escaped_set(char letter, struct byte_set *out)
{
	switch (letter | 0x20) {
	case 'd':
		*out = class_set("digit");
		break;
	case 's':
		*out = class_set("space");
		break;
	case 'w':
		*out = class_set("alnum");
		byte_set_add(out, '_');
		break;
	default:
		return false;
	}
	if (!(letter & 0x20))
		invert(out);
	return true;
}

/* Behind a backslash: the byte that is meant, or -1. */
static int escaped_byte(char letter)
{
	static const char letters[] = "tnrfv", bytes[] = "\t\n\r\f\v";
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (found)
		return bytes[found - letters];
	return ispunct((unsigned char)letter) || letter == ' ' ? (unsigned char)letter : -1;
}

/* A byte of a set, escaped or not. -1 after a failure. */
static int set_byte(struct parser *p)
{
	int b;

	if (*p->at != '\\')
		return (unsigned char)*p->at++;
	p->at++;
	b = escaped_byte(*p->at);
	if (b < 0)
		fail(p, "nobody knows this escape");
	else
		p->at++;
	return b;
}

/* At "[:": a class of POSIX. */
static void named_class(struct parser *p, struct byte_set *s)
{
	const char *name = p->at + 2, *end = strstr(name, ":]");
	bool found = false;

	for (unsigned int b = 0; end && b < 0x80; b++) {
		if (!in_class(name, (size_t)(end - name), b))
			continue;
		add_byte(p, s, b);
		found = true;
	}
	if (!found)
		fail(p, "there is no such class of characters");
	else
		p->at = end + 2;
}

/* A byte, or a range of them. */
static void set_range(struct parser *p, struct byte_set *s)
{
	int first = set_byte(p), last = first;

	if (p->why)
		return;
	if (p->at[0] == '-' && p->at[1] && p->at[1] != ']') {
		p->at++;
		last = set_byte(p);
	}
	if (last < first && !p->why)
		fail(p, "the range goes backwards");
	for (int b = first; b <= last && !p->why; b++)
		add_byte(p, s, b);
}

/* Behind "[". A "]" that comes first is a character. */
static uint16_t parse_set(struct parser *p)
{
	struct node n = { .kind = NODE_BYTES };
	bool inverted = *p->at == '^', first = true;
	struct byte_set escaped;

	p->at += inverted;
	for (; (*p->at != ']' || first) && !p->why; first = false) {
		if (!*p->at)
			return fail(p, "a ] is missing");
		if (p->at[0] == '[' && p->at[1] == ':') {
			named_class(p, &n.bytes);
		} else if (p->at[0] == '\\' && escaped_set(p->at[1], &escaped)) {
			add_set(&n.bytes, &escaped);
			p->at += 2;
		} else {
			set_range(p, &n.bytes);
		}
	}
	if (p->why)
		return 0;
	p->at++;
	if (inverted)
		invert(&n.bytes);
	return add_node(p, n);
}

/* ---- what stands alone ---- */

static uint16_t add_bytes(struct parser *p, const struct byte_set *s)
{
	return add_node(p, (struct node) { .kind = NODE_BYTES, .bytes = *s });
}

static uint16_t literal(struct parser *p, unsigned char b)
{
	struct byte_set s = { 0 };

	add_byte(p, &s, b);
	return add_bytes(p, &s);
}

/* Behind a backslash. */
static uint16_t parse_escape(struct parser *p)
{
	struct byte_set s;
	int b;

	if (escaped_set(*p->at, &s)) {
		p->at++;
		return add_bytes(p, &s);
	}
	b = escaped_byte(*p->at);
	if (b < 0)
		return fail(p, *p->at ? "nobody knows this escape" : "a \\ needs something behind it");
	p->at++;
	return literal(p, b);
}

/* Behind "(". */
static uint16_t parse_group(struct parser *p)
{
	uint16_t inside;

	if (p->at[0] == '?' && p->at[1] == ':')
		p->at += 2;
	else if (p->at[0] == '?')
		return fail(p, "looking around is not possible here, and (?i) stands in front");
	if (++p->depth > DEPTH_MAX)
		return fail(p, "too many parentheses in each other");
	inside = parse_alternatives(p);
	p->depth--;
	if (p->why)
		return 0;
	if (*p->at != ')')
		return fail(p, "a ) is missing");
	p->at++;
	return inside;
}

static uint16_t parse_one(struct parser *p)
{
	static const struct byte_set any = { { ~0ULL, ~0ULL, ~0ULL, ~0ULL } };
	char c = *p->at++;

	switch (c) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_set(p);
	case '\\':
		return parse_escape(p);
	case '.':
		return add_bytes(p, &any);
	case '^':
		return add_node(p, (struct node) { .kind = NODE_BEGIN });
	case '$':
		return add_node(p, (struct node) { .kind = NODE_END });
	case '*':
	case '+':
	case '?':
		p->at--;
		return fail(p, "there is nothing to repeat");
	default:
		return literal(p, c);
	}
}

/* ---- what is repeated, one after the other, or instead of it ---- */

static bool parse_count(struct parser *p, uint16_t *out)
{
	unsigned int n = 0;
	const char *begin = p->at;

	for (; isdigit((unsigned char)*p->at) && n <= REPEAT_MAX; p->at++)
		n = n * 10 + (unsigned int)(*p->at - '0');
	*out = n;
	return p->at > begin && n <= REPEAT_MAX;
}

/* Behind "{", which a digit follows. */
static bool parse_braces(struct parser *p, struct node *n)
{
	if (!parse_count(p, &n->min))
		return false;
	n->max = n->min;
	if (*p->at == ',') {
		p->at++;
		n->max = PATTERN_ENDLESS;
		if (*p->at != '}' && !parse_count(p, &n->max))
			return false;
	}
	if (*p->at != '}' || n->min > n->max)
		return false;
	p->at++;
	return true;
}

/* False: nothing of that kind follows. */
static bool parse_quantifier(struct parser *p, struct node *n)
{
	char c = *p->at;

	if (c != '*' && c != '+' && c != '?' && (c != '{' || !isdigit((unsigned char)p->at[1])))
		return false;
	p->at++;
	n->kind = NODE_REPEAT;
	n->min = c == '+';
	n->max = c == '?' ? 1 : PATTERN_ENDLESS;
	if (c == '{' && !parse_braces(p, n))
		fail(p, "repetitions are {m}, {m,} or {m,n} with numbers up to 255");
	if (*p->at == '?') /* lazy */
		p->at++;
	return true;
}

static uint16_t parse_repeated(struct parser *p)
{
	uint16_t one = parse_one(p);
	struct node n = { .a = one };

	if (p->why || !parse_quantifier(p, &n))
		return one;
	one = add_node(p, n);
	if (!p->why && (*p->at == '*' || *p->at == '+' || (*p->at == '{' && isdigit((unsigned char)p->at[1]))))
		return fail(p, "what is repeated needs parentheses to be repeated again");
	return one;
}

static uint16_t parse_sequence(struct parser *p)
{
	uint16_t all = add_node(p, (struct node) { .kind = NODE_EMPTY });

	for (bool first = true; *p->at && *p->at != '|' && *p->at != ')' && !p->why; first = false) {
		uint16_t next = parse_repeated(p);

		all = first ? next : add_pair(p, NODE_CAT, all, next);
	}
	return all;
}

static uint16_t parse_alternatives(struct parser *p)
{
	uint16_t all = parse_sequence(p);

	while (*p->at == '|' && !p->why) {
		p->at++;
		all = add_pair(p, NODE_ALT, all, parse_sequence(p));
	}
	return all;
}

int pattern_parse(const char *text, struct pattern_tree *out, const char **why, size_t *at)
{
	struct parser p = { .text = text, .at = text, .tree = out };

	out->count = 0;
	if (strnlen(text, PATTERN_LENGTH_MAX + 1) > PATTERN_LENGTH_MAX) {
		fail(&p, "the regular expression is longer than 1024 bytes");
	} else {
		p.ignore_case = !strncmp(text, "(?i)", 4);
		p.at += p.ignore_case ? 4 : 0;
		out->root = parse_alternatives(&p);
		if (*p.at == ')')
			fail(&p, "a ( is missing");
	}
	*why = p.why;
	*at = (size_t)(p.at - text);
	return p.why ? -EINVAL : 0;
}
