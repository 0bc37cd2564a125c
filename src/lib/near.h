/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which word was meant by one that is misspelt. Pure. */
#ifndef TCPLIFE_NEAR_H
#define TCPLIFE_NEAR_H

#define NEAR_NOT 64 /* so far that it is not near */

/*
 * Letters to insert, remove, replace or swap with their neighbour to make word of name; 0 = the same. NEAR_NOT if that
 * is more than a misspelling.
 */
unsigned int near_distance(const char *name, const char *word);

#endif
