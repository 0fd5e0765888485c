# SPDX-License-Identifier: GPL-2.0
# The screen of iotape top in tmux, 80 x 24: every key, and the terminal
# afterwards, also after SIGKILL.
. "${top_srcdir:-.}/tests/lib.sh"
need_bpf
need_subcommand top
need_loop
need_command tmux stty dd
make_workdir
make_loop 64M
disk=${loop#/dev/}

tmux_() {
	tmux -L "iotape-$$" -f /dev/null "$@"
}
at_exit eval 'tmux_ kill-server 2>/dev/null || :'

# start_screen OPTION...: what is left of the terminal is shown at its end.
start_screen() {
	cat >run.sh <<-EOF
		stty -a >before
		echo first line
		"$iotape" top "\$@"
		status=\$?
		# a killed one's terminal is put right while the shell goes on
		[ \$status -lt 128 ] || sleep 2
		stty -a >after
		echo "status \$status"
		exec sleep 1000
	EOF
	rm -f before after
	tmux_ new-session -d -x 80 -y 24 -s t bash run.sh "$@" ||
		skip "tmux cannot run here"
}

end_screen() {
	tmux_ kill-session -t t
}

keys() {
	tmux_ send-keys -t t "$@"
}

# expect REGEX: the screen shows it, soon; it is in the file screen.
expect() {
	local i

	for ((i = 0; i < 300; i++)); do
		tmux_ capture-pane -p -t t >screen
		grep -qE -e "$1" screen && return
		sleep 0.1
	done
	cat screen
	fail "the screen never shows: $1"
}

# some load: small reads, and large writes of another process
until [ -e stop ]; do
	dd if="$loop" of=/dev/null bs=4k count=4096 iflag=direct status=none
done &
reader=$!
until [ -e stop ]; do
	dd if=/dev/zero of="$loop" bs=1M count=32 oflag=direct status=none
	sleep 0.05
done &
writer=$!
at_exit wait $reader $writer
at_exit touch "$workdir/stop"

# ---- the screen --------------------------------------------------------------------

start_screen --interval 0.3 -d "$loop"
expect '^iotape top  [0-9:]{8}  by device, sorted by iops  every 0.3 s$'
expect ' IOPS  read .*/s  write .*/s  p50 .*s  p99 .*s  depth [0-9.]+$'
expect '^   r/s   w/s   o/s    rB/s    wB/s    p50    p99 depth now device'
expect "^ *[0-9.]+k? .*B .*B .*s .*s .*[0-9] $disk\$"
expect '^by d p c  sort i b r w 5 9 f n .* h help  q quit'
[ "$(wc -L <screen)" -le 80 ] || fail "wider than 80 columns"
# the number in flight ends in column 58, the name begins in column 60
[ "$(grep -n " $disk\$" screen | head -n 1 | cut -d: -f2- |
	awk -v n="$disk" '{ print index($0, n) }')" = 60 ] ||
	{ cat screen; fail "columns are out of line"; }

# ---- each key ------------------------------------------------------------------------

keys p
expect 'by process, sorted'
expect '[0-9]+ dd$'
keys c
expect 'by cgroup, sorted'
keys d
expect 'by device, sorted'
keys Tab
expect 'by process, sorted'
for row in b:bytes r:reads w:writes 5:p50 9:p99 f:depth n:name i:iops; do
	keys "${row%:*}"
	expect "sorted by ${row#*:} "
done
# writes of 1 MiB: most bytes in few I/Os
first_row() {
	sed -n 5p screen
}
is_first() {
	local i

	for ((i = 0; i < 100; i++)); do
		tmux_ capture-pane -p -t t >screen
		first_row | awk -v c="$2" '$c == 0' | grep -q . && return
		sleep 0.1
	done
	cat screen
	fail "$1: the first row is not of the other kind"
}
keys w
is_first "sorted by writes" 1	# no reads
keys r
is_first "sorted by reads" 2	# no writes

keys h
expect '^The keys of iotape top'
for word in 'd ' 'p ' 'c ' 'Tab' 'i ' 'b ' 'r ' 'w ' '5 ' '9 ' 'f ' 'n ' \
	'\+ ' '- ' 's ' 'Space' 'h ' 'q '; do
	grep -qE "^  $word" screen || { cat screen; fail "no help on $word"; }
done
keys h
expect '^iotape top '

keys Space
expect 'PAUSED$'
a=$(sed 1d screen)
sleep 1
tmux_ capture-pane -p -t t >screen
[ "$a" = "$(sed 1d screen)" ] || fail "it goes on while it is paused"
keys Space
expect 'every 0.3 s$'

keys s
expect '^Seconds between two looks \(0.1 to 3600, now 0.3\):'
keys -l '0.05'
keys Enter
expect 'every 0.3 s$'
keys s
expect '^Seconds between'
keys -l '0.5'
keys Enter
expect 'every 0.5 s$'
keys s
expect '^Seconds between'
keys Escape
expect 'every 0.5 s$'

# more rows than fit: pages
tmux_ resize-window -t t -x 80 -y 6 2>/dev/null && {
	expect 'rows 1-1 of [2-9]'
	keys +
	expect 'rows 2-2 of [2-9]'
	keys -
	expect 'rows 1-1 of [2-9]'
	tmux_ resize-window -t t -x 40 -y 3
	expect '^iotape top '
	tmux_ resize-window -t t -x 80 -y 24
	expect 'q quit'
}

# ---- the terminal afterwards -----------------------------------------------------------

keys q
expect '^status [03]$'
expect '^first line$'
assert_same before after
end_screen

# @1: the signal, @2: the status that is shown
for row in 'INT:[03]' 'TERM:[03]' 'HUP:[03]' KILL:137 SEGV:139; do
	start_screen --interval 0.3
	expect '^iotape top  '
	expect "^by d p c|Counting"
	pane=$(tmux_ display-message -p -t t '#{pane_pid}')
	child=$(pgrep -P "$pane" -f 'iotape top' | head -n 1)
	kill -s "${row%:*}" "$child"
	expect "^status ${row#*:}\$"
	expect '^first line$'
	sleep 0.3
	assert_same before after
	end_screen
done

# no terminal, or one that ncurses does not know
run "$iotape" top
assert_status 1
assert_one_error
cat >run.sh <<-EOF
	TERM=no-such-terminal "$iotape" top 2>err
	echo "status \$?"
	cat err
	exec sleep 1000
EOF
tmux_ new-session -d -x 80 -y 24 -s t bash run.sh
expect '^status 1$'
expect '^iotape top: TERM=no-such-terminal'
end_screen
