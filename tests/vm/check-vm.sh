#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every kernel of kernels.list, every workload of workloads.list: iotape must
# record what blktrace records beside it on the same I/O.  "make check-vm".
#
#	check-vm.sh [KERNEL...]
#
# Prints one line per row and a count.  Exit status: 0 all passed, 77 skipped
# (the reason is on stderr), 1 otherwise.  Environment:
#
#	top_srcdir, top_builddir	as in the other tests
#	FIDELITY_UPDATE=1	write the table of doc/FIDELITY.md; else its
#				rows and verdicts are compared with the result
#	IOTAPE_VM_ROWS		names of workloads: only these, and the table
#				is left alone
#	IOTAPE_VM_KEEP=DIR	put traces and logs there and leave them
#	IOTAPE_VM_LIMIT		seconds a machine may take (1200)

. "${top_srcdir:-.}/tests/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

here=$top_srcdir/tests/vm
trace_compare=$top_builddir/tests/tools/trace-compare
table=$top_srcdir/doc/FIDELITY.md
rows=${IOTAPE_VM_ROWS-}

need_command qemu-system-x86_64 busybox cpio modprobe \
	blktrace blkparse fio dmsetup mkfs.ext4 blkzone addpart
need_subcommand record
[ -x "$trace_compare" ] || fail "$trace_compare is not built"

make_workdir
results=${IOTAPE_VM_KEEP:-$workdir/results}
mkdir -p "$results" || fail "$results cannot be made"
results=$(cd "$results" && pwd)

passed=0 failed=0 skipped=0

# say VERDICT KERNEL ROW [WORD...]
say() {
	case $1 in
	PASS) passed=$((passed + 1)) ;;
	FAIL) failed=$((failed + 1)) ;;
	SKIP) skipped=$((skipped + 1)) ;;
	esac
	printf '%s: %-5s %-17s %s\n' "$1" "$2" "$3" "${*:4}"
}

# boot KERNEL DIR: runs the workloads in it.  The status of vmrun.
boot() {
	# A row needs about 200 MiB for its traces and files.
	IFS=' ' read -ra only <<<"$rows"
	"$here/vmrun" -v -k "$1" -m 2048 -t "${IOTAPE_VM_LIMIT:-1200}" -w "$2" \
		-d virtio:1G -d nvme:1G -d nvme:1G -d scsi:1G -M dm_mod -- \
		env iotape="$iotape" trace_compare="$trace_compare" \
		"$here/guest-run.sh" "$2" ${only[@]+"${only[@]}"}
}

# letters DIR: what blktrace recorded, blkparse's letters, and "err" for a
# completion with an error.
letters() {
	local file

	for file in "$1"/*.blktrace.0; do
		(cd "$1" && blkparse -q -i "$(basename "${file%.blktrace.0}")" \
			-f '%a %e\n' 2>/dev/null)
	done | awk '$1 ~ /^[A-Z]+$/ { seen[$1] = 1 }
		    $1 == "C" && $2 != 0 { seen["err"] = 1 }
		    END { for (name in seen) print name }'
}

# lacks DIR LETTER...: those that are not in the trace.
lacks() {
	[ $# -gt 1 ] || return
	comm -13 <(letters "$1" | sort) <(printf '%s\n' "${@:2}" | sort) |
		tr '\n' ' '
}

# judge KERNEL ROW DIR LETTER...
judge() {
	local kernel=$1 row=$2 dir=$3 lacking numbers

	if [ ! -s "$dir/to" ]; then
		say FAIL "$kernel" "$row" "$(cat "$dir/failed" 2>/dev/null ||
			echo "it was not run to its end")"
		sed 's/^/  | /' "$dir/log" 2>/dev/null
		return
	fi
	"$trace_compare" --name "$row" --tsv "$results/$kernel.tsv" \
		--from "$(cat "$dir/from")" --to "$(cat "$dir/to")" \
		"$dir"/blktrace/*.blktrace.* : "$dir"/iotape/*.blktrace.* \
		>"$dir/compare" 2>&1
	status=$?
	numbers=$(sed -n '$p' "$dir/compare" | sed -E 's/^[^ ]+ +//')
	lacking=$(lacks "$dir/blktrace" "${@:4}")
	if [ -e "$dir/failed" ]; then
		say FAIL "$kernel" "$row" "$(cat "$dir/failed"); $numbers"
	elif [ $status != 0 ]; then
		say FAIL "$kernel" "$row" "$numbers"
	elif [ -n "$lacking" ]; then
		say FAIL "$kernel" "$row" "the trace has no $lacking"
	else
		say PASS "$kernel" "$row" "$numbers"
		return
	fi
	sed 's/^/  | /' "$dir/log" "$dir/compare" | head -n 40
}

check_kernel() {
	local kernel=$1 dir=$results/$1 name letters

	rm -rf "$dir" "$results/$kernel.tsv"
	mkdir -p "$dir"
	boot "$kernel" "$dir" >"$results/$kernel.log" 2>&1
	status=$?
	if [ $status = 77 ]; then
		say SKIP "$kernel" - "$(tail -n 1 "$results/$kernel.log")"
		return
	elif [ $status != 0 ]; then
		say FAIL "$kernel" machine "vmrun ended with status $status"
		sed 's/^/  | /' "$results/$kernel.log" | tail -n 40
	fi
	while IFS='|' read -r name _ _ _ _ _ letters; do
		[ -z "$rows" ] || [[ " $rows " == *" $name "* ]] || continue
		# shellcheck disable=SC2086
		judge "$kernel" "$name" "$dir/$name" $letters
	done < <("$here/rows.sh" "$here/workloads.list")
}

# ---- doc/FIDELITY.md -----------------------------------------------------------

# markdown KERNEL...: the table, from the .tsv files.
markdown() {
	local kernel

	printf '| kernel | workload | compared | missing | extra | different '
	printf '| median ns | verdict |\n|---|---|--:|--:|--:|--:|--:|---|\n'
	for kernel; do
		[ -s "$results/$kernel.tsv" ] || continue
		awk -F'\t' -v kernel="$(cat "$results/$kernel/kernel")" '
			NR > 1 {
				bad = $3 + $4 + $5 > 0 || $2 == 0
				printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
				kernel, $1, $2, $3, $4, $5, $6, bad ? "FAIL" : "PASS"
			}' "$results/$kernel.tsv"
	done
}

# rows_of: kernel series, workload and verdict of each row of a table on stdin.
rows_of() {
	awk -F' *[|] *' '$9 == "PASS" || $9 == "FAIL" {
		split($2, part, "."); print part[1] "." part[2], $3, $9 }'
}

# Replaces what is between the marks.
update_table() {
	awk -v new="$1" '
		/<!-- end of the table -->/ { skip = 0 }
		!skip { print }
		/<!-- the table,/ {
			skip = 1
			while ((getline line < new) > 0) print line
		}' "$table" >"$workdir/updated" && cat "$workdir/updated" >"$table"
}

# ---- all of it -----------------------------------------------------------------

if [ $# = 0 ]; then
	mapfile -t kernels < <("$here/kernel.sh" list)
	set -- "${kernels[@]}"
fi
for kernel; do
	check_kernel "$kernel"
done

markdown "$@" >"$workdir/table"
if [ -z "$rows" ] && [ $skipped = 0 ]; then
	if [ -n "${FIDELITY_UPDATE-}" ]; then
		update_table "$workdir/table" && echo "wrote $table"
	elif diff <(rows_of <"$table") <(rows_of <"$workdir/table"); then
		say PASS - doc/FIDELITY.md "has these rows and verdicts"
	else
		say FAIL - doc/FIDELITY.md "is not what was seen; see" \
			"FIDELITY_UPDATE"
	fi
fi

# as automake's harness says it
printf '%s\n' "Testsuite summary for check-vm" "# PASS: $passed" \
	"# FAIL: $failed" "# SKIP: $skipped" "# ERROR: 0"
[ $failed = 0 ] || exit 1
[ $passed -gt 0 ] || exit 77
