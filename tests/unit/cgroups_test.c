// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/cgroups.h"

#include "story.h"
#include "test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *container(const char *path)
{
	static char id[CONTAINER_ID_SIZE];

	return cgroups_container_id(path, id) ? id : "none";
}

CASE(containers_by_the_names_of_their_cgroups)
{
	CHECK_EQ_STR(container("/system.slice/docker-" ID ".scope"), ID);
	CHECK_EQ_STR(container("/docker/" ID), ID);
	CHECK_EQ_STR(container("/machine.slice/libpod-" ID ".scope/container"), ID);
	CHECK_EQ_STR(container("/kubepods.slice/kubepods-pod1b2c.slice/cri-containerd-" ID ".scope"), ID);
	CHECK_EQ_STR(container("/kubepods/besteffort/podab/" ID), ID);
	CHECK_EQ_STR(container("/" ID "/docker-f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"),
		     "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}

CASE(what_is_no_container)
{
	CHECK_EQ_STR(container("/"), "none");
	CHECK_EQ_STR(container("/system.slice/nginx.service"), "none");
	CHECK_EQ_STR(container("/" ID "0"), "none");
	CHECK_EQ_STR(container("/x" ID), "none");
	CHECK_EQ_STR(container("/" ID "xyz"), "none");
	CHECK_EQ_STR(container("/0123456789abcdef"), "none");
}

CASE(a_cgroup_is_known_by_its_number)
{
	struct event_cgroup e = { .id = 77, .path = "/docker/" ID }, again = { .id = 77, .path = "/other" };
	struct cgroups g;

	CHECK_EQ_INT(cgroups_init(&g), 0);
	cgroups_add(&g, &e);
	cgroups_add(&g, &again);
	CHECK_EQ_STR(cgroups_find(&g, 77)->container, ID);
	CHECK(!cgroups_find(&g, 78));
	CHECK(!cgroups_find(&g, 0));
	cgroups_free(&g);
}

CASE(the_one_that_was_not_asked_for_gives_way)
{
	struct event_cgroup e = { .path = "/" };
	struct cgroups *g = calloc(1, sizeof(*g));
	const struct cgroup *second;

	CHECK_EQ_INT(cgroups_init(g), 0);
	for (e.id = 1; e.id <= CGROUPS_MAX; e.id++)
		cgroups_add(g, &e);
	CHECK(cgroups_find(g, 1));
	second = cgroups_find(g, 2);
	for (e.id = 4; e.id <= CGROUPS_MAX; e.id++)
		cgroups_find(g, e.id);
	cgroups_add(g, &e);
	CHECK(cgroups_find(g, CGROUPS_MAX + 1));
	CHECK(!cgroups_find(g, 3));
	CHECK(cgroups_find(g, 1) && cgroups_find(g, 2) == second && cgroups_find(g, CGROUPS_MAX));
	for (e.id = 10 * CGROUPS_MAX; e.id < 11 * CGROUPS_MAX; e.id++)
		cgroups_add(g, &e);
	CHECK(!cgroups_find(g, 1) && second->id >= 10 * CGROUPS_MAX);
	CHECK_EQ_INT(g->count, CGROUPS_MAX);
	cgroups_free(g);
	free(g);
}
