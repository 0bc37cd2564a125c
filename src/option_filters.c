// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Options and words that stand for an expression of --where. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cidr.h"
#include "core/ending.h"
#include "core/query/packet_words.h"
#include "core/recording.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "option_where.h"
#include "source/capture_filter.h"

#define COMM_MAX      15 /* TASK_COMM_LEN - 1: the kernel cuts what is longer */
#define ADDRESSES_MAX 16

/* As one value of an expression. False: nothing can quote it. */
static bool put_quoted(struct strbuf *out, const char *text, size_t len)
{
	bool single = !memchr(text, '\'', len);

	if (!single && text[len - 1] == '\\')
		return false;
	strbuf_putc(out, single ? '\'' : '"');
	for (size_t i = 0; i < len; i++) {
		if (!single && text[i] == '"')
			strbuf_putc(out, '\\');
		strbuf_putc(out, text[i]);
	}
	strbuf_putc(out, single ? '\'' : '"');
	return true;
}

static int finish(struct options *o, struct strbuf *expression, bool good)
{
	int err = !good ? -EINVAL : expression->failed ? -ENOMEM : option_where(o, strbuf_text(expression));

	strbuf_free(expression);
	return err;
}

int option_comm(struct options *o, const char *name)
{
	struct strbuf s = { 0 };
	size_t len = strlen(name);

	if (!len)
		return -EINVAL;
	strbuf_puts(&s, "process == ");
	return finish(o, &s, put_quoted(&s, name, len < COMM_MAX ? len : COMM_MAX));
}

/* A path as the record has it: below the mount point, which may be named, too. */
static const char *below_mount(const char *path)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };

	for (size_t i = 0; i < 2; i++) {
		const char *below = path + strlen(mounts[i]);

		if (!strncmp(path, mounts[i], strlen(mounts[i])) && (!*below || *below == '/'))
			return *below ? below : "/"; /* the mount point alone is the root of all */
	}
	return path;
}

/* It, and all below it. */
int option_cgroup(struct options *o, const char *path)
{
	struct strbuf s = { 0 };
	size_t len;

	path = below_mount(path);
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	if (*path != '/' || memchr(path, '\'', len))
		return -EINVAL;
	o->cgroup = path;
	strbuf_puts(&s, "cgroup ~ '^");
	for (size_t i = 0; i < len; i++)
		strbuf_printf(&s, strchr(".[]()*+?{}|^$\\", path[i]) ? "\\%c" : "%c", path[i]);
	strbuf_puts(&s, "(/|$)'");
	return finish(o, &s, true);
}

int option_container(struct options *o, const char *name)
{
	struct strbuf s = { 0 };

	if (!*name)
		return -EINVAL;
	strbuf_puts(&s, "container == ");
	return finish(o, &s, put_quoted(&s, name, strlen(name)));
}

/* Does the name say of which kind it is? "php8.2-fpm" does not. Of systemd's kinds these can have processes. */
static bool has_unit_kind(const char *name)
{
	static const char *const kinds[] = { ".service", ".scope", ".slice", ".socket", ".mount", ".swap" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(dot, kinds[i]))
			return true;
	return false;
}

/* "nginx" is nginx.service, as for systemctl. */
int option_unit(struct options *o, const char *name)
{
	struct strbuf s = { 0 }, whole = { 0 };
	bool good;

	if (!*name)
		return -EINVAL;
	strbuf_printf(&whole, "%s%s", name, has_unit_kind(name) ? "" : ".service");
	strbuf_puts(&s, "unit == ");
	good = put_quoted(&s, strbuf_text(&whole), whole.len);
	free(o->unit);
	o->unit = strdup(strbuf_text(&whole));
	strbuf_free(&whole);
	return finish(o, &s, good);
}

int option_ending(struct options *o, const char *list)
{
	struct strbuf s = { 0 };

	strbuf_puts(&s, "ending in {");
	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ",");

		if (!len || memchr(at, '\'', len)) {
			strbuf_free(&s);
			return -EINVAL;
		}
		strbuf_printf(&s, "'%.*s'", (int)len, at);
		at += len;
		if (!*at)
			break;
		strbuf_puts(&s, ", ");
	}
	strbuf_puts(&s, "}");
	return finish(o, &s, true);
}

/* ---- names of hosts and services ---- */

/* "10.0.0.5, ::1": what the name stands for now. */
static bool put_addresses(const char *name, struct strbuf *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	unsigned int count = 0;

	if (getaddrinfo(name, NULL, &hints, &list))
		return false;
	for (const struct addrinfo *a = list; a && count < ADDRESSES_MAX; a = a->ai_next) {
		char text[NI_MAXHOST];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
			continue;
		text[strcspn(text, "%")] = '\0'; /* a link-local address has its interface behind it */
		strbuf_printf(out, "%s%s", count++ ? ", " : "", text);
	}
	freeaddrinfo(list);
	return count > 0;
}

static bool put_service(const char *name, struct strbuf *out)
{
	const struct servent *s = getservbyname(name, "tcp");

	if (s)
		strbuf_printf(out, "%u", ntohs((uint16_t)s->s_port));
	return s != NULL;
}

int option_host(struct options *o, const char *host)
{
	struct strbuf s = { 0 };
	struct cidr c;

	if (!*host)
		return -EINVAL;
	strbuf_puts(&s, "host in {");
	if (!cidr_parse(host, &c)) {
		strbuf_puts(&s, host);
	} else if (strchr(host, '/') || !put_addresses(host, &s)) {
		log_error("--host: '%s' is neither an address nor the name of a host that can be looked up", host);
		strbuf_free(&s);
		return -ENOENT;
	}
	strbuf_puts(&s, "}");
	return finish(o, &s, true);
}

/* ---- the words at the end of the line ---- */

static bool is_ending(const char *word)
{
	for (unsigned int i = 0; i < ENDING_COUNT; i++)
		if (!strcmp(ending_name(i), word))
			return true;
	return false;
}

/* By its first bytes; what is compressed with zstd is one, too. */
bool option_is_recording(const char *word)
{
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	char head[sizeof(RECORDING_MAGIC) - 1];
	_cleanup_close_ int fd = open(word, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
	       (!memcmp(head, RECORDING_MAGIC, sizeof(head)) || !memcmp(head, zstd, sizeof(zstd)));
}

static bool is_number(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

static int packet_words(struct options *o, const char *text)
{
	static const struct packet_names names = { .host = put_addresses, .service = put_service };
	struct strbuf s = { 0 };
	char why[256];
	int err;

	if (capture_filter_check(text))
		return -EBADMSG;
	err = packet_words_parse(text, &names, &s, why, sizeof(why));
	if (err) {
		log_error("%s", why);
		strbuf_free(&s);
		return -EBADMSG;
	}
	log_verbose("'%s' is --where '%s'", text, strbuf_text(&s));
	return finish(o, &s, true);
}

/* One word has no grammar: what it is says what is meant by it. */
static int one_word(struct options *o, char *word)
{
	struct cidr c;
	char text[64];

	if (!cidr_parse(word, &c))
		return option_host(o, word);
	if (is_number(word)) {
		snprintf(text, sizeof(text), "port == %.40s", word);
		return option_where(o, text);
	}
	if (is_ending(word)) {
		log_notice("'%s' is taken as --ending %s", word, word);
		return option_ending(o, word);
	}
	if (packet_words_has(word))
		return packet_words(o, word);
	if (strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+@") != strlen(word))
		return -EINVAL;
	log_notice("'%s' is taken as --comm %s, the name of a process", word, word);
	return option_comm(o, word);
}

/* "tcp[tcpflags] & tcp-syn != 0" */
static bool is_of_bytes(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	return len && text[len] == '[';
}

int option_words(struct options *o, char **words)
{
	struct strbuf text = { 0 };
	int err;

	if (!words[1] && !strpbrk(words[0], " =<>~!()")) {
		err = one_word(o, words[0]);
	} else {
		for (size_t i = 0; words[i]; i++)
			strbuf_printf(&text, "%s%s", i ? " " : "", words[i]);
		if (text.failed)
			err = log_errno(-ENOMEM, "the filter");
		else if (strpbrk(strbuf_text(&text), "=~<>{") && !is_of_bytes(strbuf_text(&text)))
			err = option_where(o, strbuf_text(&text));
		else
			err = packet_words(o, strbuf_text(&text));
	}
	strbuf_free(&text);
	return err;
}
