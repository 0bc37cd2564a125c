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
_(SYN, "SYN: the $S asks for a connection and says from where on it counts its bytes. That beginning is hard to guess on " \
       "the wire (RFC 9293 3.4.1) and shown as 0 here. A SYN counts as one, so that it can be acknowledged.") \
_(SYN_DATA, "This SYN carries data, as TCP Fast Open does (RFC 7413): with a valid cookie beside them the $P may hand them " \
       "to its application before the handshake is over. Otherwise they have to wait for it, or to be sent again.") \
_(FAST_OPEN, "TCP Fast Open (RFC 7413): the $P took the data in this SYN, as a rule because a cookie beside them proved that the $S " \
       "had been here before. Its application may have them before the handshake is over.") \
_(SYN_AGAIN, "The same SYN once more: as a rule the $S sends it again because no answer came in time. Its number is the " \
       "same, so however many copies arrive, they ask for one connection.") \
_(SYNACK, "SYN+ACK: the $S confirms that SYN (ack names the number it expects next) and states its own beginning in the same " \
       "segment. Until this is acknowledged the connection is half-open; floods of SYNs that never get further are an old attack (RFC 4987).") \
_(SYN_COOKIE, "This SYN+ACK carries a SYN cookie (RFC 4987): the $S keeps nothing of the request. What it has to know is encoded in " \
       "its sequence number, and comes back with the ACK. So a flood of SYNs takes no memory, but a lost SYN+ACK is not " \
       "sent again.") \
_(SYNACK_AGAIN, "The same SYN+ACK once more: as a rule because its ACK did not come in time, or because the SYN came again.") \
_(SYNACK_AGAIN_ACKED, "The SYN+ACK again, though an ACK of it was seen: when it was sent, none had made a connection at the $S. Usual " \
       "causes: the ACK was late or lost further on, the accept queue was full, or TCP_DEFER_ACCEPT makes the $S wait for data.") \
_(ACK, "ACK: the $S confirms the $P's beginning, and both directions are agreed. Why three steps: a SYN may be an old " \
       "duplicate from the network. Who gets it cannot tell, so it asks back, and only this ACK says that the SYN was " \
       "meant (RFC 9293 3.5).") \
_(SYN_CROSSING, "SYN: the $S asks for a connection, and so does the $P: neither has heard of the other's SYN yet.") \
_(SIMULTANEOUS_OPEN, "Simultaneous open: the two SYNs cross. One connection comes of it, not two (RFC 9293 3.5).") \
_(SIMULTANEOUS_SYNACK, "The $S answers the SYN that crossed its own, by the same number once more and an ACK. It stands in SYN_RECV " \
       "though it never listened.") \
_(SELF_CONNECT, "The socket connects to its own address and port, so its SYN comes back to itself. To TCP that is a simultaneous " \
       "open (RFC 9293 3.5): the socket ends up talking to itself.") \
_(ACCEPT, "accept(): the kernel made the handshake alone; the connection waited in the listener's queue until a process took it.") \
_(REFUSED, "RST in answer to the SYN: refused. As a rule no program listens on that port; a firewall may answer so too. The $P " \
       "believes it because it acknowledges its SYN (RFC 9293 3.5.3), and connect() fails at once.") \
_(RST_SYNACK, "RST in answer to the SYN+ACK: the $S does not want this connection. It gave up meanwhile, or never asked: this is how " \
       "an old duplicate SYN ends without harm (RFC 9293 3.5).") \
_(RST_OWN_SYNACK, "RST after its own SYN+ACK: the $S gives the handshake up, as when the listener is closed meanwhile or, with " \
       "tcp_abort_on_overflow, the accept queue is full.") \
_(UNANSWERED, "No answer came that the $S could take. After as many repetitions as tcp_syn_retries allows the kernel gives up: " \
       "connect() fails with ETIMEDOUT.") \
_(UNREACHABLE, "The $S was told that the way is blocked: by an ICMP message from the network, or by its own host, which found no " \
       "route or no neighbour of that address. connect() fails.") \
_(QUEUE_FULL, "The $P's accept queue was full: as many connections as listen() allows waited for accept(). Its kernel threw the SYN " \
       "away without a word, so that the $S should try again; here it came to nothing.") \
_(GIVEN_UP, "The $S's socket was closed before the answer came. There is no connection yet, so nothing needs to be said on the wire " \
       "(RFC 9293 3.10.4).") \
_(NO_LOCAL_PORT, "connect() found no free local port towards this destination (EADDRNOTAVAIL), so no SYN was sent. Ports in " \
       "TIME_WAIT are taken too, unless tcp_tw_reuse frees them.") \
/* ---- data ---- */ \
_(ESTABLISHED, "Established: both sides may send at any time. Each byte has its number; the sender keeps it until it is acknowledged.") \
_(DATA_AGAIN, "Data are sent again from this number on: no ACK of them had come in time, or ACKs of later data showed a gap.") \
_(ACK_AGAIN, "The same ACK once more: as a rule it answers something that came again, or out of place. ACKs are not repeated for " \
       "their own sake, since nothing acknowledges them.") \
_(NOT_ACCEPTED, "Seen on the wire, but not accepted by TCP: the $S's kernel threw this segment away, and its state is what it was. The " \
       "name says why.") \
_(NOT_ACCEPTED_QUEUE, "The ACK would have completed the handshake, but the $S's accept queue was full, so its kernel threw it away. There is " \
       "room again when a process calls accept(); until then the $P takes the connection for open and the $S does not.") \
_(NOT_ACCEPTED_WINDOW, "Its numbers lie outside the window of what the $S expects, so it changes nothing: it is old, strayed, or forged by " \
       "someone who could only guess (RFC 9293 3.4).") \
_(NOT_ACCEPTED_CHECKSUM, "Its checksum was wrong, so it was damaged on its way and is treated as lost: the $P will send it again.") \
_(FIN_WITHOUT_EFFECT, "This FIN is not the one that closed this direction: its numbers do not fit, or it came damaged, and the $P did not take " \
       "it.") \
_(CHALLENGE, "A SYN in an open connection, and a RST whose number is not exactly the one expected, are not believed, but answered with " \
       "an ACK (RFC 5961): who really sent it can prove it by the right number, who forged it cannot.") \
_(ODD_FLAGS, "SYN together with FIN or RST: no TCP sends such a segment; scanners do, to see who answers how.") \
/* ---- the teardown ---- */ \
_(FIN, "FIN: the $S has nothing more to send. A FIN counts as one, so it is acknowledged, and sent again, like data. Only this " \
       "direction is closed: TCP lets the $P go on sending (RFC 9293 3.6).") \
_(FIN_AGAIN, "The same FIN once more: as a rule because its ACK did not come in time. FINs are repeated until they are acknowledged " \
       "or the sender gives up.") \
_(FIN_ACK, "ACK of that FIN (ack names the number after it). The $S's TCP sends it by itself; the application sees the end of the data when it " \
       "reads, and closes when it likes.") \
_(HALF_CLOSED, "Half-closed: one direction is closed, the other is open (RFC 9293 3.6.1). The $S stands in CLOSE_WAIT until its " \
       "application closes, and TCP sets no limit to that: a program that forgets to close piles up CLOSE_WAITs. The $P waits in " \
       "FIN_WAIT2.") \
_(FIN_WAIT2_HELD, "FIN_WAIT2: the $S's FIN is acknowledged, the $P's is still to come. The socket still belongs to a process, as after " \
       "shutdown(), so the kernel sets no limit to the wait.") \
_(FIN_WAIT2_ORPHAN, "FIN_WAIT2: the $S's FIN is acknowledged, the $P's is still to come. No process holds the socket any more, so " \
       "Linux limits the wait (tcp_fin_timeout, TCP_LINGER2).") \
_(FIN_WAIT2_MINISOCKET, "The full socket is freed; a minisocket, much smaller, waits for the $P's FIN in its place. This is not TIME_WAIT " \
       "yet: that begins when the FIN comes.") \
_(FIN_SECOND, "FIN: the $S has nothing more to send either. Both directions are closed once this one is acknowledged.") \
_(FIN_WITH_ACK, "FIN and ACK in one segment: the $S closed before its ACK of the $P's FIN had gone out, so both travel together: three " \
       "steps instead of four.") \
_(LAST_ACK, "LAST_ACK: the $S waits for the ACK of its FIN. When it comes the socket is done at once: TIME_WAIT is for the side " \
       "that closed first.") \
_(FIN_SECOND_ACK, "The last ACK. Nothing acknowledges an ACK (RFC 9293 3.5), so the $S does not learn whether it arrived.") \
_(SIMULTANEOUS_CLOSE, "Simultaneous close: the two FINs cross, neither acknowledges the other. Each side acknowledges the other's, and " \
       "each goes through TIME_WAIT (RFC 9293 3.6).") \
_(CLOSING, "CLOSING: the $P's FIN came before the ACK of the $S's own, for which it still waits.") \
_(CLOSER, "Another process than the one that stands above made the last close: a socket is shared through fork() or passed on, and " \
       "the FIN goes out when the last holder lets go.") \
_(HELD, "The full socket was done with, but a process still held its descriptor: it is freed by close() only.") \
/* ---- TIME_WAIT ---- */ \
_(TIME_WAIT, "TIME_WAIT: a small remnant stays at the $S, for two reasons. If the last ACK is lost, the $P sends its FIN again and " \
       "must get an answer. And old segments must have died out before the same addresses and ports carry a new connection. " \
       "RFC 9293 3.6.1 asks for 2MSL: twice the maximum segment lifetime, which 3.4.2 takes as 2 minutes. Linux waits 60 s.") \
_(TIME_WAIT_ELSEWHERE, "The $S closed first, so TIME_WAIT is its part: there it would answer if the $P's FIN came again (RFC 9293 3.6.1). " \
       "No socket of it was seen here, so how long that lasts is not known.") \
_(RESTARTED_BY_FIN, "The $P's FIN came again, as a rule because the last ACK was lost. It is acknowledged again, and TIME_WAIT begins anew: " \
       "the first of its two reasons at work.") \
_(RESTARTED, "A segment for the old connection reached the $S, so such are still about: TIME_WAIT begins anew.") \
_(EXPIRED, "TIME_WAIT has run its time: nothing is left of the connection at the $S. A little more than the nominal time is normal, since " \
       "the kernel's timers are coarse at this length.") \
_(REUSED, "TIME_WAIT was cut short: a connect() of this host took the pair of addresses and ports over (tcp_tw_reuse). That is safe " \
       "where timestamps tell old segments from new (RFC 7323).") \
_(REOPENED, "TIME_WAIT was cut short: a new SYN from the $P opens the connection anew. It is taken if its number lies beyond the old " \
       "ones (RFC 9293 3.6.1) or its timestamp is newer (RFC 6191).") \
_(TIME_WAIT_RESET, "TIME_WAIT was cut short by a RST, as Linux allows unless tcp_rfc1337 is set. RFC 1337 calls it TIME-WAIT assassination: old " \
       "segments may now disturb a new connection.") \
_(KILLED_IN_TIME_WAIT, "The remnant was destroyed from outside, as `ss -K` does.") \
_(NETNS_GONE, "The network namespace was removed, and with it every socket and remnant in it.") \
_(NEVER_CREATED, "TIME_WAIT was due, but the kernel made no remnant: there were tcp_max_tw_buckets of them already, or memory was short. " \
       "If the $P's FIN comes again it is answered by RST.") \
_(EXIT_UNKNOWN, "The remnant is gone, but nothing that was seen says why.") \
_(RUNNING, "Not over yet: its addresses and ports are still taken.") \
_(FIN_WAIT2_EXPIRED, "The $P's FIN never came, and the time for it is over: the minisocket goes without any TIME_WAIT. Should the $P still " \
       "send something, it gets a RST.") \
_(FIN_WAIT2_CUT, "A segment ended the wait: a RST, or one that a minisocket cannot take, as data that nobody would read.") \
_(FIN_WAIT2_GIVEN_UP, "The $P's FIN never came. The socket, which no process held any more, was kept as long as Linux lets it wait " \
       "(tcp_fin_timeout, TCP_LINGER2).") \
/* ---- RST ---- */ \
_(RST, "RST: the connection is aborted, not closed (RFC 9293 3.6). Nothing answers a RST: who takes it drops the connection at " \
       "once, with all that was under way.") \
_(RST_WITHOUT_EFFECT, "This RST changed nothing. A RST is believed only if its number is right (RFC 9293 3.5.3, RFC 5961): else anyone could end " \
       "the connections of others.") \
_(RST_UNREAD, "The application closed without reading all that had come. A FIN would look as if it had been taken, so the kernel sends " \
       "RST to show that data were lost (RFC 9293 3.6.1).") \
_(RST_DATA, "The application had closed the socket for good, and data came that nobody can read: RST says that they are lost (RFC " \
       "9293 3.6.1). With a negative TCP_LINGER2 any answer to the FIN ends so.") \
_(RST_LINGER, "The application wished it so: SO_LINGER with a time of 0 makes close() abort. What was unsent is thrown away, and no " \
       "TIME_WAIT follows.") \
_(RST_LINGER2, "TCP_LINGER2 is negative: once its application has closed, the $S does not wait for the $P's FIN.") \
_(RST_MEMORY, "The $S's kernel ran short of memory for TCP, or had too many orphans (tcp_max_orphans).") \
_(RST_KEEPALIVE, "The $S's keepalive probes were not answered: it takes the $P for gone, and sends RST in case it is not.") \
_(RST_NO_SOCKET, "What came before met no socket at the $S: there the connection no longer exists, or never did.") \
_(RST_MINISOCKET, "At the $S there is only a minisocket left, which cannot take what came, as data that nobody would read.") \
_(RST_DISCONNECTED, "The socket was dissolved while not all that it had to send was sent.") \
_(RST_KILLED, "Destroyed from outside, as `ss -K` does: the application of the $S gets ECONNABORTED, the $P this RST.") \
_(RST_NOT_ACCEPTED, "The listener was closed before any process had accepted this connection, so nobody will serve it.") \
_(RST_ODD_SEGMENT, "It answers a segment that cannot belong to the connection as it stands (RFC 9293 3.5.2). The reason's name says what " \
       "the kernel found wrong with it.") \
/* ---- ends without a segment ---- */ \
_(TIMED_OUT, "What the $S sent was not acknowledged however often it was repeated, or its keepalive probes were not answered: the kernel " \
       "gives the connection up.") \
_(KILLED, "Destroyed from outside, as `ss -K` does: the application gets ECONNABORTED.")
/* clang-format on */

#endif
