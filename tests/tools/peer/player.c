// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One life's process: runs the script, watches states, and says what a record must tell. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define LOOK_LAZILY_MS	50
#define WATCHDOG_SECS	200
#define TIMEWAIT_SECS	60
#define SLACK_NS	50000000LL /* between the kernel's doing and a process's seeing it */
#define LATE_SEGMENT_MS 250	   /* a delayed ACK takes 40 ms */

struct player me;
static const char *const SIDE_NAME[SIDES] = { "client", "server" };

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "peer: %s/%s: %s: ", me.life ? me.life->name : "-", me.version ? me.version : "-",
		me.step ? me.step : "setup");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(1);
}

int must(int result)
{
	if (result < 0)
		die("%s", strerror(errno));
	return result;
}

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- states ---- */

static int state_now(void)
{
	return diag_state(&me.kernel, &me.peer);
}

static void wait_for_state(int state, int64_t give_up_ns)
{
	int is;

	for (int64_t give_up = now_ns() + give_up_ns; (is = state_now()) != state; segments_take_in(LOOK_AGAIN_MS)) {
		if (now_ns() > give_up)
			die("the state is %d", is);
	}
}

/* When the state was seen first, for a later step that watches how long it lasts. */
static struct sighting {
	int state;
	int64_t after, before;
} sighting;

static void sight(int state, int64_t give_up_ns)
{
	int64_t after = me.closing_ns;

	wait_for_state(state, give_up_ns);
	if (sighting.state != state)
		sighting = (struct sighting) { state, after, now_ns() };
}

void do_is(const char *arg)
{
	sight(state_number(arg), GIVE_UP_NS);
}

/* Gone from the kernel's tables; that may need one of its timers. */
void do_gone(const char *arg)
{
	wait_for_state(0, 120000000000LL);
}

/* Brackets how long a state lasts: each edge lies between two looks, of which one saw it and the other did not. */
static struct bracket watch_state(int state, bool lazily)
{
	int64_t gone_after;

	sight(state, GIVE_UP_NS);
	do {
		gone_after = now_ns();
		lazily &= gone_after - sighting.before < (TIMEWAIT_SECS - 1) * 1000000000LL;
		segments_take_in(lazily ? LOOK_LAZILY_MS : LOOK_AGAIN_MS);
	} while (state_now() == state);
	return (struct bracket) { gone_after - sighting.before, now_ns() - sighting.after };
}

void do_watch(const char *arg)
{
	me.timewait[me.at] = watch_state(state_number("TIME_WAIT"), !*arg);
}

void do_watch2(const char *arg)
{
	me.fin_wait2[me.at] = watch_state(state_number("FIN_WAIT2"), false);
}

/* So many ms: only where a timer of the kernel's own is the point. */
void do_age(const char *arg)
{
	for (int64_t end = now_ns() + atoi(arg) * 1000000LL; now_ns() < end;)
		segments_take_in(LOOK_AGAIN_MS);
}

/* ---- the rest ---- */

void do_ts(const char *arg)
{
	me.timestamps = true;
}

void do_isn(const char *arg)
{
	flow()->isn = flow()->snd_nxt = (uint32_t)strtoul(arg, NULL, 0);
}

static void note_ends(void)
{
	enum side_name k = me.life->kernel;
	struct flow *f = flow();

	me.ends[me.at][k] = me.kernel;
	*address_port(&me.ends[me.at][k]) = htons(f->port);
	me.ends[me.at][!k] = me.peer;
}

/* The next connection. "port": the peer takes another one, else the tuple is the same if the kernel's port is. */
void do_next(const char *arg)
{
	note_ends();
	me.at++;
	if (me.at >= CONNECTIONS)
		die("too many connections");
	if (me.life->kernel == SERVER)
		flow()->port = me.flow[me.at - 1].port;
	if (*arg)
		*address_port(&me.peer) = htons((uint16_t)(ntohs(*address_port(&me.peer)) + 1));
	flow()->peer_port = ntohs(*address_port(&me.peer));
	flow()->isn = flow()->snd_nxt = me.flow[me.at - 1].snd_nxt + 1000000;
	sighting.state = 0;
}

static void run_step(char *step)
{
	static const struct {
		const char *name;
		step_fn *run;
	} TABLE[] = {
#define _(name) { #name, do_##name },
		STEPS(_)
#undef _
	};
	char *arg = strchr(step, ':');
	size_t length = arg ? (size_t)(arg - step) : strlen(step);

	me.step = step;
	if (*step == '<' || *step == '>') {
		(*step == '<' ? segment_send : segment_expect)(step + 1);
		return;
	}
	for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
		if (strlen(TABLE[i].name) == length && strncmp(TABLE[i].name, step, length) == 0) {
			TABLE[i].run(arg ? arg + 1 : "");
			return;
		}
	}
	die("no such step");
}

/* ---- what a record must tell ---- */

static void print_end(FILE *out, const char *name, const union address *a)
{
	char text[INET6_ADDRSTRLEN];
	unsigned int port = ntohs(*address_port((union address *)a));

	fprintf(out, "\"%s\":{\"address\":\"%s\"", name, address_text(a, text));
	if (port)
		fprintf(out, ",\"port\":%u", port);
	fprintf(out, "},");
}

static void print_bracket(FILE *out, const char *path, const struct bracket *b)
{
	if (b->longest)
		fprintf(out, ",\"%s\":{\"min\":%lld,\"max\":%lld}", path, (long long)(b->shortest - SLACK_NS),
			(long long)(b->longest + SLACK_NS));
}

static void print_counts(FILE *out, unsigned int i)
{
	const struct flow *f = &me.flow[i];
	enum side_name k = me.life->kernel;

	if (me.life->told[i].counts_open)
		return;
	fprintf(out, ",\"%s.packets\":%llu,\"%s.packets\":%llu", SIDE_NAME[k], (unsigned long long)f->packets[RECEIVED],
		SIDE_NAME[!k], (unsigned long long)f->packets[SENT]);
	if (!me.life->told[i].bytes_open)
		fprintf(out, ",\"%s.bytes\":%llu,\"%s.bytes\":%llu", SIDE_NAME[k],
			(unsigned long long)f->bytes[RECEIVED], SIDE_NAME[!k], (unsigned long long)f->bytes[SENT]);
}

static void print_connection(FILE *out, unsigned int i)
{
	const struct told *t = &me.life->told[i];

	fprintf(out, "{\"life\":\"%s/%s\",\"connection\":%u,", me.life->name, me.version, i + 1);
	for (int side = CLIENT; side < SIDES; side++)
		print_end(out, SIDE_NAME[side], &me.ends[i][side]);
	if (t->states)
		fprintf(out, "\"chain\":{\"side\":\"%s\",\"states\":\"%s\"},", SIDE_NAME[me.life->kernel], t->states);
	fprintf(out, "\"time_wait\":\"\",\"record\":{%s", t->record);
	print_counts(out, i);
	print_bracket(out, "time_wait.duration_ns", &me.timewait[i]);
	print_bracket(out, "fin_wait2.duration_ns", &me.fin_wait2[i]);
	fprintf(out, "}}\n");
}

/* One write() for all of it: other players print too. */
static void print_played(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (int64_t end = now_ns() + LATE_SEGMENT_MS * 1000000LL; now_ns() < end;)
		segments_take_in(LOOK_AGAIN_MS);
	note_ends();
	for (unsigned int i = 0; i <= me.at; i++) {
		if (me.life->told[i].record)
			print_connection(out, i);
	}
	fclose(out);
	if (write(STDOUT_FILENO, text, size) != (ssize_t)size)
		die("write: %s", strerror(errno));
	free(text);
}

/* The last step of a life that is to be open when the tracer ends: until nobody hands out segments any more. */
void do_stay(const char *arg)
{
	char none;

	print_played();
	must((int)send(me.channel, "", 1, 0));
	while (recv(me.channel, &none, 1, 0) > 0)
		;
	_exit(0);
}

void play(const struct life *life, const char *version, unsigned int number)
{
	char *steps = strdup(life->script), *rest = steps;

	me.life = life;
	me.version = version;
	me.listener = -1;
	for (int i = 0; i < CONNECTIONS; i++)
		me.fd[i] = -1;
	*address_port(&me.kernel) = htons(life->kernel == SERVER ? (uint16_t)(6000 + number) : 0);
	*address_port(&me.peer) =
		htons(life->kernel == SERVER ? (uint16_t)(40000 + number * 8) : (uint16_t)(7000 + number));
	flow()->port = ntohs(*address_port(&me.kernel));
	flow()->peer_port = ntohs(*address_port(&me.peer));
	flow()->isn = flow()->snd_nxt = (uint32_t)now_ns();
	alarm(WATCHDOG_SECS);
	for (char *step; steps && (step = strsep(&rest, " "));) {
		if (*step)
			run_step(step);
	}
	me.step = "end";
	print_played();
	free(steps);
	_exit(0);
}
