/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One question to sock_diag about one tuple. */
#ifndef PEER_SOCK_DIAG_H
#define PEER_SOCK_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include "../lives/address.h"

/*
 * type: SOCK_DIAG_BY_FAMILY or SOCK_DESTROY; flags: NLM_F_*, beside NLM_F_REQUEST. answer: aligned as a struct nlmsghdr
 * is. Returns 0, with the kernel's message in answer, or a positive errno.
 */
int sock_diag_ask(uint16_t type, uint16_t flags, const union address *local, const union address *remote, void *answer,
		  size_t size);

#endif
