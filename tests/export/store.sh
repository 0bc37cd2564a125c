# shellcheck shell=bash disable=SC2034,SC2154
# A ClickHouse of the test's own. Who sources it has $work, until_true and fatal.

# start_clickhouse: a server of its own in $work; ask QUERY... asks it; $receiver, $clickhouse_port for HTTP
start_clickhouse() {
	local tcp=$1
	clickhouse_port=$2
	mkdir -p "$work"/{data,tmp}
	cat > "$work/users.xml" <<- XML
		<yandex>
			<profiles><default/></profiles>
			<users>
				<default><password/><profile>default</profile><quota>default</quota><networks><ip>127.0.0.1</ip></networks></default>
				<agent><password>secret</password><profile>default</profile><quota>default</quota><networks><ip>127.0.0.1</ip></networks></agent>
			</users>
			<quotas><default/></quotas>
		</yandex>
	XML
	cat > "$work/config.xml" <<- XML
		<yandex>
			<logger><level>warning</level><log>$work/server.log</log><errorlog>$work/server.err</errorlog></logger>
			<listen_host>127.0.0.1</listen_host><tcp_port>$tcp</tcp_port><http_port>$clickhouse_port</http_port>
			<path>$work/data/</path><tmp_path>$work/tmp/</tmp_path>
			<users_config>$work/users.xml</users_config>
			<default_profile>default</default_profile><default_database>default</default_database>
			<mark_cache_size>5368709120</mark_cache_size><timezone>UTC</timezone>
		</yandex>
	XML
	clickhouse-server --config-file="$work/config.xml" > "$work/server.out" 2>&1 &
	receiver=$!
	clickhouse_tcp=$tcp
	until_true 60 ask --query "SELECT 1" > /dev/null || fatal "the server does not start: $(tail -n 5 "$work/server.out" "$work/server.err")"
}

ask() {
	clickhouse-client --host 127.0.0.1 --port "$clickhouse_tcp" "$@" 2> "$work/client.err"
}
