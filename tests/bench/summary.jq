# What was measured -> bench.json: medians, the lowest and the highest of the rounds.

def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def spread: {median: median, lowest: min, highest: max};
def part($name): map(select(.part == $name));
# Groups in the order in which they came.
def grouped(key): [foreach .[] as $m ({}; .key = ($m | key); {key: .key, value: $m})] as $pairs
	| reduce $pairs[] as $p ([]; if any(.[]; .key == $p.key) then map(if .key == $p.key then .values += [$p.value] else . end)
		else . + [{key: $p.key, values: [$p.value]}] end);

# One tool under one load, each round against the untraced one of the same round.
def compared($untraced):
	. as $tool
	| {
		rate: map(.result.rate) | spread,
		kept: [$tool[] as $t | $untraced[] | select(.round == $t.round) | $t.result.rate / .result.rate] | spread,
		expected: (map(.counts.expected // 0) | add), recorded: (map(.counts.recorded // 0) | add),
		events_lost: (map(.counts.events_lost // 0) | add), incomplete: (map(.counts.incomplete // 0) | add),
	};

def loads:
	part("kept") | grouped(.load) | map(
		.values as $all
		| ($all | map(select(.tool == "untraced"))) as $untraced
		| {
			load: .key, unit: .values[0].unit, untraced: ($untraced | map(.result.rate) | spread),
			tools: ($all | map(select(.tool != "untraced")) | grouped(.tool)
				| map({key, value: (.values | compared($untraced))}) | from_entries),
		});

def programs:
	# Of a stream an operation is 64 KiB.
	part("program") | map(if .load | startswith("bulk") then .operations /= 65536 else . end) | map({load, program, runs_per_operation: (.runs / .operations), ns_per_run: (.ns / .runs),
		ns_per_operation: (.ns / .operations), runs, operations});

def offline:
	part("offline") | grouped(.what) | map({what: .key, connections: .values[0].connections,
		per_second: (.values | map(.connections / .result.seconds) | spread),
		cpu_us_per_connection: (.values | map(.result.cpu_seconds / .connections * 1e6) | spread),
		max_rss_kib: (.values | map(.result.max_rss_kib) | max)});

def memory:
	part("memory") | grouped(.stage) | map(
		(.values | max_by(.connections)) as $many | (.values | min_by(.connections)) as $one
		| {stage: .key, connections: $many.connections,
			bytes_each: (($many.result[0].max_rss_kib - $one.result[0].max_rss_kib) * 1024 / ($many.connections - $one.connections))});

{
	date: $date, kernel: $kernel, machine: $machine, cpus: $cpus, rounds: $rounds, seconds: $seconds,
	loads: loads,
	absent: (part("absent") | map({key: .tool, value: .why}) | from_entries),
	programs: programs,
	hooks: (part("hook") | map(del(.part))),
	packets: (part("packet") | group_by([.program, .packet]) | map({program: .[0].program, packet: .[0].packet, ns: (map(.ns) | spread)})),
	start: (part("start") | grouped(.interfaces) | map({interfaces_more: .key, seconds: (.values | map(.result.start_seconds) | spread),
		max_rss_kib: (.values | map(.result.max_rss_kib) | max)})),
	idle: (part("idle") | map({connections, seconds, cpu_percent: (.cpu_ticks / .seconds), bytes_each: (.kib * 1024 / .connections)})),
	offline: offline,
	memory: memory,
}
