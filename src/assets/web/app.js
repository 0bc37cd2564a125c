// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// What comes from the tracer, and where on the page it goes.
import * as charts from './charts.js';
import { Details } from './details.js';
import { count, counted, duration, element, rate, safe, say } from './format.js';
import { Table } from './table.js';

const $ = id => document.getElementById(id);
const SAMPLES = 600, DRAW_MS = 250;

const state = { hello: null, tick: null, samples: new Map(), missed: 0, paused: false, waiting: 0, drawn: true };
const details = new Details($('details'), () => table.select(null));
const table = new Table((c, button) => {
	table.select(c.id);
	details.open(c.id, button);
});

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
		tile('Ports left', busiest ? count(busiest.left) : '–',
			soonest ? `exhausted ${soonest.exhausted_ns ? `in ${duration(soonest.exhausted_ns)}` : 'now'}` : busiest ? 'towards the busiest destination' : 'range not known', charts.isSoon(soonest) ? 'bad' : ''),
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
	say($('mode'), hello.capture === 'live' ? 'live' : tick?.over ? 'recording, at its end' : 'recording');
	$('mode').className = `mode ${hello.capture}`;
}

function draw() {
	const { hello, tick } = state, samples = [...state.samples.values()];
	if (!hello || !tick)
		return;
	drawMode();
	drawTiles(tiles(tick, samples));
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

setInterval(() => {
	if (state.drawn && !table.dirty)
		return;
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
		addSamples(data.samples);
	},
	tick(data) {
		state.tick = data;
		addSamples(data.samples);
		table.putOpen(data.open);
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

const source = new EventSource('/api/events');
for (const [name, take] of Object.entries(receive))
	source.addEventListener(name, e => {
		take(JSON.parse(e.data));
		later();
	});
source.addEventListener('open', () => link('connected', 'good'));
source.addEventListener('error', () => link(source.readyState === EventSource.CLOSED ? 'not connected: reload the page' : 'reconnecting…', 'bad'));
