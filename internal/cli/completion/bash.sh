# bash completion for manifest-tool. Load it with: source <(manifest-tool completion bash)
# It needs bash 4 or newer, and no other package.

_manifest_tool() {
	local rest=${COMP_LINE:0:COMP_POINT} words=() word trimmed cut line value i

	# COMP_WORDS is split at : and = too. Its parts are put together again where no blank is between them.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		trimmed=${rest#"${rest%%[![:space:]]*}"}
		if [[ $trimmed == "$word"* ]]; then
			line=${trimmed#"$word"}
		else # the cursor is inside of the word
			word=$trimmed line=
		fi
		word=${word//[\"\'\\]/}
		if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
			words+=("$word")
		else
			words[${#words[@]} - 1]+=$word
		fi
		rest=$line
	done

	# bash replaces only $2, the last part of the word.
	word=${words[${#words[@]} - 1]}
	cut=
	[[ $word == *"$2" ]] && cut=${word%"$2"}

	COMPREPLY=()
	compopt -o nosort 2>/dev/null
	while IFS= read -r line; do
		value=${line%%$'\t'*}
		case $value in
		:nospace) compopt -o nospace 2>/dev/null ;;
		:files) compopt -o default 2>/dev/null ;;
		:dirs) compopt -o dirnames 2>/dev/null ;;
		*) COMPREPLY+=("${value#"$cut"}") ;;
		esac
	done < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
}

complete -F _manifest_tool manifest-tool
