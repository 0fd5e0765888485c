# SPDX-License-Identifier: GPL-2.0
# An #include may only point down.  The first row of the table whose path
# begins the file's name decides: what it may include, as beginnings of names.
# "" names are ours; <> names are only looked at when they are of a library
# that belongs to some folder (the second table).
. "${top_srcdir:-.}/tests/lib.sh"

ours='
formats/	config.h formats/
src/base/	config.h src/base/
bpf/		bpf/ formats/blk_abi.h formats/hist_layout.h
src/analyze/	config.h formats/ src/base/ src/analyze/
src/record/	config.h formats/ src/base/ src/analyze/source.h src/analyze/vmname.h src/analyze/top.h src/record/ bpf/cfg.h bpf/encode.h bpf/rec.skel.h bpf/kvmstat.h bpf/kvmstat.skel.h bpf/virtio.skel.h bpf/virtiostat.skel.h bpf/top.h bpf/top.skel.h
plots/		config.h formats/ src/base/ src/analyze/ plots/
src/replay/	config.h formats/ src/base/ src/analyze/ src/replay/
src/cmd/	config.h formats/ src/base/ src/analyze/ src/record/ src/replay/ plots/ src/cmd/
src/main.c	config.h src/base/ src/cmd/
tests/bench/	config.h formats/ src/ bpf/cfg.h plots/ tests/
tests/		config.h formats/ src/ bpf/ plots/ helpers/iotape_tag.h tests/
'

# Library headers, and who may include them.
libraries='
cairo		plots/out_cairo.c
png.h		plots/ tests/unit/
zlib.h		plots/ src/analyze/ tests/unit/
zstd.h		src/analyze/ src/record/pack.c
sqlite3.h	src/analyze/export_sqlite.c
bpf/		bpf/ src/record/ tests/unit/t-probe.c
liburing.h	src/replay/
argp.h		src/cmd/
curses.h	src/cmd/screen.c
microhttpd.h	src/cmd/metrics_http.h
seccomp.h	src/cmd/jail.c
cmocka.h	tests/unit/
vmlinux.h	nobody
'

begins_with_one_of() {
	local name=$1 prefix

	shift
	for prefix; do
		case $name in "$prefix"*) return 0 ;; esac
	done
	return 1
}

allowed_for() {
	local file=$1 dir prefixes

	while read -r dir prefixes; do
		[ -n "$dir" ] || continue
		case $file in "$dir"*) echo "$prefixes"; return ;; esac
	done <<<"$ours"
}

check_library() {
	local file=$1 name=$2 lib dirs

	while read -r lib dirs; do
		[ -n "$lib" ] || continue
		case $name in "$lib"*) ;; *) continue ;; esac
		# shellcheck disable=SC2086
		begins_with_one_of "$file" $dirs ||
			echo "$file: <$name> belongs to $dirs"
	done <<<"$libraries"
}

check_file() {
	local file=$1 name allowed

	allowed=$(allowed_for "$file")
	[ -n "$allowed" ] || echo "$file: no row of the table fits"
	while read -r name; do
		# shellcheck disable=SC2086
		case $name in
		'"'*)
			name=${name//\"/}
			begins_with_one_of "$name" $allowed ||
				echo "$file: \"$name\" is not below this folder"
			;;
		'<'*)
			name=${name//[<>]/}
			check_library "$file" "$name"
			;;
		esac
	done < <(sed -nE 's/^[ \t]*#[ \t]*include[ \t]*(["<][^">]*[">]).*/\1/p' \
		"$file")
}

cd "$top_srcdir" || exit 1
bad=$(find formats src bpf plots tests -name '*.[ch]' | sort |
	while read -r file; do check_file "$file"; done)
[ -z "$bad" ] || fail "$bad"
