/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of `random` share: a played life, and the log of what truly happened. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lives/address.h"
#include "../peer/peer.h"

#define LOCAL_PORT_MAX 38000
#define MS	       1000000LL
#define SECOND	       1000000000LL

/* States beside the kernel's own: STATE_GONE, there is no such tuple. */
enum { STATE_GONE = 0 };

/* What sock_diag says of a tuple. */
struct look {
	int state;
	int expires_ms; /* of its timer; -1 = none runs */
	bool minisocket;
};

/* The peer's control block, and what it knows of the kernel's. */
struct block {
	uint32_t isn, snd_nxt, una; /* the peer's; una: acknowledged by the kernel */
	uint32_t irs, rcv_nxt;	    /* the kernel's */
	bool irs_known, fin_sent;
};

struct actor {
	unsigned int number;
	uint64_t random;
	enum side_name kernel; /* which side the kernel plays */
	union address local, peer;
	int listener, fd;
	pid_t holder; /* process that holds the socket instead, 0 = none */
	bool timestamps, deferred, fast;
	uint32_t peer_timestamp;
	struct block block;
	struct look is;
	unsigned int odd_left, lives_left, turns_left, deaf, afterthoughts;
	bool silent, shut, over, watched;
	int64_t due_ns, doing_ns, sent_ns;
};

extern int tun;

/* ---- chance: the same for one seed and number, whatever happens beside */
uint64_t chance(struct actor *l);
/* 0 to n - 1 */
unsigned int chance_of(struct actor *l, unsigned int n);
bool percent(struct actor *l, unsigned int n);

/* ---- log.c: JSON lines on stdout, times are CLOCK_REALTIME [ns] */
int64_t clock_ns(void);
void log_life(const struct actor *l);
void log_call(struct actor *l, const char *name, int64_t t0, int result, int err, int detail);
/* sent: by the peer; ignored: it came, and the peer behaves as if it had not */
void log_segment(struct actor *l, bool sent, int64_t t0, const struct segment *s, bool ignored);
void log_icmp(struct actor *l, int64_t t0, int type, int code);
/* Looks at the tuple, and writes that down if it changed. t0: when the last look was. */
void look_again(struct actor *l);

/* ---- look.c */
struct look look_at(const union address *local, const union address *remote);
/* Returns 0 or an errno. */
int look_destroy(const union address *local, const union address *remote);

/* ---- wire.c */
/* A segment as in peer/segment.c: "FA,l10,s+5,a-1,bad,t-". */
void wire_send(struct actor *l, const char *spec);
void wire_icmp(struct actor *l);
/* All that the device holds, for whichever life. */
void wire_drain(void);
struct actor *life_of_number(unsigned int number);
void wire_address(unsigned int number, int family, union address *out);

/* ---- calls.c: the kernel's side */
void call_listen(struct actor *l);
void call_accept(struct actor *l);
/* A socket of its own, unless one is there that failed. Returns whether a SYN was sent. */
bool call_connect(struct actor *l, bool same_port);
void call_close(struct actor *l);
/* how: SHUT_WR or SHUT_RDWR */
void call_shutdown(struct actor *l, int how);
void call_linger(struct actor *l, int seconds);
void call_tcp_option(struct actor *l, const char *name, int option, int value);
void call_unspec(struct actor *l);
void call_destroy(struct actor *l);
void call_exit(struct actor *l);
void call_send(struct actor *l, unsigned int length, bool urgent);
void call_keepalive(struct actor *l);
void call_recv(struct actor *l);
void call_error(struct actor *l);
int unread(const struct actor *l);
void drop_listener(struct actor *l);

/* ---- moves.c */
void life_begin(struct actor *l);
/* One step. Sets due_ns, or over. */
void life_turn(struct actor *l);

#endif
