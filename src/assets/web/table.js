// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// The table of connections: what is known of each, which ones the filters want, and rows that are changed, not remade.
import { bytes, clock, count, duration, element, endpoint, kernelState, safe, say } from './format.js';

const KEPT = 2000, SHOWN = 300;
const STATES = ['open', 'syn_sent', 'syn_received', 'established', 'fin_wait_1', 'fin_wait_2', 'close_wait', 'closing', 'last_ack',
	'time_wait', 'closed'];
const ENDINGS = ['closed', 'reset', 'refused', 'unanswered', 'unreachable', 'no_local_port', 'handshake_aborted',
	'listener_overflow', 'timed_out', 'killed', 'open', 'unknown'];

const $ = id => document.getElementById(id);

// Of two ends here the one that opened speaks for the connection, as in the record.
function stateOf(c) {
	if (c.time_wait?.side && (c.time_wait.exit ?? 'running') === 'running' && c.time_wait.side && c.tcp?.last_state === 'time_wait')
		return 'time_wait';
	if (c.tcp?.ending && c.tcp.ending !== 'open')
		return 'closed';
	const side = c.role === 'server' ? c.server : c.client;
	return side.last_state ?? c.tcp?.last_state ?? 'unknown';
}

function processOf(c) {
	const names = [c.client.process?.opener?.name, c.server.process?.acceptor?.name ?? c.server.process?.opener?.name];
	const known = names.filter(n => n !== undefined).map(safe);
	return known.join(' → ');
}

function endingOf(c) {
	const t = c.tcp ?? {};
	if (!t.ending || t.ending === 'open')
		return '';
	const by = t.ended_by && !['unknown', 'kernel'].includes(t.ended_by) ? ` by ${t.ended_by}` : '';
	return t.ending === 'closed' ? `${(t.close_form ?? 'closed').replace('_', '-')}${by}` : `${t.ending.replaceAll('_', ' ')}${by}`;
}

function waitOf(c) {
	const w = c.time_wait;
	if (!w || c.tcp?.last_state !== 'time_wait')
		return '';
	return w.exit === 'running' ? 'running' : `${duration(w.duration_ns)}${w.exit === 'expired' ? '' : ` ${w.exit.replaceAll('_', ' ')}`}`;
}

function again(c) {
	const sides = [c.client.retransmits, c.server.retransmits].filter(n => n !== undefined);
	return sides.length ? sides.reduce((a, b) => a + b, 0) : c.handshake?.syn_retransmits;
}

export class Table {
	constructor(onOpen) {
		this.rows = new Map();  // id -> connection
		this.nodes = new Map(); // id -> tr
		this.open = new Set();  // ids that the last figures had as open
		this.onOpen = onOpen;
		this.selected = null;
		this.dirty = true;
		$('filter-state').append(element('option', { value: '' }, 'any'),
			...STATES.map(s => element('option', { value: s }, s === 'open' ? 'any open' : s === 'closed' ? 'CLOSE' : kernelState(s))));
		$('filter-ending').append(element('option', { value: '' }, 'any'),
			...ENDINGS.map(e => element('option', { value: e }, e.replaceAll('_', ' '))));
		const form = $('filters');
		form.addEventListener('input', () => this.draw());
		form.addEventListener('reset', () => setTimeout(() => this.draw()));
		form.addEventListener('submit', e => e.preventDefault());
		$('body').addEventListener('click', e => this.pick(e.target.closest('tr')));
		$('body').addEventListener('keydown', e => this.move(e));
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

	wanted(c) {
		const port = $('filter-port').value.trim(), process = $('filter-process').value.trim().toLowerCase();
		const state = $('filter-state').value, ending = $('filter-ending').value;
		if (port && String(c.client.port) !== port && String(c.server.port) !== port)
			return false;
		if (process && !processOf(c).toLowerCase().includes(process))
			return false;
		const is = stateOf(c);
		if (state && state !== is && !(state === 'open' && is !== 'closed' && is !== 'time_wait'))
			return false;
		return !ending || (c.tcp?.ending ?? 'open') === ending;
	}

	draw() {
		const all = [...this.rows.values()].filter(c => this.wanted(c));
		all.sort((a, b) => a.start_time < b.start_time ? 1 : a.start_time > b.start_time ? -1 : 0);
		const list = all.slice(0, SHOWN);
		const body = $('body'), ids = new Set(list.map(c => c.id));
		for (const [id, tr] of this.nodes)
			if (!ids.has(id)) {
				tr.remove();
				this.nodes.delete(id);
			}
		list.forEach((c, i) => {
			const tr = this.row(c);
			if (body.children[i] !== tr)
				body.insertBefore(tr, body.children[i] ?? null);
		});
		const filtered = all.length !== this.rows.size;
		say($('count'), `${count(list.length)}${all.length > list.length ? ` newest of ${count(all.length)}` : ''}${filtered ? ` of ${count(this.rows.size)}` : ''} shown`);
		$('empty').hidden = list.length > 0;
		say($('empty'), filtered ? 'No connection fits these filters.' : 'No connection was seen yet.');
		this.dirty = false;
	}

	row(c) {
		let tr = this.nodes.get(c.id);
		if (!tr) {
			tr = element('tr', { 'data-id': c.id }, element('td', { class: 'when' }),
				element('td', { class: 'ends' }, element('button', { type: 'button' },
					element('span', { class: 'client' }), element('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '), element('span', { class: 'server' }))),
				element('td', { class: 'process' }), element('td', { class: 'state' }, element('span', { class: 'chip' })),
				element('td', { class: 'ending' }), element('td', { class: 'number handshake' }), element('td', { class: 'number' }),
				element('td', { class: 'number bytes' }), element('td', { class: 'number bytes' }), element('td', { class: 'number again' }),
				element('td', { class: 'number wait' }));
			this.nodes.set(c.id, tr);
		}
		if (tr.shown !== c)
			this.fill(tr, c);
		const selected = c.id === this.selected;
		tr.classList.toggle('selected', selected);
		tr.querySelector('button').setAttribute('aria-expanded', selected);
		return tr;
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
		cells[4].className = `ending${c.tcp?.ending && !['closed', 'open'].includes(c.tcp.ending) ? ' bad' : ''}`;
		say(cells[5], duration(c.handshake?.duration_ns));
		say(cells[6], c.duration_ns === undefined ? 'open' : duration(c.duration_ns));
		say(cells[7], bytes(c.client.bytes));
		say(cells[8], bytes(c.server.bytes));
		say(cells[9], again(c) ? count(again(c)) : again(c) === 0 ? '0' : '–');
		say(cells[10], waitOf(c));
	}

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
		const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[e.key];
		const button = step && e.target.closest('tr')?.[step]?.querySelector('button');
		if (!button)
			return;
		e.preventDefault();
		button.focus();
	}
}
