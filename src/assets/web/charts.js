// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// Lines over time and histograms, as plain SVG.
import { clock, count, duration, element, rate, say, svg } from './format.js';

const LEFT = 36, RIGHT = 6, TOP = 8, BOTTOM = 18;

function size(node) {
	const box = node.getBoundingClientRect();
	return [Math.max(200, Math.round(box.width)), Math.max(90, Math.round(box.height))];
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
	legend(legendNode, series.map(([name, cls, i]) => [name, cls, newest ? `${count(newest[i])}${unit}` : '–']));
	const peak = Math.max(1, ...samples.flatMap(s => series.map(([, , i]) => s[i])));
	const top = roundUp(peak), plot = frame(node, top, count);
	if (samples.length < 2)
		return;
	const first = samples[0][0], last = newest[0];
	const x = t => plot.x0 + (t - first) / Math.max(1, last - first) * (plot.x1 - plot.x0);
	const y = n => plot.y0 - n / top * (plot.y0 - plot.y1);
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

export function histogram(node, legendNode, counts, bounds, cls) {
	const all = counts.reduce((a, b) => a + b, 0);
	legend(legendNode, all ? [['', cls, count(all)], ['half', 'none', quantile(counts, bounds, 0.5)],
		['99 %', 'none', quantile(counts, bounds, 0.99)]] : [['', cls, 'none yet']]);
	const top = roundUp(Math.max(1, ...counts)), plot = frame(node, top, count);
	const step = (plot.x1 - plot.x0) / counts.length;
	counts.forEach((n, i) => {
		const height = n / top * (plot.y0 - plot.y1);
		const range = i < bounds.length ? `up to ${duration(bounds[i])}` : `over ${duration(bounds.at(-1))}`;
		node.append(svg('g', { class: 'bin' },
			svg('rect', { class: `bar ${cls}`, x: plot.x0 + i * step + 1, width: Math.max(1, step - 2),
				y: plot.y0 - Math.max(n ? 1.5 : 0, height), height: Math.max(n ? 1.5 : 0, height), rx: 1 }),
			svg('rect', { class: 'hover', x: plot.x0 + i * step, width: step, y: plot.y1, height: plot.y0 - plot.y1 },
				svg('title', {}, `${range}: ${count(n)}`))));
	});
	// A bound stands at the line between two bars. As many as there is room for.
	const every = Math.ceil(44 / step);
	for (let i = every - 1; i < bounds.length; i += every)
		node.append(svg('text', { class: 'tick middle', x: plot.x0 + (i + 1) * step, y: plot.height - 4 }, duration(bounds[i])));
}

// Within the hour.
export function isSoon(p) {
	return p?.exhausted_ns < 3600e9;
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
			element('td', { class: `number ${isSoon(p) ? 'bad' : 'quiet'}` }, soon));
		return tr;
	});
	if (!rows.length)
		rows.push(element('tr', {}, element('td', { colspan: 4, class: 'quiet' }, 'No connection was opened from here.')));
	body.replaceChildren(...rows);
}
