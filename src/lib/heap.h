/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Intrusive binary min-heap by a 64-bit key: what is due next, among things whose due times come in no order. */
#ifndef TCPLIFE_HEAP_H
#define TCPLIFE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* In what is kept. A zeroed node is in no heap. */
struct heap_node {
	uint64_t key;
	size_t place; /* index + 1; 0 = in no heap */
};

struct heap {
	struct heap_node **node;
	size_t count, capacity;
};

/* Puts n in, or moves it if it is in already. 0 or -ENOMEM (only when it was not in). */
int heap_put(struct heap *h, struct heap_node *n, uint64_t key);
/* Nothing happens to a node that is in no heap. */
void heap_remove(struct heap *h, struct heap_node *n);
/* The node with the smallest key, NULL if it is empty. */
struct heap_node *heap_first(const struct heap *h);
void heap_free(struct heap *h);

#endif
