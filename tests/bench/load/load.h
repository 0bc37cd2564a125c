/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The loads of `make bench`. Each prints one JSON object on stdout when it is done, and returns an exit status. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "../../tools/lives/address.h"

/* Connections a second of what is generated. */
#define LOAD_RATE 10000

struct load_options {
	union address client; /* source; sa_family 0 = the kernel's choice */
	union address server;
	const char *server_netns; /* name under /run/netns; NULL = this one */
	uint64_t body;		  /* bytes that the server sends on each connection */
	uint64_t count;		  /* stop after so many; 0 = after seconds */
	uint64_t rate;		  /* connections a second, of a churn at most; 0 = as fast as it goes, LOAD_RATE */
	double seconds;
	const char *stage; /* how far the connections of a recording get: "open", "timewait", "over" */
	const char *until; /* text on stderr that ends a measured program's start */
	char **command;	   /* of a program to measure, NULL-terminated */
};

int load_churn(const struct load_options *o);
int load_hold(const struct load_options *o);
int load_bulk(const struct load_options *o);
int load_rr(const struct load_options *o);
int load_flood(const struct load_options *o);
int load_syscalls(const struct load_options *o);
int load_timers(const struct load_options *o);
int load_recording(const struct load_options *o);
int load_capture(const struct load_options *o);
int load_run(const struct load_options *o);

/* ---- what the loads share (load/common.c) ---- */

/* CLOCK_MONOTONIC, in seconds. */
double load_now(void);
/* Ends the program with status 1: what, and errno as text. */
void load_die(const char *what) __attribute__((noreturn));
/* {"load":NAME,"count":N,"failed":N,"seconds":S,"rate":N/S,"unit":UNIT} */
void load_print(const char *name, const char *unit, uint64_t count, uint64_t failed, double seconds);
/* Moves the calling thread there. */
void load_enter_netns(const char *name);

/* Runs in a thread of its own, in o->server_netns. */
struct load_server {
	const struct load_options *o;
	int listener;
	_Atomic uint64_t count;
	void *(*serve)(struct load_server *s);
	unsigned long thread;
};

/* Returns when it listens. */
void load_server_start(struct load_server *s);
/* Ends accept(), and waits for serve() to return. */
void load_server_stop(struct load_server *s);
/* A connected socket, or -1. A client address that ends in .0.0, or :0, stands for its nth neighbour of 65536. */
int load_connect(const struct load_options *o, uint64_t nth);

#endif
