# SPDX-License-Identifier: GPL-2.0
# Links in the documentation resolve; what it says about commands and files
# is there.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir
cd "$top_srcdir" || exit 1
pages=$(ls README.md CONTRIBUTING.md doc/*.md)

# anchor_of HEADING...: as GitHub and GitLab make it.
anchor_of() {
	sed -E 's/^#+ +//; s/[^A-Za-z0-9 _-]//g; s/ /-/g' | tr A-Z a-z
}

# [text](target) outside of code blocks
check_links() {
	local page target file anchor

	for page in $pages; do
		awk '/^ *```/ { code = !code } !code' "$page" |
		grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//' |
		while read -r target; do
			case $target in http:*|https:*|mailto:*) continue ;; esac
			file=${target%%#*}
			if [ -n "$file" ]; then
				file=$(dirname "$page")/$file
			else
				file=$page
			fi
			[ -e "$file" ] || {
				echo "$page: there is no $target"
				continue
			}
			case $target in *'#'*) ;; *) continue ;; esac
			anchor=${target#*#}
			grep -E '^#' "$file" | anchor_of | grep -qxF -e "$anchor" ||
				echo "$page: $file has no heading #$anchor"
		done
	done
}

# `dir/file.ext` in running text is a file of the tree
check_paths() {
	local page path

	for page in $pages; do
		awk '/^ *```/ { code = !code } !code' "$page" |
		grep -oE '`(formats|src|bpf|plots|tests|doc)/[A-Za-z0-9_./-]+`' |
		tr -d '`' | sort -u | while read -r path; do
			# paths with a capital word stand for many
			case $path in *NAME*|*CASE*|*DIR*) continue ;; esac
			[ -e "$path" ] || [ -e "$top_builddir/$path" ] ||
				echo "$page: there is no $path"
		done
	done
}

# commands_of PAGE: the lines of its code blocks, continued ones joined.
commands_of() {
	case $1 in
	*.1)
		# displayed lines: .Dl, .Bd .. .Ed, .nf .. .fi, .EX .. .EE
		awk '/^\.Dl / { sub(/^\.Dl /, ""); print; next }
		     /^\.(nf|EX|Bd)/ { code = 1; next }
		     /^\.(fi|EE|Ed)/ { code = 0 }
		     code' "$1" | sed -e 's/\\-/-/g' -e 's/\\e/\\/g' \
			-e 's/^\.[A-Z]* //' -e 's/\\f[A-Z]//g' ;;
	*)
		awk '/^ *```/ { code = !code; next } code || /^    /' "$1" ;;
	esac | sed -e ':a' -e '/\\$/N' -e 's/\\\n */ /' -e 'ta'
}

# "iotape SUB ... --option" in code blocks: the subcommand and its options are
# there.  Options only of subcommands that were built.
check_commands() {
	local page line sub option known

	known=$("$iotape" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	for page in $pages doc/*.1; do
		commands_of "$page" |
		grep -oE '(^|[ |])(\./|build/)*iotape [a-z]+[^|>;&#]*' |
		while read -r line; do
			# options behind "--" are another program's
			line=${line%% -- *}
			sub=$(echo "$line" | awk '{ print $2 }')
			[ "$sub" != help ] || continue
			echo "$known" | grep -qx "$sub" || {
				grep -qx "\.It Cm $sub" doc/iotape.1 ||
					echo "$page: no subcommand: $line"
				continue
			}
			"$iotape" "$sub" --help >"$workdir/help"
			for option in $(echo "$line" |
				grep -oE ' -(-[a-z][a-z-]*|[A-Za-z])'); do
				grep -qE -e "^ *(-.*[ ,])?$option([ ,=[]|\$)" \
					"$workdir/help" ||
					echo "$page: $sub has no $option: $line"
			done
		done
	done
}

# What iotape(1) lists has a page of its own.
check_pages() {
	local sub

	sed -n 's/^\.It Cm //p' doc/iotape.1 | while read -r sub; do
		[ -f "doc/iotape-$sub.1" ] ||
			echo "doc/iotape.1: there is no doc/iotape-$sub.1"
	done
}

# "make TARGET" and "./bootstrap WORD"
check_targets() {
	local page target

	for page in $pages; do
		grep -oE '(`|^ *)make [a-z][a-z_.-]*' "$page" | sed 's/.*make //' |
		sort -u | while read -r target; do
			grep -qE "^$target( [^:]*)?:" \
				"$top_builddir/Makefile" ||
				echo "$page: there is no \"make $target\""
		done
		grep -oE '\./bootstrap [a-z-]+' "$page" | sed 's/.* //' |
		sort -u | while read -r target; do
			grep -qE "^	?$target\\)" bootstrap ||
				echo "$page: there is no \"bootstrap $target\""
		done
	done
}

# make_trace NAME: the text of a little trace, as files of that name.
make_trace() {
	local name=$1

	mkdir -p "$(dirname "$name")"
	"$top_builddir/tests/mktrace" <<-END || fail "mktrace failed"
	file $name.blktrace.0
	set dev=8,0 pid=100
	timestamp time=1.0 pid=0 pdu=0000000000000000
	process time=1.0 pdu=66696f00000000000000000000000000
	Q write,sync time=1.000001 sector=2048 bytes=4096
	G write,sync time=1.000002 sector=2048 bytes=4096
	D write,sync,fs time=1.000003 sector=2048 bytes=4096
	C write,sync,fs time=1.000303 sector=2048 bytes=4096 pid=0
	Q read time=1.5 sector=8 bytes=8192
	G read time=1.500001 sector=8 bytes=8192
	D read,fs time=1.500002 sector=8 bytes=8192
	C read,fs time=1.500302 sector=8 bytes=8192 pid=0
	END
}

# Commands on traces do what they are said to do: end well.  Each word that
# may be the name of a trace gets one.
run_commands() {
	local page line word

	mkdir -p "$workdir/bin" && ln -sf "$iotape" "$workdir/bin/iotape"
	for page in $pages doc/*.1; do
		commands_of "$page" | sed -E 's/^ *//; s/ {3,}.*//' |
		grep -E '^iotape (parse|plot) ' | grep -v -e ' -i -' -e '[<>]' |
		grep -v '^iotape plot .*-d ' | # records a real device
		while read -r line; do
			has_subcommand "$(echo "$line" | cut -d' ' -f2)" ||
				continue
			rm -rf "$workdir/run" && mkdir "$workdir/run"
			(
				cd "$workdir/run" || exit
				for word in $line; do
					case $word in
					*[!A-Za-z0-9/._-]*|-*|/*|*.svg|*.png) ;;
					*) make_trace "$word" ;;
					esac
				done
				PATH=$workdir/bin:$PATH timeout 120 \
					bash -c "$line" >log 2>&1 </dev/null ||
					echo "$page: fails: $line: $(tail -n 1 log)"
			)
		done
	done
}

bad=$(check_links; check_paths; check_pages; check_commands; check_targets; run_commands)
[ -z "$bad" ] || fail "$bad"
