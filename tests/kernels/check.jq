# Compares what one tracer said with what was played: a line "pass", "fail" or "again", name, place, why for each connection.
# $played: the lines of `lives play`; $records: the tracer's connection records; $reasons: does this kernel tell why it
# resets (6.10)?; $accepts: does the tracer see accept()?; also($name): lives.txt's conditions. A record that says itself
# that it is incomplete shows nothing but a starved guest, which is to be asked again.

def at_path($path): getpath($path | split("."));

def same($what; $wanted):
	. as $it
	| if [$wanted] | flatten | any(. == $it) then empty else "\($what) is \($it | tojson), not \($wanted | tojson)" end;

def as_recorded($wanted):
	. as $record
	| $wanted | to_entries[]
	| select(.key != "tcp.reset_reason" or $reasons)
	| .key as $path | .value as $value
	| $record | at_path($path) | same($path; $value);

# The longest TIME_WAIT that sock_diag saw: a starved guest runs its timers late, and all of them.
def longest: [$played[] | .client_time_wait, .server_time_wait | .longest_ns? // 0] | max;

# What sock_diag saw brackets it; where nobody looked, it is what the kernel's timer wheel makes of 60 s at HZ=250, counted
# from its last tick: a starved guest's may be some ms old.
def bounds($one):
	$one.client_time_wait // $one.server_time_wait
	| if . then [.shortest_ns - 50e6, .longest_ns + 50e6] else [60e9 - 50e6, ([66e9, longest + 1e9] | max)] end;

def time_wait($one):
	($one.record["time_wait.exit"] // "expired") as $exit
	| bounds($one) as [$shortest, $longest]
	| if $one.time_wait == "none" then (if .time_wait then "there is a time_wait" else empty end)
	  elif $one.time_wait == "" then empty
	  else (.time_wait.exit | same("time_wait.exit"; $exit)),
		(.time_wait.duration_ns // 0 | select($exit == "expired" and (. < $shortest or . > $longest))
			| "TIME_WAIT lasted \(. / 1e9) s, not \($shortest / 1e9) to \($longest / 1e9)")
	  end;

def faults($one):
	as_recorded($one.record),
	(.client.process.opener.pid | same("client.process.opener.pid"; $one.client.pid)),
	(select($accepts and $one.record["tcp.ending"] == "closed") | .server.process.acceptor.certainty
		| same("server.process.acceptor.certainty"; "certain")),
	time_wait($one),
	(if .complete then empty else "complete is false: \(.incomplete)" end),
	(select($one.connection == 1 and (also($one.name) | not)) | "its condition in lives.txt does not hold");

# A life has a server port and an address of its own; its connections follow one another.
def records_of($one):
	[$records[] | select(.server.port == $one.server.port and .server.address == $one.server.address)]
	| sort_by(.start_time);

def verdict($fault): if $fault == "" then "pass" elif .complete == false then "again" else "fail" end;

$played[] as $one
| records_of($one) as $mine
| [$played[] | select(.name == $one.name and .where == $one.where)] as $siblings
| $mine[$one.connection - 1]
| (if ($mine | length) != ($siblings | length) then "\($mine | length) records of \($siblings | length) connections"
   else [faults($one)] | join("; ") end) as $fault
| [verdict($fault), $one.name, $one.where, $fault] | join("\t")
