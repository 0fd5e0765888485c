# SPDX-License-Identifier: GPL-2.0
# compile-commands.sh SOURCE-DIR BUILD-DIR COMMAND BPF-COMMAND: the list of
# compilations that clangd reads.  bpf/ has a compiler of its own.
src=$1 build=$2 cc=$3 bpf_cc=$4

first=true
echo '['
for file in $(cd "$src" && find formats src bpf plots tests -name '*.c' | sort); do
	case $file in
	bpf/*)	command=$bpf_cc ;;
	*)	command=$cc ;;
	esac
	[ -n "${command// /}" ] || continue
	$first || echo ','
	first=false
	# what the shell would have made of \", a JSON string has to say again
	command=$(printf '%s' "$command -c $src/$file" | tr -s ' \t\n' ' ' |
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')
	printf '{ "directory": "%s", "file": "%s",\n  "command": "%s" }' \
		"$build" "$src/$file" "$command"
done
printf '\n]\n'
