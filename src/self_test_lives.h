/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The connections that --self-test makes, each to a port of its own: LIFE_FIRST_PORT + enum life, on 127.0.0.1. */
#ifndef TCPLIFE_SELF_TEST_LIVES_H
#define TCPLIFE_SELF_TEST_LIVES_H

#include <stdint.h>

#define LIFE_FIRST_PORT	      17931
#define LIFE_HALF_CLOSE_BYTES 1000 /* sent by the server after the client's FIN */

enum life { LIFE_CLOSE, LIFE_REFUSED, LIFE_RESET, LIFE_HALF_CLOSE, LIFE_FIN_WAIT2, LIVES };

const char *life_name(enum life life);
/* The enum ending that must be reported for it. */
uint8_t life_ending(enum life life);
/* In a fresh network namespace: lo up, and FIN_WAIT2 of 1 s. 0 or a negative errno. */
int life_prepare(void);
/* Both sides, in this process. 0 or a negative errno. */
int life_play(enum life life);

#endif
