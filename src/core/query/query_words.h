/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The words that a field of text has, where they are a fixed list: a misspelt one fits nothing, which is to be said. */
#ifndef TCPLIFE_QUERY_WORDS_H
#define TCPLIFE_QUERY_WORDS_H

#include "core/record/field.h"

/* The i-th one; NULL past the end, or if the field has no such list. */
const char *query_word_at(const struct field *f, size_t i);

#endif
