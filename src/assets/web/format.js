// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// Numbers and foreign text as a person reads them, and the elements they stand in. Text only ever becomes textContent.

const UNITS = [[1e3, 'ns', 1], [1e6, 'µs', 1e3], [1e9, 'ms', 1e6], [12e10, 's', 1e9]];

function digits(n) {
	return n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1).replace(/\.0$/, '') : n.toFixed(2).replace(/\.?0+$/, '');
}

// "850 ns", "9.78 µs", "61.8 s"; from two minutes on "2m 3s".
export function duration(ns) {
	if (ns === undefined || ns === null)
		return '–';
	if (ns === 0)
		return '0';
	for (const [limit, unit, size] of UNITS)
		if (ns < limit)
			return `${digits(ns / size)} ${unit}`;
	const s = Math.round(ns / 1e9);
	if (s < 3600)
		return `${Math.floor(s / 60)}m ${s % 60}s`;
	return s < 86400 ? `${Math.floor(s / 3600)}h ${Math.floor(s / 60) % 60}m` : `${Math.floor(s / 86400)}d ${Math.floor(s / 3600) % 24}h`;
}

export function bytes(n) {
	if (n === undefined)
		return '–';
	if (n < 1024)
		return `${n} B`;
	let i = 0;
	for (n /= 1024; n >= 1000 && i < 4; n /= 1024)
		i++;
	return `${digits(n)} ${['KiB', 'MiB', 'GiB', 'TiB', 'PiB'][i]}`;
}

// Thousands apart by a thin space.
export function count(n) {
	return n === undefined ? '–' : String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

// "1 event", "2 events"
export function counted(n, what) {
	return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

export function rate(n) {
	return n >= 100 ? count(n) : digits(n);
}

// Control and direction characters would hide or reorder what stands beside them: shown by their numbers.
export function safe(text) {
	return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
		c => `\\x${c.codePointAt(0).toString(16).padStart(2, '0')}`);
}

export function endpoint(side) {
	const address = side.address.includes(':') ? `[${side.address}]` : side.address;
	return side.port ? `${address}:${side.port}` : address;
}

// "12:03:09.123", from RFC 3339, in the browser's own time.
export function clock(time, fraction = 3) {
	const d = new Date(time);
	const two = n => String(n).padStart(2, '0');
	const text = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
	return fraction ? `${text}.${time.slice(20, 20 + fraction)}` : text;
}

// "fin_wait_1" as the kernel writes it.
export function kernelState(word) {
	const special = { syn_received: 'SYN_RECV', fin_wait_1: 'FIN_WAIT1', fin_wait_2: 'FIN_WAIT2', closed: 'CLOSE' };
	return special[word] ?? (word ?? '').toUpperCase();
}

// element('td', { class: 'number' }, 'text' or element, ...)
export function element(name, attributes = {}, ...content) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes))
		e.setAttribute(key, value);
	e.append(...content);
	return e;
}

export function svg(name, attributes = {}, ...content) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes))
		e.setAttribute(key, value);
	e.append(...content);
	return e;
}

// Writes only what changed: what a screen reader or a selection is at stays.
export function say(e, text) {
	if (e.textContent !== text)
		e.textContent = text;
}
