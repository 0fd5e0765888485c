# SPDX-License-Identifier: GPL-2.0
# iotape plot -m: formats, what a frame shows, and a movie that fails.
. "${top_srcdir:-.}/tests/lib.sh"
"$iotape" --help | grep -q '^  plot ' || skip "built without plot"
make_workdir

# Reads at the begin of the device in the first half of the time, writes at
# its end in the second half.
awk 'BEGIN {
	print "file t.blktrace.0"
	print "set pid=7 dev=8,0 bytes=1048576"
	for (i = 0; i < 2000; i++) {
		op = i < 1000 ? "read" : "write"
		sector = i < 1000 ? 0 : 204800
		at = sprintf("1.%05d", i * 10)
		print "Q " op " time=" at "0000 sector=" sector
		print "D " op ",fs time=" at "1000 sector=" sector
		print "C " op ",fs time=" at "2000 sector=" sector
	}
}' | "$top_builddir/tests/mktrace" || fail "mktrace failed"
small="-w 80 -h 60"

# ---- an animated PNG, without ffmpeg -----------------------------------------

mkdir empty
# shellcheck disable=SC2086
PATH=$PWD/empty "$iotape" plot -t t -mrect $small -o m.png 2>err ||
	fail "m.png: $(cat err)"
[ "$(head -c 4 m.png | tail -c 3)" = PNG ] || fail "m.png is no PNG"
for chunk in IHDR acTL PLTE tRNS IDAT fdAT IEND; do
	grep -aq "$chunk" m.png || fail "m.png has no $chunk"
done
grep -aq 'iotape plot -t t -mrect' m.png || fail "no command line in m.png"

# ---- without ffmpeg, and with one that fails ---------------------------------

echo old >kept.mp4
# no_movie TEXT: status 1, one line with the text, the old file stays.
no_movie() {
	# shellcheck disable=SC2086
	PATH=$1 "$iotape" plot -t t $small -m -o kept.mp4 2>err
	[ $? = 1 ] || fail "$2: not status 1"
	[ "$(wc -l <err)" = 1 ] || fail "$2: not one line: $(cat err)"
	grep -q "$2" err || fail "unclear: $(cat err)"
	[ "$(cat kept.mp4)" = old ] || fail "$2: the old movie is gone"
	[ "$(ls -A | grep -c kept)" = 1 ] || fail "$2: a file was left behind"
}
no_movie "$PWD/empty" 'ffmpeg: No such file'
mkdir bad
printf '#!/bin/sh\necho first >&2\necho no such codec >&2\nexit 7\n' >bad/ffmpeg
chmod +x bad/ffmpeg
no_movie "$PWD/bad" 'ffmpeg: ended with status 7: no such codec'
printf '#!/bin/sh\nkill -9 $$\n' >bad/ffmpeg
no_movie "$PWD/bad" 'ffmpeg: ended by signal 9'
printf '#!/bin/sh\nexit 0\n' >bad/ffmpeg
no_movie "$PWD/bad" 'ffmpeg: ended before the last frame'

refused() {
	"$iotape" plot "$@" >out 2>err
	[ $? = 2 ] || fail "plot $*: not refused"
	[ -s err ] || fail "plot $*: no message"
}
refused -t t -m -o m.svg
refused -t t -m -o -
refused -t t -mround -o m.mp4
refused -t t -C libx264 -o m.svg
refused -t t -m -C libx264 -o m.png

# ---- nothing to show, and an end before the end ------------------------------

printf 'file e.blktrace.0\n' | "$top_builddir/tests/mktrace" ||
	fail "mktrace failed"
: >>e.blktrace.0
# shellcheck disable=SC2086
"$iotape" plot -t e -m $small -K -o e.png 2>err
[ $? = 1 ] || fail "a movie of nothing was made"
grep -q 'there is no I/O' err || fail "unclear: $(cat err)"
[ ! -e e.png ] && [ ! -e e.png.frames ] || fail "a movie of nothing is there"

# interrupt FILE: SIGINT once the first frames are there.
interrupt() {
	local pid

	# shellcheck disable=SC2086
	"$iotape" plot -t t -m $small -K -o "$1" 2>err &
	pid=$!
	wait_until 10 test -e "$1.frames/0003.svg"
	kill -INT "$pid"
	wait "$pid"
	[ $? = 1 ] || fail "an interrupted movie: not status 1"
	[ ! -e "$1" ] || fail "an interrupted movie is there"
}
interrupt i.png
[ ! -e i.png.frames ] || fail "it left frames: $(ls i.png.frames)"
mkdir i.png.frames
echo mine >i.png.frames/notes
interrupt i.png
[ "$(ls i.png.frames)" = notes ] || fail "it left $(ls i.png.frames)"

# ---- with it -----------------------------------------------------------------

have_command ffmpeg && have_command ffprobe || {
	echo "no ffmpeg: the other formats were not made"
	exit 0
}

# is FILE CODEC: 600 frames, and 30 s where the container says so.
is() {
	local found

	found=$(timeout 60 ffprobe -v error -count_frames -show_entries \
		stream=codec_name,nb_read_frames -of csv=p=0 "$1")
	[ "$found" = "$2,600" ] || fail "$1: $found, not $2,600"
}
is m.png apng
for pair in m.mp4:h264 m.webm:vp9 m.ogv:theora m.mkv:h264 film:h264; do
	file=${pair%:*}
	# shellcheck disable=SC2086
	timeout 120 "$iotape" plot -t t -m $small -o "$file" 2>err ||
		fail "$file: $(cat err)"
	is "$file" "${pair#*:}"
done
run "$iotape" plot -t t -m -o m.xyz
assert_status 2
[ ! -e m.xyz ] || fail "m.xyz was made"
# before there is memory for it: 16 GB
run "$iotape" plot -t t -mrect -w 8000 -h 8000 --scale 8 -o large.png
assert_status 1
assert_err 'a movie of 64000 x 64000 pixels is too large: 8192 on a side'
# shellcheck disable=SC2086
timeout 120 "$iotape" plot -t t -m -C mpeg4 $small -o m.mp4 2>err ||
	fail "-C mpeg4: $(cat err)"
is m.mp4 mpeg4
# shellcheck disable=SC2086
timeout 120 "$iotape" plot -t t -m -C nonsense $small -o x.mp4 2>err &&
	fail "a codec of that name?"
grep -q "ffmpeg: ended with status .*nonsense" err || fail "unclear: $(cat err)"

# pixel SECOND X Y: 0xRRGGBB of the field, from its top left corner.
pixel() {
	timeout 60 ffmpeg -v error -nostdin -ss "$1" -i m.png -frames:v 1 -vf \
		"crop=1:1:$((396 + $2)):$((top + $3))" -f rawvideo \
		-pix_fmt rgb24 - | od -An -tx1 | tr -d ' \n'
}
# 24 of margin, 38 + 18 + 26 of heads and their gaps: plots/page.c
top=108
blue=0072b2 red=d55e00
[ "$(pixel 5 2 1)" = $blue ] || fail "no reads at 5 s: $(pixel 5 2 1)"
[ "$(pixel 20 2 1)" != $blue ] || fail "reads at 20 s"
[ "$(pixel 20 76 57)" = $red ] || fail "no writes at 20 s: $(pixel 20 76 57)"
[ "$(pixel 5 76 57)" != $red ] || fail "writes at 5 s"
exit 0
