// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// What is shown, as a file: whole records and packets from the tracer, the table's cells from here.
import { again, endingOf, processOf, stateOf } from './table.js';

const AT_ONCE = 60; // ids in one question

const COLUMNS = [
	['id', c => c.id], ['start_time', c => c.start_time], ['end_time', c => c.end_time],
	['client_address', c => c.client.address], ['client_port', c => c.client.port],
	['server_address', c => c.server.address], ['server_port', c => c.server.port],
	['process', processOf], ['role', c => c.role], ['state', stateOf], ['ending', c => c.tcp?.ending ?? 'open'], ['how', endingOf],
	['handshake_ns', c => c.handshake?.duration_ns], ['duration_ns', c => c.duration_ns],
	['client_bytes', c => c.client.bytes], ['server_bytes', c => c.server.bytes], ['retransmits', again],
	['time_wait_ns', c => c.time_wait?.duration_ns], ['time_wait_exit', c => c.time_wait?.exit], ['complete', c => c.complete],
];

// RFC 4180; a spreadsheet must not take a name for a formula.
function cell(value) {
	let text = value === undefined ? '' : String(value);
	if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text))
		text = `'${text}`;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(list) {
	return [COLUMNS.map(([name]) => name), ...list.map(c => COLUMNS.map(([, get]) => cell(get(c))))].map(r => r.join(',')).join('\r\n') + '\r\n';
}

async function fetched(list, format) {
	const parts = [];
	for (let i = 0; i < list.length; i += AT_ONCE) {
		const answer = await fetch(`/api/export?format=${format}&ids=${list.slice(i, i + AT_ONCE).map(c => c.id).join(',')}`);
		if (!answer.ok)
			throw new Error(answer.statusText);
		parts.push(await answer.blob());
	}
	return parts;
}

// A file that the browser offers to save. Returns its name.
export async function save(list, format) {
	const parts = format === 'csv' ? [csv(list)] : await fetched(list, format);
	const name = `tcplife.${format === 'json' ? 'ndjson' : format}`;
	const link = document.createElement('a');
	link.href = URL.createObjectURL(new Blob(parts));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
	return name;
}
