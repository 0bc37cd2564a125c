/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a host is like now, as far as advice needs to know: the settings of one of its network namespaces, and who
 * listens there. Read by a source, passed to what is pure.
 */
#ifndef TCPLIFE_HOST_FACTS_H
#define TCPLIFE_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flow.h"
#include "core/forecast.h"

/* enumerator, name, place below /proc/sys/net, which of the file's numbers */
#define HOST_SETTINGS(_)                                                                                               \
	_(SOMAXCONN, "somaxconn", "core/somaxconn", 1)                                                                 \
	_(MAX_SYN_BACKLOG, "tcp_max_syn_backlog", "ipv4/tcp_max_syn_backlog", 1)                                       \
	_(SYNCOOKIES, "tcp_syncookies", "ipv4/tcp_syncookies", 1)                                                      \
	_(ABORT_ON_OVERFLOW, "tcp_abort_on_overflow", "ipv4/tcp_abort_on_overflow", 1)                                 \
	_(MAX_TW_BUCKETS, "tcp_max_tw_buckets", "ipv4/tcp_max_tw_buckets", 1)                                          \
	_(FIN_TIMEOUT, "tcp_fin_timeout", "ipv4/tcp_fin_timeout", 1)                                                   \
	_(SYN_RETRIES, "tcp_syn_retries", "ipv4/tcp_syn_retries", 1)                                                   \
	_(RETRIES2, "tcp_retries2", "ipv4/tcp_retries2", 1)                                                            \
	_(KEEPALIVE_TIME, "tcp_keepalive_time", "ipv4/tcp_keepalive_time", 1)                                          \
	_(MAX_ORPHANS, "tcp_max_orphans", "ipv4/tcp_max_orphans", 1)                                                   \
	_(RMEM_MAX, "tcp_rmem", "ipv4/tcp_rmem", 3)                                                                    \
	_(WMEM_MAX, "tcp_wmem", "ipv4/tcp_wmem", 3)

enum host_setting {
#define _(name, text, path, nth) HOST_##name,
	HOST_SETTINGS(_)
#undef _
		HOST_SETTING_COUNT,
};

/* A socket in LISTEN. */
struct host_listener {
	struct endpoint end;
	uint32_t waiting; /* connections in its accept queue */
	uint32_t limit;	  /* listen()'s backlog, or somaxconn if that is less */
	bool only_v6;	  /* IPV6_V6ONLY: [::] does not stand for IPv4 too */
};

struct host_facts {
	uint32_t netns; /* where all of this holds */
	struct local_ports ports;
	int64_t setting[HOST_SETTING_COUNT]; /* HOST_NOT_KNOWN; seconds, bytes or counts as the kernel has them */
	bool listeners_known;		     /* all of them */
	const struct host_listener *listener;
	size_t listener_count;
};

#define HOST_NOT_KNOWN (-1)

/* "somaxconn" */
const char *host_setting_name(enum host_setting s);
bool host_listener_is_wildcard(const struct host_listener *l);
/* Whom a SYN to this end would reach: exact address before wildcard. NULL = nobody, or it is not known. */
const struct host_listener *host_listener_at(const struct host_facts *f, const struct endpoint *end);
/* One at the same port, and at another address. NULL = none, or it is not known. */
const struct host_listener *host_listener_beside(const struct host_facts *f, const struct endpoint *end);
/* "*:8080" for a wildcard, else as endpoint_text(). Returns buf. */
const char *host_listener_text(const struct host_listener *l, char buf[ENDPOINT_TEXT_SIZE]);

#endif
