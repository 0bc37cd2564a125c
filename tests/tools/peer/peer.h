/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is played, and the process that plays it: the kernel's socket by system calls, its peer by hand-made segments.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lives/address.h"

#define CONNECTIONS 3 /* at most, in one life */
#define PACKET_MAX  65536

enum side_name { CLIENT, SERVER, SIDES };

struct life {
	const char *name, *theme, *story;
	enum side_name kernel; /* which side the kernel plays */
	const char *script;    /* steps, see STEPS and segment.h */
	struct told {
		const char *record; /* members of a JSON object; NULL = there is no such connection */
		const char *states; /* chain of the kernel's side, NULL = not compared */
		bool counts_open;   /* still open: its counters are of its last step */
		bool bytes_open;    /* payload that was sent and never accepted: no count is right */
	} told[CONNECTIONS];
};

extern const struct life *const LIFE_TABLES[]; /* NULL ends; each table ends with a life that has no name */

/* What the peer knows and did of one connection. */
struct flow {
	uint32_t isn, snd_nxt; /* ours: the peer's */
	uint32_t irs, rcv_nxt; /* the kernel's */
	bool irs_known;
	uint16_t port; /* of the kernel's side, host order; 0 = not known */
	uint16_t peer_port;
	uint64_t packets[2]; /* SENT, RECEIVED: on the device, all of them */
	uint64_t bytes[2];   /* payload, each byte once */
};

enum { SENT, RECEIVED };

struct bracket {
	int64_t shortest, longest; /* ns; longest 0 = not watched */
};

/* One life's process. */
extern struct player {
	const struct life *life;
	const char *step, *version;
	int tun, channel; /* written to directly; read from the process that shares the device out */
	int listener, fd[CONNECTIONS];
	unsigned int at; /* connection */
	union address kernel, peer;
	bool mptcp, timestamps;
	uint32_t peer_timestamp;
	struct flow flow[CONNECTIONS];
	union address ends[CONNECTIONS][SIDES];
	struct bracket timewait[CONNECTIONS], fin_wait2[CONNECTIONS];
	int64_t closing_ns; /* before the last call or segment that may have begun what is watched */
} me;

/* Says which life failed in which step, and ends the process. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The result of a system call that must not fail. */
int must(int result);
int64_t now_ns(void);
#define LOOK_AGAIN_MS 1 /* between two looks at a condition that no file descriptor tells of */
#define GIVE_UP_NS    20000000000LL

static inline struct flow *flow(void)
{
	return &me.flow[me.at];
}

static inline int *current(void)
{
	return &me.fd[me.at];
}

/* A step of a script: a word, and what stands behind its colon. */
typedef void step_fn(const char *arg);
/* clang-format off */
#define STEPS(_) \
	_(listen) _(accept) _(connect) _(connected) _(bind) _(rebind) _(unlisten) _(mptcp) _(ts) _(isn) \
	_(send) _(recv) _(eof) _(unread) _(queued) _(fails) _(shut) _(close) _(linger) _(linger2) _(unspec) _(destroy) \
	_(patience) _(synonce) _(defer) _(fast) _(fastsend) _(is) _(gone) _(watch) _(watch2) _(age) _(icmp) _(take) _(next) _(keepalive) _(stay)
/* clang-format on */
#define _(name) step_fn do_##name;
STEPS(_)
#undef _

/* segment.c: "<FA,l10" makes a segment, ">FA" waits for one. */
void segment_send(const char *spec);
void segment_expect(const char *spec);
/* Reads what has come, and waits for more up to that long. Returns false if nothing came. */
bool segments_take_in(int wait_ms);

/* packet.c */
struct segment {
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	uint32_t timestamp; /* 0 = no timestamp option in it */
	size_t payload_len;
	uint16_t sport, dport; /* host order */
	bool bad_checksum;
};

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_PSH 0x08
#define FLAG_ACK 0x10
#define FLAG_URG 0x20

/* Returns the packet's length. */
size_t packet_build(uint8_t *out, const union address *from, const union address *to, const struct segment *s);
/* ICMP (v6) destination unreachable about a SYN of that sequence number from the kernel's end. */
size_t packet_build_unreachable(uint8_t *out, const union address *from, const union address *to,
				const struct segment *about, int code);
/* False: no TCP. */
bool packet_parse(const uint8_t *packet, size_t length, struct segment *out);
/* The last byte of the destination: which player it is for; -1 = for none. */
int packet_player(const uint8_t *packet, size_t length);

/* diag.c: sock_diag. State of the tuple; 0 = it is gone. */
int diag_state(const union address *local, const union address *remote);
void diag_destroy(const union address *local, const union address *remote);
int state_number(const char *name);

/* tun.c: a device with these addresses, up. Returns its descriptor. */
int tun_open(const char *name, const char *address4, const char *address6);

/* player.c */
void play(const struct life *life, const char *version, unsigned int number) __attribute__((noreturn));

#endif
