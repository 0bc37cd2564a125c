/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Accept and Accept-Encoding (RFC 9110, 12.4.2): what a client wants, and how much. Pure. */
#ifndef TCPLIFE_HTTP_ACCEPT_H
#define TCPLIFE_HTTP_ACCEPT_H

#define HTTP_WEIGHT_MAX 1000

/*
 * The largest weight, in thousandths, at which a comma-separated header lists the word: without q= that is 1000, with
 * one that is no number 0. 0 too if it does not, or header is NULL. Wildcards are no words.
 */
unsigned int http_weight(const char *header, const char *word);

#endif
