# bench.json -> tables, at most 110 columns.

def left($width): . + " " * ($width - length);
def right($width): " " * ($width - length) + .;
def digits($n): . * pow(10; $n) | round / pow(10; $n) | tostring;
def thousands: round | tostring | [while(length > 0; .[:-3])] | map(.[-3:]) | reverse | join(",");
def amount: if . >= 1e9 then (. / 1e9 | digits(2)) + " G" elif . >= 1e7 then (. / 1e6 | digits(1)) + " M" else thousands + " " end;
def percent: . * 100 | round | tostring;
def range: if (.lowest | percent) == (.highest | percent) then "" else " \(.lowest | percent)-\(.highest | percent)" end;

def cell: if . == null then "-" else (.kept.median | percent) + "%" + (.kept | range) end;
def short_of: if .expected == 0 then null else (1 - .recorded / .expected) | if . < 0 then 0 else . end end;
def lost:
	if . == null or .expected == 0 then "" else short_of
	| if . == 0 then "none" elif . < 0.001 then "<0.1%" else (. * 100 | digits(1)) + "%" end end;

def names: ["ours", "tcplife", "tcpstates", "bpftrace", "tcpdump"];
def titles: ["ours", "tcplife", "tcpstates", "tcplife.bt", "tcpdump"];

def kept_table:
	"\(.date), Linux \(.kernel), \(.cpus) CPUs (\(.machine)); \(.rounds) rounds of \(.seconds) s, the tools in turn.",
	"Rate kept of the untraced one: median, lowest-highest. Below: what was not recorded of what happened.",
	"",
	("load" | left(25)) + ("untraced" | right(15)) + (titles | map(right(14)) | join("")),
	(.loads[] | . as $l |
		(.load | left(25)) + ((.untraced.median | amount) + (.unit | if . == "bytes/s" then "B/s" else "/s" end) | right(15))
			+ ([names[] as $n | $l.tools[$n] | cell | right(14)] | join("")),
		if ([.tools[].expected] | add) > 0 then
			("  lost" | left(40)) + ([names[] as $n | $l.tools[$n] | lost | right(14)] | join(""))
		else empty end),
	([.loads[].tools.ours | select(. != null)] | "ours: \(map(.events_lost) | add) events lost, \(map(.incomplete) | add) of \(map(.recorded) | add) records marked incomplete"),
	(.absent | to_entries[] | "\(.key) does not run here: \(.value)" | .[:110]);

def program_table:
	"",
	"programs in the kernel" + ("runs/operation" | right(29)) + ("ns/run" | right(10)) + ("ns/operation" | right(16)),
	([.programs[].load] | unique_by(.) ) as $all
	| ([.loads[].load] | map(select(. as $l | $all | index($l)))[]) as $load
	| [.programs[] | select(.load == $load)] | sort_by(-.ns_per_operation)
	| "\($load): \(map(.ns_per_operation) | add | digits(1)) ns" + (if $load | startswith("bulk") then " (an operation: 64 KiB)" else "" end),
		(.[] | select(.ns_per_operation >= 0.05) | ("  " + .program | left(37)) + (.runs_per_operation | digits(4) | right(14))
			+ (.ns_per_run | digits(1) | right(10)) + (.ns_per_operation | digits(1) | right(16)));

def hook_table:
	"",
	"added to socket() to close() of both ends on one thread, lo" + ("ns" | right(9)) + ("quartiles" | right(18)),
	(.hooks[] | ("  " + .hooks | left(59)) + (.ns | digits(0) | right(9))
		+ ("\(.lower_quartile | digits(0)) to \(.upper_quartile | digits(0))" | right(18)));

def packet_table:
	"",
	"a packet of no interest, from the cache (BPF_PROG_TEST_RUN)",
	(.packets[] | ("  " + .program | left(16)) + (.packet | left(21)) + "\(.ns.median) ns (\(.ns.lowest)-\(.ns.highest))");

def rest:
	"",
	("no kernel" | left(31)) + ("connections/s" | right(15)) + ("lowest-highest" | right(24)) + ("CPU us each" | right(13)),
	(.offline[] | (.what | left(31)) + (.per_second.median | thousands | right(15))
		+ ("\(.per_second.lowest | thousands)-\(.per_second.highest | thousands)" | right(24)) + (.cpu_us_per_connection.median | digits(2) | right(13))),
	"",
	(.memory[] | "held, \(.stage): \(.bytes_each | round) bytes each (\(.connections | thousands) at once)"),
	(.start[] | "start, \(.interfaces_more) interfaces more: \(.seconds.median * 1000 | round) ms (\(.seconds.lowest * 1000 | round)-\(.seconds.highest * 1000 | round))"),
	(.idle[] | "\(.connections | thousands) connections that idle: \(.cpu_percent | digits(1)) % of a CPU over \(.seconds) s, \(.bytes_each | round) bytes each");

kept_table, program_table, hook_table, packet_table, rest
