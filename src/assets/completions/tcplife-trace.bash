# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# bash completion for tcplife-trace. Needs bash 4 and nothing else.

_tcplife_trace() {
	local options='
		-p --pid --port -L --localport -D --remoteport -4 -6 --cidr --netns -c --count
		-i --interface -r --replay --pcap -C --ignore-checksums --vlan-key --xdp --hooks --buffer
		--features --self-test
		--json --timeline --explain --summary --prometheus --metrics-ports --web --record --pcap-out --rotate
		--uncompressed -o --output --otlp --kafka -X --kafka-property --queue --whole
		-w --wide -T --time -t --timestamp -s --csv -H --no-header --color --colour
		--duration --max-connections --no-sandbox -v --verbose -V --version -h --help'
	local outputs='table timeline summary ndjson record pcapng prometheus web otlp kafka'
	local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}

	# "--option=value" comes as three words, of which the middle one is the equals sign.
	if [ "$word" = = ]; then
		word='' # and option is right
	elif [ "$option" = = ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $option =~ ^--(json|otlp|summary|prometheus|web|colou?r)$ ]]; then
		option='' # their values may be left out, and are joined
	fi
	compopt +o filenames 2> /dev/null
	case $option in
	-i | --interface) mapfile -t COMPREPLY < <(compgen -W "$(cd /sys/class/net && echo *)" -- "$word") ;;
	--netns) mapfile -t COMPREPLY < <(compgen -W "$(cd /run/netns 2> /dev/null && echo *)" -- "$word") ;;
	-p | --pid) mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$word") ;;
	--xdp) mapfile -t COMPREPLY < <(compgen -W 'auto native generic off' -- "$word") ;;
	--hooks) mapfile -t COMPREPLY < <(compgen -W 'auto fentry kprobe tracepoint' -- "$word") ;;
	--color | --colour) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word") ;;
	-o | --output) mapfile -t COMPREPLY < <(compgen -W "$outputs" -- "$word") ;;
	-r | --replay | --pcap | --pcap-out | --record | --json)
		compopt -o filenames 2> /dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	--port | --rotate | -L | --localport | -D | --remoteport | --cidr | -c | --count | --buffer | --summary | --otlp | --kafka | -X | --kafka-property | --queue | --duration | \
		--max-connections | --prometheus | --metrics-ports | --web) COMPREPLY=() ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
	esac
}

complete -F _tcplife_trace tcplife-trace
