# shellcheck shell=bash
# Sourced: packages of any suite and machine of Debian, unpacked and not installed. Needs no root: apt works on lists of its
# own, the host's are not touched.

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

cannot() {
	echo "${0##*/}: $*" >&2
	exit 77
}

# Whatever archive the host uses for its own suite serves the others too.
mirror() {
	local uri
	# shellcheck disable=SC2016 # apt's own placeholders
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -n "$uri" ] || cannot "apt knows no Debian archive here (run apt-get update once; a Debian host is needed)"
	echo "$uri"
}

keyring() {
	local path=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$path" ] || cannot "$path is missing: apt-get install debian-archive-keyring"
	echo "$path"
}

# apt_setup DIR SUITE [MACHINE]: a root of its own for apt, so that suites mix neither with each other nor with the host.
apt_setup() {
	local dir=$1 suite=$2 machine=${3:-amd64} signed uri
	signed=$(keyring) && uri=$(mirror) || exit
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts"
	: > "$dir/status"
	echo "deb [arch=$machine signed-by=$signed] $uri $suite main" > "$dir/sources.list"
	# sid's index may be older than its valid-until date on a mirror that stands still.
	cat > "$dir/apt.conf" <<-CONF
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/parts";
		Dir::Etc::preferencesparts "$dir/parts";
		APT::Architecture "$machine";
		APT::Architectures { "$machine"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Debug::NoLocking "true";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Update::Error-Mode "any";
	CONF
	APT_CONFIG=$dir/apt.conf apt-get -qq update > "$dir/log" 2>&1 ||
		cannot "no package lists for $suite: $(tail -n 1 "$dir/log")"
}

# unpack DIR DEB...: into DIR/root, through the links that are there.
unpack() {
	local dir=$1 deb
	shift
	mkdir -p "$dir/root"
	for deb in "$@"; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/root" --keep-directory-symlink --no-same-owner
		rm "$deb"
	done
}

# download DIR PACKAGE...: these and no others.
download() {
	local dir=$1
	shift
	(cd "$dir" && APT_CONFIG=$dir/apt.conf apt-get -qq download "$@") > "$dir/log" 2>&1 ||
		cannot "no download of $*: $(tail -n 1 "$dir/log")"
	unpack "$dir" "$dir"/*.deb
}

# download_all DIR PACKAGE...: with all that they depend on.
download_all() {
	local dir=$1
	shift
	APT_CONFIG=$dir/apt.conf apt-get -qq install -y --download-only "$@" > "$dir/log" 2>&1 ||
		cannot "no download of $*: $(tail -n 1 "$dir/log")"
	unpack "$dir" "$dir"/cache/archives/*.deb
}
