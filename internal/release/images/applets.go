package main

import "strings"

// applets are the commands of busybox that scripts of CI jobs use. A test asks busybox whether it has them.
var applets = strings.Fields(`
[ [[ ash awk base64 basename cat chgrp chmod chown clear cmp cp cpio cut date dd df diff dirname du echo ed egrep env
expr false fgrep find fold free getopt grep gunzip gzip head hexdump hostname id install kill killall less ln ls md5sum
mkdir mkfifo mktemp more mv nc nl nproc nslookup od paste patch pidof ping printf ps pwd readlink realpath rm rmdir
sed seq sh sha1sum sha256sum sha512sum sleep sort stat strings stty sync tac tail tar tee test time timeout touch tr
true truncate tty uname uniq unlink unxz unzip uptime usleep vi watch wc wget which whoami xargs xxd xz xzcat yes zcat
`)
