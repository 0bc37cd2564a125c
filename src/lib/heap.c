// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/heap.h"

#include <errno.h>
#include <stdlib.h>

static void set(struct heap *h, size_t i, struct heap_node *n)
{
	h->node[i] = n;
	n->place = i + 1;
}

static void sift_up(struct heap *h, size_t i)
{
	struct heap_node *n = h->node[i];

	for (size_t parent; i > 0 && h->node[parent = (i - 1) / 2]->key > n->key; i = parent)
		set(h, i, h->node[parent]);
	set(h, i, n);
}

static void sift_down(struct heap *h, size_t i)
{
	struct heap_node *n = h->node[i];

	for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count && h->node[child + 1]->key < h->node[child]->key)
			child++;
		if (h->node[child]->key >= n->key)
			break;
		set(h, i, h->node[child]);
	}
	set(h, i, n);
}

static int grow(struct heap *h)
{
	size_t capacity = h->capacity ? h->capacity * 2 : 64;
	struct heap_node **node = reallocarray(h->node, capacity, sizeof(struct heap_node *));

	if (!node)
		return -ENOMEM;
	h->node = node;
	h->capacity = capacity;
	return 0;
}

int heap_put(struct heap *h, struct heap_node *n, uint64_t key)
{
	uint64_t before = n->key;

	if (!n->place) {
		if (h->count == h->capacity && grow(h))
			return -ENOMEM;
		n->key = key;
		set(h, h->count++, n);
		sift_up(h, n->place - 1);
		return 0;
	}
	n->key = key;
	if (key < before)
		sift_up(h, n->place - 1);
	else if (key > before)
		sift_down(h, n->place - 1);
	return 0;
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	size_t i = n->place - 1;
	struct heap_node *last;

	if (!n->place)
		return;
	n->place = 0;
	last = h->node[--h->count];
	if (last == n)
		return;
	set(h, i, last);
	sift_up(h, i);
	sift_down(h, last->place - 1);
}

struct heap_node *heap_first(const struct heap *h)
{
	return h->count ? h->node[0] : NULL;
}

void heap_free(struct heap *h)
{
	free(h->node);
	*h = (struct heap) { 0 };
}
