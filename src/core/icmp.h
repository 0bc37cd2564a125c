/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the types and codes of ICMP and ICMPv6 errors mean, and which errno they become. version: 4 or 6. */
#ifndef TCPLIFE_ICMP_H
#define TCPLIFE_ICMP_H

#include <stdbool.h>

/* "port unreachable": RFC 792, RFC 1122, RFC 1812, RFC 4443; "error" for a type that is none of theirs. Never NULL. */
const char *icmp_text(unsigned int version, unsigned int type, unsigned int code);
/* icmp_err_convert[] and icmpv6_err_convert(): what a socket makes of it; 0 = nothing. */
unsigned int icmp_errno(unsigned int version, unsigned int type, unsigned int code);
/* Says only that the segment was too big: the path's MTU is lowered, and it is sent again. */
bool icmp_is_too_big(unsigned int version, unsigned int type, unsigned int code);

#endif
