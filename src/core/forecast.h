/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * When local ports run out towards one destination. Each connection that this host opens to the same address and port
 * needs a port of its own while it is open and, if this host closes first, for the 60 s of TIME_WAIT after.
 *
 * The rates of the last minute give the time, but only where they mean something:
 *   - 64 ports or a tenth of the range are held, and the rates are those of 5 s at least;
 *   - ports would run out even with each rate three standard deviations below what was counted, those of events that
 *     come independently: a count of n varies by the square root of n;
 *   - that is within the hour: what one minute shows says nothing of days.
 */
#ifndef TCPLIFE_FORECAST_H
#define TCPLIFE_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

/* The kernel's settings in one network namespace. */
struct local_ports {
	bool known;
	uint32_t netns;	    /* where they hold; 0 = not known, taken to hold everywhere */
	uint16_t low, high; /* ip_local_port_range, both included */
	uint16_t reserved;  /* ports of ip_local_reserved_ports in that range */
	uint8_t tw_reuse;   /* tcp_tw_reuse: 0 off, 1 on, 2 on loopback only */
};

/* What is held towards one destination, and how that has been changing. */
struct forecast_load {
	uint32_t open, time_wait; /* ports held now by sockets, by TIME_WAIT */
	double opened, closed;	  /* connections a second, mean of the last `secs` */
	double entered;		  /* TIME_WAITs entered a second, the same */
	double secs;		  /* how long they were counted: at most a minute */
	bool loopback;		  /* the destination is */
};

enum reuse_advice {
	REUSE_NO_ADVICE,  /* the settings are not known, or little is held */
	REUSE_WOULD_HELP, /* TIME_WAIT holds most, and tcp_tw_reuse is off here */
	REUSE_IS_ON,	  /* TIME_WAIT holds most, and it is on already: needs TCP timestamps at both ends */
	REUSE_WOULD_NOT,  /* open connections hold most: close them sooner, or share them */
	REUSE_ADVICE_COUNT,
};

#define FORECAST_NEVER UINT64_MAX

struct forecast {
	uint32_t available; /* ports in the range; 0 = not known */
	uint32_t used, left;
	uint32_t levels_off;   /* what TIME_WAIT and what is open come to if all goes on so; valid if never */
	uint64_t exhausted_ns; /* from now, less than an hour; 0 = now, FORECAST_NEVER = not, or not foreseeable */
	uint8_t reuse;	       /* enum reuse_advice */
};

/* Ports that the range gives. */
uint32_t local_ports_count(const struct local_ports *p);
struct forecast forecast_make(const struct local_ports *p, const struct forecast_load *load);
/* Is it worth a reader's time: many ports are held, or they will run out? */
bool forecast_matters(const struct forecast *f);
/* "would_help"; "" where there is nothing to say. */
const char *reuse_advice_name(enum reuse_advice a);

#endif
