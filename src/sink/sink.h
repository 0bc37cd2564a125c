/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where results go. A sink is one file that defines `const struct sink_ops sink_NAME`, and one line in SINKS.
 * A sink sees const connections and const events only; a NULL callback = not interested.
 */
#ifndef TCPLIFE_SINK_H
#define TCPLIFE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/origin.h"
#include "core/table/conn_table.h"
#include "event.h"
#include "lib/loop.h"
#include "sandbox.h"

/* make OTLP=0 leaves out what needs libcurl. */
#ifdef TCPLIFE_NO_OTLP
#define SINKS_OF_LIBCURL(_)
#else
#define SINKS_OF_LIBCURL(_) _(otlp) _(clickhouse)
#endif

/* make KAFKA=0 leaves it out. */
#ifdef TCPLIFE_NO_KAFKA
#define SINK_KAFKA(_)
#else
#define SINK_KAFKA(_) _(kafka)
#endif

#define SINKS(_)                                                                                                       \
	_(table)                                                                                                       \
	_(timeline)                                                                                                    \
	_(summary)                                                                                                     \
	_(doctor)                                                                                                      \
	_(ndjson)                                                                                                      \
	_(rows)                                                                                                        \
	_(record)                                                                                                      \
	_(pcapng)                                                                                                      \
	_(prometheus)                                                                                                  \
	_(web)                                                                                                         \
	SINK_TOP(_)                                                                                                    \
	SINKS_OF_LIBCURL(_)                                                                                            \
	SINK_KAFKA(_)

/* make TOP=0 leaves it out. */
#ifdef TCPLIFE_NO_TOP
#define SINK_TOP(_)
#else
#define SINK_TOP(_) _(top)
#endif

struct census;
struct http;
struct options;
struct playback;
struct sink;

/* How a sink uses stdout when it has no argument, or "-". */
enum sink_stdout {
	SINK_STDOUT_NEVER,
	SINK_STDOUT_SHARES, /* text for people: may stand beside that of another sink */
	SINK_STDOUT_OWNS,   /* for programs: nobody else may write there */
};

/* What became of the records that were to be sent to receivers; of pages, only what they missed. */
enum sink_receiver {
	RECEIVER_UNIX,
	RECEIVER_OTLP_TRACES,
	RECEIVER_OTLP_LOGS,
	RECEIVER_KAFKA,
	RECEIVER_CLICKHOUSE,
	RECEIVER_PAGES,
	RECEIVERS
};

struct sink_export {
	uint64_t delivered, dropped, retries, queued;
	bool used;
};

struct sink_ops {
	const char *name, *help;
	const char *arg_help; /* "FILE"; "[FILE]" = may be left out; NULL = takes no argument */
	size_t private_size;
	enum sink_stdout on_stdout;
	bool listens; /* its argument is an address to serve HTTP at */
	bool finds;   /* calls conn_table_find() */
	bool counts;  /* shows the bytes of open connections */
	bool looks;   /* it may ask for another time of a directory of recordings */
	bool stays;   /* at the end of a recording it goes on, until it stops the loop */
	/* enum sandbox_needs: what it does with this argument once it is open. NULL = nothing but write to what is
	 * open. */
	unsigned int (*needs)(const char *arg);
	/* 0, or a negative errno after a message on stderr. arg is NULL if none was given. */
	int (*open)(struct sink *s, const char *arg);
	/* Every validated record, before reconstruction. */
	void (*event)(struct sink *s, const struct event *e);
	/* Only of connections that the user's filters want. */
	void (*conn)(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns);
	/* About ten times a second when live; now_ns is the table's time. Buffered output is pushed out here. */
	void (*tick)(struct sink *s, uint64_t now_ns);
	/* Adds its own to figures[RECEIVERS]. */
	void (*exported)(const struct sink *s, struct sink_export *figures);
	/* SIGHUP: the file may have been renamed. 1 if there was one to open anew, else 0. */
	int (*reopen)(struct sink *s);
	/* Called last: flush. 0, or a negative errno if output was lost, after a message. */
	int (*close)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	const struct options *options;
	const struct conn_table *table; /* read only */
	struct loop *loop;
	const struct sink *all; /* all sinks of this run, itself included */
	const size_t *all_count;
	struct http *http;	     /* NULL if no sink listens */
	struct census *census;	     /* for all sinks that ask for it */
	struct playback *playback;   /* of a recording or capture that can be held back; NULL = it comes as it comes */
	const struct origin *origin; /* valid once events come */
	void *private;
	bool found;	 /* set by the sink: it looks for something, and that was there */
	uint64_t missed; /* records and connections not passed to it, because of its error */
	int error;	 /* set by the sink (negative errno) when its output is gone: -EPIPE ends the program quietly */
};

/* NULL if there is none of that name. */
const struct sink_ops *sink_find(const char *name);
/* The list, for --help; NULL past its end. */
const struct sink_ops *sink_at(size_t i);
/* The caller has set options, table, loop and origin. */
int sink_open(struct sink *s, const struct sink_ops *ops, const char *arg);
int sink_close(struct sink *s);

#endif
