/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * tcpdump's words -> an expression (query.h). pcap-filter(7) is about packets; of a connection, whose packets go both
 * ways, it can ask for hosts, networks, ports and the family. As there, "and" and "or" bind alike, from the left.
 */
#ifndef TCPLIFE_PACKET_WORDS_H
#define TCPLIFE_PACKET_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"

/* Names -> "10.0.0.5, 10.0.0.6" or "443". False: not known. */
struct packet_names {
	bool (*host)(const char *name, struct strbuf *out);
	bool (*service)(const char *name, struct strbuf *out);
};

#define PACKET_WORDS_MAX 4096

/* 0, or -EINVAL with the reason and what to write instead in why. text has words with spaces between, as libpcap takes
 * it. */
int packet_words_parse(const char *text, const struct packet_names *names, struct strbuf *out, char *why, size_t size);

/* Is it a word of tcpdump's that means nothing else here: "udp", "port", "src"? */
bool packet_words_has(const char *word);

#endif
