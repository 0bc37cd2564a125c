// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "lib/zframe.h"
#include "test.h"

#define PART 100000

static char text[PART];

/* Two frames, of which the second compresses badly. */
static void two_frames(struct strbuf *out, size_t *first_end)
{
	struct zframe_writer *w;
	unsigned int random = 1;

	if (zframe_writer_new(&w))
		abort();
	memset(text, 'a', sizeof(text));
	CHECK_EQ_INT(zframe_write(w, text, sizeof(text), out), 0);
	*first_end = out->len;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)((random = random * 1103515245 + 12345) >> 16);
	CHECK_EQ_INT(zframe_write(w, text, sizeof(text), out), 0);
	zframe_writer_free(&w);
}

/* Reads in[0...len) in pieces, with little room at a time. Bytes, or the error. */
static long read_all(const struct strbuf *in, size_t len, size_t piece, size_t room, char *to, bool *inside)
{
	struct zframe_reader *r;
	size_t total = 0, used = 0, given = 0;
	long n = 0;

	if (zframe_reader_new(&r))
		abort();
	do {
		if (n == 0)
			given = len - given < piece ? len : given + piece;
		n = zframe_read(r, in->text, given, &used, to + total, room);
		total += n > 0 ? (size_t)n : 0;
	} while (n >= 0 && (n > 0 || given < len));
	*inside = zframe_reader_is_inside(r);
	zframe_reader_free(&r);
	return n < 0 ? n : (long)total;
}

CASE(round_trip_in_pieces_of_any_size)
{
	static const size_t sizes[] = { 1, 7, 4096, 1 << 20 };
	static char back[2 * PART + (1 << 20)];
	struct strbuf z = { 0 };
	size_t first_end;
	bool inside;

	two_frames(&z, &first_end);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			memset(back, 0, 2 * PART);
			CHECK_EQ_INT(read_all(&z, z.len, sizes[i], sizes[k], back, &inside), 2 * PART);
			CHECK(!inside);
			CHECK(back[0] == 'a' && back[PART - 1] == 'a');
			CHECK(!memcmp(back + PART, text, PART));
		}
	}
	strbuf_free(&z);
}

CASE(a_cut_file_is_good_to_its_last_whole_frame)
{
	static char back[3 * PART];
	struct strbuf z = { 0 };
	size_t first_end;
	bool inside;

	two_frames(&z, &first_end);
	for (size_t len = first_end; len < z.len; len += 997) {
		CHECK(read_all(&z, len, 4096, PART, back, &inside) >= PART);
		CHECK_EQ_INT(inside, len != first_end);
	}
	strbuf_free(&z);
}

CASE(damage_is_found)
{
	static char back[3 * PART];
	struct strbuf z = { 0 };
	size_t first_end;
	bool inside;

	two_frames(&z, &first_end);
	z.text[first_end - 1] ^= 1; /* the checksum */
	CHECK_EQ_INT(read_all(&z, z.len, 4096, PART, back, &inside), -EBADMSG);
	z.text[first_end - 1] ^= 1;
	z.text[0] ^= 1;
	CHECK_EQ_INT(read_all(&z, z.len, 4096, PART, back, &inside), -EBADMSG);
	strbuf_free(&z);
}

CASE(magic)
{
	CHECK(zframe_is_magic((const uint8_t[]) { 0x28, 0xb5, 0x2f, 0xfd }));
	CHECK(zframe_is_magic((const uint8_t[]) { 0x5a, 0x2a, 0x4d, 0x18 })); /* skippable */
	CHECK(!zframe_is_magic((const uint8_t[]) { 'T', 'C', 'P', 'L' }));
}
