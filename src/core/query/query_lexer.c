// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/query/query_lexer.h"

#include <string.h>
#include <strings.h>

/* What words are made of: names, numbers with units, addresses, prefixes, times, paths; and all beyond ASCII. */
static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) ||
	       (c && strchr("_.:/-+@%*", c));
}

static enum token_kind keyword(const char *text, size_t len)
{
	static const struct {
		const char *word;
		enum token_kind kind;
	} words[] = { { "and", TOKEN_AND }, { "or", TOKEN_OR }, { "not", TOKEN_NOT }, { "in", TOKEN_IN } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && !strncasecmp(words[i].word, text, len))
			return words[i].kind;
	return TOKEN_WORD;
}

/* Longer ones first. */
static const struct sign {
	const char *text;
	enum token_kind kind;
} SIGNS[] = {
	{ "==", TOKEN_EQ },	  { "!=", TOKEN_NE },	 { "<=", TOKEN_LE },  { ">=", TOKEN_GE },
	{ "!~", TOKEN_NO_MATCH }, { "=~", TOKEN_MATCH }, { "&&", TOKEN_AND }, { "||", TOKEN_OR },
	{ "=", TOKEN_EQ },	  { "<", TOKEN_LT },	 { ">", TOKEN_GT },   { "~", TOKEN_MATCH },
	{ "!", TOKEN_NOT },	  { "(", TOKEN_OPEN },	 { ")", TOKEN_SHUT }, { "{", TOKEN_SET_OPEN },
	{ "}", TOKEN_SET_SHUT },  { ",", TOKEN_COMMA },
};

static struct token sign(const char *at)
{
	for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
		size_t len = strlen(SIGNS[i].text);

		if (!strncmp(at, SIGNS[i].text, len))
			return (struct token) { SIGNS[i].kind, at, len };
	}
	return (struct token) { TOKEN_BAD, at, 1 };
}

static struct token quoted(const char *at)
{
	const char *p = at + 1;

	for (; *p && *p != *at; p++)
		if (*at == '"' && p[0] == '\\' && p[1] == '"')
			p++;
	return (struct token) { *p ? TOKEN_QUOTED : TOKEN_UNCLOSED, at, (size_t)(p - at) + (*p != '\0') };
}

static struct token word(const char *at)
{
	size_t len = 0;

	while (in_word(at[len]))
		len++;
	return (struct token) { keyword(at, len), at, len };
}

struct token token_next(const char **at)
{
	struct token t;

	*at += strspn(*at, " \t\r\n\f\v");
	if (!**at)
		t = (struct token) { TOKEN_END, *at, 0 };
	else if (**at == '"' || **at == '\'')
		t = quoted(*at);
	else if (in_word(**at))
		t = word(*at);
	else
		t = sign(*at);
	*at += t.len;
	return t;
}

bool token_text(const struct token *t, char *buf, size_t size)
{
	bool quotes = t->kind == TOKEN_QUOTED;
	const char *p = t->at + quotes, *end = t->at + t->len - quotes;
	size_t len = 0;

	for (; p < end; p++) {
		if (quotes && *t->at == '"' && p[0] == '\\' && p + 1 < end && p[1] == '"')
			p++;
		if (len + 1 >= size)
			return false;
		buf[len++] = *p;
	}
	buf[len] = '\0';
	return true;
}
