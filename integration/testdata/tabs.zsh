# Arguments: a folder to work in, the command of an interactive shell, what the shell runs first, and lines. Each
# line is typed into the shell, which runs on a terminal. Tab is pressed, and an x is typed. Then the word show is put
# before the line, so that it is printed: the shell's own reading of its words.
zmodload zsh/zpty
cd $1
zpty shell $2
zpty -w shell "stty -echo columns 300 2>/dev/null; $3; cd $1; echo REA''DY"
zpty -r shell out '*READY*'
for line in "$@[4,-1]"; do
	zpty -w -n shell $line$'\t'x$'\C-ashow \r'
	zpty -r shell out $'*<*>[\r\n]*'
	out=${out%%>[$'\r\n']*}
	print -r -- "<${out##*[$'\r\n\e ']<}>"
done
zpty -w shell exit
while zpty -r shell out; do :; done # so that the shell writes no more files
