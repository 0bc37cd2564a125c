/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Values of options: text to numbers, ports, prefixes, namespaces. 0, or -EINVAL if the text is not one; they say
 * nothing. */
#ifndef TCPLIFE_OPTION_VALUES_H
#define TCPLIFE_OPTION_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* Decimal digits only. */
int value_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* With k, M or G (1024) behind it. */
int value_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* With s, min, h or d behind it, in seconds. */
int value_age(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/*
 * A moment: "03:00", "03:00:30" (the last time that a clock here showed that), "yesterday 03:00", "today",
 * "2026-11-27", "2026-11-27T03:00" and so on (the host's time; with Z behind it UTC), or an age as value_age() has it,
 * also as "-10min" or "10min ago". In ns since 1970; now: the same.
 */
int value_moment(const char *text, uint64_t now_ns, uint64_t *out);
/* "443,8000-8099": sets the bits of `kind` (PORT_*) in out. */
int value_ports(const char *text, uint8_t kind, struct port_filter *out);
/* "10.0.0.0/8", "2001:db8::/32", or an address alone. Bits behind the prefix are cleared. */
int value_cidr(const char *text, struct cidr *out);
/* Name of ip-netns(8), path, or inode number. Also -ENOENT, and -ENOTTY for a file that is no network namespace. */
int value_netns(const char *text, uint32_t *inum);
/* Index of text in a list of words that NULL ends. */
int value_word(const char *text, const char *const *words, unsigned int *out);

#endif
