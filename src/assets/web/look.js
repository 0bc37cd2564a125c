// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// The time line of a directory of recordings: which part of it the page shows.
import { say } from './format.js';

const $ = id => document.getElementById(id);

const two = n => String(n).padStart(2, '0');

// As this host's clocks have it.
function when(ms) {
	const d = new Date(ms);
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export class Look {
	// moved: the tracer reads another time, all that was shown is of the one before.
	constructor(moved) {
		this.moved = moved;
		this.span = null;
		$('look-at').addEventListener('input', () => this.say());
		$('look-at').addEventListener('change', () => this.go());
		$('look-length').addEventListener('change', () => this.go());
		$('look-earlier').addEventListener('click', () => this.step(-1));
		$('look-later').addEventListener('click', () => this.step(1));
	}

	get length() {
		return Number($('look-length').value) || this.span.end - this.span.begin;
	}

	// As the tracer has it; undefined = there is nothing to move in.
	set(span) {
		$('look').hidden = !span;
		if (!span)
			return;
		this.span = span;
		const at = $('look-at'), length = span.until - span.since;
		at.min = span.begin;
		at.max = span.end;
		at.value = span.since;
		const fitting = length < span.end - span.begin && [...$('look-length').options].find(o => Number(o.value) >= length - 1000);
		$('look-length').value = fitting ? fitting.value : 0; // all of it
		this.say(span.since, span.until);
	}

	say(since = Number($('look-at').value), until = Math.min(since + this.length, this.span.end)) {
		const text = `${when(since)} to ${when(until)}`;
		say($('look-span'), text);
		$('look-at').setAttribute('aria-valuetext', text);
		$('look-earlier').disabled = since <= this.span.begin;
		$('look-later').disabled = until >= this.span.end;
	}

	step(by) {
		$('look-at').value = Number($('look-at').value) + by * this.length;
		this.go();
	}

	async go() {
		const all = !Number($('look-length').value), since = all ? this.span.begin : Number($('look-at').value);
		const until = Math.max(since + 1000, Math.min(since + this.length, this.span.end));
		$('look-at').value = since;
		this.say(since, until);
		try {
			const answer = await fetch(`/api/look?since=${since}&until=${until}`);
			if (answer.ok)
				this.moved();
		} catch {
			// the page says already that the tracer is not reached
		}
	}
}
