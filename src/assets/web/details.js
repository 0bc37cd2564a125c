// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// One connection: its verdict, its phases as a waterfall, its segments and states as a sequence diagram, and the facts.
import { bytes, clock, count, counted, duration, element, endpoint, kernelState, safe, svg } from './format.js';

const PHASES = ['handshake', 'established', 'teardown', 'time_wait'];
const SHORTEST_NS = 1000; // where a logarithmic axis begins

// ---- waterfall

function scale(length, logarithmic) {
	if (!logarithmic)
		return t => Math.min(1, t / length);
	const decades = Math.log10(Math.max(length, SHORTEST_NS * 10) / SHORTEST_NS);
	return t => t <= SHORTEST_NS ? 0 : Math.min(1, Math.log10(t / SHORTEST_NS) / decades);
}

function ticks(length, logarithmic) {
	const list = [];
	if (logarithmic) {
		for (let t = SHORTEST_NS * 10; t < length; t *= 10)
			list.push(t);
		return list;
	}
	const power = 10 ** Math.floor(Math.log10(Math.max(length, 10) / 2));
	const step = [1, 2, 5].map(f => f * power).reverse().find(f => length / f >= 2) ?? power;
	for (let t = step; t < length; t += step)
		list.push(t);
	return list;
}

function phasesOf(c) {
	const end = Math.max(1, c.duration_ns ?? 0, ...c.events.map(e => e.offset_ns));
	return PHASES.filter(p => c[p]?.offset_ns !== undefined).map(p => {
		const { offset_ns: from, duration_ns: lasted } = c[p];
		const until = p === 'time_wait' ? from + (c[p].nominal_ns ?? 0) : end;
		return { name: p, from, to: lasted === undefined ? Math.max(until, from) : from + lasted, running: lasted === undefined };
	});
}

function waterfall(c, node, logarithmic) {
	const phases = phasesOf(c), width = Math.max(300, Math.round(node.getBoundingClientRect().width));
	const x0 = 84, x1 = width - 70, row = 22, top = 18, lane = top + phases.length * row + 6, height = lane + 18;
	const length = Math.max(1, ...phases.map(p => p.to), ...c.events.map(e => e.offset_ns)), at = scale(length, logarithmic);
	const x = t => x0 + at(t) * (x1 - x0);
	node.setAttribute('viewBox', `0 0 ${width} ${height}`);
	node.setAttribute('height', height);
	node.replaceChildren(svg('title', {}, `Phases on a ${logarithmic ? 'logarithmic' : 'linear'} axis: ${phases.map(p =>
		`${p.name.replace('_', ' ')} ${p.running ? 'still running' : duration(p.to - p.from)}`).join(', ')}`));
	let free = -Infinity;
	for (const t of ticks(length, logarithmic)) {
		node.append(svg('line', { class: 'grid', x1: x(t), x2: x(t), y1: top - 4, y2: lane + 10 }));
		if (x(t) - free < 46 || x(t) > x1 - 10)
			continue;
		free = x(t);
		node.append(svg('text', { class: 'tick middle', x: x(t), y: 11 }, duration(t)));
	}
	phases.forEach((p, i) => {
		const y = top + i * row, wide = Math.max(2, x(p.to) - x(p.from));
		node.append(svg('text', { class: 'name', x: 0, y: y + 13 }, p.name === 'time_wait' ? 'TIME_WAIT' : p.name),
			svg('rect', { class: `phase ${p.name}${p.running ? ' running' : ''}`, x: Math.min(x(p.from), x1 - 2), y: y + 2, width: wide, height: 14, rx: 2 }),
			svg('text', { class: 'value end', x: width, y: y + 13 }, p.running ? 'running' : duration(p.to - p.from)));
	});
	node.append(svg('text', { class: 'name quiet', x: 0, y: lane + 9 }, 'events'));
	for (const e of c.events)
		node.append(svg('line', { class: `event ${e.kind}`, x1: x(e.offset_ns), x2: x(e.offset_ns), y1: lane, y2: lane + 10 }));
}

// ---- sequence diagram

// What is not known has no key; a segment without flags has none either.
const has = (e, letter) => e.flags?.includes(letter) ?? false;

const FLAGS = { S: 'SYN', F: 'FIN', R: 'RST', P: 'PSH', A: 'ACK', U: 'URG', E: 'ECE', W: 'CWR' };

function flagNames(letters) {
	return [...letters ?? ''].map(l => FLAGS[l] ?? l).join('+');
}

// What the sequence numbers count from: the SYN, else the first number that was seen.
function origins(c) {
	const first = {};
	for (const e of c.events.filter(e => e.kind === 'segment')) {
		const other = e.side === 'client' ? 'server' : 'client';
		first[e.side] ??= e.seq;
		if (has(e, 'A'))
			first[other] ??= has(e, 'S') ? (e.ack - 1) >>> 0 : e.ack;
	}
	return first;
}

function describe(e, isn) {
	const other = e.side === 'client' ? 'server' : 'client', relative = (n, side) => (n - (isn[side] ?? 0)) >>> 0;
	switch (e.kind) {
	case 'segment': {
		const ack = has(e, 'A') ? ` ack=${relative(e.ack, other)}` : '';
		const seq = has(e, 'R') && !e.seq ? 0 : relative(e.seq, e.side);
		return `${flagNames(e.flags)} seq=${seq}${ack}${e.bytes ? ` len=${e.bytes}` : ''}`;
	}
	case 'state':
		return kernelState(e.new_state);
	case 'retransmit':
		return 'retransmitted';
	case 'reset':
		return `RST${e.reason ? `: ${e.reason.replace(/^TCP_/, '')}` : ''}`;
	case 'timewait':
		return e.reason === 'start' ? 'minisocket' : e.reason === 'restart' ? 'timer restarted' : (e.reason ?? 'minisocket').replaceAll('_', ' ');
	case 'accept':
		return 'accept()';
	case 'free':
		return 'freed';
	default:
		return e.kind;
	}
}

// ---- what stands in it, and in which order

// The kernel's event of SYN_RECV comes with the socket, at the third ACK; the request was in that state from its SYN+ACK on.
function atSynAck(events) {
	const step = events.findIndex(e => e.kind === 'state' && e.side === 'server' && e.new_state === 'syn_received');
	const answer = events.findIndex(e => e.kind === 'segment' && e.side === 'server' && has(e, 'S') && has(e, 'A'));
	if (step < 0 || answer < 0 || step <= answer)
		return events;
	const list = events.filter((_, i) => i !== step);
	list.splice(answer + 1, 0, { ...events[step], offset_ns: events[answer].offset_ns });
	return list;
}

// Segments with data are not recorded one by one; what they came to stands before the first sign of the end.
function withData(c, events) {
	const sent = ['client', 'server'].filter(side => c[side].bytes > 0).map(side => ({ kind: 'data', side, bytes: c[side].bytes }));
	if (!sent.length)
		return events;
	const end = events.findIndex(e => e.kind === 'segment' && (has(e, 'F') || has(e, 'R')));
	const closing = events.findIndex(e => e.kind === 'state' && ['fin_wait_1', 'close_wait', 'last_ack'].includes(e.new_state));
	const at = Math.min(...[end, closing, events.length].filter(i => i >= 0));
	return [...events.slice(0, at), ...sent, ...events.slice(at)];
}

const WIDTH_OF_LETTER = 6.4;

// At x, but not over an edge; what is longer than its room loses its end, and has it in a title.
function headText(text, x, from, to, cls) {
	const most = Math.max(4, Math.floor((to - from) / WIDTH_OF_LETTER)), cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
	const width = cut.length * WIDTH_OF_LETTER, at = Math.min(Math.max(from, x - width / 2), to - width);
	return svg('text', { class: cls, x: Math.max(from, at), y: cls.includes('head') ? 14 : 29 }, ...cut === text ? [text] : [svg('title', {}, text), cut]);
}

const ROW = { segment: 26, gap: 27 }, OTHER_ROW = 17, GAP_NS = 1e6;

function diagram(c, node, explained) {
	// Room beside a lifeline only where something stands there: on a phone every pixel is needed.
	const events = withData(c, atSynAck(c.events)), isn = origins(c);
	const notes = side => events.filter(e => e.side === side && e.kind !== 'segment' && e.kind !== 'data').map(e => describe(e, isn).length);
	const room = side => notes(side).length ? Math.max(60, 14 + Math.max(...notes(side)) * WIDTH_OF_LETTER) : 26;
	const width = Math.max(58 + room('client') + 138 + room('server'), Math.round(node.parentNode.clientWidth) - 2);
	const x = { client: 58 + room('client'), server: width - room('server') };
	const out = { client: 1, server: -1 };
	let y = 46, before = null, waits = {};
	const lifelines = svg('g'), marks = svg('g');
	node.replaceChildren(svg('title', {}, `Sequence diagram: ${c.events.length} events between client and server`), lifelines, marks);
	for (const [side, from, to] of [['client', 0, width / 2 - 4], ['server', width / 2 + 4, width]])
		marks.append(headText(side, x[side], from, to, 'head'),
			headText(safe(nameOf(c[side], side) || endpoint(c[side])), x[side], from, to, 'tick'));
	const said = new Map(explained.map((s, i) => [s, i + 1]));
	const number = e => {
		const mine = [...said.keys()].filter(s => s.at === e);
		if (mine.length)
			marks.append(svg('text', { class: 'mark', x: 53, y: y + (e.kind === 'segment' ? 13 : 4) }, mine.map(s => said.get(s)).join(',')));
	};
	for (const e of events) {
		if (e.kind === 'data') {
			const from = x[e.side], to = x[e.side === 'client' ? 'server' : 'client'], d = out[e.side];
			marks.append(svg('line', { class: 'data', x1: from, y1: y + 4, x2: to - d * 7, y2: y + 4 }),
				svg('path', { class: 'data-head', d: `M${to} ${y + 4}l${-d * 9} -4.5v9z` }),
				svg('text', { class: 'label middle', x: (from + to) / 2, y: y - 1 }, `${bytes(e.bytes)} of data`));
			y += ROW.segment;
			continue;
		}
		if (before !== null && e.offset_ns - before >= GAP_NS) {
			marks.append(svg('text', { class: 'gap middle', x: (x.client + x.server) / 2, y: y + 5 }, `⋯ ${duration(e.offset_ns - before)} ⋯`));
			y += ROW.gap;
		}
		if (before === null || e.offset_ns !== before)
			marks.append(svg('text', { class: 'tick end', x: 44, y: y + 4 }, e.offset_ns ? duration(e.offset_ns) : '0'));
		before = e.offset_ns;
		number(e);
		if (e.kind === 'segment') {
			const from = x[e.side], to = x[e.side === 'client' ? 'server' : 'client'], d = out[e.side];
			const cls = has(e, 'R') ? 'rst' : has(e, 'S') ? 'syn' : has(e, 'F') ? 'fin' : 'ack';
			marks.append(svg('line', { class: `arrow ${cls}`, x1: from, y1: y, x2: to - d * 7, y2: y + 8 }),
				svg('path', { class: `arrow-head ${cls}`, d: `M${to} ${y + 8}l${-d * 9} -4.5v9z` }),
				svg('text', { class: 'label middle', x: (from + to) / 2, y: y - 1 }, describe(e, isn)));
			y += ROW.segment;
			continue;
		}
		const d = out[e.side];
		if (e.kind === 'state' && e.new_state === 'time_wait')
			waits[e.side] = { from: y };
		if (waits[e.side] && !waits[e.side].to && e.old_state === 'time_wait' && e.new_state === 'closed')
			waits[e.side].to = y;
		marks.append(svg('circle', { class: `dot ${e.kind}`, cx: x[e.side], cy: y, r: e.kind === 'state' ? 3 : 2 }),
			svg('text', { class: `note ${e.kind}${d > 0 ? ' end' : ''}`, x: x[e.side] - d * 8, y: y + 4 }, describe(e, isn)));
		y += OTHER_ROW;
	}
	for (const side of ['client', 'server']) {
		lifelines.append(svg('line', { class: 'lifeline', x1: x[side], x2: x[side], y1: 36, y2: y }));
		if (waits[side])
			lifelines.append(svg('line', { class: 'waiting', x1: x[side], x2: x[side], y1: waits[side].from, y2: waits[side].to ?? y }));
	}
	node.setAttribute('viewBox', `0 0 ${width} ${y + 4}`);
	node.setAttribute('width', width);
	node.setAttribute('height', y + 4);
}

// ---- what the steps mean

// Of each explained step the event that it is about: the nearest of its side.
function assign(c, steps) {
	const events = atSynAck(c.events);
	return steps.map(s => {
		const near = events.filter(e => e.side === s.side && (e.kind === 'segment') === s.segment);
		const list = near.length ? near : events;
		return { ...s, at: list.reduce((a, b) => !a || Math.abs(b.offset_ns - s.offset_ns) < Math.abs(a.offset_ns - s.offset_ns) ? b : a, null) };
	});
}

function explanations(steps) {
	return element('ol', { class: 'explained', 'aria-label': 'What the steps mean' }, ...steps.map(s => element('li', {},
		element('small', {}, `${duration(s.offset_ns)}, ${s.side}`), ...s.texts.map(t => element('p', {}, safe(t))))));
}

// ---- facts

function nameOf(side, which) {
	const p = side.process ?? {};
	return (which === 'client' ? p.opener ?? p.closer : p.acceptor ?? p.opener ?? p.closer)?.name ?? '';
}

function actor(a) {
	const certainty = a.certainty === 'certain' ? '' : a.certainty === 'listener' ? ' (owner of the listener; accept() was not seen)' : `, ${a.certainty}`;
	return `${safe(a.name ?? '?')}${a.thread?.name ? `, thread ${safe(a.thread.name)}` : ''}${a.pid ? ` [${a.pid}]` : ''}${certainty}`;
}

function whereOf(side) {
	const k = side.k8s ?? {}, c = side.container ?? {}, names = [];
	if (k.pod?.name)
		names.push(`pod ${safe(k.namespace?.name ?? '')}/${safe(k.pod.name)}`);
	if (k.container?.name || c.id)
		names.push(`container ${safe(k.container?.name ?? c.name ?? c.id.slice(0, 12))}${c.runtime ? ` (${safe(c.runtime)})` : ''}`);
	if (side.systemd?.unit)
		names.push(`unit ${safe(side.systemd.unit)}`);
	return names.join(', ');
}

function facts(c) {
	const list = [['Began', `${clock(c.start_time, 6)}${c.tcp?.existed ? ' (first seen; it existed before tracing)' : ''}`], ['Id', c.id]];
	const add = (label, value) => value !== undefined && value !== '' && list.push([label, value]);
	for (const side of ['client', 'server']) {
		const s = c[side], Side = side[0].toUpperCase() + side.slice(1);
		add(Side, endpoint(s));
		for (const [who, did] of [['opener', side === 'client' ? 'connected' : 'listened'], ['acceptor', 'accepted'], ['closer', 'closed']])
			if (s.process?.[who])
				add(`${Side}: process that ${did}`, actor(s.process[who]));
		add(`${Side} is in`, whereOf(s));
		add(`${Side} sent`, s.bytes === undefined ? undefined : `${bytes(s.bytes)}${s.packets ? ` in ${counted(s.packets, 'segment')}` : ''}${s.retransmits ? `, ${count(s.retransmits)} retransmitted` : ''}`);
		add(`${Side} error`, s.error);
	}
	const h = c.handshake ?? {}, t = c.teardown ?? {}, w = c.time_wait ?? {};
	add('SYN → SYN+ACK', h.syn_to_synack_ns === undefined ? undefined : duration(h.syn_to_synack_ns));
	add('SYN+ACK → ACK', h.synack_to_ack_ns === undefined ? undefined : duration(h.synack_to_ack_ns));
	add('accept() after', h.accept_delay_ns === undefined ? undefined : duration(h.accept_delay_ns));
	add('SYN retransmits', h.syn_retransmits || undefined);
	add('Half-closed', t.half_closed_ns === undefined ? undefined : `${duration(t.half_closed_ns)}${t.half_closed_bytes ? `, ${bytes(t.half_closed_bytes)} sent` : ''}`);
	add('close() delay', t.close_delay_ns === undefined ? undefined : duration(t.close_delay_ns));
	add('TIME_WAIT', w.side && w.offset_ns !== undefined ? `at the ${w.side}, ${w.exit ?? 'running'}${w.duration_ns === undefined ? '' : ` after ${duration(w.duration_ns)}`} (nominal ${duration(w.nominal_ns)})${w.restarts ? `, restarted ${w.restarts}×` : ''}` : undefined);
	add('RST reason', c.tcp?.reset_reason);
	add('Round trip', c.tcp?.srtt_ns === undefined ? undefined : `${duration(c.tcp.srtt_ns)} smoothed${c.tcp.min_rtt_ns === undefined ? '' : `, ${duration(c.tcp.min_rtt_ns)} least`}`);
	add('Decided by', (c.evidence ?? []).join(', ').replaceAll('_', ' '));
	add('Zeek', c.tcp?.conn_state && `${c.tcp.conn_state} ${c.tcp.history ?? ''}`);
	return element('dl', { class: 'facts' }, ...list.flatMap(([k, v]) => [element('dt', {}, k), element('dd', {}, String(v))]));
}

function eventTable(c) {
	const isn = origins(c);
	return element('details', { class: 'events' }, element('summary', {}, `All ${c.events.length} events${c.events_dropped ? `, ${count(c.events_dropped)} more left out` : ''}`),
		element('div', { class: 'scroll' }, element('table', { 'aria-label': 'Events' },
			element('thead', {}, element('tr', {}, ...['After', 'Side', 'What'].map((h, i) => element('th', i ? { scope: 'col' } : { scope: 'col', class: 'number' }, h)))),
			element('tbody', {}, ...c.events.map(e => element('tr', {}, element('td', { class: 'number' }, duration(e.offset_ns)), element('td', {}, e.side),
				element('td', {}, describe(e, isn))))))));
}

// ---- the panel

export class Details {
	constructor(panel, onClose) {
		this.panel = panel;
		this.onClose = onClose;
		this.logarithmic = true;
		panel.addEventListener('keydown', e => e.key === 'Escape' && this.close());
		addEventListener('resize', () => this.draw());
	}

	async open(id, back) {
		this.id = id;
		this.back = back;
		const record = await this.ask('connection', id), steps = record && await this.ask('explain', id);
		if (this.id !== id)
			return; // another one was opened meanwhile
		this.steps = steps?.steps ?? [];
		this.show(record);
		this.panel.focus({ preventScroll: true });
		if (matchMedia('(max-width: 1099px)').matches)
			this.panel.scrollIntoView({ block: 'start' });
	}

	// Its TIME_WAIT is over, perhaps: what is shown is asked for again, but not scrolled or focused.
	async refresh() {
		const id = this.id, record = await this.ask('connection', id), steps = record && await this.ask('explain', id);
		if (!record || this.id !== id)
			return;
		this.steps = steps?.steps ?? [];
		this.show(record);
	}

	// null: it is not kept, or the tracer is not reached, which the page says already.
	async ask(what, id) {
		try {
			const answer = await fetch(`/api/${what}?id=${encodeURIComponent(id)}`);
			return answer.ok ? await answer.json() : null;
		} catch {
			return null;
		}
	}

	show(record) {
		const close = element('button', { type: 'button', class: 'close', 'aria-label': 'Close the details' }, '×');
		close.addEventListener('click', () => this.close());
		this.record = record;
		this.panel.hidden = false;
		if (!record) {
			this.panel.replaceChildren(element('header', {}, element('h2', { id: 'details-title' }, 'Details'), close),
				element('p', { class: 'empty' }, 'This connection is not kept any more.'));
			return;
		}
		const axis = element('fieldset', { class: 'axis' }, element('legend', { class: 'unseen' }, 'Axis of the phases'));
		for (const [name, logarithmic] of [['log', true], ['linear', false]]) {
			const input = element('input', { type: 'radio', name: 'axis', value: name });
			input.checked = this.logarithmic === logarithmic;
			input.addEventListener('change', () => { this.logarithmic = logarithmic; this.draw(); });
			axis.append(element('label', {}, input, name));
		}
		this.phases = svg('svg', { class: 'waterfall', role: 'img', 'aria-label': 'Phases' });
		this.sequence = svg('svg', { class: 'sequence', role: 'img', 'aria-label': 'Sequence diagram' });
		this.panel.replaceChildren(
			element('header', {}, element('h2', { id: 'details-title' }, `${endpoint(record.client)} → ${endpoint(record.server)}`), close),
			element('p', { class: 'verdict' }, `${safe(record.verdict ? record.verdict[0].toUpperCase() + record.verdict.slice(1) : 'Still open')}${this.over && record.tcp?.ending === 'open' ? ' when the recording ended' : ''}.`,
				...record.complete === false ? [element('span', { class: 'badge bad' }, 'incomplete: not all of it was seen')] : []),
			...record.advice ? [element('p', { class: 'advice' }, `${safe(record.advice[0].toUpperCase() + record.advice.slice(1))}.`)] : [],
			element('div', { class: 'title' }, element('h3', {}, 'Phases'), axis), this.phases,
			element('h3', {}, 'Segments and states'),
			element('div', { class: 'steps' },
				element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Sequence diagram, to be scrolled' }, this.sequence),
				explanations(this.steps)),
			eventTable(record), element('h3', {}, 'Facts'), facts(record));
		this.draw();
	}

	draw() {
		if (this.panel.hidden || !this.record)
			return;
		waterfall(this.record, this.phases, this.logarithmic);
		diagram(this.record, this.sequence, assign(this.record, this.steps));
	}

	close() {
		this.panel.hidden = true;
		this.record = this.id = null;
		this.steps = [];
		this.onClose();
		if (this.back?.isConnected)
			this.back.focus();
	}
}
