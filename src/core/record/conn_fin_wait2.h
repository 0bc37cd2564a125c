/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* FIN_WAIT2: which side waited for its peer's FIN, how long, and how that ended. */
#ifndef TCPLIFE_CONN_FIN_WAIT2_H
#define TCPLIFE_CONN_FIN_WAIT2_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

/* A side's wait for its peer's FIN. */
struct fin_wait2 {
	uint64_t begin_ns; /* 0 = before the tracer started */
	uint64_t end_ns;   /* 0 = still waiting */
	uint8_t side;	   /* enum side_name */
	uint8_t form;	   /* enum fin_wait2_form */
	uint8_t exit;	   /* enum fin_wait2_exit */
};

/* False: no side waited in FIN_WAIT2. */
bool conn_fin_wait2(const struct conn *c, struct fin_wait2 *out);

#endif
