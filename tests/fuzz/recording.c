// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --replay of any file: magic, zstd frames, headers, records. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options options;
	char path[FUZZ_PATH_SIZE];
	int fd;

	fuzz_source("replay", &options, fuzz_file(data, size, &fd, path));
	close(fd);
	return 0;
}
