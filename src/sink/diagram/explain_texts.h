/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What --explain says. Each text is true wherever explain.c's rule for it holds, and claims no more than that rule
 * proves: what is only usual is marked as such. $S is the side that the step is about, $P the other one. ASCII;
 * sections are those of RFC 9293 where no other RFC is named. What Linux does was read in net/ipv4/tcp_input.c,
 * tcp_minisocks.c, tcp.c and tcp_timer.c of 6.18.
 */
#ifndef TCPLIFE_EXPLAIN_TEXTS_H
#define TCPLIFE_EXPLAIN_TEXTS_H

/* clang-format off */
#define EXPLAINS(_) \
/* ---- the handshake ---- */ \
_(SYN, "SYN: the $S requests a connection and sends its initial sequence number, from which it counts its bytes. The " \
       "number is chosen to be hard to guess (RFC 9293 3.4.1) and is shown as 0 here. A SYN takes one sequence " \
       "number, so that it can be acknowledged.") \
_(SYN_DATA, "This SYN carries data, as TCP Fast Open allows (RFC 7413): with a valid cookie the $P may hand the data " \
       "to its application before the handshake is complete. Without one, the data wait for the end of the handshake " \
       "or are sent again.") \
_(FAST_OPEN, "TCP Fast Open (RFC 7413): the $P accepted the data in this SYN, as a rule because a cookie proved that " \
       "the $S had connected before. Its application may read them before the handshake is complete.") \
_(SYN_AGAIN, "The same SYN again: as a rule a retransmission because no answer came in time. Its sequence number is " \
       "the same, so all copies together request one connection.") \
_(SYNACK, "SYN+ACK: the $S acknowledges the SYN (ack is the number it expects next) and sends its own initial " \
       "sequence number in the same segment. Until this is acknowledged the connection is half-open; SYN floods " \
       "exploit that (RFC 4987).") \
_(SYN_COOKIE, "This SYN+ACK carries a SYN cookie (RFC 4987): the $S stores nothing about the request. What it needs " \
       "is encoded in its sequence number and comes back with the ACK. So a SYN flood takes no memory, but a lost " \
       "SYN+ACK is not retransmitted.") \
_(SYNACK_AGAIN, "The same SYN+ACK again: as a rule because its ACK did not come in time, or because the SYN was " \
       "retransmitted.") \
_(SYNACK_AGAIN_ACKED, "The SYN+ACK again, though an ACK of it was seen: the $S had not yet accepted that ACK. Usual " \
       "causes: the ACK was late or lost further on, the accept queue was full, or TCP_DEFER_ACCEPT makes the $S wait " \
       "for data.") \
_(ACK, "ACK: the $S acknowledges the initial sequence number of the $P, and both directions are synchronized. The " \
       "third step is needed because a SYN may be an old duplicate: only this ACK confirms that the SYN was a current " \
       "request (RFC 9293 3.5).") \
_(SYN_CROSSING, "SYN: the $S requests a connection while the $P does the same: neither has received the SYN of the " \
       "other yet.") \
_(SIMULTANEOUS_OPEN, "Simultaneous open: the two SYNs cross. They lead to one connection, not two (RFC 9293 3.5).") \
_(SIMULTANEOUS_SYNACK, "The $S answers the SYN that crossed its own with its own sequence number again and an ACK. It " \
       "is in SYN_RECV though it never listened.") \
_(SELF_CONNECT, "The socket connects to its own address and port, so it receives its own SYN. For TCP that is a " \
       "simultaneous open (RFC 9293 3.5): the socket is connected to itself.") \
_(ACCEPT, "accept(): the kernel completes a handshake without the application; the connection then waits in the " \
       "accept queue of the listener until a process takes it.") \
_(REFUSED, "RST in answer to the SYN: connection refused. As a rule no program listens on that port; a firewall may " \
       "also answer like this. The RST is valid because it acknowledges the SYN (RFC 9293 3.5.3), and connect() of " \
       "the $P fails at once.") \
_(RST_SYNACK, "RST in answer to the SYN+ACK: the $S does not want this connection. Either it has given up meanwhile " \
       "or it never requested it: this is how an old duplicate SYN is rejected (RFC 9293 3.5).") \
_(RST_OWN_SYNACK, "RST after its own SYN+ACK: the $S aborts the handshake, for example because the listener was " \
       "closed meanwhile or because the accept queue is full and tcp_abort_on_overflow is set.") \
_(UNANSWERED, "No valid answer came. After tcp_syn_retries retransmissions the kernel of the $S gives up: connect() " \
       "fails with ETIMEDOUT.") \
_(UNREACHABLE, "An error was reported to the $S: by an ICMP message from the network, or by its own host, which found " \
       "no route or no neighbour for that address. connect() fails.") \
_(ICMP, "ICMP (RFC 792, RFC 4443): a router or a host reports that it could not deliver this segment, and quotes its " \
       "first bytes, by which the kernel of the $S finds the socket. During the handshake that ends connect(); later TCP " \
       "goes on and tries again (RFC 1122 4.2.3.9).") \
_(DROPPED_LEAVING, "The kernel of the $S dropped this segment before it reached an interface: the $P never saw it. A " \
       "packet filter's rule for what leaves is the usual cause (nft list ruleset).") \
_(REPAIR, "TCP_REPAIR is on: a program that moves connections between processes or hosts (CRIU) saves or restores the " \
       "socket's state. No segment is sent for that, and the $P does not notice.") \
_(QUEUE_FULL, "The accept queue of the $P was full: the number of connections that listen() allows were waiting for " \
       "accept(). Its kernel drops the SYN without an answer so that the $S tries again; here that did not succeed.") \
_(GIVEN_UP, "The socket of the $S was closed before an answer came. There is no connection yet, so no segment is " \
       "needed (RFC 9293 3.10.4).") \
_(NO_LOCAL_PORT, "connect() found no free local port towards this destination (EADDRNOTAVAIL), so no SYN was sent. " \
       "Ports in TIME_WAIT are in use too, unless tcp_tw_reuse allows them to be taken.") \
/* ---- data ---- */ \
_(ESTABLISHED, "Established: both sides may send at any time. Each byte has a sequence number; the sender keeps it " \
       "until it is acknowledged.") \
_(DATA_AGAIN, "Data are retransmitted from this number on: no ACK came in time, or ACKs of later data showed a gap.") \
_(ACK_AGAIN, "The same ACK again: as a rule in answer to a segment that was a duplicate or out of order. An ACK is " \
       "never retransmitted for its own sake, since nothing acknowledges it.") \
_(NOT_ACCEPTED, "Seen on the wire, but not accepted by TCP: the kernel of the $S dropped this segment, for the reason " \
       "given, and its state did not change.") \
_(NOT_ACCEPTED_QUEUE, "The ACK would have completed the handshake, but the accept queue of the $S was full, so its " \
       "kernel dropped it. There is room again when a process calls accept(); until then the connection is open for " \
       "the $P but not for the $S.") \
_(NOT_ACCEPTED_WINDOW, "Its sequence numbers are outside the window that the $S expects, so it is ignored: it is old, " \
       "misdirected or forged by someone who had to guess them (RFC 9293 3.4).") \
_(NOT_ACCEPTED_CHECKSUM, "Its checksum was wrong, so it was damaged on the way and is treated as lost: the $P will " \
       "retransmit it.") \
_(FIN_WITHOUT_EFFECT, "This FIN is not the one that closed this direction: its numbers do not fit or it was damaged, " \
       "and the $P did not accept it.") \
_(CHALLENGE, "A SYN in an open connection, or a RST whose number is not exactly the expected one, is not obeyed but " \
       "answered with an ACK (RFC 5961). A real sender then proves itself with the right number; an attacker who " \
       "cannot see the ACK is unable to.") \
_(ODD_FLAGS, "SYN together with FIN or RST: no TCP implementation sends such a segment; scanners do, to see how a " \
       "host answers.") \
/* ---- the teardown ---- */ \
_(FIN, "FIN: the $S has nothing more to send. A FIN takes one sequence number, so it is acknowledged and " \
       "retransmitted like data. Only this direction is closed: TCP lets the $P go on sending (RFC 9293 3.6).") \
_(FIN_AGAIN, "The same FIN again: as a rule because its ACK did not come in time. A FIN is retransmitted until it is " \
       "acknowledged or the sender gives up.") \
_(FIN_ACK, "ACK of that FIN (ack is the number after it). The kernel of the $S sends it by itself; the application " \
       "sees the end of the data when it reads, and closes when it wants to.") \
_(HALF_CLOSED, "Half-closed: one direction is closed, the other is open (RFC 9293 3.6.1). The $S is in CLOSE_WAIT " \
       "until its application closes. TCP sets no limit to that, so a program that forgets to close accumulates " \
       "sockets in CLOSE_WAIT. The $P waits in FIN_WAIT2.") \
_(FIN_WAIT2_HELD, "FIN_WAIT2: the FIN of the $S is acknowledged, the FIN of the $P is still to come. A process still " \
       "holds the socket, as after shutdown(), so the kernel sets no limit to the wait.") \
_(FIN_WAIT2_ORPHAN, "FIN_WAIT2: the FIN of the $S is acknowledged, the FIN of the $P is still to come. No process " \
       "holds the socket any more, so Linux limits the wait (tcp_fin_timeout, TCP_LINGER2).") \
_(FIN_WAIT2_MINISOCKET, "The full socket is freed; a much smaller minisocket waits in its place for the FIN of the " \
       "$P. This is not TIME_WAIT yet: that begins when the FIN comes.") \
_(FIN_SECOND, "FIN: the $S has nothing more to send either. Both directions are closed once this FIN is acknowledged.") \
_(FIN_WITH_ACK, "FIN and ACK in one segment: the $S closed before it had sent its ACK of the other FIN, so both " \
       "travel together: three steps instead of four.") \
_(LAST_ACK, "LAST_ACK: the $S waits for the ACK of its FIN. When it comes the socket is closed at once: TIME_WAIT is " \
       "for the side that closed first.") \
_(FIN_SECOND_ACK, "The last ACK. Nothing acknowledges an ACK (RFC 9293 3.5), so the $S does not learn whether it " \
       "arrived.") \
_(SIMULTANEOUS_CLOSE, "Simultaneous close: the two FINs cross, and neither acknowledges the other. Each side then " \
       "acknowledges the FIN it received, and each goes through TIME_WAIT (RFC 9293 3.6).") \
_(CLOSING, "CLOSING: the FIN of the $P came before the ACK of the own FIN, for which the $S still waits.") \
_(CLOSER, "The last close was made by another process than the one named above: a socket can be shared through fork() " \
       "or passed on, and the FIN is sent when the last holder closes it.") \
_(HELD, "The full socket was closed, but a process still had its descriptor open: only close() frees the socket.") \
/* ---- TIME_WAIT ---- */ \
_(TIME_WAIT, "TIME_WAIT: a minisocket stays at the $S, for two reasons. If the last ACK is lost, the $P retransmits " \
       "its FIN and must get an answer. And old segments must have expired before the same addresses and ports carry " \
       "a new connection. RFC 9293 3.6.1 asks for 2MSL: twice the maximum segment lifetime, which 3.4.2 sets to 2 " \
       "minutes. Linux waits 60 s.") \
_(TIME_WAIT_ELSEWHERE, "The $S closed first, so it is the side that enters TIME_WAIT, to answer if the FIN of the $P " \
       "is retransmitted (RFC 9293 3.6.1). Its socket is not on this host, so how long that lasts is not known.") \
_(RESTARTED_BY_FIN, "The FIN of the $P came again, as a rule because the last ACK was lost. It is acknowledged again, " \
       "and TIME_WAIT restarts. This is the first of its two purposes.") \
_(RESTARTED, "A segment of the old connection reached the $S, so there may be more of them: TIME_WAIT restarts.") \
_(EXPIRED, "TIME_WAIT has expired: nothing is left of the connection at the $S. A little more than the nominal time " \
       "is normal, since the timers of the kernel are coarse at this length.") \
_(REUSED, "TIME_WAIT ended early: a new connection of this host took the same addresses and ports (tcp_tw_reuse). " \
       "That is safe where timestamps distinguish old segments from new ones (RFC 7323).") \
_(REOPENED, "TIME_WAIT ended early: a new SYN from the $P opens the connection again. It is accepted if its sequence " \
       "number is beyond the old ones (RFC 9293 3.6.1) or its timestamp is newer (RFC 6191).") \
_(TIME_WAIT_RESET, "TIME_WAIT was ended early by a RST, as Linux allows unless tcp_rfc1337 is set. RFC 1337 calls it " \
       "TIME-WAIT assassination: old segments may now disturb a new connection.") \
_(KILLED_IN_TIME_WAIT, "The minisocket was destroyed by another program, as `ss -K` does.") \
_(NETNS_GONE, "The network namespace was removed, and all its sockets and minisockets with it.") \
_(NEVER_CREATED, "TIME_WAIT was due, but the kernel could not create the minisocket: tcp_max_tw_buckets was reached, " \
       "or memory was short. If the FIN of the $P is retransmitted, it is answered by RST.") \
_(EXIT_UNKNOWN, "The minisocket is gone, but no event shows why.") \
_(RUNNING, "Not over yet: its addresses and ports are still in use.") \
_(FIN_WAIT2_EXPIRED, "The FIN of the $P did not come in time: the minisocket is freed without any TIME_WAIT. If the " \
       "$P sends anything now, it gets a RST.") \
_(FIN_WAIT2_CUT, "A segment ended the wait: a RST, or one that a minisocket cannot accept, such as data that no " \
       "process would read.") \
_(FIN_WAIT2_GIVEN_UP, "The FIN of the $P never came. The socket, which no process held any more, was kept as long as " \
       "Linux lets it wait (tcp_fin_timeout, TCP_LINGER2).") \
/* ---- RST ---- */ \
_(RST, "RST: the connection is aborted, not closed (RFC 9293 3.6). A RST is not answered: the receiver drops the " \
       "connection at once, with all data still in transit.") \
_(RST_WITHOUT_EFFECT, "This RST changed nothing. A RST is accepted only if its number is right (RFC 9293 3.5.3, RFC " \
       "5961): otherwise anyone could end the connections of others.") \
_(RST_UNREAD, "The application closed without reading all data that had arrived. A FIN would look as if the data had " \
       "been read, so the kernel sends RST to show that data were lost (RFC 9293 3.6.1).") \
_(RST_DATA, "The application had closed the socket completely, and data came that no process can read: RST reports " \
       "that they are lost (RFC 9293 3.6.1). With a negative TCP_LINGER2 any answer to the FIN has this effect.") \
_(RST_LINGER, "The application asked for it: SO_LINGER with a time of 0 makes close() abort the connection. Unsent " \
       "data are discarded, and no TIME_WAIT follows.") \
_(RST_LINGER2, "TCP_LINGER2 is negative: once its application has closed, the $S does not wait for the FIN of the $P.") \
_(RST_MEMORY, "The kernel of the $S ran short of memory for TCP, or had too many orphaned sockets (tcp_max_orphans).") \
_(RST_KEEPALIVE, "The keepalive probes of the $S were not answered: it considers the $P gone, and sends RST in case " \
       "it is not.") \
_(RST_NO_SOCKET, "The preceding segment found no socket at the $S: the connection no longer exists there, or never " \
       "did.") \
_(RST_MINISOCKET, "At the $S only a minisocket is left, which cannot accept what came, such as data that no process " \
       "would read.") \
_(RST_DISCONNECTED, "The socket was disconnected, as by connect() with AF_UNSPEC, before all its data were sent.") \
_(RST_KILLED, "Destroyed by another program, as `ss -K` does: the application of the $S gets ECONNABORTED, the $P " \
       "this RST.") \
_(RST_NOT_ACCEPTED, "The listener was closed before any process had accepted this connection, so no process will " \
       "serve it.") \
_(RST_ODD_SEGMENT, "It answers a segment that cannot belong to the connection in its present state (RFC 9293 3.5.2). " \
       "The reason says what the kernel found wrong with it.") \
/* ---- ends without a segment ---- */ \
_(TIMED_OUT, "What the $S sent was not acknowledged after all retransmissions, or its keepalive probes were not " \
       "answered: the kernel gives the connection up.") \
_(KILLED, "Destroyed by another program, as `ss -K` does: the application gets ECONNABORTED.")
/* clang-format on */

#endif
