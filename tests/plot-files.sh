# SPDX-License-Identifier: GPL-2.0
# The files that iotape plot writes: valid XML, all formats, through a pipe,
# nothing left behind when it fails, and small however long the trace.
. "${top_srcdir:-.}/tests/lib.sh"
"$iotape" --help | grep -q '^  plot ' || skip "built without plot"
make_workdir

# trace NAME EVENTS: reads and writes in turn, 10 us apart.
trace() {
	awk -v name="$1" -v nr="$2" 'BEGIN {
		print "file " name ".blktrace.0"
		print "set pid=7 dev=8,0 bytes=4096"
		for (i = 0; i < nr; i++) {
			op = i % 3 ? "read" : "write"
			at = sprintf("%d.%06d", 1 + i / 1e5, i % 1e5 * 10)
			sector = i * 7919 % 1e6 * 8
			print "Q " op " time=" at "000 sector=" sector
			print "D " op ",fs time=" at "100 sector=" sector
			print "C " op ",fs time=" at "900 sector=" sector
		}
	}' | "$top_builddir/tests/mktrace" || fail "mktrace failed"
}

trace sda 300
for format in svg png pdf; do
	"$iotape" plot -t sda -o "sda.$format" || fail "$format: status $?"
	[ -s "sda.$format" ] || fail "sda.$format is empty"
done
# labels that XML would take for something else
"$iotape" plot -t sda -l '<i>"&'"'"']]>' -T "$(printf 'a\033[1m\377<')" \
	-o label.svg || fail "label: status $?"
"$iotape" plot -t sda -t sda --theme dark -c 2 -o two.svg ||
	fail "two: status $?"
if have_command xmllint; then
	for file in *.svg; do
		xmllint --noout --nonet "$file" || fail "$file: not valid XML"
	done
else
	echo "no xmllint: XML was not checked"
fi

# the time of day, which needs a note that says it
"$iotape" plot -t sda --time wall -o wall.svg 2>err
[ $? = 1 ] || fail "a time of day out of nothing"
grep -q 'what time it was' err || fail "unclear: $(cat err)"
"$iotape" plot -t sda -t sda --time wall -o wall.svg 2>err
[ $? = 2 ] || fail "a time of day of two traces"

# a pipe in, a pipe out: the same picture, but for the name
"$iotape" plot -t sda -T same -l x -o file.svg || fail "status $?"
cat sda.blktrace.0 | "$iotape" plot -t - -T same -l x -o - >pipe.svg ||
	fail "pipe: status $?"
grep -av '<desc>iotape\|>8,0<\|>sda<' file.svg >a
grep -av '<desc>iotape\|>8,0<\|>sda<' pipe.svg >b
cmp a b || fail "the picture of a pipe is another"

# a failed run leaves the old picture and no other file
echo old >kept.png
before=$(ls -A)
"$iotape" plot -t sda -w 20000 --scale 8 -o kept.png 2>/dev/null &&
	fail "a huge picture was drawn"
[ "$(cat kept.png)" = old ] || fail "the old picture is gone"
[ "$(ls -A)" = "$before" ] || fail "a file was left behind"
if [ -c /dev/full ]; then
	"$iotape" plot -t sda -o - >/dev/full 2>err && fail "/dev/full took it"
	grep -q 'No space left' err || fail "unclear: $(cat err)"
fi

# a symbolic link stays one
ln -s target.svg link.svg
: >target.svg
"$iotape" plot -t sda -o link.svg || fail "link: status $?"
[ -L link.svg ] && [ -s target.svg ] || fail "the link was replaced"

# the picture does not grow with the trace
trace long 30000
"$iotape" plot -t long -o long.svg || fail "long: status $?"
"$iotape" plot -t long -o long.png || fail "long: status $?"
[ "$(wc -c <long.svg)" -lt 1000000 ] || fail "long.svg is too large"
[ "$(wc -c <long.png)" -lt 400000 ] || fail "long.png is too large"
