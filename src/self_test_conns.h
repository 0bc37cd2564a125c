/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The connections that --self-test makes, each to a port of its own: TEST_FIRST_PORT + enum test_conn, on 127.0.0.1. */
#ifndef TCPLIFE_SELF_TEST_CONNS_H
#define TCPLIFE_SELF_TEST_CONNS_H

#include <stdint.h>

#define TEST_FIRST_PORT	      17931
#define TEST_HALF_CLOSE_BYTES 1000 /* sent by the server after the client's FIN */

enum test_conn { TEST_CLOSE, TEST_REFUSED, TEST_RESET, TEST_HALF_CLOSE, TEST_FIN_WAIT2, TESTS };

const char *test_conn_name(enum test_conn which);
/* The enum ending that must be reported for it. */
uint8_t test_conn_ending(enum test_conn which);
/* In a fresh network namespace: lo up, and FIN_WAIT2 of 1 s. 0 or a negative errno. */
int test_conn_prepare(void);
/* Both sides, in this process. 0 or a negative errno. */
int test_conn_play(enum test_conn which);

#endif
