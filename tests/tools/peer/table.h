/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Words that the tables of lives have in common. */
#ifndef PEER_TABLE_H
#define PEER_TABLE_H

#include "peer.h"

extern const struct life LIVES_OPEN[], LIVES_RESET[], LIVES_CLOSE[];

/* steps: the peer connects, the kernel does */
#define ACCEPTED  "listen <S >SA <A accept "
#define CONNECTED "connect >S <SA >A connected "

/* states */
#define SERVED "syn_received established "
#define OPENED "syn_sent established "

#define CLOSED	    "\"tcp.ending\":\"closed\","
#define RESET	    "\"tcp.ending\":\"reset\","
#define TIMED_OUT   "\"tcp.ending\":\"timed_out\","
#define KILLED	    "\"tcp.ending\":\"killed\","
#define REFUSED	    "\"tcp.ending\":\"refused\","
#define UNANSWERED  "\"tcp.ending\":\"unanswered\","
#define UNREACHABLE "\"tcp.ending\":\"unreachable\","
#define ABORTED	    "\"tcp.ending\":\"handshake_aborted\","
#define FOUR_WAY    "\"tcp.close_form\":\"four_way\","
#define THREE_WAY   "\"tcp.close_form\":\"three_way\","
#define CROSSED	    "\"tcp.close_form\":\"simultaneous\","
#define BY_CLIENT   "\"tcp.ended_by\":\"client\""
#define BY_SERVER   "\"tcp.ended_by\":\"server\""
#define BY_BOTH	    "\"tcp.ended_by\":\"both\""
#define BY_KERNEL   "\"tcp.ended_by\":\"kernel\""
#define BECAUSE(r)  ",\"tcp.reset_reason\":\"" r "\""
#define IN(state)   ",\"tcp.in_state\":\"" state "\""

#endif
