# As on the host itself: what the client sent was captured before its network card filled the checksums in.
format pcap
0.000 10.0.0.1:40011 10.0.0.2:9007 S 100 0 0 offload
0.001 10.0.0.2:9007 10.0.0.1:40011 SA 300 101 0
0.002 10.0.0.1:40011 10.0.0.2:9007 A 101 301 0 offload
0.003 10.0.0.1:40011 10.0.0.2:9007 PA 101 301 1000 tso
0.004 10.0.0.2:9007 10.0.0.1:40011 A 301 1101 0
0.005 10.0.0.1:40011 10.0.0.2:9007 FA 1101 301 0 noip
0.006 10.0.0.2:9007 10.0.0.1:40011 FA 301 1102 0
0.007 10.0.0.1:40011 10.0.0.2:9007 A 1102 302 0 offload
= 40011 SF ShADaFf 1000/0 5/3 6000000 closed three_way
z 40011 OTH C 0/0 0/0 0 open none
z 9007 SH HcAF 0/0 3/0 5000000 open none
