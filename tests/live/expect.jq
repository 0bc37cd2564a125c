# $played: what `lives play` printed; $records: what the tracer wrote. Prints a line for each thing that does not fit.
def same_end($want): .address == $want.address and ($want.port == null or .port == $want.port);

# Who is the client of a simultaneous open or a self-connect is a matter of taste.
def of_tuple($p):
  (.client | same_end($p.client)) and (.server | same_end($p.server))
  or .tcp.simultaneous_open == true and (.client | same_end($p.server)) and (.server | same_end($p.client));

# A life whose local port is not known is not one of those whose port is.
def of_other($played; $p): . as $r
  | $p.client.port == null and any($played[]; . as $o | $o.client.port != null and ($r | of_tuple($o)));

# A value, one of several, or a range.
def one_of($want): . as $is
  | if ($want | type) == "array" then any($want[]; . == $is)
    elif ($want | type) == "object" then $is != null and $is >= $want.min and $is <= $want.max
    else . == $want end;

# TIME_WAITs that an earlier tracer's lives left behind are none of this one's.
def connections: map(select(.schema == "tcplife.connection" and .tcp.existed != true));

# The minisocket that a later line reported belongs to the record.
def with_later_timewait($all):
  . as $c | reduce ($all[] | select(.schema == "tcplife.time_wait" and .id == $c.id)) as $l (.; .time_wait += $l.time_wait);

def unmet_paths($p): . as $r | $p.record | to_entries[]
  | . as $e | ($r | getpath($e.key / ".")) as $is
  | select($is | one_of($e.value) | not)
  | "\($e.key) is \($is | tojson), expected \($e.value | tojson)";

def unmet_opener($p):
  select($p.client.port != null and .tcp.simultaneous_open != true)
  | select($p.client.pid != null and .client.process.opener.pid != null and .client.process.opener.pid != $p.client.pid)
  | "client.process.opener.pid is \(.client.process.opener.pid), played by \($p.client.pid)";

def unmet_loss: select(.complete != true) | "complete is \(.complete | tojson): \(.incomplete)";

def unmet_timewait($p):
  if $p.time_wait == "" or ($p.time_wait | contains(" ")) then empty
  else select(.time_wait.side != $p.time_wait) | "time_wait.side is \(.time_wait.side | tojson), expected \($p.time_wait)" end;

# The steps of one side must hang together and lead through these states.
def unmet_chain($p): select($p.chain != null)
  | [.events[] | select(.kind == "state" and .side == $p.chain.side)] as $steps
  | (($steps | map(.new_state) | join(" ")) as $is | select($is != $p.chain.states)
     | "states are \($is | tojson), expected \($p.chain.states | tojson)"),
    (range(1; $steps | length) | select($steps[. - 1].new_state != $steps[.].old_state)
     | "step \(.) is from \($steps[.].old_state), but the one before was to \($steps[. - 1].new_state)");

($records | connections) as $connections
| (($played | to_entries[]) as {key: $at, value: $p}
| ($connections | map(select(of_tuple($p) and (of_other($played; $p) | not))) | sort_by(.start_time)) as $found
# Of several connections with one tuple this is the how-manieth?
| ([$played[:$at][] | select(.client == $p.client and .server.address == $p.server.address and .server.port == $p.server.port)]
   | length) as $before
| ($found[$before] | if . == null then null else with_later_timewait($records) end) as $r
| "\($p.life), connection \($p.connection), \($p.client | tojson) to \($p.server | tojson): " as $who
| if $r == null then $who + "no record"
  else ($r | (unmet_paths($p), unmet_chain($p), unmet_opener($p), unmet_loss, unmet_timewait($p))) | $who + .
       + "\n  verdict: \($r.verdict)\n  record: \($r | del(.events) | tojson)\n  events: \($r.events | tojson)" end),
if ($connections | length) != ($played | length)
then "\($played | length) connections were played, \($connections | length) recorded: \($connections | map([.client.address, .client.port, .server.port, .tcp.ending] | tojson) | join(" "))"
else empty end
