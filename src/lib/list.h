/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Intrusive doubly linked list; a node knows whether it is on one. */
#ifndef TCPLIFE_LIST_H
#define TCPLIFE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct list_node {
	struct list_node *next, *prev;
};

static inline void list_init(struct list_node *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list_node *head)
{
	return head->next == head;
}

/* A zeroed node is on no list. */
static inline bool list_on(const struct list_node *n)
{
	return n->next != NULL;
}

static inline void list_append(struct list_node *head, struct list_node *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

/* Nothing happens to a node that is on no list. */
static inline void list_remove(struct list_node *n)
{
	if (!n->next)
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = NULL;
}

#endif
