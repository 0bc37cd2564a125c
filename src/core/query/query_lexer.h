/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* An expression's text -> tokens. */
#ifndef TCPLIFE_QUERY_LEXER_H
#define TCPLIFE_QUERY_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OPEN,
	TOKEN_SHUT,
	TOKEN_SET_OPEN,
	TOKEN_SET_SHUT,
	TOKEN_COMMA,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_IN,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_MATCH,
	TOKEN_NO_MATCH,
	TOKEN_BAD, /* a character that stands for nothing */
	TOKEN_UNCLOSED,
};

struct token {
	enum token_kind kind;
	const char *at; /* its first byte, the quote if it is quoted */
	size_t len;	/* with the quotes */
};

/* The token at or behind *at, which moves behind it. */
struct token token_next(const char **at);
/*
 * Its text without quotes. In double quotes \" is a quote, and every other backslash stays; in single quotes all stays.
 * False: longer than size - 1.
 */
bool token_text(const struct token *t, char *buf, size_t size);

#endif
