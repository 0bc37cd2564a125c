/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --self-test: plays a few lives of its own on loopback, traces them, and says what of them was told right. */
#ifndef TCPLIFE_SELF_TEST_H
#define TCPLIFE_SELF_TEST_H

#include "options.h"

/* Prints its findings on stdout. 0 = all right, 1 = something was told wrong, or the negative errno of what kept it. */
int self_test(const struct options *o);

#endif
