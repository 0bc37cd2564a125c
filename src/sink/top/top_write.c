// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/human.h"
#include "options.h"
#include "sink/pcapng_write.h"

static bool ends_in(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len > n && !strcmp(path + len - n, suffix);
}

static int compose(const struct sink *s, struct json_record *record, const struct conn *c, const char *path,
		   uint64_t now_ns, struct strbuf *out)
{
	if (ends_in(path, ".json")) {
		json_record_add(record, s, c, JSON_RECORD_CONNECTION, now_ns, out);
		strbuf_putc(out, '\n');
	} else if (ends_in(path, ".pcapng")) {
		pcapng_write_begin(out, "tcplife-trace " TCPLIFE_VERSION);
		pcapng_write_connection(out, c);
	} else {
		return -EINVAL;
	}
	return out->failed ? -ENOMEM : 0;
}

static int write_file(const struct sink *s, const char *path, const struct strbuf *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, s->options->file_mode);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < text->len) {
		ssize_t n = write(fd, text->text + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int top_write(const struct sink *s, struct json_record *record, const struct conn *c, const char *path, uint64_t now_ns,
	      unsigned int style, struct strbuf *said)
{
	struct strbuf text = { 0 };
	int err = compose(s, record, c, path, now_ns, &text);

	if (!err)
		err = write_file(s, path, &text);
	strbuf_puts(said, err ? "not written: " : "written: ");
	human_text(said, path, strlen(path), style);
	if (err == -EINVAL)
		strbuf_puts(said, ": a name ends in .json or .pcapng");
	else if (err)
		strbuf_printf(said, ": %s", strerror(-err));
	strbuf_free(&text);
	return err;
}
