# SPDX-License-Identifier: GPL-2.0
# Traces that are compressed with zstd read as those that are not: per-CPU
# files, also beside others, dumps and pipes; what is damaged is said.
. "${top_srcdir:-.}/tests/lib.sh"
need_command zstd xz
make_workdir

tar -xJf "$top_srcdir/tests/captures/vblk-randrw.tar.xz"
cd vblk-randrw || fail "the archive holds something else"
name=$(ls -- *.blktrace.0)
name=${name%.blktrace.0}

if ! grep -q '^#define HAVE_ZSTD 1' "$top_builddir/config.h"; then
	zstd -q "$name.blktrace.0" -o x.blktrace.0.zst
	"$iotape" parse x 2>err && fail "it reads what it cannot unpack"
	grep -q 'without libzstd' err || fail "$(cat err)"
	skip "built without libzstd"
fi

text() { "$iotape" parse "$@" 2>/dev/null | grep -v '^Input file'; }

# lines: those of events
lines() { grep '^ *[0-9]*,'; }

text "$name" >want || fail "the trace cannot be read"
"$iotape" parse -O -d want.dump "$name"
text want.dump >want-dump

# all files; "-b 7", one level of the folder up; then one of them
mkdir packed some
for file in "$name".blktrace.*; do
	zstd -q "$file" -o "packed/$file.zst"
	cp "$file" some
done
text -D packed "$name" | cmp - want || fail "per-CPU files"
text "packed/$name.blktrace.1.zst" | cmp - want || fail "name of one file"
text packed | cmp - want || fail "a folder"
"$iotape" parse -O -d got.dump -D packed "$name"
cmp got.dump want.dump || fail "dump of per-CPU files"
rm "some/$name.blktrace.0"
cp "packed/$name.blktrace.0.zst" some
text -D some "$name" | cmp - want || fail "some of the files"
# both: the plain one is read
echo rubbish >"some/$name.blktrace.1.zst"
text -D some "$name" | cmp - want || fail "a file packed and not"

# a dump, by name and by content, in one frame and in many, and from a pipe
zstd -q -3 want.dump -o d.zst
text d | cmp - want-dump || fail "a dump without its .zst"
cp d.zst other
text other | cmp - want-dump || fail "a dump of another name"
zstd -dc <d.zst | split -b 10000 - part.
for part in part.*; do zstd -q --rm "$part" -o "$part.zst"; done
cat part.*.zst >frames
text frames | cmp - want-dump || fail "many frames"
text - <d.zst | cmp - want-dump || fail "standard input"
# shellcheck disable=SC2002
cat d.zst | text - >got
# shellcheck disable=SC2002
cat want.dump | text - >want-pipe
cmp got want-pipe || fail "a pipe"
# bytes that come one by one
dd if=d.zst bs=1 count=3000 status=none |
	"$iotape" parse -q - 2>err >got
[ "$(grep -c 'inside a frame' err)" = 1 ] || fail "$(cat err)"

# a pipe shows what is unpacked at once, not at its end
mkfifo pipe
"$iotape" parse - <pipe >live &
exec 8>pipe
cat part.aa.zst >&8
wait_until 10 eval '[ "$(wc -l <live)" -ge 100 ]' ||
	fail "a live pipe shows nothing"
exec 8>&-
wait

# cut and changed: what is before is read, status 3
size=$(stat -c %s d.zst)
head -c $((size / 2)) d.zst >cut
"$iotape" parse cut >got 2>err
[ $? = 3 ] || fail "a cut frame: status $?"
grep -q 'cut: bad zstd data .* they end inside a frame' err ||
	fail "a cut frame: $(cat err)"
{ head -c 5 part.aa.zst; head -c 400 /dev/zero; } >bad
cat part.aa.zst bad part.ab.zst >bad-middle
"$iotape" parse bad-middle >got 2>err
[ $? = 3 ] || fail "bad data: status $?"
grep -q 'reading goes on with the next frame' err || fail "bad: $(cat err)"
zstd -dc part.aa.zst part.ab.zst | text - | lines >want-lines
lines <got | cmp - want-lines || fail "what is behind bad data is not read"
# a frame of many is damaged: all others are read, from a pipe as well
cp part.ac.zst damaged.zst
printf '\377\377\377\377\377\377' |
	dd of=damaged.zst bs=1 seek=9 conv=notrunc status=none
cat part.aa.zst part.ab.zst damaged.zst part.a[d-z].zst >one-bad
zstd -dc part.aa.zst part.ab.zst part.a[d-z].zst |
	"$iotape" parse - 2>/dev/null | lines >want-lines
# shellcheck disable=SC2002
for how in "cat one-bad" "dd if=one-bad bs=57 status=none"; do
	$how | "$iotape" parse - >got 2>err
	[ $? = 3 ] || fail "a damaged frame: status $?"
	lines <got | cmp - want-lines || fail "a damaged frame ($how)"
done

# many times larger than its memory
"$top_builddir/tests/tools/trace-gen" g 2 100000 || fail "trace-gen"
"$iotape" parse -O -d - g | zstd -q >big.zst
rm g.blktrace.*
# a sanitizer's own memory says nothing
if [ -x /usr/bin/time ] && ! grep -qF __asan_init "$iotape"; then
	/usr/bin/time -f '%M' "$iotape" parse -q big.zst >/dev/null 2>err
	[ "$(tail -n 1 err)" -le 65536 ] || fail "$(tail -n 1 err) KiB"
	echo "INFO: $(zstd -dc big.zst | wc -c) bytes unpacked in" \
		"$(tail -n 1 err) KiB"
fi
exit 0
