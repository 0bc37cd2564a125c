# Equal times, the server's FIN after the FIN and ACK that answers it; neighbours swapped, times that go back.
format pcap
base 2200000000
0.2 10.0.0.2:9020 10.0.0.1:40030 SA 300 101 0
0.1 10.0.0.1:40030 10.0.0.2:9020 S 100 0 0
0.3 10.0.0.1:40030 10.0.0.2:9020 A 101 301 0
0.41 10.0.0.2:9020 10.0.0.1:40030 A 301 111 0
0.42 10.0.0.1:40030 10.0.0.2:9020 PA 101 301 10
0.5 10.0.0.1:40030 10.0.0.2:9020 FA 111 302 0
0.5 10.0.0.2:9020 10.0.0.1:40030 FA 301 111 0
0.6 10.0.0.2:9020 10.0.0.1:40030 A 302 112 0
= 40030 SF ShADafF 10/0 4/4 400000000 closed three_way
z 40030 SF Hs^AaGDFgf 10/0 4/4 300000000 closed simultaneous
