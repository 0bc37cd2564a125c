// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The only file that knows ncurses. stderr is a pipe to here while the screen is up, if it is a terminal: a message in
 * the middle of the screen would be overwritten, and is worth more than that.
 */
#define NCURSES_WIDECHAR 1
#include "sink/top/top_screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/human.h"
#include "lib/log.h"
#include "sink/top/top_ui.h"

#define ESCAPE_MS    50 /* what follows Esc within this is a key's sequence */
#define MESSAGES_MAX (64 * 1024)

enum { PAIR_RED = 1, PAIR_YELLOW, PAIR_GREEN, PAIR_CYAN };

struct top_screen {
	SCREEN *screen;
	FILE *in; /* /dev/tty; NULL = stdin */
	bool color;
	unsigned int style;	/* HUMAN_* */
	int stderr_is;		/* a copy of it; -1 = it was left alone */
	int messages;		/* the end of the pipe to read; -1 = none */
	struct strbuf said;	/* for stderr, at the end */
	struct sigaction stop;	/* what SIGTSTP did */
	struct termios termios; /* as it was */
};

/* ---- messages ---- */

static void take_stderr(struct top_screen *s)
{
	int ends[2];

	s->stderr_is = s->messages = -1;
	if (!isatty(STDERR_FILENO) || pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return;
	fflush(stderr);
	s->stderr_is = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (s->stderr_is < 0 || dup2(ends[1], STDERR_FILENO) < 0) {
		close(ends[0]);
		s->stderr_is = -1;
	} else {
		s->messages = ends[0];
	}
	close(ends[1]);
}

static size_t collect_messages(struct top_screen *s)
{
	size_t from = s->said.len;
	char buf[4096];
	ssize_t n;

	fflush(stderr);
	while (s->messages >= 0 && (n = read(s->messages, buf, sizeof(buf))) > 0)
		if (s->said.len < MESSAGES_MAX)
			strbuf_add(&s->said, buf, (size_t)n);
	return from;
}

bool top_screen_message(struct top_screen *s, struct strbuf *out)
{
	size_t from = collect_messages(s), end = s->said.len;
	const char *text;

	while (end > from && s->said.text[end - 1] == '\n')
		end--;
	if (end <= from)
		return false;
	text = s->said.text + end;
	while (text > s->said.text + from && text[-1] != '\n')
		text--;
	human_text(out, text, (size_t)(s->said.text + end - text), s->style);
	return true;
}

static void give_stderr_back(struct top_screen *s)
{
	if (s->stderr_is < 0)
		return;
	collect_messages(s);
	dup2(s->stderr_is, STDERR_FILENO);
	close(s->stderr_is);
	close(s->messages);
	fwrite(strbuf_text(&s->said), 1, s->said.len, stderr);
	fflush(stderr);
}

/* ---- begin and end ---- */

/* Over ssh the variable arrives where the locale is not installed. */
static void set_locale(bool utf8)
{
	setlocale(LC_CTYPE, "");
	if (utf8 && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static void begin_colors(struct top_screen *s, bool color)
{
	s->color = color && has_colors() && start_color() == OK;
	if (!s->color)
		return;
	use_default_colors();
	init_pair(PAIR_RED, COLOR_RED, -1);
	init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
	init_pair(PAIR_GREEN, COLOR_GREEN, -1);
	init_pair(PAIR_CYAN, COLOR_CYAN, -1);
}

/* A suspended tracer would lose events; and Ctrl-S would stop the screen, and what waits for it. */
static void set_modes(struct top_screen *s)
{
	struct termios t;
	int fd = top_screen_fd(s);

	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	mouseinterval(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	if (tcgetattr(fd, &t))
		return;
	t.c_iflag &= ~(tcflag_t)IXON;
	t.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(fd, TCSANOW, &t);
	def_prog_mode();
}

static int open_input(struct top_screen *s)
{
	if (isatty(STDIN_FILENO))
		return 0;
	s->in = fopen("/dev/tty", "re");
	return s->in ? 0 : log_errno(-errno, "--top: keys come from /dev/tty");
}

int top_screen_open(struct top_screen **out, bool color, bool utf8)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct top_screen *s;
	int err;

	if (!isatty(STDOUT_FILENO)) {
		log_error("--top needs a terminal: stdout is none");
		return -ENOTTY;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return log_errno(-ENOMEM, "--top");
	err = open_input(s);
	if (err) {
		free(s);
		return err;
	}
	set_locale(utf8);
	s->style = utf8 ? HUMAN_UTF8 : 0;
	s->screen = newterm(NULL, stdout, s->in ?: stdin);
	if (!s->screen) {
		log_error("--top cannot use this terminal (TERM=%s)", getenv("TERM") ?: "");
		if (s->in)
			fclose(s->in);
		free(s);
		return -ENOTTY;
	}
	set_term(s->screen);
	tcgetattr(top_screen_fd(s), &s->termios);
	begin_colors(s, color);
	set_modes(s);
	sigaction(SIGTSTP, &ignore, &s->stop);
	take_stderr(s);
	*out = s;
	return 0;
}

void top_screen_close(struct top_screen **sp)
{
	struct top_screen *s = *sp;

	if (!s)
		return;
	endwin();
	delscreen(s->screen);
	sigaction(SIGTSTP, &s->stop, NULL);
	give_stderr_back(s);
	if (s->in)
		fclose(s->in);
	strbuf_free(&s->said);
	free(s);
	*sp = NULL;
}

int top_screen_fd(const struct top_screen *s)
{
	return s->in ? fileno(s->in) : STDIN_FILENO;
}

/* ---- keys ---- */

static uint32_t code_of_character(wint_t w)
{
	switch (w) {
	case '\r':
	case '\n':
		return TOP_KEY_ENTER;
	case 27:
		return TOP_KEY_ESCAPE;
	case '\t':
		return TOP_KEY_TAB;
	case 8:
	case 127:
		return TOP_KEY_BACKSPACE;
	case 12:
		return TOP_KEY_REDRAW;
	case 21:
		return TOP_KEY_CLEAR;
	default:
		return w;
	}
}

static const struct {
	wint_t from;
	uint32_t to;
} keys[] = {
	{ KEY_UP, TOP_KEY_UP },		{ KEY_DOWN, TOP_KEY_DOWN },
	{ KEY_LEFT, TOP_KEY_LEFT },	{ KEY_RIGHT, TOP_KEY_RIGHT },
	{ KEY_PPAGE, TOP_KEY_PAGE_UP }, { KEY_NPAGE, TOP_KEY_PAGE_DOWN },
	{ KEY_HOME, TOP_KEY_HOME },	{ KEY_END, TOP_KEY_END },
	{ KEY_ENTER, TOP_KEY_ENTER },	{ KEY_BACKSPACE, TOP_KEY_BACKSPACE },
	{ KEY_DC, TOP_KEY_DELETE },	{ KEY_BTAB, TOP_KEY_BACK_TAB },
};

static void take_mouse(struct top_input *in)
{
	MEVENT m;

	if (getmouse(&m) != OK || m.x < 0 || m.y < 0)
		return;
	in->row = (size_t)m.y;
	in->column = (size_t)m.x;
	in->button = m.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED) ? 1
		     : m.bstate & BUTTON4_PRESSED		    ? 4
		     : m.bstate & BUTTON5_PRESSED		    ? 5
								    : 0;
}

bool top_screen_read(struct top_screen *s, struct top_input *in)
{
	wint_t w;
	int kind = get_wch(&w);

	*in = (struct top_input) { 0 };
	if (kind == ERR)
		return false;
	if (kind == OK) {
		in->code = code_of_character(w);
		return true;
	}
	if (w == KEY_MOUSE)
		take_mouse(in);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].from == w)
			in->code = keys[i].to;
	return true;
}

/* ---- the screen ---- */

/* By asking: the signal may come in the middle of something, and many of them for one change. */
void top_screen_size(struct top_screen *s, size_t *rows, size_t *columns)
{
	struct winsize w;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row && w.ws_col && (w.ws_row != LINES || w.ws_col != COLS)) {
		resizeterm(w.ws_row, w.ws_col);
		clearok(stdscr, TRUE);
	}
	*rows = LINES > 0 ? (size_t)LINES : 0;
	*columns = COLS > 0 ? (size_t)COLS : 0;
}

bool top_screen_ready(const struct top_screen *s)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

static attr_t attributes_of(const struct top_screen *s, unsigned int style, short *pair)
{
	static const short pairs[] = { 0, PAIR_RED, PAIR_YELLOW, PAIR_GREEN, PAIR_CYAN };
	unsigned int color = (style & STYLE_COLORS) >> 4;
	attr_t a = 0;

	*pair = s->color && color < sizeof(pairs) / sizeof(pairs[0]) ? pairs[color] : 0;
	a |= style & STYLE_BOLD ? A_BOLD : 0;
	a |= style & STYLE_DIM ? A_DIM : 0;
	a |= style & STYLE_REVERSE ? A_REVERSE : 0;
	a |= style & STYLE_UNDERLINE ? A_UNDERLINE : 0;
	/* Without colours what is bad stands out nevertheless. */
	a |= !s->color && color == STYLE_RED >> 4 ? A_BOLD : 0;
	return a;
}

static void draw_row(struct top_screen *s, const struct canvas *c, size_t row)
{
	cchar_t cells[CANVAS_SIDE_MAX];

	for (size_t i = 0; i < c->columns; i++) {
		const struct canvas_cell *cell = &c->cell[row * c->columns + i];
		wchar_t text[2] = { (wchar_t)cell->code, L'\0' };
		short pair;
		attr_t a = attributes_of(s, cell->style, &pair);

		setcchar(&cells[i], text, a, pair, NULL);
	}
	mvadd_wchnstr((int)row, 0, cells, (int)c->columns);
}

void top_screen_draw(struct top_screen *s, const struct canvas *c)
{
	erase();
	for (size_t row = 0; row < c->rows; row++)
		draw_row(s, c, row);
	refresh();
}

void top_screen_redraw(struct top_screen *s)
{
	clearok(stdscr, TRUE);
}
