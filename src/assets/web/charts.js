// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// Lines over time and histograms, as plain SVG.
import { clock, count, duration, element, rate, say, svg } from './format.js';

const LEFT = 36, RIGHT = 6, TOP = 8, BOTTOM = 18;

function size(node) {
	const box = node.getBoundingClientRect();
	return [Math.max(200, Math.round(box.width)), Math.max(90, Math.round(box.height))];
}

// ---- a span of time that is chosen, and the moment that is looked at

const shared = { span: null, looked: null, drag: null, choose: () => {}, redraw: () => {} };

export function span(chosen) {
	shared.span = chosen;
}

export function onSpan(choose, redraw) {
	shared.choose = choose;
	shared.redraw = redraw;
}

function timeAt(node, e) {
	const p = node.plotted, box = node.getBoundingClientRect();
	const share = ((e.clientX - box.left) * p.plot.width / box.width - p.plot.x0) / (p.plot.x1 - p.plot.x0);
	return Math.round(p.first + Math.min(1, Math.max(0, share)) * (p.last - p.first));
}

// Once for each chart; what it draws is made anew each time.
function listen(node) {
	if (node.listens)
		return;
	node.listens = true;
	node.addEventListener('pointerdown', e => {
		if (!node.plotted || e.button)
			return;
		node.setPointerCapture(e.pointerId);
		shared.drag = timeAt(node, e);
	});
	node.addEventListener('pointermove', e => {
		if (!node.plotted)
			return;
		shared.looked = timeAt(node, e);
		if (shared.drag !== null && shared.looked !== shared.drag)
			shared.span = [Math.min(shared.drag, shared.looked), Math.max(shared.drag, shared.looked)];
		shared.redraw();
	});
	node.addEventListener('pointerup', e => {
		const from = shared.drag;
		shared.drag = null;
		if (from !== null)
			shared.choose(from === timeAt(node, e) ? null : shared.span);
	});
	node.addEventListener('pointerleave', () => {
		shared.looked = null;
		shared.redraw();
	});
}

// A round number that is not less than n.
function roundUp(n) {
	const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));
	return [1, 2, 4, 6, 10].map(f => f * power).find(f => f >= n);
}

function frame(node, top, label) {
	const [width, height] = size(node);
	const plot = { width, height, x0: LEFT, x1: width - RIGHT, y0: height - BOTTOM, y1: TOP };
	node.setAttribute('viewBox', `0 0 ${width} ${height}`);
	node.replaceChildren();
	for (const share of top % 2 ? [0, 1] : [0, 0.5, 1]) {
		const y = plot.y0 - share * (plot.y0 - plot.y1);
		node.append(svg('line', { class: 'grid', x1: plot.x0, x2: plot.x1, y1: y, y2: y }));
		if (share)
			node.append(svg('text', { class: 'tick end', x: plot.x0 - 5, y: y + 4 }, label(top * share)));
	}
	return plot;
}

// parts: [name, class, text of its value]
function legend(node, parts) {
	if (node.children.length !== parts.length)
		node.replaceChildren(...parts.map(([name, cls]) => element('span', {}, element('i', { class: `key ${cls}` }),
			`${name} `, element('b'))));
	parts.forEach(([, , value], i) => say(node.children[i].querySelector('b'), value));
}

// samples: [seconds since 1970, values...]; series: [name, class, index of its value]
export function lines(node, legendNode, samples, series, unit) {
	const newest = samples.at(-1);
	const looked = shared.looked === null ? newest : samples.findLast(s => s[0] <= shared.looked) ?? newest;
	listen(node);
	legend(legendNode, series.map(([name, cls, i]) => [name, cls, looked ? `${count(looked[i])}${unit}` : '–']));
	const peak = Math.max(1, ...samples.flatMap(s => series.map(([, , i]) => s[i])));
	const top = roundUp(peak), plot = frame(node, top, count);
	node.plotted = null;
	if (samples.length < 2)
		return;
	const first = samples[0][0], last = newest[0];
	node.plotted = { plot, first, last };
	const x = t => plot.x0 + (t - first) / Math.max(1, last - first) * (plot.x1 - plot.x0);
	const y = n => plot.y0 - n / top * (plot.y0 - plot.y1);
	if (shared.span) {
		const from = x(Math.max(first, shared.span[0])), to = x(Math.min(last, shared.span[1]));
		node.append(svg('rect', { class: 'chosen', x: from, y: plot.y1, width: Math.max(1, to - from), height: plot.y0 - plot.y1 }));
	}
	for (const [, cls, i] of series) {
		// A second without a sample is not zero: the line is broken there.
		let path = '', before = -Infinity;
		for (const s of samples) {
			path += `${s[0] - before > 3 ? 'M' : 'L'}${x(s[0]).toFixed(1)} ${y(s[i]).toFixed(1)}`;
			before = s[0];
		}
		node.append(svg('path', { class: `line ${cls}`, d: path }));
	}
	const time = t => clock(new Date(t * 1000).toISOString(), 0);
	node.append(svg('text', { class: 'tick', x: plot.x0, y: plot.height - 4 }, time(first)),
		svg('text', { class: 'tick end', x: plot.x1, y: plot.height - 4 }, time(last)));
	if (shared.looked !== null && shared.looked >= first && shared.looked <= last)
		node.append(svg('line', { class: 'looked', x1: x(looked[0]), x2: x(looked[0]), y1: plot.y1, y2: plot.y0 }),
			svg('text', { class: 'tick middle', x: (plot.x0 + plot.x1) / 2, y: plot.height - 4 }, time(looked[0])));
}

// counts has one more than bounds: what is larger than all of them.
function quantile(counts, bounds, share) {
	const all = counts.reduce((a, b) => a + b, 0);
	let seen = 0;
	for (let i = 0; i < counts.length; i++) {
		seen += counts[i];
		if (seen >= share * all)
			return i < bounds.length ? `≤ ${duration(bounds[i])}` : `> ${duration(bounds.at(-1))}`;
	}
	return '–';
}

// The buckets that have something in them, and one beside them: the others say nothing.
function trimmed(counts, bounds) {
	const first = counts.findIndex(n => n), last = counts.findLastIndex(n => n);
	if (first < 0)
		return [counts, bounds];
	const from = Math.max(0, first - 1), to = Math.min(counts.length - 1, last + 1);
	return [counts.slice(from, to + 1), bounds.slice(from, to + 1)];
}

export function histogram(node, legendNode, allCounts, allBounds, cls) {
	const all = allCounts.reduce((a, b) => a + b, 0);
	const [counts, bounds] = trimmed(allCounts, allBounds);
	legend(legendNode, all ? [['', cls, count(all)], ['half', 'none', quantile(allCounts, allBounds, 0.5)],
		['99 %', 'none', quantile(allCounts, allBounds, 0.99)]] : [['', cls, 'none yet']]);
	const top = roundUp(Math.max(1, ...counts)), plot = frame(node, top, count);
	const step = (plot.x1 - plot.x0) / counts.length;
	counts.forEach((n, i) => {
		const height = n / top * (plot.y0 - plot.y1);
		const range = i < bounds.length ? `up to ${duration(bounds[i])}` : `over ${duration(allBounds.at(-1))}`;
		node.append(svg('g', { class: 'bin' },
			svg('rect', { class: `bar ${cls}`, x: plot.x0 + i * step + 1, width: Math.max(1, step - 2),
				y: plot.y0 - Math.max(n ? 1.5 : 0, height), height: Math.max(n ? 1.5 : 0, height), rx: 1 }),
			svg('rect', { class: 'hover', x: plot.x0 + i * step, width: step, y: plot.y1, height: plot.y0 - plot.y1 },
				svg('title', {}, `${range}: ${count(n)}`))));
	});
	// A bound stands at the line between two bars. As many as there is room for.
	const every = Math.ceil(44 / step);
	for (let i = every - 1; i < bounds.length; i += every) {
		const x = plot.x0 + (i + 1) * step, edge = x > plot.x1 - 22;
		node.append(svg('text', { class: `tick ${edge ? 'end' : 'middle'}`, x: edge ? plot.width - 1 : x, y: plot.height - 4 }, duration(bounds[i])));
	}
}

// Ports held of all that there are, and until when they last.
export function ports(body, list) {
	const rows = list.map(p => {
		const meter = p.available ? [element('meter', { min: 0, max: p.available, value: Math.min(p.used, p.available),
			high: Math.round(p.available * 0.7), 'aria-label': `${p.used} of ${p.available} ports held` })] : [];
		const left = p.available === undefined ? '?' : count(p.left);
		const soon = p.exhausted_ns === undefined ? 'not in sight' : p.exhausted_ns === 0 ? 'now' : `in ${duration(p.exhausted_ns)}`;
		const advice = { would_help: 'tcp_tw_reuse=1 would help', is_on: 'tcp_tw_reuse is on',
			would_not_help: 'open connections hold most' }[p.tw_reuse];
		const notes = [`from ${p.local}`, ...p.process ? [p.process] : [], `${rate(p.opened_per_minute / 60)}/s opened`, ...advice ? [advice] : []];
		const tr = element('tr', {},
			element('th', { scope: 'row' }, element('span', {}, p.remote), element('small', {}, notes.join(' · '))),
			element('td', { class: 'number' }, ...meter, count(p.used), element('small', {}, `${count(p.time_wait)} TIME_WAIT`)),
			element('td', { class: 'number' }, left, ...p.available ? [element('small', {}, `of ${count(p.available)}`)] : []),
			element('td', { class: `number ${p.exhausted_ns === undefined ? 'quiet' : 'bad'}` }, soon));
		return tr;
	});
	if (!rows.length)
		rows.push(element('tr', {}, element('td', { colspan: 4, class: 'quiet' }, 'No connection was opened from here.')));
	body.replaceChildren(...rows);
}
