# No handshake: the second has a port where servers are, on the side that was first to send.
format pcap
0 10.0.0.1:40007 10.0.0.2:9004 PA 100 300 10
0.1 10.0.0.2:9004 10.0.0.1:40007 A 300 110 0
1 10.0.0.2:80 10.0.0.1:40008 PA 100 300 10
1.1 10.0.0.1:40008 10.0.0.2:80 A 300 110 0
= 40007 OTH Da 10/0 1/1 100000000 open none
= 40008 OTH ^dA 0/10 1/1 100000000 open none
