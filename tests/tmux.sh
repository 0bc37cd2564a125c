# shellcheck shell=bash
# A terminal that a test writes keys to and reads the screen of: tmux, with a server of the test's own. Sourced by tests that have
# $work, and close the screen at their end.
tmux=() screens=0

# open_screen COLUMNS ROWS COMMAND...: COMMAND in a terminal of that size; afterwards its status stands in $work/screen.status.
open_screen() {
	local columns=$1 rows=$2
	shift 2
	# shellcheck disable=SC2154 # work is whose this is sourced by
	rm -f "$work/screen.status"
	# One that ends may still hold its socket.
	screens=$((screens + 1))
	tmux=(tmux -L "tcplife-$$-$screens" -f /dev/null)
	"${tmux[@]}" new-session -d -x "$columns" -y "$rows" "stty -echo; $(printf '%q ' "$@"); echo \$? > $(printf %q "$work/screen.status"); cat"
	"${tmux[@]}" set -g status off
	"${tmux[@]}" resize-window -x "$columns" -y "$rows"
}

close_screen() {
	[ ${#tmux[@]} -eq 0 ] || "${tmux[@]}" kill-server 2> /dev/null || :
}

screen() {
	"${tmux[@]}" capture-pane -p
}

# keys KEY...: as tmux names them; TEXT is written as it is by `keys -l TEXT`.
keys() {
	"${tmux[@]}" send-keys "$@"
}

resize() {
	"${tmux[@]}" resize-window -x "$1" -y "$2"
}

# on_screen PATTERN: does it stand there, as an extended regular expression of one line?
on_screen() {
	screen | grep -qE -e "$1"
}

not_on_screen() {
	! on_screen "$1"
}
