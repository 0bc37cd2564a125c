/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Regular expressions that cannot blow up: a match takes at most PATTERN_STATES steps for each byte, and no memory.
 * That is why it is not regexec(3), which allocates, or a backtracking engine, whose limit would leave the answer open.
 *
 * The syntax is what POSIX (ERE), PCRE and RE2 have in common: . [abc] [^a-z] [[:digit:]] \d \w \s \D \W \S ( | ) (?:)
 * * + ? {m,n} ^ $ \. and (?i) in front. They match anywhere in the text unless ^ or $ says where. Bytes, not
 * characters. Lazy quantifiers are the same as others, since only whether it matches is asked.
 */
#ifndef TCPLIFE_PATTERN_H
#define TCPLIFE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_STATES	   256
#define PATTERN_LENGTH_MAX 1024

struct pattern;

/* 0; -EINVAL with the reason in *why and its place in *at; -ENOMEM. */
int pattern_compile(const char *text, struct pattern **out, const char **why, size_t *at);
bool pattern_matches(const struct pattern *p, const char *text);
void pattern_free(struct pattern **p);

#endif
