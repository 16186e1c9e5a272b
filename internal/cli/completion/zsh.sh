#compdef manifest-tool
# zsh completion for manifest-tool. Load it with: source <(manifest-tool completion zsh)
# or write it into a file _manifest-tool in a folder of $fpath.

_manifest-tool() {
	local line value help
	local -a values nospace

	for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
		value=${line%%$'\t'*}
		help=${line#*$'\t'}
		case $value in
		('') ;;
		(:nospace) nospace=(-S '') ;;
		(:files) compset -p ${#help}; _files; return ;;
		(:dirs) compset -p ${#help}; _files -/; return ;;
		(*) values+=("${value//:/\\:}${help:+:$help}") ;;
		esac
	done
	_describe -V 'manifest-tool' values "${nospace[@]}"
}

# compinit loads the file and calls it at the first use; source only defines the function.
if [[ $funcstack[1] == _manifest-tool ]]; then
	_manifest-tool "$@"
elif (( $+functions[compdef] )); then
	compdef _manifest-tool manifest-tool
fi
