# Arguments: the place of the cursor, and the words of a line as bash splits it, at : and = too. A word that is a blank
# stands for the blank after which bash splits no word; between all others there is a blank unless one of them is : or =.
source <(manifest-tool completion bash)
point=$1
shift
COMP_LINE= COMP_WORDS=() glue=1
for word; do
	[[ $word == [:=] ]] && glue=1
	((glue)) || COMP_LINE+=' '
	glue=0
	[[ $word == ' ' ]] && continue
	COMP_LINE+=$word
	COMP_WORDS+=("$word")
	[[ $word == [:=] ]] && glue=1
done
COMP_POINT=${point:-${#COMP_LINE}}
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
part=${COMP_WORDS[COMP_CWORD]}
if [[ -n $point ]]; then part=${COMP_LINE:0:point} part=${part##* }; fi
[[ $part == [:=] ]] && part= # readline has nothing to replace there
_manifest_tool manifest-tool "$part" x
echo "${COMPREPLY[@]}"
