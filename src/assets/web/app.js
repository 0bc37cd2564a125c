// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// What comes from the tracer, and where on the page it goes.
import * as charts from './charts.js';
import { Details } from './details.js';
import { count, counted, duration, element, rate, safe, say } from './format.js';
import { save } from './export.js';
import { Look } from './look.js';
import { Table } from './table.js';

const $ = id => document.getElementById(id);
const SAMPLES = 600, DRAW_MS = 250;

const state = { hello: null, tick: null, tickAt: 0, samples: new Map(), missed: 0, paused: false, waiting: 0, drawn: true };
const details = new Details($('details'), () => {
	table.select(null);
	address();
});
const table = new Table((c, button) => {
	table.select(c.id);
	details.open(c.id, button);
	address();
}, whereToo => {
	address();
	if (whereToo)
		where.ask();
});

// ---- the address is a link to what is shown

function address() {
	const query = new URLSearchParams(table.filters()).toString();
	history.replaceState(null, '', `${location.pathname}${query ? `?${query}` : ''}${details.id ? `#${details.id}` : ''}`);
}

function follow() {
	const id = location.hash.slice(1);
	if (!/^[0-9a-f]{32}$/.test(id) || id === details.id)
		return;
	table.select(id);
	details.open(id, null);
}

addEventListener('hashchange', follow);

// ---- an expression, which the tracer evaluates

const where = {
	text: '', next: 0, timer: 0, generation: 0, open: null,
	ask() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.begin(), 250);
	},
	begin() {
		this.text = $('filter-where').value.trim();
		this.next = 0;
		this.generation++;
		this.open = null;
		say($('where-error'), '');
		$('where-error').hidden = true;
		table.fitting = this.text ? new Set() : null;
		table.dirty = true;
		if (this.text)
			this.more();
		else if (state.tick)
			table.putOpen(state.tick.open);
	},
	async more() {
		const { text, generation } = this;
		let answer, found;
		try {
			answer = await fetch(`/api/match?where=${encodeURIComponent(text)}&since=${this.next}`);
			found = await answer.json();
		} catch {
			return; // the page says already that the tracer is not reached
		}
		if (generation !== this.generation)
			return;
		if (!answer.ok) {
			$('where-error').hidden = false;
			say($('where-error'), `${found.column ? `column ${found.column}: ` : ''}${safe(found.error)}`);
			table.fitting = null;
			table.dirty = true;
			return;
		}
		this.next = found.next;
		for (const id of this.open ?? [])
			table.fitting.delete(id);
		this.open = found.open.map(c => c.id);
		for (const id of [...found.ids, ...this.open])
			table.fitting.add(id);
		table.putOpen(found.open);
		later();
	},
	again() {
		if (this.text && table.fitting)
			this.more();
	},
};

// ---- figures

function average(samples, index, seconds) {
	const newest = samples.at(-1)?.[0];
	const recent = samples.filter(s => s[0] > newest - seconds);
	return recent.length ? recent.reduce((sum, s) => sum + s[index], 0) / Math.min(seconds, Math.max(1, newest - recent[0][0] + 1)) : 0;
}

function tile(label, value, note, cls = '') {
	return { label, value, note, cls };
}

function tiles(t, samples) {
	const s = t.states, soonest = t.ports.filter(p => p.exhausted_ns !== undefined).sort((a, b) => a.exhausted_ns - b.exhausted_ns)[0];
	const busiest = t.ports.filter(p => p.available).sort((a, b) => b.used / b.available - a.used / a.available)[0];
	const leaks = t.close_wait_overdue;
	return [
		tile('Established', count(s.established), `${count(s.syn_sent + s.syn_received)} opening`),
		tile('TIME_WAIT', count(s.time_wait), `${count(s.fin_wait_1 + s.fin_wait_2 + s.closing + s.last_ack)} closing`),
		tile('CLOSE_WAIT', count(s.close_wait), leaks ? `${count(leaks)} for over a minute` : 'none for over a minute', leaks ? 'bad' : ''),
		tile('Opened', `${rate(average(samples, 1, 60))}/s`, `${count(t.opened)} in total`),
		tile('Failed', count(t.failed), 'never established', t.failed ? 'warn' : ''),
		// Of one destination: the figure and the note are about the same.
		soonest ? tile('Ports left', count(soonest.left),
			`exhausted ${soonest.exhausted_ns ? `in ${duration(soonest.exhausted_ns)}` : 'now'} towards ${soonest.remote}`, 'bad')
			: tile('Ports left', busiest ? count(busiest.left) : '–', busiest ? 'towards the busiest destination' : 'range not known'),
	];
}

function drawTiles(list) {
	const node = $('tiles');
	if (node.children.length !== list.length)
		node.replaceChildren(...list.map(() => element('div', {}, element('dt'), element('dd', { class: 'value' }), element('dd', { class: 'note' }))));
	list.forEach((t, i) => {
		const [dt, value, note] = node.children[i].children;
		node.children[i].className = t.cls;
		say(dt, t.label);
		say(value, t.value);
		say(note, t.note);
	});
}

function drawBadges(t) {
	const lost = $('lost'), missed = $('missed');
	lost.hidden = false;
	lost.className = `badge ${t.lost || t.evicted ? 'bad' : 'good'}`;
	say(lost, t.lost || t.evicted ? `${counted(t.lost, 'event')} lost${t.evicted ? `, ${counted(t.evicted, 'connection')} dropped` : ''}` : 'no events lost');
	missed.hidden = !state.missed;
	say(missed, `${counted(state.missed, 'row')} not shown: too many at once`);
}

function drawMode() {
	const { hello, tick } = state;
	say($('host'), safe(hello.host));
	document.title = `${safe(hello.host)} · tcplife-trace`;
	const kind = hello.capture === 'pcap' ? 'capture' : 'recording';
	say($('mode'), hello.capture === 'live' ? 'live' : tick?.over ? `${kind}, at its end` : kind);
	$('mode').className = `mode ${hello.capture}`;
}

function draw() {
	const { hello, tick } = state, samples = [...state.samples.values()];
	if (!hello || !tick)
		return;
	drawMode();
	drawTiles(tiles(tick, samples));
	charts.span(table.span);
	charts.lines($('rate'), $('rate-legend'), samples, [['opened', 'a', 1], ['closed', 'b', 2], ['failed', 'bad', 3]], '/s');
	charts.lines($('states'), $('states-legend'), samples, [['established', 'established', 5], ['TIME_WAIT', 'time_wait', 8],
		['CLOSE_WAIT', 'bad', 6], ['closing', 'teardown', 7], ['opening', 'handshake', 4]], '');
	charts.histogram($('handshake'), $('handshake-legend'), tick.handshake, hello.handshake_bounds_ns, 'handshake');
	charts.histogram($('timewait'), $('timewait-legend'), tick.time_wait, hello.time_wait_bounds_ns, 'time_wait');
	charts.ports($('ports'), tick.ports.map(p => ({ ...p, process: p.process && safe(p.process) })));
	table.draw();
	state.drawn = true;
}

// Many events come at once: they are drawn together, and not at all while paused.
function later() {
	state.drawn = false;
}

// The tracer's clock: of a recording it stands still.
function tracerNow() {
	const { tick } = state, time = Date.parse(tick?.time ?? '');
	if (!tick || Number.isNaN(time))
		return Date.now();
	return state.hello?.capture === 'live' ? time + performance.now() - state.tickAt : time;
}

let ticked = 0;
setInterval(() => {
	const now = tracerNow();
	// Ages grow and TIME_WAITs run out.
	if (!state.paused && state.hello?.capture === 'live' && Math.floor(now / 1000) !== ticked) {
		ticked = Math.floor(now / 1000);
		table.dirty = true;
	}
	if (state.drawn && !table.dirty)
		return;
	if (!state.paused) {
		table.now = now;
		table.over = state.tick?.over ?? false;
	}
	if (state.paused)
		say($('pause'), state.waiting ? `Resume (${count(state.waiting)} new)` : 'Resume');
	else
		draw();
}, DRAW_MS);
new ResizeObserver(later).observe(document.querySelector('.charts')); // a scroll bar that comes makes them narrower too
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later);

$('pause').addEventListener('click', e => {
	state.paused = !state.paused;
	state.waiting = 0;
	e.currentTarget.setAttribute('aria-pressed', state.paused);
	say(e.currentTarget, state.paused ? 'Resume' : 'Pause');
	if (!state.paused)
		draw();
});

// ---- what comes

function addSamples(list) {
	for (const s of list)
		state.samples.set(s[0], s);
	while (state.samples.size > SAMPLES)
		state.samples.delete(state.samples.keys().next().value);
}

function link(text, cls) {
	$('link').className = `badge ${cls}`;
	say($('link'), text);
}

const receive = {
	hello(data) {
		// Another run of the tracer: what was shown is not of it.
		if (state.hello && state.hello.session !== data.session) {
			state.samples.clear();
			state.missed = 0;
			table.clear();
		}
		state.hello = data;
		look.set(data.look);
		table.ownPort = data.capture === 'live' ? data.port ?? 0 : 0;
		addSamples(data.samples);
		where.begin();
		follow();
	},
	tick(data) {
		if (state.hello && data.session !== state.hello.session) { // another page moved
			connect();
			return;
		}
		state.tick = data;
		state.tickAt = performance.now();
		addSamples(data.samples);
		if (!where.text)
			table.putOpen(data.open);
		where.again();
		details.over = data.over;
		drawBadges(data);
	},
	conn(data) {
		state.waiting++;
		table.put(data);
		if (data.id === details.id)
			details.refresh();
	},
	missed(data) {
		state.missed += data;
	},
};

let source = null;

function connect() {
	source?.close();
	const own = source = new EventSource('/api/events');
	for (const [name, take] of Object.entries(receive))
		own.addEventListener(name, e => {
			if (own !== source)
				return;
			take(JSON.parse(e.data));
			later();
		});
	own.addEventListener('open', () => link('connected', 'good'));
	own.addEventListener('error', () => link(own.readyState === EventSource.CLOSED ? 'not connected: reload the page' : 'reconnecting…', 'bad'));
}

const look = new Look(connect);
connect();

table.setFilters(Object.fromEntries(new URLSearchParams(location.search)));
charts.onSpan(span => table.choose(span), later);
document.querySelector('.export').addEventListener('click', async e => {
	const format = e.target.closest('button')?.dataset.format;
	if (!format)
		return;
	try {
		say($('count'), `${count(table.list.length)} saved as ${await save(table.list, format)}`);
	} catch {
		say($('count'), 'not saved: the tracer is not reached');
	}
});
