#!/usr/bin/env bash
# What documents the options against --help, both ways: the man page, and what three shells complete; these are also asked
# to complete something, where that shell is installed. The page of endings against the code's lists, and its examples
# against what the program says of tests/cases. No root.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
OUT=${OUT:-build}
program=$OUT/tcplife-trace
page=src/assets/tcplife-trace.8.scd
folder=$OUT/completions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# that TEXT COMMAND...
that() {
	local text=$1 log
	shift
	if log=$("$@" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $text"
		sed '/^$/d; s/^/    /' <<< "$log"
	fi
}

# ---- which options and outputs there are

"$program" --help > "$work/help" || exit 1
sed -n 's/^  \(-.\) .*/\1/p; s/^  \(-.\),.*/\1/p' "$work/help" > "$work/options"
sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' "$work/help" >> "$work/options"
sort -u -o "$work/options" "$work/options"
sed -n '/^Names for --output/,/^$/s/^  \([a-z]*\).*/\1/p' "$work/help" | sort -u > "$work/outputs"
that "--help has options" test "$(wc -l < "$work/options")" -gt 30
that "--help has outputs" test "$(wc -l < "$work/outputs")" -ge 5
# --help leaves the other spelling out.
echo --colour >> "$work/options"
sort -u -o "$work/options" "$work/options"

# same WHERE WHAT FILE: the names in FILE are those of --help
same() {
	sort -u "$3" > "$work/found"
	that "$1: ${2}s that --help has not" test -z "$(comm -13 "$work/${2}s" "$work/found")"
	that "$1: ${2}s that are missing: $(comm -23 "$work/${2}s" "$work/found" | tr '\n' ' ')" \
		test -z "$(comm -23 "$work/${2}s" "$work/found")"
}

# ---- each document's own words for them

option_lines=$(sed -n '/^# OPTIONS/,/^# OUTPUT/p' "$page" | grep -E '^\*-|Also spelt')
grep -oE '\*--?[a-z0-9A-Z-]+' <<< "$option_lines" | tr -d '*' > "$work/man"
same "man page" option "$work/man"
sed -n '/^\*-o\*/,/^$/p' "$page" | grep -oE '\*[a-z]+\*' | tr -d '*' > "$work/man"
same "man page" output "$work/man"

sed -n '/local options=/p' "$folder/tcplife-trace.bash" | grep -oE -e '--?[a-z0-9A-Z-]+' > "$work/bash"
same bash option "$work/bash"
sed -n "s/.*-o | --output).* '\(.*\)' ;;/\1/p" "$folder/tcplife-trace.bash" | tr ' ' '\n' > "$work/bash"
same bash output "$work/bash"

grep -oE "^	'.*" "$folder/_tcplife-trace" | sed 's/\[.*//' | grep -oE -e '--?[a-z0-9A-Z][a-z-]*' | sed 's/-$//' > "$work/zsh"
same zsh option "$work/zsh"
sed -n 's/.*--output=.*:(\(.*\)).*/\1/p' "$folder/_tcplife-trace" | tr ' ' '\n' > "$work/zsh"
same zsh output "$work/zsh"

grep -oE -e ' -s [^ ]+' "$folder/tcplife-trace.fish" | sed 's/ -s /-/' > "$work/fish"
grep -oE -e ' -l [^ ]+' "$folder/tcplife-trace.fish" | sed 's/ -l /--/' >> "$work/fish"
same fish option "$work/fish"
sed -n "s/.*-l output .*-a '\([^']*\)'.*/\1/p" "$folder/tcplife-trace.fish" | tr ' ' '\n' > "$work/fish"
same fish output "$work/fish"

# ---- do they work?

# complete_bash WORD...: what bash offers for the last word
complete_bash() {
	bash -c 'source "$1"; shift; COMP_WORDS=(tcplife-trace "$@"); COMP_CWORD=$#; _tcplife_trace 2> /dev/null
		printf "%s\n" "${COMPREPLY[@]}"' - "$folder/tcplife-trace.bash" "$@" | tr '\n' ' '
}

that "bash: an option" test "$(complete_bash --tim)" = "--timeouts --timeline --time --timestamp "
that "bash: a value" test "$(complete_bash --xdp n)" = "native "
that "bash: a joined value" test "$(complete_bash --color = al)" = "always "
that "bash: an output" test "$(complete_bash -o ta)" = "table "
that "bash: no value is due" test "$(complete_bash --json --featu)" = "--features "
that "bash: a file" test "$(complete_bash --json = "$page")" = "$page "

# lacks PROGRAM WHAT: says so where what checks it is not here; where the machine is ours to furnish, that is a failure.
lacks() {
	! command -v "$1" > /dev/null || return 1
	echo "SKIP: $1 is missing: $2"
	that "$1 is there" test "${CI:-}" != true
}

if ! lacks fish "its completion"; then
	that "fish: an option" fish --no-config -c "source $folder/tcplife-trace.fish; complete -C 'tcplife-trace --featu' | grep -q -- --features"
	that "fish: a value" fish --no-config -c "source $folder/tcplife-trace.fish; complete -C 'tcplife-trace --hooks fe' | grep -q fentry"
fi

# complete_zsh TEXT WANTED: zsh, at a terminal of its own, makes WANTED of TEXT
complete_zsh() {
	# shellcheck disable=SC2016 # the variables are zsh's
	timeout 60 zsh -f -c 'zmodload zsh/zpty && zpty zsh zsh -f -i
		zpty -w zsh "PS1=; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D; echo rea\"\"dy"
		zpty -r -m zsh said "*ready*"
		zpty -w -n zsh "tcplife-trace $2"$'"'\\t'"'
		zpty -r -m zsh said "*$3*"' - "$(realpath "$folder")" "$@"
}

if ! lacks zsh "its completion"; then
	that "zsh: an option" complete_zsh --featu --features
	that "zsh: a value" complete_zsh "--hooks fe" fentry
	that "zsh: a joined value" complete_zsh --color=al always
	that "zsh: an output" complete_zsh "-o sum" summary
fi

# ---- do the manual pages read well?

man_warnings() {
	{ env LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" > /dev/null; } 2>&1
}

pages=()
for source in src/assets/*.scd; do
	pages+=("$OUT/$(basename "$source" .scd)")
done
lacks man "warnings of the manual pages" || for file in "${pages[@]}"; do
	that "$(basename "$file"): no warning" test -z "$(man_warnings "$file")"
done
lacks mandoc "lint of the manual pages" || for file in "${pages[@]}"; do
	that "$(basename "$file"): mandoc finds nothing but style" mandoc -T lint -W warning "$file"
done

# ---- has every ending its entry, with a sentence that the program says of such a connection?

# heading of the page, list in the code, place in a record
lists='ENDINGS|ENDINGS|.tcp.ending
FORMS OF CLOSE|CLOSE_FORMS|.tcp.close_form
EXITS OF TIME_WAIT|TIMEWAIT_EXITS|.time_wait.exit
FORMS OF FIN_WAIT2|FIN_WAIT2_FORMS|.fin_wait2.form
EXITS OF FIN_WAIT2|FIN_WAIT2_EXITS|.fin_wait2.exit'
endings=src/assets/tcplife-trace-endings.7.scd
header=$(grep -rl '^#define ENDINGS(_)' src)

# words_of LIST: its names in the outputs; a close of no form has none there.
words_of() {
	sed -n "/^#define $1(_)/,/^\$/p" "$header" | grep -oE '_\([A-Z0-9_]+, "[a-z0-9_]+"' | cut -d '"' -f 2 | grep -vx none
}

# entries_of HEADING: word, example; one a line
entries_of() {
	awk -v heading="# $1" -v OFS='\t' '
		/^# / { inside = $0 == heading }
		inside && /^## / { word = substr($0, 4); if (!(word in example)) order[++count] = word; example[word] = "" }
		inside && /^\*Example:\* "/ { sub(/^[^"]*"/, ""); sub(/"$/, ""); example[word] = $0 }
		END { for (i = 1; i <= count; i++) print order[i], example[order[i]] }' "$endings"
}

# advices WHERE: the general lines of advice, of the code or of the page; $A and $P stand for an address and a port
advices() {
	if [ "$1" = code ]; then
		sed -n '/^#define ADVICES(_)/,/^$/p' src/core/record/advice.h | tr '\\\t\n' ' ' | sed -E 's/" +"//g' \
			| grep -oE '_\([A-Z0-9_]+, "[^"]+"\)' | cut -d '"' -f 2 | sed 's/[$]A/ADDRESS/; s/[$]P/PORT/'
	else
		sed -n 's/^\*Advice:\* "\(.*\)"$/\1/p' "$endings"
	fi | sort
}
that "the code has advice" test "$(advices code | wc -l)" -gt 10
that "endings page: its lines of advice are those of the code" diff <(advices page) <(advices code)

# Of each connection of all stories what is known at its close, then what is known after its TIME_WAIT.
stories() {
	local story way
	for story in tests/cases/*.events; do
		"$OUT/tests/tools/events2rec" "$story" "$work/story.rec" || return 1
		for way in "" --whole; do
			# shellcheck disable=SC2086 # nothing, or one word
			"$program" --replay "$work/story.rec" --json $way 2> "$work/notices" | grep '"schema":"tcplife.connection"'
		done
	done
}

# says PLACE WORD SENTENCE: a record with this word there has this sentence
says() {
	jq -r "select($1 == \"$2\") | .verdict" "$work/records" | sort | uniq -c | sort -rn > "$work/sentences"
	grep -qxF -- "$3" <(sed 's/^ *[0-9]* //' "$work/sentences") && return
	echo "\"$3\""
	echo "is said of none; what is said, most often first:"
	head -n 3 "$work/sentences"
	return 1
}

if ! lacks jq "examples of endings"; then
	that "stories can be replayed" test -n "$(stories | tee "$work/records")"
	while IFS='|' read -r heading list place; do
		words_of "$list" | sort > "$work/words"
		entries_of "$heading" > "$work/entries"
		that "$list is a list of the code" test -s "$work/words"
		that "endings page, $heading: the words are those of $list" diff <(cut -f 1 "$work/entries" | sort) "$work/words"
		while IFS=$'\t' read -r word example; do
			that "endings page, $heading: the example of $word" says "$place" "$word" "$example"
		done < "$work/entries"
	done <<< "$lists"
	# README.md's picture: other numbers, the same words.
	sentence() { sed -n '/^━━/,/^  Began/{/^  [^B]/p}' README.md | tr '\n' ' ' | sed 's/  */ /g; s/^ //; s/^./\l&/; s/\. $//'; }
	masked() { sed -E 's/[0-9][0-9.]*/N/g'; }
	that "README.md has a picture" test -n "$(sentence)"
	that "README.md's picture: \"$(sentence)\" is said of none" \
		grep -qxF -- "$(sentence | masked)" <(jq -r .verdict "$work/records" | masked)
fi

# ---- is README.md short, and are its links alive?

that "README.md has at most 10 KB" test "$(wc -c < README.md)" -le 10240
grep -oE '\]\([^)#]+' README.md | cut -c 3- | grep -v '^http' > "$work/links"
that "README.md has links" test -s "$work/links"
while read -r link; do
	that "README.md: $link is there" test -e "$link"
done < "$work/links"

# ---- is everything installed, and can it be?

that "make install" make -s install OUT="$OUT" DESTDIR="$work/root" PREFIX=/usr
for file in bin/tcplife-trace share/man/man8/tcplife-trace.8 share/man/man7/tcplife-trace-endings.7 share/man/man7/tcplife-trace-fleet.7 share/bash-completion/completions/tcplife-trace \
	share/zsh/site-functions/_tcplife-trace share/fish/vendor_completions.d/tcplife-trace.fish \
	share/tcplife-trace/tcplife.schema.json; do
	that "installed: $file" test -s "$work/root/usr/$file"
done
that "every file of src/assets is installed or built from" test -z "$(
	cd src/assets && find . -type f ! -path './web/*' ! -path './debian/*' ! -name '*.awk' ! -name '*.scd' ! -name '*.png' ! -name '*.service.in' |
		while read -r file; do [ -e "$work/root/usr/share/tcplife-trace/$file" ] || echo "$file"; done
)"
sed -n 's/.*\[build\]="\(.*\)"/\1/p' .ci/deps | tr ' ' '\n' | grep -E -e '-dev$|^clang$|^bpftool$|^scdoc$' | grep -vx libc6-dev | sort -u > "$work/libraries"
sed -n '/^Build-Depends:/,/^[A-Z]/s/^ \([a-z0-9.+-]*\).*/\1/p' src/assets/debian/control | sort > "$work/control"
that "the package is built with all that .ci/deps has: $(comm -23 "$work/libraries" "$work/control" | tr '\n' ' ')" \
	test -z "$(comm -23 "$work/libraries" "$work/control")"
that "the package has the program's version" test "$(sed -n '1s/.*(\(.*\)).*/\1/p' src/assets/debian/changelog)" = "$("$program" -V | cut -d ' ' -f 2)"
that "the unit starts what is installed" grep -qx 'ExecStart=/usr/bin/tcplife-trace .*' "$work/root/usr/lib/systemd/system/tcplife-trace.service"
that "the installed program runs" "$work/root/usr/bin/tcplife-trace" -V

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
