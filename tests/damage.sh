# SPDX-License-Identifier: GPL-2.0
# A real trace, and the dump of it, with bytes flipped, cut out or doubled, in
# pieces of 1 to 300 bytes all over it: every reader ends with status 0 or 3,
# and what was damaged for certain is never status 0 without a word.
# DAMAGE_PLACES (12) for each kind.
. "${top_srcdir:-.}/tests/lib.sh"
need_command xz
make_workdir
places=${DAMAGE_PLACES:-12}

tar -xJf "$top_srcdir/tests/captures/vblk-flush-fua.tar.xz"
file=$(find vblk-flush-fua -name '*.blktrace.1')
name=${file##*/}
name=${name%.blktrace.1}
head -c 40000 "$file" >good
mkdir d out
cp "${file%.1}.0" "d/$name.blktrace.0"
cp good "d/$name.blktrace.1"
"$iotape" parse -q -O -d good.dump -D d "$name" >/dev/null 2>&1
has_plot=
"$iotape" --help | grep -q '^  plot ' && has_plot=1

# damage FILE KIND AT LEN: FILE with these bytes flipped, cut out or doubled.
damage() {
	local file=$1 kind=$2 at=$3 len=$4

	head -c "$at" "$file"
	case $kind in
	flip)	tail -c +$((at + 1)) "$file" | head -c "$len" |
			tr '\000-\377' '\200-\377\000-\177' ;;
	double)	tail -c +$((at + 1)) "$file" | head -c "$len"
		tail -c +$((at + 1)) "$file" | head -c "$len" ;;
	cut)	;;
	esac
	tail -c +$((at + len + 1)) "$file"
}

nr=0
# check WHAT COMMAND...: it must end with 0 or 3.
check() {
	local what=$1 status

	shift
	timeout 60 "$@" >"$workdir/out/text" \
		2>"$workdir/out/errors"
	status=$?
	[ $status = 0 ] || [ $status = 3 ] ||
		fail "$what: status $status of $*: $(tail -n 3 "$workdir/out/errors")"
	[ $status = 0 ] || [ -s "$workdir/out/errors" ] ||
		fail "$what: status 3 without a word of $*"
	nr=$((nr + 1))
}

# readers WHAT NAME: all that read a trace.
readers() {
	check "$1" "$iotape" parse "$2"
	check "$1" "$iotape" parse -t -s --json "$2"
	check "$1" "$iotape" parse --io "$2"
	check "$1" "$iotape" stat --by device,process,cgroup,op,size,cpu "$2"
	check "$1" "$iotape" stat --interval 0.01 "$2"
	cd out || fail "cd"
	check "$1" "$iotape" stat --btt -A -Z -B b -o o "$workdir/$2"
	cd ..
	[ -z "$has_plot" ] ||
		check "$1" "$iotape" plot -t "$2" -o out/plot.svg
}

size=$(stat -c %s good)
dump_size=$(stat -c %s good.dump)
for kind in flip cut double; do
	for i in $(seq "$places"); do
		# spread over the file, in steps that no record length divides
		at=$((i * size / (places + 1) + i * 7 % 48))
		len=$((1 + i * i * 37 % 300))
		damage good $kind $at $len >"d/$name.blktrace.1"
		readers "$kind $len bytes at $at" "d/$name"
		[ $((i % 3)) = 0 ] || continue
		at=$((at * dump_size / size))
		damage good.dump $kind $at $len >bad.dump
		readers "$kind $len bytes at $at of the dump" bad.dump
	done
done
# bytes that are cut out of a record are seen, and it is said
damage good cut 1000 20 >"d/$name.blktrace.1"
for command in parse "stat" "stat --btt"; do
	(cd out && "$iotape" $command "../d/$name") >out/text 2>out/errors
	[ $? = 3 ] || fail "$command: status of a cut record"
	grep -q 'offset' out/errors || fail "$command: no word of a cut record"
done
echo "INFO: $nr runs"
exit 0
