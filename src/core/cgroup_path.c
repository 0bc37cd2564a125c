// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/cgroup_path.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define HEX	  "0123456789abcdef"
#define ID_DIGITS (CONTAINER_ID_SIZE - 1)

/* A name between two slashes. */
struct name {
	const char *text;
	size_t len;
};

static bool starts_with(const struct name *n, const char *word)
{
	size_t len = strlen(word);

	return n->len >= len && !memcmp(n->text, word, len);
}

static bool ends_with(const struct name *n, const char *word)
{
	size_t len = strlen(word);

	return n->len >= len && !memcmp(n->text + n->len - len, word, len);
}

static bool is_name(const struct name *n, const char *word)
{
	return n->len == strlen(word) && starts_with(n, word);
}

/* ---- containers ---- */

/* Where in the name just 64 hexadecimal digits stand; NULL = nowhere. */
static const char *container_id(const struct name *n)
{
	const char *end = n->text + n->len, *found = NULL;

	for (const char *p = n->text; p < end;) {
		size_t digits = strspn(p, HEX);

		if (digits == ID_DIGITS && !isalnum((unsigned char)p[digits]))
			found = p;
		p += digits;
		/* Letters that are no digits belong to the word: its end decides. */
		while (p < end && isalnum((unsigned char)*p))
			p++;
		while (p < end && !isalnum((unsigned char)*p))
			p++;
	}
	return found;
}

static const char *runtime_of(const struct name *n, const struct name *parent)
{
	static const struct {
		const char *begins, *runtime;
	} known[] = {
		{ "docker-", "docker" },      { "libpod-", "podman" },
		{ "crio-", "cri-o" },	      { "cri-containerd-", "containerd" },
		{ "nerdctl-", "containerd" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (starts_with(n, known[i].begins))
			return known[i].runtime;
	return is_name(parent, "docker") ? "docker" : "";
}

static bool is_monitor(const struct name *n)
{
	return starts_with(n, "libpod-conmon-") || starts_with(n, "crio-conmon-");
}

static void take_container(const struct name *n, const struct name *parent, struct cgroup_place *out)
{
	const char *id = is_monitor(n) ? NULL : container_id(n), *runtime = runtime_of(n, parent);

	if (!id)
		return;
	memcpy(out->container, id, ID_DIGITS);
	out->container[ID_DIGITS] = '\0';
	memcpy(out->runtime, runtime, strlen(runtime) + 1);
}

/* ---- pods ---- */

static bool is_uid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool dash = len == 36 && (i == 8 || i == 13 || i == 18 || i == 23);

		if (dash ? text[i] != '-' && text[i] != '_' : !strchr(HEX, text[i]))
			return false;
	}
	return len == 36 || len == 32;
}

/* In a slice's name '-' separates, so systemd's driver writes '_'. */
static void take_pod(const struct name *n, struct cgroup_place *out)
{
	size_t len = ends_with(n, ".slice") ? n->len - strlen(".slice") : n->len;

	/* "pod" at the beginning, or "-pod" within. */
	for (size_t uid = 0; uid + 3 <= len; uid++) {
		if ((uid && n->text[uid - 1] != '-') || memcmp(n->text + uid, "pod", 3) ||
		    !is_uid(n->text + uid + 3, len - uid - 3))
			continue;
		memcpy(out->pod_uid, n->text + uid + 3, len - uid - 3);
		out->pod_uid[len - uid - 3] = '\0';
		for (char *p = out->pod_uid; (p = strchr(p, '_'));)
			*p = '-';
	}
}

/* ---- units ---- */

static void take_unit(const struct name *n, struct cgroup_place *out)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (n->len >= sizeof(out->unit) || !ends_with(n, kinds[i]))
			continue;
		memcpy(out->unit, n->text, n->len);
		out->unit[n->len] = '\0';
	}
}

/* ---- both ---- */

void cgroup_path_parse(const char *path, struct cgroup_place *out)
{
	struct name parent = { path, 0 };

	*out = (struct cgroup_place) { 0 };
	for (const char *p = path; *p;) {
		struct name n = { p, strcspn(p, "/") };

		take_container(&n, &parent, out);
		take_pod(&n, out);
		take_unit(&n, out);
		if (n.len)
			parent = n;
		p += n.len + (p[n.len] == '/');
	}
	if (out->container[0] || out->pod_uid[0])
		out->unit[0] = '\0';
}
