// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the hooks add to a short connection: socket() to close() of both its ends, by one thread on one CPU, with none
 * of them, with each fact's alone, and with all. Each round measures every set in turn, in an order of its own, and
 * takes the fastest tenth's limit of its connections; reported is the median, over the rounds, of the difference to the
 * same round without hooks. That is steady to about 100 ns where single connections vary by tens of microseconds.
 *
 * --bytes N sends so many each way, without which the counters of data are not reported.
 *
 * --beside FILE measures all hooks of another build's tcplife.bpf.o in the same rounds, --facts no leaves single ones
 * out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "source/attach.h"
#include "source/hooks.h"
#include "tcplife.skel.h"

#define PORT	      7000
#define LOOPBACK      1 /* its ifindex in every netns */
#define MAX_SETS      16
#define MAX_LINKS     24
#define MAX_ROUNDS    4096
#define PART_OF_ROUND 10 /* the fastest tenth decides */

/* A build's programs, loaded. */
struct build {
	const char *name;
	struct bpf_object *object;
	struct ring_buffer *ring;
	struct build *next;
};

/* What is attached at a time. */
struct set {
	char name[48];
	const struct build *build; /* NULL = nothing */
	const char *prefix;	   /* of the programs' names; NULL = all */
	bool segments;		   /* the packet program on lo, too */
	double ns[MAX_ROUNDS];
};

struct attached {
	struct bpf_link *link[MAX_LINKS];
	int count;
	struct attachment segments;
};

static struct set sets[MAX_SETS];
static int set_count;
static int rounds = 60, connections = 300;
static size_t bytes; /* of data, each way */
static bool all_only;
static uint32_t client_address = 0x7f010000;

static void die(const char *what, int err)
{
	fprintf(stderr, "hooks: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static struct sockaddr_in address(uint32_t ip, uint16_t port)
{
	return (struct sockaddr_in) { .sin_family = AF_INET, .sin_addr.s_addr = htonl(ip), .sin_port = htons(port) };
}

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket", errno);
	return fd;
}

/* A fresh netns, so that what the round before left in TIME_WAIT is not met. Returns its listener. */
static int enter_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct sockaddr_in any = address(INADDR_ANY, PORT);
	int listener;

	if (unshare(CLONE_NEWNET))
		die("a network namespace", errno);
	listener = tcp_socket();
	if (ioctl(listener, SIOCSIFFLAGS, &lo) || bind(listener, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(listener, 16))
		die("listen", errno);
	return listener;
}

static void exchange(int near, int far)
{
	static char data[65536];

	if (bytes && (send(near, data, bytes, 0) < 0 || recv(far, data, bytes, MSG_WAITALL) < 0 ||
		      send(far, data, bytes, 0) < 0 || recv(near, data, bytes, MSG_WAITALL) < 0))
		die("data", errno);
}

/* A client address each, so that no port is looked for. */
static uint64_t one_connection(int listener)
{
	struct sockaddr_in client = address(client_address++, 0), server = address(INADDR_LOOPBACK, PORT);
	uint64_t start = now_ns();
	int near = tcp_socket(), far;

	if (bind(near, (struct sockaddr *)&client, sizeof(client)) ||
	    connect(near, (struct sockaddr *)&server, sizeof(server)))
		die("connect", errno);
	far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (far < 0)
		die("accept", errno);
	exchange(near, far);
	close(near);
	close(far);
	return now_ns() - start;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double fastest_part(int listener)
{
	_cleanup_free_ uint64_t *ns = calloc((size_t)connections, sizeof(*ns));
	size_t index;

	if (!ns)
		die("connections", ENOMEM);
	for (int i = 0; i < connections; i++)
		ns[i] = one_connection(listener);
	qsort(ns, (size_t)connections, sizeof(*ns), compare_u64);
	index = (size_t)(connections / PART_OF_ROUND);
	return (double)ns[index];
}

static int ignore_record(void *ctx, void *data, size_t size)
{
	(void)ctx, (void)data, (void)size;
	return 0;
}

static void open_ring(struct build *b)
{
	b->ring = ring_buffer__new(bpf_object__find_map_fd_by_name(b->object, "events"), ignore_record, NULL, NULL);
	if (!b->ring)
		die("the ring buffer", errno);
}

static void attach_program(struct attached *a, const struct bpf_program *p)
{
	struct bpf_link *link = bpf_program__attach(p);

	if (!link || a->count == MAX_LINKS)
		die(bpf_program__name(p), link ? E2BIG : errno);
	a->link[a->count++] = link;
}

static bool is_for_interfaces(const struct bpf_program *p)
{
	return bpf_program__type(p) == BPF_PROG_TYPE_XDP || bpf_program__type(p) == BPF_PROG_TYPE_SCHED_CLS;
}

/* In use on this kernel, and attached to what the host does: not read, as iterators are. */
static bool is_hook(const struct bpf_program *p)
{
	return bpf_program__autoload(p) && !is_for_interfaces(p) &&
	       bpf_program__expected_attach_type(p) != BPF_TRACE_ITER;
}

static bool is_of(const struct set *s, const struct bpf_program *p)
{
	return is_hook(p) && (!s->prefix || !strncmp(bpf_program__name(p), s->prefix, strlen(s->prefix)));
}

static struct attached attach_set(const struct set *s)
{
	struct attached a = { .segments.link_fd = -1 };
	struct bpf_program *p;
	int err;

	if (!s->build)
		return a;
	if (!s->segments || !s->prefix)
		bpf_object__for_each_program(p, s->build->object) if (is_of(s, p)) attach_program(&a, p);
	if (!s->segments)
		return a;
	p = bpf_object__find_program_by_name(s->build->object, "tcplife_out");
	err = p ? attach_tc(&a.segments, bpf_program__fd(p), LOOPBACK, true) : -ENOENT;
	if (err)
		die("tcplife_out", err);
	return a;
}

static void detach_set(const struct set *s, struct attached *a)
{
	while (a->count)
		bpf_link__destroy(a->link[--a->count]);
	attach_undo(&a->segments);
	if (s->build)
		ring_buffer__consume(s->build->ring);
}

static void shuffle(int order[], int count)
{
	for (int i = count - 1; i > 0; i--) {
		int other = (int)(random() % (i + 1)), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

static void run_round(int round)
{
	int order[MAX_SETS] = { 0 }, listener = enter_netns();

	for (int i = 0; i < set_count; i++)
		order[i] = i;
	shuffle(order, set_count);
	for (int i = 0; i < set_count; i++) {
		struct set *s = &sets[order[i]];
		struct attached a = attach_set(s);

		s->ns[round] = fastest_part(listener);
		detach_set(s, &a);
	}
	close(listener);
}

static void add_set(const struct build *b, const char *name, const char *prefix, bool segments)
{
	struct set *s = &sets[set_count++];

	if (set_count > MAX_SETS)
		die("sets", E2BIG);
	*s = (struct set) { .build = b, .prefix = prefix, .segments = segments };
	snprintf(s->name, sizeof(s->name), "%s", name);
}

static void add_facts(const struct build *b)
{
	static const char *const prefix[] = { "state", "accept", "free", "timewait", "retransmit", "reset", "drop" };

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		add_set(b, prefix[i], prefix[i], false);
	add_set(b, "segments", "", true);
}

/* The same settings and the same rungs as this build's own. */
static void load_beside(struct build *b, struct tcplife *own)
{
	struct bpf_map *map;
	struct bpf_program *p;
	size_t size;
	const void *knobs = bpf_map__initial_value(own->maps.rodata, &size);

	b->object = bpf_object__open_file(b->name, NULL);
	if (!b->object)
		die(b->name, errno);
	bpf_object__for_each_program(p, b->object)
	{
		const struct bpf_program *same = bpf_object__find_program_by_name(own->obj, bpf_program__name(p));

		bpf_program__set_autoload(p, same && bpf_program__autoload(same));
	}
	bpf_object__for_each_map(map, b->object)
	{
		if (strstr(bpf_map__name(map), ".rodata") && bpf_map__set_initial_value(map, knobs, size))
			die("a build with other settings", EINVAL);
	}
	map = bpf_object__find_map_by_name(b->object, "events");
	if (map)
		bpf_map__set_max_entries(map, bpf_map__max_entries(own->maps.events));
	if (bpf_object__load(b->object))
		die(b->name, errno);
	open_ring(b);
}

static void print_set(const struct set *s)
{
	double difference[MAX_ROUNDS] = { 0 };

	for (int i = 0; i < rounds; i++)
		difference[i] = s->ns[i] - (s->build ? sets[0].ns[i] : 0);
	qsort(difference, (size_t)rounds, sizeof(difference[0]), compare_double);
	printf("{\"hooks\":\"%s\",\"ns\":%.0f,\"lower_quartile\":%.0f,\"upper_quartile\":%.0f,\"rounds\":%d,"
	       "\"connections\":%d}\n",
	       s->name, difference[rounds / 2], difference[rounds / 4], difference[rounds * 3 / 4], rounds,
	       connections);
}

static void stay_on_one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("a CPU", errno);
}

static int number(const char *text, int max)
{
	int n = text ? atoi(text) : 0;

	if (n < 1 || n > max)
		die(text ? text : "a number", ERANGE);
	return n;
}

static void parse(int argc, char **argv, struct build **beside)
{
	for (int i = 1; i < argc; i += 2) {
		if (!strcmp(argv[i], "--rounds")) {
			rounds = number(argv[i + 1], MAX_ROUNDS);
		} else if (!strcmp(argv[i], "--connections")) {
			connections = number(argv[i + 1], 10000);
		} else if (!strcmp(argv[i], "--bytes")) {
			bytes = (size_t)number(argv[i + 1], 65536);
		} else if (!strcmp(argv[i], "--facts") && argv[i + 1]) {
			all_only = !strcmp(argv[i + 1], "no");
		} else if (!strcmp(argv[i], "--beside") && argv[i + 1]) {
			struct build *b = calloc(1, sizeof(*b));

			if (!b)
				die("a build", ENOMEM);
			*b = (struct build) { .name = argv[i + 1], .next = *beside };
			*beside = b;
		} else {
			die(argv[i], EINVAL);
		}
	}
}

static void close_beside(struct build *b)
{
	while (b) {
		struct build *next = b->next;

		ring_buffer__free(b->ring);
		bpf_object__close(b->object);
		free(b);
		b = next;
	}
}

int main(int argc, char **argv)
{
	struct options options = { .buffer_bytes = 16 << 20 };
	struct build own = { 0 }, *beside = NULL;
	struct hooks *hooks = NULL;
	struct tcplife *skel;

	parse(argc, argv, &beside);
	if (hooks_load(&options, &hooks))
		return 1;
	skel = hooks_skeleton(hooks);
	own.object = skel->obj;
	open_ring(&own);
	hooks_pause(hooks, false);
	add_set(NULL, "none", NULL, false);
	if (!all_only)
		add_facts(&own);
	add_set(&own, "all", NULL, true);
	for (struct build *b = beside; b; b = b->next) {
		load_beside(b, skel);
		add_set(b, b->name, NULL, true);
	}
	stay_on_one_cpu();
	for (int round = 0; round < rounds; round++)
		run_round(round);
	for (int i = 0; i < set_count; i++)
		print_set(&sets[i]);
	close_beside(beside);
	ring_buffer__free(own.ring);
	hooks_free(&hooks);
	return 0;
}
