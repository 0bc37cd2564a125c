/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Network namespaces: find one, enter and leave it. */
#ifndef TCPLIFE_NETNS_H
#define TCPLIFE_NETNS_H

#include <stdint.h>

/* name: of ip-netns(8), path or inode number; NULL = the current one. An open file descriptor, or a negative errno. */
int netns_open(const char *name);
/* Its inode number; 0 if that cannot be read. */
uint32_t netns_inum(int fd);
/* Enters it. *back is to be given to netns_leave(). 0 or a negative errno. */
int netns_enter(int fd, int *back);
void netns_leave(int *back);

#endif
