/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is played, and the process that plays one side of it. */
#ifndef LIVES_SIDE_H
#define LIVES_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

#define CONNECTIONS 2 /* at most, in one scenario */

enum side_name { CLIENT, SERVER, SIDES };
extern const char *const SIDE_NAME[SIDES];

enum need { NEEDS_NOTHING, NEEDS_HOLD, NEEDS_OWN_NETNS };

struct scenario {
	const char *name, *story;
	const char *client, *server;	 /* steps, see STEPS */
	const char *record[CONNECTIONS]; /* members of a JSON object; NULL = there is no such connection */
	const char *timewait;		 /* sides that hold the first connection's until it expires */
	enum need need;
};

extern const struct scenario SCENARIOS[]; /* ends with one that has no name */

struct watched {
	int64_t made_after, made_before, gone_after, gone_before; /* CLOCK_MONOTONIC ns */
};

/* What the processes tell each other, and the parent. */
extern struct shared {
	union address bound[SIDES]; /* where the other side connects to */
	union address used[CONNECTIONS][SIDES];
	struct watched watched[SIDES];
} * shared;

extern struct play {
	const struct scenario *scenario;
	const char *netns[SIDES];
	union address address[SIDES];
	bool client_address; /* bind before connect() */
	unsigned int port, count, think_ms;
	const char *hold, *release;
	bool watch;
} play;

/* One side's process. */
extern struct side {
	enum side_name name;
	const char *step;
	int listener, fd[CONNECTIONS], hear, say;
	unsigned int at; /* connection */
	union address local, remote;
	int64_t found_ns;   /* when find was last satisfied */
	int64_t closing_ns; /* just before the first shutdown() or close() of this connection; 0 = not yet */
} me;

/* Says which side failed in which step, and ends the process. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The result of a system call that must not fail. */
int must(int result);
int64_t now_ns(void);
void pause_ns(long ns);
#define LOOK_AGAIN_NS 500000L /* between two looks at a condition that no file descriptor tells of */

/* The current connection's socket; -1 = none yet. */
int *current(void);

/* A step: a word of a scenario's script, and what stands behind its colon. */
typedef void step_fn(const char *arg);
/* A list of words, filled line by line: clang-format would make a staircase of it. */
/* clang-format off */
#define STEPS(_) \
	_(bind) _(rebind) _(listen) _(crowded) _(unlisten) _(accept) _(connect) _(self) _(start) _(connected) _(try) _(fails) \
	_(send) _(recv) _(eof) _(unread) _(queued) _(shut) _(close) _(linger) _(lingertwo) _(synonce) _(deaf) _(oneport) \
	_(state) _(find) _(gone) _(age) _(tell) _(await) _(hold) _(release) _(think) _(next) _(first) _(exit) _(kill)
/* clang-format on */
#define _(name) step_fn do_##name;
STEPS(_)
#undef _

/* Brackets both ends of TIME_WAIT: each lies between two looks, of which one saw it and the other did not. */
void watch_timewait(void);
void play_side(enum side_name name, int hear, int say) __attribute__((noreturn));

#endif
