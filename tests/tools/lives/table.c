// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The scenarios: what each side does, and what a record of it must say, by the record's own paths. */
#include <stddef.h>

#include "side.h"

#define CLOSED	  "\"tcp.ending\":\"closed\","
#define FOUR_WAY  "\"tcp.close_form\":\"four_way\","
#define EITHER	  "\"tcp.close_form\":[\"three_way\",\"four_way\"],"
#define CROSSED	  "\"tcp.close_form\":\"simultaneous\","
#define RESET	  "\"tcp.ending\":\"reset\","
#define BY_CLIENT "\"tcp.ended_by\":\"client\""
#define BY_SERVER "\"tcp.ended_by\":\"server\""
#define BY_BOTH	  "\"tcp.ended_by\":\"both\""

/*
 * Four segments close for certain where the first closer is seen in FIN_WAIT2 before the second closes. Otherwise the
 * delayed ACK, 40 ms, decides between three and four.
 */
const struct scenario SCENARIOS[] = {
	{
		.name = "client-close",
		.story = "orderly, the client closes first",
		.client = "await connect send:100 recv:300 think close find:FIN_WAIT2 tell",
		.server = "listen tell accept recv:100 send:300 eof await close",
		.record = { CLOSED FOUR_WAY BY_CLIENT ",\"client.bytes\":100,\"server.bytes\":300" },
		.timewait = "client",
	},
	{
		.name = "server-close",
		.story = "orderly, the server closes first",
		.client = "await connect send:100 recv:300 eof await close",
		.server = "listen tell accept recv:100 send:300 think close find:FIN_WAIT2 tell",
		.record = { CLOSED FOUR_WAY BY_SERVER ",\"client.bytes\":100,\"server.bytes\":300" },
		.timewait = "server",
	},
	{
		.name = "close-at-once",
		.story = "orderly, the server closes as soon as it sees the client's FIN",
		.client = "await connect send:5 recv:5 think close",
		.server = "listen tell accept recv:5 send:5 eof close",
		.record = { CLOSED EITHER BY_CLIENT },
		.timewait = "client",
	},
	{
		.name = "half-close",
		.story = "the client shuts down its direction, the server goes on sending",
		.client = "await connect send:10 think shut state:FIN_WAIT2 tell recv:5000 eof close",
		.server = "listen tell accept recv:10 eof await send:5000 close",
		.record = { CLOSED FOUR_WAY BY_CLIENT ",\"teardown.half_closed_bytes\":5000" },
		.timewait = "client",
	},
	{
		.name = "simultaneous-close",
		.story = "both FINs are on their way at once",
		.client = "await connect send:5 recv:5 hold tell close await release find:TIME_WAIT",
		.server = "listen tell accept recv:5 send:5 await close tell find:TIME_WAIT",
		.record = { CLOSED CROSSED BY_BOTH },
		.timewait = "client server",
		.need = NEEDS_HOLD,
	},
	{
		.name = "simultaneous-open",
		.story = "both SYNs are on their way at once",
		.client = "await bind hold start tell await release connected send:5 think close",
		.server = "bind tell await start tell connected recv:5 eof close",
		.record = { CLOSED "\"tcp.simultaneous_open\":true" },
		.timewait = "client",
		.need = NEEDS_HOLD,
	},
	{
		.name = "self-connect",
		.story = "a socket connects to itself",
		.client = "bind self send:5 recv:5 think close find:TIME_WAIT",
		.server = "",
		.record = { CLOSED CROSSED BY_BOTH },
		.timewait = "client",
	},
	{
		.name = "refused",
		.story = "nobody listens",
		.client = "await try:ECONNREFUSED tell",
		.server = "bind tell await",
		.record = { "\"tcp.ending\":\"refused\"," BY_SERVER },
		.timewait = "",
	},
	{
		.name = "linger-reset",
		.story = "the client closes with SO_LINGER 0",
		.client = "await connect send:5 recv:5 think linger close",
		.server = "listen tell accept recv:5 send:5 fails:ECONNRESET",
		.record = { RESET BY_CLIENT },
		.timewait = "",
	},
	{
		.name = "linger-reset-server",
		.story = "the server closes with SO_LINGER 0",
		.client = "await connect send:5 recv:5 fails:ECONNRESET",
		.server = "listen tell accept recv:5 send:5 think linger close",
		.record = { RESET BY_SERVER },
		.timewait = "",
	},
	{
		.name = "unread-close",
		.story = "the server closes and has not read all",
		.client = "await connect send:10 fails:ECONNRESET",
		.server = "listen tell accept unread:10 think close",
		.record = { RESET BY_SERVER ",\"tcp.reset_reason\":\"TCP_ABORT_ON_CLOSE\"" },
		.timewait = "",
	},
	{
		.name = "unanswered",
		.story = "the SYN is dropped, and sent again",
		.client = "await synonce try:ETIMEDOUT tell",
		.server = "listen deaf tell await",
		.record = { "\"tcp.ending\":\"unanswered\"" },
		.timewait = "",
	},
	{
		.name = "listener-overflow",
		.story = "nobody accepts the first connection, and there is no room for a second",
		.client = "await connect next synonce try:ETIMEDOUT tell first fails:ECONNRESET",
		.server = "listen crowded tell await unlisten",
		.record = { RESET BY_SERVER, "\"tcp.ending\":\"listener_overflow\"," BY_SERVER },
		.timewait = "",
	},
	{
		.name = "client-abort",
		.story = "the client gives up in SYN_SENT",
		.client = "await start state:SYN_SENT think close tell",
		.server = "listen deaf tell await",
		.record = { "\"tcp.ending\":\"handshake_aborted\"," BY_CLIENT },
		.timewait = "",
	},
	{
		.name = "accept-never",
		.story = "the listener closes before it accepts",
		.client = "await connect tell fails:ECONNRESET",
		.server = "listen tell await queued:1 unlisten",
		.record = { RESET BY_SERVER },
		.timewait = "",
	},
	{
		.name = "fin-wait2-orphan",
		.story = "the server never closes: the client's FIN_WAIT2 times out after 1 s, without TIME_WAIT",
		.client = "await connect send:5 lingertwo:1 think close find:FIN_WAIT2 gone tell",
		.server = "listen tell accept recv:5 eof await close",
		.record = { "\"tcp.ending\":\"timed_out\",\"tcp.ended_by\":\"kernel\",\"fin_wait2.exit\":\"expired\"" },
		.timewait = "",
	},
	{
		.name = "fin-wait2",
		.story = "the server closes late: the client's FIN_WAIT2 minisocket goes to TIME_WAIT",
		.client = "await connect send:5 recv:5 close find:FIN_WAIT2 tell",
		.server = "listen tell accept recv:5 send:5 eof await think close",
		.record = { CLOSED FOUR_WAY BY_CLIENT },
		.timewait = "client",
	},
	{
		.name = "exit-without-close",
		.story = "the client's process ends with the socket open",
		.client = "await connect send:5 recv:5 think exit",
		.server = "listen tell accept recv:5 send:5 eof close",
		.record = { CLOSED EITHER BY_CLIENT },
		.timewait = "client",
	},
	{
		.name = "sigkill",
		.story = "the client's process is killed",
		.client = "await connect send:5 recv:5 think kill",
		.server = "listen tell accept recv:5 send:5 eof close",
		.record = { CLOSED EITHER BY_CLIENT },
		.timewait = "client",
	},
	{
		.name = "tw-reopened",
		.story = "the server's TIME_WAIT is taken by a new SYN",
		.client = "await bind connect recv:5 eof close gone await next rebind connect send:5 recv:5 close",
		.server = "listen tell accept send:5 close find:TIME_WAIT tell next accept recv:5 send:5 eof close",
		.record = { CLOSED EITHER BY_SERVER ",\"time_wait.exit\":\"reopened\"", CLOSED EITHER BY_CLIENT },
		.timewait = "",
	},
	{
		.name = "tw-reused",
		.story = "the client's TIME_WAIT is taken by its own connect()",
		.client = "await oneport connect send:5 recv:5 close find:TIME_WAIT age:1100 next connect send:5 "
			  "recv:5 close",
		.server = "listen tell accept recv:5 send:5 eof close next accept recv:5 send:5 eof close",
		.record = { CLOSED EITHER BY_CLIENT ",\"time_wait.exit\":\"reused\"", CLOSED EITHER BY_CLIENT },
		.timewait = "",
		.need = NEEDS_OWN_NETNS,
	},
	{
		.name = "no-local-port",
		.story = "the only local port is in use",
		.client = "await oneport connect next try:EADDRNOTAVAIL first close",
		.server = "listen tell accept eof close",
		.record = { CLOSED EITHER BY_CLIENT, "\"tcp.ending\":\"no_local_port\"" },
		.timewait = "client",
		.need = NEEDS_OWN_NETNS,
	},
	{ .name = NULL },
};
