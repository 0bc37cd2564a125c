// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/cgroups.h"

#include "story.h"
#include "test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

CASE(a_cgroup_is_known_by_its_number)
{
	struct event_cgroup e = { .id = 77, .path = "/docker/" ID }, again = { .id = 77, .path = "/other" };
	struct cgroups g;

	CHECK_EQ_INT(cgroups_init(&g), 0);
	cgroups_add(&g, &e);
	cgroups_add(&g, &again);
	CHECK_EQ_STR(cgroups_find(&g, 77)->place.container, ID);
	CHECK(!cgroups_find(&g, 78));
	CHECK(!cgroups_find(&g, 0));
	cgroups_free(&g);
}

CASE(names_come_later_and_one_by_one)
{
	struct event_cgroup e = { .id = 77, .path = "/kubepods/podd9a1c2f0-3b5e-4f60-8c1d-0123456789ab/" ID };
	struct event_container names = { .id = 78, .pod = "other" };
	const struct cgroup *known;
	struct cgroups g;

	CHECK_EQ_INT(cgroups_init(&g), 0);
	cgroups_add(&g, &e);
	cgroups_name(&g, &names);
	known = cgroups_find(&g, 77);
	CHECK_EQ_STR(known->names.pod, "");
	CHECK_EQ_STR(known->names.pod_uid, "d9a1c2f0-3b5e-4f60-8c1d-0123456789ab");
	names = (struct event_container) { .id = 77, .pod = "web-0", .namespace = "shop" };
	cgroups_name(&g, &names);
	names = (struct event_container) { .id = 77, .k8s_name = "nginx" };
	cgroups_name(&g, &names);
	CHECK_EQ_STR(known->names.pod, "web-0");
	CHECK_EQ_STR(known->names.namespace, "shop");
	CHECK_EQ_STR(known->names.k8s_name, "nginx");
	CHECK_EQ_STR(known->names.pod_uid, "d9a1c2f0-3b5e-4f60-8c1d-0123456789ab");
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
