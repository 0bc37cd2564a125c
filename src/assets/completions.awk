# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# What bash, fish and zsh complete, from the table of options: awk -v shell=bash -f completions.awk WORDS
#
# WORDS is src/option_table.c as the preprocessor leaves it, with SINKS(_) behind "OUTPUTS =": see the Makefile. So the
# build that leaves an option or an output out does not complete it either, and nothing of the target has to run.
# What a value is, is known by its placeholder in --help (FILE, IFACE, ...), or by what the option accepts, where that
# is a list of words as in "auto, always or never".

BEGIN {
	LICENSE = "# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause"
	# Placeholders of values that a shell can complete.
	KINDS["FILE"] = "files"
	KINDS["IFACE"] = "interfaces"
	KINDS["PID"] = "processes"
	KINDS["NAME|PATH|INUM"] = "namespaces"
}

/OPTION_ROWS\[\] = / { in_table = 1; next }
/^};/ { in_table = 0 }
in_table { table = table " " $0 }
/^OUTPUTS = / { in_outputs = 1 }
in_outputs { outputs = outputs " " $0 }

END {
	gsub(/OUTPUTS =|;|_\(|\)/, " ", outputs)
	outputs = joined(outputs)
	read_table(table)
	if (!count || outputs == "") {
		print "completions.awk: no table of options, or no outputs, in what the preprocessor left" > "/dev/stderr"
		exit 1
	}
	if (shell == "bash")
		bash()
	else if (shell == "fish")
		fish()
	else
		zsh()
}

# ---- the table

# text with one space between its words.
function joined(text,    word, n, i, out) {
	n = split(text, word)
	for (i = 1; i <= n; i++)
		out = out (i > 1 ? " " : "") word[i]
	return out
}

# Literals are taken out of the text first, so that what stands in them is not taken for C.
function read_table(text,    row, n, i) {
	while (match(text, /"([^"\\]|\\.)*"/)) {
		literal[++literals] = substr(text, RSTART + 1, RLENGTH - 2)
		gsub(/\\"/, "\"", literal[literals])
		text = substr(text, 1, RSTART - 1) "@" literals "@" substr(text, RSTART + RLENGTH)
	}
	n = split(text, row, "}")
	for (i = 1; i <= n; i++)
		if (row[i] ~ /\.take = /)
			read_row(row[i])
}

# Of a row, the text of a member; several literals behind each other are one.
function member(row, name,    out) {
	if (!match(row, "\\." name " = [( ]*@[0-9]+@"))
		return ""
	row = substr(row, RSTART)
	while (match(row, /^[^@,]*@[0-9]+@/)) {
		out = out literal[number_in(substr(row, RSTART, RLENGTH))]
		row = substr(row, RLENGTH + 1)
	}
	return out
}

function number_in(text) {
	gsub(/[^0-9]/, "", text)
	return text + 0
}

function read_row(row,    text, name) {
	text = member(row, "help")
	name = member(row, "name")
	if (text == "") { # another spelling of the one before
		alias[count] = name
		return
	}
	long[++count] = name
	letter[count] = match(row, /\.letter = '.'/) ? substr(row, RSTART + 11, 1) : ""
	if (text ~ /^\.\.\. /)
		text = "--" about ": " substr(text, 5)
	else
		about = name
	help[count] = text
	repeated[count] = text ~ /may be repeated/ || (letter[count] != "" && index(text, "-" letter[count] letter[count]))
	read_value(member(row, "arg"), member(row, "accepts"))
}

# kind: "" takes no value, else "words", "files", "interfaces", "namespaces", "processes" or "other".
function read_value(arg, what) {
	accepts[count] = what
	optional[count] = arg ~ /^\[/
	gsub(/^\[=|\]$/, "", arg)
	if (what ~ /^[a-z]+(, [a-z]+)*,? or [a-z]+$/) {
		kind[count] = "words"
		gsub(/,| or |nothing/, " ", what)
		words[count] = joined(what)
	} else if (arg ~ /^NAME\[=ARG/) {
		kind[count] = "words"
		words[count] = outputs
	} else if (arg != "")
		kind[count] = arg in KINDS ? KINDS[arg] : "other"
}

# What is completed for a value: by its kind.
function by_kind(i, of_words, of_files, of_interfaces, of_processes, of_namespaces, of_others) {
	if (kind[i] == "words")
		return of_words
	if (kind[i] == "files")
		return of_files
	if (kind[i] == "interfaces")
		return of_interfaces
	if (kind[i] == "processes")
		return of_processes
	return kind[i] == "namespaces" ? of_namespaces : of_others
}

# Its spellings, with something behind letters and behind names, and something between them.
function spellings(i, behind_letter, behind_name, between,    out) {
	if (letter[i] != "")
		out = "-" letter[i] behind_letter
	if (long[i] != "")
		out = out (out != "" ? between : "") "--" long[i] behind_name
	if (alias[i] != "")
		out = out between "--" alias[i] behind_name
	return out
}

# text between single quotes, in which a quote is written so.
function quoted(text, quote) {
	gsub(/'/, quote, text)
	return "'" text "'"
}

# ---- bash

function bash(    i, all, joined_only, rest) {
	for (i = 1; i <= count; i++) {
		all = all (i > 1 ? " " : "") spellings(i, "", "", " ")
		if (optional[i])
			joined_only = joined_only (joined_only != "" ? " | " : "") spellings(i, "", "", " | ")
		if (kind[i] == "other")
			rest = rest (rest != "" ? " | " : "") spellings(i, "", "", " | ")
	}
	print LICENSE
	print "# bash completion for tcplife-trace. Needs bash 4 and nothing else."
	print ""
	print "_tcplife_trace_words() {"
	print "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\")"
	print "}"
	print ""
	print "_tcplife_trace() {"
	print "\tlocal options=" quoted(all, "'\\''")
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}"
	print ""
	print "\t# \"--option=value\" comes as three words, of which the middle one is the equals sign."
	print "\tif [ \"$word\" = = ]; then"
	print "\t\tword='' # and option is right"
	print "\telif [ \"$option\" = = ]; then"
	print "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\telse"
	print "\t\tcase $option in # their values may be left out, and are joined"
	print "\t\t" joined_only ") option='' ;;"
	print "\t\tesac"
	print "\tfi"
	print "\tcompopt +o filenames 2> /dev/null"
	print "\tcase $option in"
	for (i = 1; i <= count; i++)
		if (kind[i] != "" && kind[i] != "other")
			print "\t" spellings(i, "", "", " | ") ") " bash_action(i) " ;;"
	print "\t" rest ") COMPREPLY=() ;;"
	print "\t*) _tcplife_trace_words \"$options\" ;;"
	print "\tesac"
	print "}"
	print ""
	print "complete -F _tcplife_trace tcplife-trace"
}

function bash_action(i) {
	if (kind[i] == "files")
		return "compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
	return "_tcplife_trace_words " by_kind(i, quoted(words[i], ""), "", "\"$(cd /sys/class/net && echo *)\"", \
		"\"$(cd /proc && echo [0-9]*)\"", "\"$(cd /run/netns 2> /dev/null && echo *)\"")
}

# ---- fish

function fish(    i) {
	print LICENSE
	print "# fish completion for tcplife-trace."
	print ""
	print "function __tcplife_trace_names --argument-names folder"
	print "    for path in $folder/*"
	print "        string replace -r '.*/' '' $path"
	print "    end"
	print "end"
	print ""
	print "complete -c tcplife-trace -f"
	for (i = 1; i <= count; i++)
		print "complete -c tcplife-trace" (letter[i] != "" ? " -s " letter[i] : "") \
			(long[i] != "" ? " -l " long[i] : "") (alias[i] != "" ? " -l " alias[i] : "") fish_value(i) \
			" -d " quoted(help[i], "\\'")
}

function fish_value(i,    from) {
	if (kind[i] == "")
		return ""
	if (kind[i] == "files")
		return (optional[i] ? "" : " -r") " -F"
	from = by_kind(i, words[i], "", "(__tcplife_trace_names /sys/class/net)", "(__fish_complete_pids)", \
		"(__tcplife_trace_names /run/netns)", "")
	return (optional[i] ? "" : " -x") (from == "" ? "" : " -a " quoted(from, ""))
}

# ---- zsh

function zsh(    i) {
	print "#compdef tcplife-trace"
	print LICENSE
	print "# zsh completion for tcplife-trace."
	print ""
	print "_arguments -s -S \\"
	for (i = 1; i <= count; i++)
		print "\t" zsh_option(i) (i < count ? " \\" : "")
}

# Which options it excludes, its spellings, and what it is. "=-": a value that is joined, and may be left out.
function zsh_option(i,    of_letter, of_name, names, before) {
	if (kind[i] != "") {
		of_letter = "+"
		of_name = optional[i] ? "=-" : "="
	}
	names = spellings(i, of_letter, of_name, ",")
	before = long[i] ~ /^(help|version)$/ ? "(- *)" : repeated[i] ? "*" : "(" spellings(i, "", "", " ") ")"
	if (names !~ /,/)
		return quoted((before ~ /^\(-[^ ]*\)$/ ? "" : before) names zsh_text(i), "'\\''")
	return quoted(before) "{" names "}" quoted(zsh_text(i), "'\\''")
}

function zsh_text(i) {
	if (kind[i] == "")
		return "[" zsh_escaped(help[i]) "]"
	return "[" zsh_escaped(help[i]) "]" (optional[i] ? "::" : ":") zsh_escaped(accepts[i]) ":" zsh_action(i)
}

function zsh_escaped(text) {
	gsub(/\\|\[|\]|:/, "\\\\&", text)
	return text
}

function zsh_action(i) {
	return by_kind(i, "(" words[i] ")", "_files", "_net_interfaces", "_pids", "_files -W /run/netns", " ")
}
