# SPDX-License-Identifier: GPL-2.0
# Words that the sources do not use, and where some may be used.
. "${top_srcdir:-.}/tests/lib.sh"

# session.c prints libbpf's words when IOTAPE_DEBUG asks for them.
# WHERE (beginnings of names, comma-separated; EXCEPT after !)  REGEX  WHY
rules='
formats/,src/,bpf/,plots/,tests/	\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets)\(	no bound: use snprintf or memcpy
formats/,src/,bpf/,plots/,tests/	\b(strtok|localtime|gmtime|ctime|asctime|strerror_l|rand)\(	hidden state: use the _r function
formats/,src/,plots/,tests/	\b(atoi|atol|atoll|atof)\(	no error: use strtoul and look at its end
formats/,src/,bpf/,plots/,tests/	\b(LINUX_VERSION_CODE|LINUX_KERNEL_VERSION|KERNEL_VERSION)\b	kernels are told apart by BTF
formats/,src/,plots/	\bgoto\b	use _cleanup_ (base/cleanup.h)
formats/,src/base/,src/analyze/,src/record/,plots/!src/base/xalloc.c,src/base/log.c,src/record/session.c	\b(printf|vprintf|puts|putchar|perror)\(|\bstderr\b	only src/cmd prints
formats/,src/base/,src/analyze/,src/record/,plots/!src/base/xalloc.c	\b(exit|_exit|abort)\(	only main ends the program
formats/	\b(malloc|calloc|realloc|free|strdup|fopen|open|read|write)\(	formats/ does no I/O and allocates nothing
src/,plots/!src/base/xalloc.c,src/base/xalloc.h	\b(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf)\(	use base/xalloc.h
'

# files_of WHERE: the files that a rule is about.
files_of() {
	local where=$1 except= prefix file

	case $where in *!*) except=${where#*!}; where=${where%%!*} ;; esac
	find ${where//,/ } -name '*.[ch]' 2>/dev/null | sort |
	while read -r file; do
		for prefix in ${except//,/ }; do
			[ "$file" != "$prefix" ] || continue 2
		done
		echo "$file"
	done
}

cd "$top_srcdir" || exit 1
make_stripped() {
	local file

	stripped=$(mktemp -d) || fail "mktemp -d failed"
	at_exit rm -rf "$stripped"
	find formats src bpf plots tests -name '*.[ch]' | while read -r file; do
		mkdir -p "$stripped/${file%/*}"
		awk -f tests/style/strip-c.awk "$file" >"$stripped/$file"
	done
}
make_stripped

bad=$(while IFS=$'\t' read -r where regex why; do
	[ -n "$where" ] || continue
	files_of "$where" | (cd "$stripped" && xargs -r grep -nP "$regex" \
		/dev/null) | while IFS= read -r hit; do
			echo "$hit   <- $why"
		done
done <<<"$rules")
[ -z "$bad" ] || fail "$bad"
