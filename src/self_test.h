/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * --self-test: makes a few connections of its own on loopback, traces them, and prints which of them were reported
 * correctly.
 */
#ifndef TCPLIFE_SELF_TEST_H
#define TCPLIFE_SELF_TEST_H

#include "options.h"

/*
 * Prints its findings on stdout. 0 = all correct, 1 = something was reported wrongly, or the negative errno of what
 * prevented the test.
 */
int self_test(const struct options *o);

#endif
