// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// The table of connections: what is known of each, which ones the filters want, in what order, and rows that are changed, not
// remade. Only the rows in sight are elements.
import { bytes, clock, count, duration, element, endpoint, kernelState, safe, say } from './format.js';

const KEPT = 2000, SPARE = 8;
const STATES = ['open', 'syn_sent', 'syn_received', 'established', 'fin_wait_1', 'fin_wait_2', 'close_wait', 'closing', 'last_ack',
	'time_wait', 'closed'];
const ENDINGS = ['closed', 'reset', 'refused', 'unanswered', 'unreachable', 'no_local_port', 'handshake_aborted',
	'listener_overflow', 'timed_out', 'killed', 'detached', 'open', 'unknown'];
const ORDERLY = ['closed', 'open', 'detached'];

const $ = id => document.getElementById(id);

const isOpen = c => c.duration_ns === undefined && (c.tcp?.ending ?? 'open') === 'open';

// Of two ends here the one that opened speaks for the connection, as in the record.
export function stateOf(c) {
	if (c.time_wait?.side && (c.time_wait.exit ?? 'running') === 'running' && c.tcp?.last_state === 'time_wait')
		return 'time_wait';
	if (c.tcp?.ending && c.tcp.ending !== 'open')
		return 'closed';
	const side = c.role === 'server' ? c.server : c.client;
	return side.last_state ?? c.tcp?.last_state ?? 'unknown';
}

export function processOf(c) {
	const names = [c.client.process?.opener?.name, c.server.process?.acceptor?.name ?? c.server.process?.opener?.name];
	const known = names.filter(n => n !== undefined).map(safe);
	return known.join(' → ');
}

export function endingOf(c) {
	const t = c.tcp ?? {};
	if (!t.ending || t.ending === 'open')
		return '';
	const by = t.ended_by && !['unknown', 'kernel'].includes(t.ended_by) ? ` by ${t.ended_by}` : '';
	return t.ending === 'closed' ? `${(t.close_form ?? 'closed').replace('_', '-')}${by}` : `${t.ending.replaceAll('_', ' ')}${by}`;
}

export function again(c) {
	const sides = [c.client.retransmits, c.server.retransmits].filter(n => n !== undefined);
	return sides.length ? sides.reduce((a, b) => a + b, 0) : c.handshake?.syn_retransmits;
}

const begun = c => Date.parse(c.start_time);

// What can be sorted by: of each column a number or a text; undefined stands last.
const KEYS = {
	began: c => c.start_time,
	ends: c => `${endpoint(c.server)} ${endpoint(c.client)}`,
	process: c => processOf(c).toLowerCase() || undefined,
	state: c => stateOf(c),
	ending: c => endingOf(c) || undefined,
	handshake: c => c.handshake?.duration_ns,
	duration: (c, now) => c.duration_ns ?? (now - begun(c)) * 1e6,
	sent: c => c.client.bytes,
	received: c => c.server.bytes,
	again: c => again(c),
	wait: (c, now) => c.time_wait?.duration_ns ?? (stateOf(c) === 'time_wait' ? 1e12 + (waitLeft(c, now) ?? 0) : undefined),
};
const TEXTS = ['ends', 'process', 'state', 'ending'];

// Milliseconds until its timer runs out.
function waitLeft(c, now) {
	const w = c.time_wait;
	return w?.offset_ns === undefined ? undefined : Math.max(0, begun(c) + (w.offset_ns + (w.nominal_ns ?? 60e9)) / 1e6 - now);
}

export class Table {
	constructor(onOpen, onFilter) {
		this.rows = new Map();  // id -> connection
		this.nodes = new Map(); // id -> tr
		this.open = new Set();  // ids that the last figures had as open
		this.list = [];         // what is shown, in order
		this.fitting = null;    // ids that the server's expression wants; null = there is none
		this.span = null;       // [from, to], seconds since 1970
		this.sort = '-began';
		this.now = Date.now();
		this.over = false;
		this.ownPort = 0;
		this.onOpen = onOpen;
		this.onFilter = onFilter;
		this.selected = null;
		this.dirty = true;
		this.height = 0;
		this.scroller = $('rows-scroll');
		$('filter-state').append(element('option', { value: '' }, 'any'),
			...STATES.map(s => element('option', { value: s }, s === 'open' ? 'any open' : s === 'closed' ? 'CLOSE' : kernelState(s))));
		$('filter-ending').append(element('option', { value: '' }, 'any'),
			...ENDINGS.map(e => element('option', { value: e }, e.replaceAll('_', ' '))));
		const form = $('filters');
		form.addEventListener('input', e => this.filtered(e.target));
		form.addEventListener('reset', () => setTimeout(() => this.filtered($('filter-where'))));
		form.addEventListener('submit', e => e.preventDefault());
		$('span-clear').addEventListener('click', () => this.choose(null));
		$('head').addEventListener('click', e => this.order(e.target.closest('button')?.dataset.key));
		$('body').addEventListener('click', e => this.pick(e.target.closest('tr[data-id]')));
		$('body').addEventListener('keydown', e => this.move(e));
		this.scroller.addEventListener('scroll', () => this.render(), { passive: true });
		new ResizeObserver(() => { this.height = 0; this.render(); }).observe(this.scroller);
	}

	clear() {
		this.rows.clear();
		this.open.clear();
		this.dirty = true;
	}

	put(c) {
		this.rows.delete(c.id);
		this.rows.set(c.id, c);
		this.open.delete(c.id);
		this.dirty = true;
		if (this.rows.size > KEPT)
			this.rows.delete(this.rows.keys().next().value);
	}

	// Those that are open now. One that was and is not, and of which no record came, is known no more.
	putOpen(list) {
		const now = new Set(list.map(c => c.id));
		for (const id of this.open)
			if (!now.has(id))
				this.rows.delete(id);
		for (const c of list)
			if (!this.rows.has(c.id) || this.open.has(c.id))
				this.rows.set(c.id, c);
		this.open = now;
		this.dirty = true;
	}

	// ---- which

	filtered(target) {
		this.onFilter(target?.id === 'filter-where' || !target);
		this.draw();
	}

	filters() {
		const value = name => $(`filter-${name}`).value.trim();
		const all = { port: value('port'), process: value('process'), state: value('state'), ending: value('ending'), where: value('where') };
		if ($('filter-own').checked)
			all.own = '1';
		if (this.span)
			all.span = this.span.join('-');
		if (this.sort !== '-began')
			all.sort = this.sort;
		return Object.fromEntries(Object.entries(all).filter(([, v]) => v));
	}

	setFilters(all) {
		for (const name of ['port', 'process', 'state', 'ending', 'where'])
			$(`filter-${name}`).value = all[name] ?? '';
		$('filter-own').checked = all.own === '1';
		const span = /^(\d+)-(\d+)$/.exec(all.span ?? '');
		this.span = span ? [Number(span[1]), Number(span[2])] : null;
		if (KEYS[(all.sort ?? '').replace(/^-/, '')])
			this.sort = all.sort;
	}

	choose(span) {
		this.span = span;
		this.filtered(null);
	}

	isOwn(c) {
		return this.ownPort > 0 && c.server.port === this.ownPort && c.role !== 'client';
	}

	inSpan(c) {
		if (!this.span)
			return true;
		const from = begun(c) / 1000, to = c.end_time ? Date.parse(c.end_time) / 1000 : this.now / 1000;
		return from < this.span[1] + 1 && to >= this.span[0];
	}

	wanted(c) {
		const port = $('filter-port').value.trim(), process = $('filter-process').value.trim().toLowerCase();
		const state = $('filter-state').value, ending = $('filter-ending').value;
		if (this.isOwn(c) && !$('filter-own').checked)
			return false;
		if (port && String(c.client.port) !== port && String(c.server.port) !== port)
			return false;
		if (process && !processOf(c).toLowerCase().includes(process))
			return false;
		const is = stateOf(c);
		if (state && state !== is && !(state === 'open' && is !== 'closed' && is !== 'time_wait'))
			return false;
		if (this.fitting && !this.fitting.has(c.id))
			return false;
		return this.inSpan(c) && (!ending || (c.tcp?.ending ?? 'open') === ending);
	}

	// ---- in what order

	order(key) {
		if (!key)
			return;
		const down = !TEXTS.includes(key), was = this.sort.replace(/^-/, '') === key;
		this.sort = was ? (this.sort[0] === '-' ? key : `-${key}`) : `${down ? '-' : ''}${key}`;
		this.filtered(null);
	}

	sorted(all) {
		const down = this.sort[0] === '-', key = KEYS[this.sort.replace(/^-/, '')];
		const keyed = all.map(c => [key(c, this.now), c]);
		keyed.sort(([a, x], [b, y]) => {
			if (a === undefined || b === undefined)
				return (a === undefined) - (b === undefined);
			const order = a < b ? -1 : a > b ? 1 : 0;
			return (down ? -order : order) || (x.start_time < y.start_time ? 1 : -1);
		});
		return keyed.map(([, c]) => c);
	}

	// ---- what went wrong

	drawFaults() {
		const kinds = new Map();
		const add = kind => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
		for (const c of this.rows.values()) {
			if (this.isOwn(c))
				continue;
			const ending = c.tcp?.ending ?? 'open';
			if (!ORDERLY.includes(ending))
				add(ending);
			else if (again(c))
				add('retransmits');
			if (stateOf(c) === 'close_wait')
				add('close_wait');
		}
		const list = [...kinds].sort(([, a], [, b]) => b - a), node = $('faults');
		node.hidden = !list.length;
		const text = JSON.stringify([list, $('filter-ending').value, $('filter-state').value, $('filter-where').value]);
		if (node.shown === text)
			return;
		node.shown = text;
		node.replaceChildren(element('h2', { class: 'unseen' }, 'What went wrong'), ...list.map(([kind, n]) => {
			const name = kind === 'close_wait' ? 'in CLOSE_WAIT' : kind === 'retransmits' ? 'retransmitted' : kind.replaceAll('_', ' ');
			const on = this.faultFilter(kind).every(([id, value]) => $(id).value === value);
			const button = element('button', { type: 'button', class: `fault ${kind}`, 'aria-pressed': on, 'data-kind': kind }, element('b', {}, count(n)), ` ${name}`);
			button.addEventListener('click', () => {
				for (const [id, value] of this.faultFilter(kind))
					$(id).value = on ? '' : value;
				this.filtered($('filter-where'));
			});
			return button;
		}));
	}

	faultFilter(kind) {
		if (kind === 'close_wait')
			return [['filter-state', 'close_wait']];
		return kind === 'retransmits' ? [['filter-where', 'retransmits > 0 and ending in {closed, open, detached}']] : [['filter-ending', kind]];
	}

	// ---- drawing

	draw() {
		const kept = [...this.rows.values()], own = $('filter-own').checked ? 0 : kept.filter(c => this.isOwn(c)).length;
		this.list = this.sorted(kept.filter(c => this.wanted(c)));
		const filtered = this.list.length + own !== this.rows.size;
		say($('count'), `${count(this.list.length)}${filtered ? ` of ${count(this.rows.size - own)}` : ''} shown`);
		$('own').hidden = !this.ownPort;
		$('empty').hidden = this.list.length > 0;
		say($('empty'), filtered ? 'No connection fits these filters.' : this.over ? 'There is no connection in it.' : 'No connection was seen yet.');
		$('span').hidden = !this.span;
		if (this.span)
			say($('span-text'), `${clock(new Date(this.span[0] * 1000).toISOString(), 0)}–${clock(new Date(this.span[1] * 1000).toISOString(), 0)}`);
		for (const button of $('head').querySelectorAll('button')) {
			const is = this.sort.replace(/^-/, '') === button.dataset.key;
			const th = button.closest('th');
			if (is)
				th.setAttribute('aria-sort', this.sort[0] === '-' ? 'descending' : 'ascending');
			else
				th.removeAttribute('aria-sort');
		}
		$('rows').setAttribute('aria-rowcount', this.list.length + 1);
		this.drawFaults();
		this.render();
		this.dirty = false;
	}

	// All rows have one height, so that it is known which are in sight.
	render() {
		const body = $('body'), list = this.list;
		if (!this.height)
			this.height = parseFloat(getComputedStyle(body).getPropertyValue('--row')) || 28;
		const room = Math.ceil(this.scroller.clientHeight / this.height) || 40;
		const first = Math.max(0, Math.min(Math.floor(this.scroller.scrollTop / this.height) - SPARE, list.length - room));
		const shown = list.slice(first, first + room + 2 * SPARE), ids = new Set(shown.map(c => c.id));
		for (const [id, tr] of this.nodes)
			if (!ids.has(id)) {
				tr.remove();
				this.nodes.delete(id);
			}
		const above = this.spacer('above', first), below = this.spacer('below', list.length - first - shown.length);
		if (body.firstChild !== above)
			body.prepend(above);
		shown.forEach((c, i) => {
			const tr = this.row(c);
			tr.setAttribute('aria-rowindex', first + i + 2);
			if (body.children[i + 1] !== tr)
				body.insertBefore(tr, body.children[i + 1] ?? null);
		});
		if (body.lastChild !== below)
			body.append(below);
	}

	spacer(name, rows) {
		this[name] ??= element('tr', { class: 'spacer', 'aria-hidden': 'true' }, element('td', { colspan: 11 }));
		this[name].style.height = `${rows * this.height}px`;
		return this[name];
	}

	row(c) {
		let tr = this.nodes.get(c.id);
		if (!tr) {
			tr = element('tr', { 'data-id': c.id }, element('td', { class: 'when' }),
				element('td', { class: 'ends' }, element('button', { type: 'button' },
					element('span', { class: 'client' }), element('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '), element('span', { class: 'server' }))),
				element('td', { class: 'process' }), element('td', { class: 'state' }, element('span', { class: 'chip' })),
				element('td', { class: 'ending' }), element('td', { class: 'number handshake' }), element('td', { class: 'number lasted' }),
				element('td', { class: 'number bytes' }), element('td', { class: 'number bytes' }), element('td', { class: 'number again' }),
				element('td', { class: 'number wait' }));
			this.nodes.set(c.id, tr);
		}
		if (tr.shown !== c)
			this.fill(tr, c);
		this.age(tr, c);
		const selected = c.id === this.selected;
		tr.classList.toggle('selected', selected);
		tr.querySelector('button').setAttribute('aria-expanded', selected);
		return tr;
	}

	// What changes as time goes on.
	age(tr, c) {
		const cells = tr.children, known = c.tcp?.existed ? '>' : '';
		if (c.duration_ns !== undefined)
			say(cells[6], duration(c.duration_ns));
		else
			say(cells[6], isOpen(c) ? `${known}${duration(Math.max(0, this.now - begun(c)) * 1e6)}` : '–');
		say(cells[10], this.waitOf(c));
	}

	waitOf(c) {
		const w = c.time_wait;
		if (!w || c.tcp?.last_state !== 'time_wait')
			return '';
		if (w.exit !== 'running')
			return `${duration(w.duration_ns)}${w.exit === 'expired' ? '' : ` ${w.exit.replaceAll('_', ' ')}`}`;
		const left = waitLeft(c, this.now);
		if (this.over)
			return 'ran at the end';
		return left === undefined ? 'running' : `${Math.ceil(left / 1000)} s left`;
	}

	fill(tr, c) {
		const cells = tr.children, state = stateOf(c), chip = cells[3].firstChild, ending = endingOf(c);
		const client = endpoint(c.client), server = endpoint(c.server);
		tr.shown = c;
		say(cells[0], clock(c.start_time));
		say(tr.querySelector('.client'), client);
		say(tr.querySelector('.server'), server);
		tr.querySelector('button').setAttribute('aria-label', `Details of ${client} to ${server}`);
		say(cells[2], processOf(c));
		say(chip, kernelState(state));
		chip.className = `chip ${state}`;
		say(cells[4], ending + (c.complete === false ? ' ·incomplete' : ''));
		cells[4].className = `ending${c.tcp?.ending && !ORDERLY.includes(c.tcp.ending) ? ' bad' : ''}`;
		say(cells[5], duration(c.handshake?.duration_ns));
		say(cells[7], bytes(c.client.bytes));
		say(cells[8], bytes(c.server.bytes));
		say(cells[9], again(c) ? count(again(c)) : again(c) === 0 ? '0' : '–');
	}

	// ---- hands

	pick(tr) {
		if (tr?.shown)
			this.onOpen(tr.shown, tr.querySelector('button'));
	}

	select(id) {
		for (const changed of [this.selected, id]) {
			const tr = this.nodes.get(changed);
			tr?.classList.toggle('selected', changed === id);
			tr?.querySelector('button').setAttribute('aria-expanded', changed === id);
		}
		this.selected = id;
	}

	move(e) {
		const step = { ArrowDown: 1, ArrowUp: -1 }[e.key], id = e.target.closest('tr')?.dataset.id;
		const to = step && this.list.findIndex(c => c.id === id) + step;
		if (!step || !this.list[to])
			return;
		e.preventDefault();
		const top = to * this.height, head = $('head').offsetHeight;
		if (top < this.scroller.scrollTop)
			this.scroller.scrollTop = top;
		else if (top + this.height + head > this.scroller.scrollTop + this.scroller.clientHeight)
			this.scroller.scrollTop = top + this.height + head - this.scroller.clientHeight;
		this.render();
		this.nodes.get(this.list[to].id)?.querySelector('button').focus({ preventScroll: true });
	}
}
