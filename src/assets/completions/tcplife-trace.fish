# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# fish completion for tcplife-trace.

function __tcplife_trace_names --argument-names folder
    for path in $folder/*
        string replace -r '.*/' '' $path
    end
end

complete -c tcplife-trace -f
complete -c tcplife-trace -s p -l pid -x -a '(__fish_complete_pids)' -d 'opened, accepted or closed by this process'
complete -c tcplife-trace -l port -x -d 'with one of these ports on either side'
complete -c tcplife-trace -s L -l localport -x -d 'with one of these ports on the side of a socket of this host'
complete -c tcplife-trace -s D -l remoteport -x -d 'with one of these ports on the other side'
complete -c tcplife-trace -s 4 -d 'IPv4, IPv4-mapped IPv6 included'
complete -c tcplife-trace -s 6 -d IPv6
complete -c tcplife-trace -l cidr -x -d 'with an address in this prefix'
complete -c tcplife-trace -l netns -x -a '(__tcplife_trace_names /run/netns)' -d 'in this network namespace'
complete -c tcplife-trace -s c -l count -x -d 'stop after so many closed connections'
complete -c tcplife-trace -s i -l interface -x -a '(__tcplife_trace_names /sys/class/net)' -d 'watch segments on this interface'
complete -c tcplife-trace -s r -l replay -r -F -d 'read a recording or a capture'
complete -c tcplife-trace -l pcap -r -F -d 'read a capture'
complete -c tcplife-trace -s C -l ignore-checksums -d 'of a capture: take segments with wrong checksums as well'
complete -c tcplife-trace -l vlan-key -d 'of a capture: keep VLANs apart'
complete -c tcplife-trace -l xdp -x -a 'auto native generic off' -d 'XDP mode for arriving segments'
complete -c tcplife-trace -l hooks -x -a 'auto fentry kprobe tracepoint' -d 'kernel hooks to use'
complete -c tcplife-trace -l buffer -x -d 'size of the ring buffer'
complete -c tcplife-trace -l features -d 'show where each fact comes from'
complete -c tcplife-trace -l json -F -d 'a JSON record a connection'
complete -c tcplife-trace -l timeline -d 'a sequence diagram a connection'
complete -c tcplife-trace -l rotate -x -d 'begin a new piece of the recording at this size or age'
complete -c tcplife-trace -l uncompressed -d 'the recording without zstd'
complete -c tcplife-trace -l explain -d 'diagrams with what each step means'
complete -c tcplife-trace -l prometheus -d 'figures for Prometheus'
complete -c tcplife-trace -l web -d 'a page to watch connections'
complete -c tcplife-trace -l metrics-ports -x -d 'service ports with figures of their own'
complete -c tcplife-trace -l summary -d 'a summary at the end, and every so many seconds'
complete -c tcplife-trace -l pcap-out -r -F -d 'the segments of each life as pcapng'
complete -c tcplife-trace -l record -r -F -d 'keep everything that came'
complete -c tcplife-trace -s o -l output -x -a 'table timeline summary ndjson record pcapng prometheus web otlp kafka' -d 'an output by its name'
complete -c tcplife-trace -l otlp -d 'traces and logs to an OpenTelemetry collector'
complete -c tcplife-trace -l kafka -x -d 'the JSON records to a Kafka topic'
complete -c tcplife-trace -s X -l kafka-property -x -d 'property of librdkafka'
complete -c tcplife-trace -l queue -x -d 'keep at most so many bytes for a slow receiver'
complete -c tcplife-trace -l whole -d 'hold a record back until TIME_WAIT is over'
complete -c tcplife-trace -s w -l wide -d 'wide columns'
complete -c tcplife-trace -s T -l time -d 'a column with the time of day'
complete -c tcplife-trace -s t -l timestamp -d 'a column with the seconds since the start'
complete -c tcplife-trace -s s -l csv -d 'the table as comma-separated values'
complete -c tcplife-trace -s H -l no-header -d 'the table without its head'
complete -c tcplife-trace -l color -l colour -a 'auto always never' -d colour
complete -c tcplife-trace -l duration -x -d 'stop after so many seconds'
complete -c tcplife-trace -l self-test -d 'play a few lives, and say how they were told'
complete -c tcplife-trace -l no-sandbox -d 'keep all capabilities and system calls'
complete -c tcplife-trace -l max-connections -x -d 'hold at most so many connections'
complete -c tcplife-trace -s v -l verbose -d 'say more on stderr'
complete -c tcplife-trace -s V -l version -d 'print the version'
complete -c tcplife-trace -s h -l help -d 'print the options'
