# SPDX-License-Identifier: GPL-2.0
# The options of tags in iotape stat and plot: the same as "iotape tag" first,
# and what a helper that fails leaves behind.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand tag
need_command xz tar
make_workdir
export PYTHONDONTWRITEBYTECODE=1
hostile=$top_builddir/tests/tools/hostile-helper
helpers=$top_srcdir/helpers

mkdir cap
tar -C cap --strip-components=1 -xf \
	"$top_srcdir/tests/captures/scsi-ext4.tar.xz" || fail "tar"
printf 'log process=^jbd2\nlarge size=64K-\n' >rules

# stat: what is tagged on the way equals what was tagged before.
for how in "--tag-by process" "--tag-rules rules" \
	"--tag-rules rules --tag-by op"; do
	# shellcheck disable=SC2086
	"$iotape" tag $how -o tagged cap || fail "tag $how"
	for out in "" --json; do
		# shellcheck disable=SC2086
		"$iotape" stat --by tag --top 99 $out tagged >want ||
			fail "stat of what tag $how wrote: status $?"
		# shellcheck disable=SC2086
		"$iotape" stat $how --top 99 $out cap >got ||
			fail "stat $how: status $?"
		# loss and files are not the same thing in a dump
		grep '"tag"\|^  [a-z].* [0-9]' want >want.rows
		grep '"tag"\|^  [a-z].* [0-9]' got >got.rows
		[ -s want.rows ] || fail "stat $how $out: no rows"
		assert_same want.rows got.rows
	done
done
run "$iotape" stat --tag-by op --tag-action D --json cap
assert_status 0
assert_out '"tag":"discard"'

# Usage.
for args in "--tag-by op --btt" "--tag-by op --interval 1" \
	"--tag-timeout 0" "--tag-action C"; do
	# shellcheck disable=SC2086
	run "$iotape" stat $args cap
	assert_status 2
done
run "$iotape" stat --tag-by colour cap
assert_status 1
assert_one_error

# A helper that dies: results without its tags, one message, status 3.
run timeout -s KILL 60 "$iotape" stat --tag-helper "'$hostile' exit" cap
assert_status 3
assert_one_error
assert_err 'ended with status 5, after it had answered 0 records'
assert_out '^  \(no tag\)'

if have_command python3; then
	run "$iotape" stat --tag-helper "$helpers/tag-by-process.py" --json cap
	assert_status 0
	cp "$out" got
	run "$iotape" stat --tag-by process --json cap
	grep -o '"tag":"[^"]*"' got | sort -u >got.tags
	grep -o '"tag":"[^"]*"' "$out" | sort -u >want.tags
	assert_same want.tags got.tags
fi

"$iotape" --help | grep -q '^  plot ' || exit 0

# plot: the same picture, tagged on the way or before.
entries() { sed -n 's/^text .* 11 .* "\(.*\)"$/\1/p' "$1"; }
for how in "--tag-by process" "--tag-rules rules --tag-by op"; do
	# shellcheck disable=SC2086
	"$iotape" tag $how -o tagged cap || fail "tag $how"
	run "$iotape" plot -O io,tput,latency,queue-depth -o want.scene \
		-T x tagged
	assert_status 0
	# shellcheck disable=SC2086
	run "$iotape" plot $how -O io,tput,latency,queue-depth -o got.scene \
		-T x cap
	assert_status 0
	# but for the number of records in the head
	sed '1,/^begin/d' want.scene >want
	sed '1,/^begin/d' got.scene >got
	assert_same want got
done
entries got.scene | grep -qx log || fail "no tag in the legend"

run "$iotape" plot --tag-by colour -o x.svg cap
assert_status 1
assert_one_error
run "$iotape" plot --by colour -o x.svg cap
assert_status 2

run timeout -s KILL 60 "$iotape" plot --tag-helper "'$hostile' exit" -O tput \
	-o x.scene cap
assert_status 3
assert_one_error
assert_err 'ended with status 5, after it had answered 0 records'
entries x.scene | grep -qx untagged || fail "nothing says \"untagged\""
grep -q 'A tag helper failed' x.scene || fail "the picture does not say why"
run timeout -s KILL 60 "$iotape" plot --tag-helper "'$hostile' silence" \
	--tag-timeout 0.3 -O tput -o x.scene cap
assert_status 3
assert_err 'answered nothing for 0\.3 s'

# A whole picture of each kind can be drawn by group.
run "$iotape" plot --by cgroup --preset latency -O io,iops,cpu-sys -o x.svg cap
assert_status 0
have_command xmllint && { xmllint --noout x.svg || fail "bad XML"; }
exit 0
