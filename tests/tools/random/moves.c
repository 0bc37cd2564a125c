// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a life does next, by chance: a step that leads on, or an odd one that must change nothing, or not that. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "random.h"

#define IN(state)      (1U << TCP_##state)
#define TOGETHER       (IN(ESTABLISHED) | IN(FIN_WAIT1) | IN(FIN_WAIT2) | IN(CLOSE_WAIT) | IN(LAST_ACK) | IN(CLOSING))
#define ENDING	       (IN(FIN_WAIT1) | IN(LAST_ACK) | IN(CLOSING))
#define PEER_MAY_SEND  (IN(ESTABLISHED) | IN(FIN_WAIT1) | IN(FIN_WAIT2))
#define EITHER	       3U
#define CLIENT_IS_HERE (1U << CLIENT)
#define SERVER_IS_HERE (1U << SERVER)

/* Returns whether it could be made. */
typedef bool move_fn(struct actor *l, const char *spec);

struct move {
	unsigned int states, roles, weight;
	move_fn *run;
	const char *spec;
};

static void pause_ms(struct actor *l, unsigned int ms)
{
	l->due_ns = clock_ns() + ms * MS;
}

static void pause_a_little(struct actor *l)
{
	if (percent(l, 70))
		pause_ms(l, chance_of(l, 15));
	else if (percent(l, 70))
		pause_ms(l, 45 + chance_of(l, 30));
	else
		pause_ms(l, 230 + chance_of(l, 300));
}

/* ---- the peer's moves ---- */

static bool peer_sends(struct actor *l, const char *spec)
{
	wire_send(l, spec);
	return true;
}

/* In its place: not behind its own FIN. */
static bool peer_goes_on(struct actor *l, const char *spec)
{
	if (l->block.fin_sent && strpbrk(spec, "Fl"))
		return false;
	return peer_sends(l, spec);
}

static bool peer_sends_data(struct actor *l, const char *spec)
{
	char text[32];

	if (l->block.fin_sent)
		return false;
	snprintf(text, sizeof(text), "PA,l%u", 1 + chance_of(l, 1000));
	return peer_sends(l, text);
}

static bool peer_repeats_fin(struct actor *l, const char *spec)
{
	return l->block.fin_sent && peer_sends(l, spec);
}

static bool peer_is_deaf(struct actor *l, const char *spec)
{
	l->deaf = 1 + chance_of(l, 2);
	return true;
}

static bool peer_waits(struct actor *l, const char *spec)
{
	pause_ms(l, l->is.state == TCP_SYN_SENT || l->is.state == TCP_SYN_RECV ? 1100 : 250 + chance_of(l, 500));
	return true;
}

static bool peer_falls_silent(struct actor *l, const char *spec)
{
	l->silent = true;
	return true;
}

static bool peer_says_unreachable(struct actor *l, const char *spec)
{
	wire_icmp(l);
	return true;
}

/* ---- the kernel's moves ---- */

static bool kernel_accepts(struct actor *l, const char *spec)
{
	if (l->listener < 0 || l->fd >= 0)
		return false;
	call_accept(l);
	return l->fd >= 0;
}

static bool kernel_sends(struct actor *l, const char *spec)
{
	if (l->fd < 0 || l->shut)
		return false;
	call_send(l, 1 + chance_of(l, 1000), percent(l, 6));
	return true;
}

static bool kernel_reads(struct actor *l, const char *spec)
{
	if (l->fd < 0 || unread(l) == 0)
		return false;
	call_recv(l);
	return true;
}

static void close_in_order(struct actor *l)
{
	if (unread(l) > 0 && percent(l, 90))
		call_recv(l);
	if (percent(l, 30) && !l->shut)
		call_shutdown(l, percent(l, 25) ? SHUT_RDWR : SHUT_WR);
	else
		call_close(l);
}

static bool kernel_closes(struct actor *l, const char *spec)
{
	unsigned int how = chance_of(l, 100);

	if (l->fd < 0)
		return false;
	if (how < 62)
		return close_in_order(l), true;
	if (how < 70)
		call_linger(l, 0);
	else if (how < 75)
		call_tcp_option(l, "linger2", TCP_LINGER2, -1);
	else if (how < 80)
		call_tcp_option(l, "linger2", TCP_LINGER2, 1);
	if (how < 84)
		call_unspec(l);
	else if (how < 88)
		call_destroy(l);
	else if (how < 94)
		call_exit(l);
	else
		call_close(l);
	return true;
}

static bool kernel_gives_up(struct actor *l, const char *spec)
{
	if (l->fd < 0)
		return false;
	if (percent(l, 40))
		call_destroy(l);
	else if (percent(l, 30))
		call_unspec(l);
	else
		call_close(l);
	return true;
}

static bool kernel_destroys(struct actor *l, const char *spec)
{
	call_destroy(l);
	return true;
}

static bool listener_goes(struct actor *l, const char *spec)
{
	if (l->listener < 0 || l->fd >= 0)
		return false;
	drop_listener(l);
	return true;
}

/* ---- which there are ---- */

static const struct move FORWARD[] = {
	{ IN(SYN_SENT), CLIENT_IS_HERE, 100, peer_sends, "SA" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 8, peer_sends, "RA" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 6, peer_sends, "S" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 6, peer_says_unreachable, "" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 6, kernel_gives_up, "" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 3, peer_falls_silent, "" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 100, peer_goes_on, "A" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 30, peer_goes_on, "PA,l50" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 6, peer_goes_on, "FA" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 3, peer_goes_on, "FPA,l20" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 6, peer_sends, "R" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 2, kernel_destroys, "" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 2, peer_falls_silent, "" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 20, kernel_accepts, "" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 3, listener_goes, "" },
	{ IN(SYN_RECV), CLIENT_IS_HERE, 10, peer_sends, "SA,s-1" },
	{ IN(SYN_RECV), CLIENT_IS_HERE, 10, peer_sends, "A" },
	{ IN(SYN_RECV), CLIENT_IS_HERE, 2, peer_sends, "R" },
	{ IN(SYN_RECV), CLIENT_IS_HERE, 2, kernel_closes, "" },
	{ IN(SYN_RECV), CLIENT_IS_HERE, 2, peer_falls_silent, "" },
	{ TOGETHER, SERVER_IS_HERE, 200, kernel_accepts, "" },
	{ PEER_MAY_SEND, EITHER, 40, peer_sends_data, "" },
	{ IN(ESTABLISHED) | IN(CLOSE_WAIT), EITHER, 40, kernel_sends, "" },
	{ IN(ESTABLISHED) | IN(FIN_WAIT1) | IN(FIN_WAIT2) | IN(CLOSE_WAIT), EITHER, 40, kernel_reads, "" },
	{ IN(ESTABLISHED) | IN(CLOSE_WAIT), EITHER, 30, peer_sends, "A" },
	{ IN(ESTABLISHED), EITHER, 45, kernel_closes, "" },
	{ IN(CLOSE_WAIT), EITHER, 80, kernel_closes, "" },
	{ ENDING | IN(FIN_WAIT2), EITHER, 12, kernel_closes, "" },
	{ IN(ESTABLISHED), EITHER, 35, peer_goes_on, "FA" },
	{ IN(ESTABLISHED), EITHER, 8, peer_goes_on, "FPA,l30" },
	{ IN(ESTABLISHED), EITHER, 5, peer_sends, "R" },
	{ IN(ESTABLISHED), EITHER, 3, peer_sends, "RA" },
	{ IN(ESTABLISHED), EITHER, 3, peer_falls_silent, "" },
	{ IN(ESTABLISHED), SERVER_IS_HERE, 8, listener_goes, "" },
	{ IN(FIN_WAIT1), EITHER, 80, peer_sends, "A" },
	{ IN(FIN_WAIT1), EITHER, 40, peer_goes_on, "FA" },
	{ IN(FIN_WAIT1), EITHER, 15, peer_goes_on, "FPA,l20" },
	{ IN(FIN_WAIT1), EITHER, 20, peer_goes_on, "FA,a-1" },
	{ IN(FIN_WAIT1), EITHER, 4, peer_falls_silent, "" },
	{ IN(FIN_WAIT2), EITHER, 100, peer_goes_on, "FA" },
	{ IN(FIN_WAIT2), EITHER, 20, peer_goes_on, "FPA,l20" },
	{ IN(FIN_WAIT2), EITHER, 10, peer_falls_silent, "" },
	{ IN(LAST_ACK) | IN(CLOSING), EITHER, 100, peer_sends, "A" },
	{ IN(LAST_ACK) | IN(CLOSING), EITHER, 4, peer_falls_silent, "" },
	{ ENDING | IN(FIN_WAIT2) | IN(CLOSE_WAIT), EITHER, 5, peer_sends, "R" },
	{ ENDING | IN(FIN_WAIT2), EITHER, 2, kernel_destroys, "" },
};

static const struct move ODD[] = {
	{ IN(SYN_SENT), CLIENT_IS_HERE, 10, peer_sends, "SA,a+5000" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 5, peer_sends, "SA,bad" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 5, peer_sends, "RA,a+5000" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 3, peer_sends, "R" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 5, peer_sends, "A,a+3000" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 3, peer_sends, "A" },
	{ IN(SYN_SENT), CLIENT_IS_HERE, 3, peer_sends, "FA" },
	{ IN(SYN_SENT) | IN(SYN_RECV), EITHER, 10, peer_waits, "" },
	{ IN(SYN_RECV), EITHER, 15, peer_sends, "A,a+5000" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "A,bad" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 8, peer_sends, "S,i" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "S,s+77" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "R,s+200000" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "SA,s-1" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "A,s+200000" },
	{ IN(SYN_RECV), SERVER_IS_HERE, 5, peer_sends, "PA,l10,a+5000" },
	{ TOGETHER, EITHER, 6, peer_sends, "A,w0" },
	{ TOGETHER, EITHER, 8, peer_sends, "PA,l30,bad" },
	{ TOGETHER, EITHER, 8, peer_sends, "PA,l10,s-10" },
	{ TOGETHER, EITHER, 6, peer_sends, "PA,l10,s+100" },
	{ TOGETHER, EITHER, 8, peer_sends, "A,a+5000" },
	{ TOGETHER, EITHER, 4, peer_sends, "PA,l10,a+100000" },
	{ TOGETHER, EITHER, 4, peer_sends, "S,s+3000" },
	{ TOGETHER, EITHER, 4, peer_sends, "S,i" },
	{ TOGETHER, EITHER, 4, peer_sends, "SA" },
	{ TOGETHER, EITHER, 4, peer_sends, "SA,i" },
	{ TOGETHER, EITHER, 6, peer_sends, "R,s+2000000" },
	{ TOGETHER, EITHER, 6, peer_sends, "R,s+100" },
	{ TOGETHER, EITHER, 5, peer_sends, "R,bad" },
	{ TOGETHER, EITHER, 8, peer_sends, "FA,s+2000000" },
	{ TOGETHER, EITHER, 8, peer_sends, "FA,bad" },
	{ TOGETHER, EITHER, 5, peer_sends, "FA,a+9000" },
	{ TOGETHER, EITHER, 3, peer_sends, "0" },
	{ TOGETHER, EITHER, 4, peer_sends, "A,s-1" },
	{ TOGETHER, EITHER, 3, peer_sends, "A,a-1" },
	{ TOGETHER, EITHER, 4, peer_sends, "PA,l10,t-" },
	{ TOGETHER, EITHER, 10, peer_is_deaf, "" },
	{ TOGETHER, EITHER, 10, peer_waits, "" },
	{ IN(CLOSE_WAIT) | IN(LAST_ACK) | IN(CLOSING), EITHER, 15, peer_repeats_fin, "FA,s-1" },
	{ ENDING | IN(FIN_WAIT2), EITHER, 10, peer_sends_data, "" },
	{ ENDING, EITHER, 5, peer_sends, "PA,l10,a-1" },
	{ IN(TIME_WAIT), EITHER, 10, peer_sends, "FA,s-1" },
	{ IN(TIME_WAIT), EITHER, 5, peer_sends, "FA,bad" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "A" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "A,s+200000" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "PA,l20" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "PA,l20,s-21" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "R" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "R,s+200000" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "SA" },
	{ IN(TIME_WAIT), EITHER, 8, peer_sends, "S,s-5000,t-" },
	{ IN(TIME_WAIT), EITHER, 4, kernel_destroys, "" },
};

static const char *const AFTERTHOUGHTS[] = { "A", "FA,s-1", "FA", "SA", "PA,l5", "R", "RA", "A,s-1" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* By weight among those that fit. */
static bool make_one(struct actor *l, const struct move *table, size_t count)
{
	unsigned int state = 1U << l->is.state, role = 1U << l->kernel, total = 0, at;

	for (size_t i = 0; i < count; i++)
		total += table[i].states & state && table[i].roles & role ? table[i].weight : 0;
	if (!total)
		return false;
	at = chance_of(l, total);
	for (size_t i = 0; i < count; i++) {
		if (!(table[i].states & state) || !(table[i].roles & role))
			continue;
		if (at < table[i].weight)
			return table[i].run(l, table[i].spec);
		at -= table[i].weight;
	}
	return false;
}

static void move_on(struct actor *l)
{
	struct block *b = &l->block;

	if (b->una != b->snd_nxt && clock_ns() - l->sent_ns > 60 * MS) {
		b->snd_nxt = b->una;
		b->fin_sent = false;
	}
	if (l->odd_left && percent(l, 35)) {
		l->odd_left--;
		make_one(l, ODD, COUNT(ODD));
		return;
	}
	for (int tries = 0; tries < 8 && !make_one(l, FORWARD, COUNT(FORWARD)); tries++)
		;
}

/* ---- how they begin and end ---- */

static void fresh_block(struct actor *l, uint32_t isn)
{
	l->block = (struct block) { .isn = isn, .snd_nxt = isn, .una = isn };
	l->shut = false;
}

/* The peer's SYN, on the tuple that it may have had before. Returns whether it was answered by SYN+ACK. */
static bool peer_opens(struct actor *l)
{
	struct block before = l->block;
	uint32_t isn = before.isn && percent(l, 60)   ? before.snd_nxt + 1000000
		       : before.isn && percent(l, 40) ? before.isn
						      : (uint32_t)chance(l);

	if (l->listener < 0 && percent(l, 94))
		call_listen(l);
	fresh_block(l, isn);
	if (percent(l, 4))
		wire_send(l, "S,bad");
	wire_send(l, l->fast || percent(l, 5) ? "S,l20" : "S");
	if (!l->block.irs_known && before.irs_known)
		l->block = before;
	return l->block.irs_known;
}

static void begin_again(struct actor *l, bool same_tuple)
{
	l->silent = false;
	l->deaf = 0;
	l->odd_left = chance_of(l, 4);
	if (l->kernel == SERVER)
		peer_opens(l);
	else
		call_connect(l, same_tuple);
	pause_a_little(l);
}

void life_begin(struct actor *l)
{
	l->listener = l->fd = -1;
	l->timestamps = percent(l, 50);
	l->kernel = percent(l, 50) ? CLIENT : SERVER;
	if (l->kernel == SERVER) {
		l->deferred = percent(l, 4);
		l->fast = percent(l, 6);
	}
	l->lives_left = percent(l, 35) ? 1 + chance_of(l, 2) : 0;
	l->turns_left = 80;
	wire_address(1, percent(l, 50) ? AF_INET : AF_INET6, &l->local);
	wire_address(l->number, l->local.sa.sa_family, &l->peer);
	*address_port(&l->local) = htons(l->kernel == SERVER ? (uint16_t)(2000 + l->number % LOCAL_PORT_MAX) : 0);
	*address_port(&l->peer) = htons((uint16_t)(l->kernel == SERVER ? 40000 + chance_of(l, 20000) : 80));
	log_life(l);
	begin_again(l, false);
}

/* Nothing is to come but the end of a timer. */
static void watch(struct actor *l)
{
	l->watched = true;
	pause_ms(l, l->is.expires_ms > 1200 ? 1000 : 20);
}

static void turn_when_gone(struct actor *l)
{
	l->silent = false;
	if (l->fd >= 0) {
		call_error(l);
		if (l->kernel == CLIENT && l->lives_left && percent(l, 60)) {
			l->lives_left--;
			begin_again(l, false);
			return;
		}
		call_close(l);
	} else if (l->afterthoughts < 2 && l->block.irs_known && percent(l, 20)) {
		l->afterthoughts++;
		wire_send(l, AFTERTHOUGHTS[chance_of(l, COUNT(AFTERTHOUGHTS))]);
	} else if (l->lives_left && *address_port(&l->local)) {
		l->lives_left--;
		begin_again(l, true);
		return;
	} else {
		drop_listener(l);
		l->over = true;
	}
	pause_a_little(l);
}

static void turn_in_time_wait(struct actor *l)
{
	if (l->fd >= 0) {
		call_close(l);
	} else if (l->lives_left && percent(l, 30)) {
		l->lives_left--;
		begin_again(l, true);
		return;
	} else if (l->odd_left && percent(l, 50)) {
		l->odd_left--;
		make_one(l, ODD, COUNT(ODD));
	} else if (!l->odd_left && !l->lives_left) {
		watch(l);
		return;
	}
	pause_ms(l, 150 + chance_of(l, 1500));
}

static void turn_in_silence(struct actor *l)
{
	if (l->fd >= 0 && (l->is.state == TCP_ESTABLISHED || l->is.state == TCP_CLOSE_WAIT)) {
		if (percent(l, 30)) {
			call_keepalive(l);
		} else if (percent(l, 60)) {
			call_tcp_option(l, "user_timeout", TCP_USER_TIMEOUT, 700);
			call_send(l, 10, false);
		} else {
			call_close(l);
		}
	} else if (l->fd < 0 && l->listener >= 0 && l->is.state != TCP_SYN_RECV) {
		if (!kernel_accepts(l, ""))
			drop_listener(l);
	} else if (l->fd >= 0 && l->is.state != TCP_SYN_SENT) {
		call_close(l);
	}
	if (l->is.minisocket)
		watch(l);
	else
		pause_ms(l, 100 + chance_of(l, 200));
}

/* A life that does not come to its end by itself. */
static void cut_short(struct actor *l)
{
	if (l->fd >= 0) {
		call_linger(l, 0);
		call_close(l);
	} else if (l->is.state != STATE_GONE && l->is.state != TCP_TIME_WAIT && !l->is.minisocket) {
		call_destroy(l);
	}
	l->lives_left = l->odd_left = 0;
	l->turns_left = 20;
	pause_ms(l, 50);
}

void life_turn(struct actor *l)
{
	look_again(l);
	l->watched = false;
	if (l->is.state == STATE_GONE) {
		turn_when_gone(l);
	} else if (l->is.state == TCP_TIME_WAIT) {
		turn_in_time_wait(l);
	} else if (l->silent) {
		turn_in_silence(l);
	} else if (--l->turns_left == 0) {
		cut_short(l);
	} else {
		pause_a_little(l);
		move_on(l);
	}
}
