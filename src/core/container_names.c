// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/container_names.h"

#include <ctype.h>
#include <string.h>

#define PARTS_MOST 6

static void take(char *to, const char *from, size_t size)
{
	if (*from)
		memcpy(to, from, size);
}

void container_names_take(struct container_names *n, const struct event_container *e)
{
	_Static_assert(sizeof(n->runtime) == sizeof(e->runtime) && sizeof(n->name) == sizeof(e->name) &&
			       sizeof(n->pod_uid) == sizeof(e->pod_uid) && sizeof(n->pod) == sizeof(e->pod) &&
			       sizeof(n->namespace) == sizeof(e->namespace) &&
			       sizeof(n->k8s_name) == sizeof(e->k8s_name),
		       "names have one size");
	take(n->runtime, e->runtime, sizeof(n->runtime));
	take(n->name, e->name, sizeof(n->name));
	take(n->pod_uid, e->pod_uid, sizeof(n->pod_uid));
	take(n->pod, e->pod, sizeof(n->pod));
	take(n->namespace, e->namespace, sizeof(n->namespace));
	take(n->k8s_name, e->k8s_name, sizeof(n->k8s_name));
}

void container_names_put(const struct container_names *n, struct event_container *e)
{
	memcpy(e->runtime, n->runtime, sizeof(e->runtime));
	memcpy(e->name, n->name, sizeof(e->name));
	memcpy(e->pod_uid, n->pod_uid, sizeof(e->pod_uid));
	memcpy(e->pod, n->pod, sizeof(e->pod));
	memcpy(e->namespace, n->namespace, sizeof(e->namespace));
	memcpy(e->k8s_name, n->k8s_name, sizeof(e->k8s_name));
}

/* ---- parts between underscores, which no name of Kubernetes has ---- */

struct part {
	const char *text;
	size_t len;
};

/* How many there are; more than PARTS_MOST if they are too many. */
static size_t split(const char *text, struct part part[PARTS_MOST])
{
	size_t count = 0;

	for (;;) {
		size_t len = strcspn(text, "_");

		if (count < PARTS_MOST)
			part[count] = (struct part) { text, len };
		count++;
		if (!text[len])
			return count;
		text += len + 1;
	}
}

static bool is_name(const struct part *p, size_t room)
{
	for (size_t i = 0; i < p->len; i++)
		if (!isalnum((unsigned char)p->text[i]) && p->text[i] != '-' && p->text[i] != '.')
			return false;
	return p->len && p->len < room;
}

static bool is_uid(const struct part *p)
{
	return is_name(p, POD_UID_SIZE) && strspn(p->text, "0123456789abcdef-") >= p->len;
}

static void copy(char *to, const struct part *p)
{
	memcpy(to, p->text, p->len);
	to[p->len] = '\0';
}

bool container_names_pod_dir(const char *text, struct container_names *out)
{
	struct part part[PARTS_MOST];

	if (split(text, part) != 3 || !is_name(&part[0], sizeof(out->namespace)) ||
	    !is_name(&part[1], sizeof(out->pod)) || !is_uid(&part[2]))
		return false;
	copy(out->namespace, &part[0]);
	copy(out->pod, &part[1]);
	copy(out->pod_uid, &part[2]);
	return true;
}

/* Takes "-ID.log" off its end. */
static bool cut_id(struct part *p, char id[CONTAINER_ID_SIZE])
{
	const size_t digits = CONTAINER_ID_SIZE - 1, end = 1 + digits + strlen(".log");
	const char *at;

	if (p->len <= end)
		return false;
	at = p->text + p->len - end;
	if (*at != '-' || strspn(at + 1, "0123456789abcdef") != digits || strcmp(at + 1 + digits, ".log"))
		return false;
	memcpy(id, at + 1, digits);
	id[digits] = '\0';
	p->len -= end;
	return true;
}

bool container_names_log_link(const char *text, struct container_names *out, char id[CONTAINER_ID_SIZE])
{
	struct part part[PARTS_MOST];

	if (split(text, part) != 3 || !cut_id(&part[2], id) || !is_name(&part[0], sizeof(out->pod)) ||
	    !is_name(&part[1], sizeof(out->namespace)) || !is_name(&part[2], sizeof(out->k8s_name)))
		return false;
	copy(out->pod, &part[0]);
	copy(out->namespace, &part[1]);
	copy(out->k8s_name, &part[2]);
	return true;
}

bool container_names_runtime_name(const char *text, struct container_names *out)
{
	struct part part[PARTS_MOST];

	if (split(text, part) != PARTS_MOST || part[0].len != 3 || memcmp(text, "k8s", 3) ||
	    !is_name(&part[1], sizeof(out->k8s_name)) || !is_name(&part[2], sizeof(out->pod)) ||
	    !is_name(&part[3], sizeof(out->namespace)) || !is_uid(&part[4]))
		return false;
	copy(out->k8s_name, &part[1]);
	copy(out->pod, &part[2]);
	copy(out->namespace, &part[3]);
	copy(out->pod_uid, &part[4]);
	return true;
}
