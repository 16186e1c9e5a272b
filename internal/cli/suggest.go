package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// What the words of other tools are here. The keys are words as their users type them, without the name of the tool:
// docker buildx imagetools, docker manifest, crane, regctl, skopeo, podman manifest, oras. The longest key counts.
var peerCommands = map[string]string{
	"add":      "edit IMAGE --add SOURCE",
	"append":   "edit IMAGE --add SOURCE",
	"delete":   "edit IMAGE --remove PLATFORM",
	"remove":   "edit IMAGE --remove PLATFORM",
	"del":      "edit IMAGE --remove PLATFORM",
	"filter":   "copy SOURCE TARGET --platforms LIST",
	"mod":      "edit IMAGE",
	"mutate":   "edit IMAGE",
	"update":   "edit IMAGE",
	"retag":    "tag SOURCE NAME",
	"cp":       "copy SOURCE TARGET",
	"sync":     "copy --all-tags SOURCE TARGET",
	"mirror":   "copy --all-tags SOURCE TARGET",
	"pull":     "copy IMAGE oci-layout:DIR",
	"save":     "copy IMAGE oci-archive:FILE",
	"list":     "ls REPOSITORY for the tags, ls for the drafts, or inspect IMAGE",
	"tags":     "ls REPOSITORY",
	"catalog":  "ls REPOSITORY for the tags of a repository",
	"show":     "inspect IMAGE",
	"get":      "inspect IMAGE --format raw",
	"head":     "digest IMAGE",
	"fetch":    "inspect IMAGE --format raw",
	"resolve":  "digest IMAGE",
	"exists":   "inspect IMAGE",
	"config":   "inspect IMAGE --format config --platform PLATFORM",
	"discover": "inspect IMAGE --referrers",
	"tree":     "inspect IMAGE --format tree --referrers",
	"assemble": "push from-args or push from-spec",
	"login":    "auth login HOST",
	"logout":   "auth logout HOST",
	"whoami":   "auth explain IMAGE",
	"init":     "spec init IMAGE",
	"generate": "spec init IMAGE",
	"scaffold": "spec init IMAGE",

	"manifest-digest": "inspect --format digest IMAGE",
	"list-tags":       "ls REPOSITORY",
	"repo tags":       "ls REPOSITORY",
	"auth get":        "auth explain IMAGE",
	"auth token":      "auth explain IMAGE",
	"auth list":       "auth ls",
	"auth status":     "auth ls",
	"registry login":  "auth login HOST",
	"registry logout": "auth logout HOST",
	"registry config": "auth ls",

	"buildx imagetools":         "create LIST IMAGE... --push, or inspect IMAGE",
	"buildx imagetools create":  "create LIST IMAGE... --push",
	"buildx imagetools inspect": "inspect IMAGE",
	"imagetools":                "create LIST IMAGE... --push, or inspect IMAGE",
	"imagetools create":         "create LIST IMAGE... --push",
	"imagetools inspect":        "inspect IMAGE",

	"index":        "create LIST IMAGE... --push, edit IMAGE or inspect IMAGE",
	"index create": "create LIST IMAGE... --push",
	"index add":    "edit IMAGE --add SOURCE",
	"index append": "edit IMAGE --add SOURCE",
	"index delete": "edit IMAGE --remove PLATFORM",
	"index rm":     "edit IMAGE --remove PLATFORM",
	"index filter": "copy SOURCE TARGET --platforms LIST",
	"index list":   "inspect IMAGE",

	"image":         "copy SOURCE TARGET, edit IMAGE or inspect IMAGE",
	"image copy":    "copy SOURCE TARGET",
	"image cp":      "copy SOURCE TARGET",
	"image inspect": "inspect IMAGE",
	"image config":  "inspect IMAGE --format config --platform PLATFORM",
	"image digest":  "digest IMAGE",
	"image mod":     "edit IMAGE",

	"manifest add":          "create --amend LIST IMAGE for a draft, or edit IMAGE --add SOURCE",
	"manifest remove":       "edit IMAGE --remove PLATFORM",
	"manifest delete":       "edit IMAGE --remove PLATFORM",
	"manifest exists":       "inspect IMAGE",
	"manifest get":          "inspect IMAGE --format raw",
	"manifest fetch":        "inspect IMAGE --format raw",
	"manifest fetch-config": "inspect IMAGE --format config --platform PLATFORM",
	"manifest head":         "digest IMAGE",
	"manifest digest":       "digest IMAGE",
	"manifest index":        "create LIST IMAGE... --push, or edit IMAGE",
	"manifest index create": "create LIST IMAGE... --push",
	"manifest index update": "edit IMAGE",
}

// suggestCommand says what an unknown word behind a command may mean. The rest are the words behind the word.
func suggestCommand(path []string, word string, rest []string, commands []*cli.Command) string {
	if text := peerCommand(append(path, word), rest); text != "" {
		return ", did you mean " + text + "?"
	}
	names := commandNames(commands)
	otherwise := "the commands are " + strings.Join(names, ", ")
	if nearest.Word(word, names...) == "" {
		isTop, looksLikeImage := len(path) == 0, strings.ContainsAny(word, "/:@")
		isPlan := len(path) == 1 && path[0] == "plan"
		switch {
		case (isTop || isPlan) && run.IsFile(word):
			return ", did you mean " + strings.Join(append(path, "push from-spec", word), " ") + "?"
		case looksLikeImage && strings.Contains(word, "@") && !strings.Contains(word, "@sha256:"): // a password may be in it
		case looksLikeImage && (isTop || path[0] == "manifest"):
			return ", did you mean " + strings.Join(append(path, "inspect", word), " ") + "?"
		}
	}
	return suggest(word, names, otherwise)
}

// peerCommand looks up some words, and as many of the words behind them as fit.
func peerCommand(words, rest []string) (text string) {
	key := strings.ToLower(strings.Join(words, " "))
	text = peerCommands[key]
	for _, word := range rest {
		key += " " + strings.ToLower(word)
		if longer, ok := peerCommands[key]; ok {
			text = longer
		}
	}
	return text
}

// A flagWord is what a flag of another tool is here. Text that starts with a flag is a suggestion if the command has
// that flag; other text is shown for each command in commands, or for all.
type flagWord struct {
	commands string // separated by blanks; empty means all
	text     string
}

var peerFlags = map[string][]flagWord{
	"json":            {{"", "--output json"}, {"", "--format json"}},
	"o":               {{"", "--output"}, {"", "--format"}},
	"t":               {{"", "--target"}, {"edit", "--tag"}, {"create", ": the first argument, LIST, is the name to push to, and --push pushes it"}, {"copy promote", ": the arguments behind SOURCE are the targets"}},
	"target":          {{"create", ": the first argument, LIST, is the name to push to"}, {"copy promote", ": the arguments behind SOURCE are the targets"}, {"from-spec", ": the image key of the spec is the target"}, {"edit", "--tag"}},
	"tag":             {{"", "--tags"}, {"create", ": the first argument, LIST, is the name to push to, and --push pushes it"}},
	"tags":            {{"edit", "--tag"}},
	"platform":        {{"", "--platforms"}, {"edit", "--remove PLATFORM, or --add SOURCE,platform=PLATFORM"}, {"annotate", "--os and --arch"}},
	"platforms":       {{"", "--platform"}},
	"p":               {{"login", "--password-stdin"}, {"", "--platforms"}, {"", "--platform"}},
	"f":               {{"push", "push from-spec FILE"}, {"create", ": push from-spec FILE pushes a spec"}},
	"file":            {{"push", "push from-spec FILE"}, {"create", ": push from-spec FILE pushes a spec"}},
	"append":          {{"edit", "--add"}, {"create", "--amend for a draft, or edit IMAGE --add SOURCE"}},
	"m":               {{"edit", "--add"}},
	"manifest":        {{"edit", "--add"}},
	"ref":             {{"edit", "--add"}},
	"rm":              {{"", "--remove"}, {"", "--purge"}},
	"delete":          {{"", "--remove"}},
	"source":          {{"", "--add"}},
	"image":           {{"", "--template"}},
	"all":             {{"copy promote", ": copy takes all platforms, and with --all-tags all tags"}, {"create", ": all images of an index are taken"}},
	"multi-arch":      {{"copy promote", ": copy takes all platforms, --platforms takes some"}},
	"to-oci":          {{"", "--type oci"}},
	"oci":             {{"", "--type oci"}},
	"to-docker":       {{"", "--type docker"}},
	"docker":          {{"", "--type docker"}},
	"media-type":      {{"", "--type"}},
	"format":          {{"", "--output json"}},
	"output":          {{"", "--format"}},
	"verbose":         {{"inspect", "--debug, or --format json for inspect"}, {"", "--debug"}},
	"v":               {{"", "--debug"}},
	"tls-verify":      {{"", "--insecure"}},
	"src-tls-verify":  {{"", "--insecure-registry HOST"}},
	"dest-tls-verify": {{"", "--insecure-registry HOST"}},
	"skip-tls-verify": {{"", "--insecure"}},
	"k":               {{"", "--insecure"}},
	"http":            {{"", "--plain-http"}},
	"src-creds":       {{"", "--creds HOST=USER:PASSWORD"}},
	"dest-creds":      {{"", "--creds HOST=USER:PASSWORD"}},
	"registry-config": {{"", "--docker-cfg"}},
	"get-login":       {{"login", "auth ls"}},

	"compat-auth-file":     {{"", "--docker-cfg"}},
	"identity-token":       {{"", "--password-stdin"}},
	"identity-token-stdin": {{"", "--password-stdin"}},
	"pass-stdin":           {{"", "--password-stdin"}},
	"u":                    {{"", "--username"}},
	"user":                 {{"", "--username"}},
	"pass":                 {{"", "--password-stdin"}},
	"cacert":               {{"", "--ca-file"}},
	"cert-dir":             {{"", "--ca-file"}},
	"digestfile":           {{"", "--digest-file"}},
	"iidfile":              {{"", "--digest-file"}},
	"annotate":             {{"", "--annotation"}},
	"provenance":           {{"", "--attest"}},
	"label":                {{"", "--annotation"}},
	"concurrency":          {{"", "--jobs"}},
	"parallel":             {{"", "--jobs"}},
	"j":                    {{"", "--jobs"}},

	"preserve-digests": {{"", ": a copy always keeps the digests"}},
	"retry-times":      {{"", ": failed requests are tried again without a flag"}},
	"retries":          {{"edit", "--retry-on-conflict"}, {"", ": failed requests are tried again without a flag"}},
	"insecure-policy":  {{"", ": there is no policy of signatures here, and the flag is not needed"}},
}

// suggestFlag says what a flag that the command does not have may mean, or nothing if no flag is near.
func (p *argParser) suggestFlag(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	for _, word := range peerFlags[name] {
		here := p.path[len(p.path)-1].name
		isOurs := word.commands == "" || strings.Contains(" "+word.commands+" ", " "+here+" ")
		flag, isFlag := strings.CutPrefix(word.text, "--")
		flag, _, _ = strings.Cut(flag, " ")
		flag = strings.TrimSuffix(flag, ",")
		switch {
		case !isOurs, isFlag && !p.has(flag):
		case strings.HasPrefix(word.text, ": "):
			return word.text
		default:
			return ", did you mean " + word.text + "?"
		}
	}
	if nearest := nearest.Word("--"+name, p.flagNames()...); nearest != "" && len(name) > 1 {
		return ", did you mean " + nearest + "?"
	}
	return ""
}

// suggest is the end of a message about an unknown word: the nearest of the known words, or another text.
func suggest(word string, known []string, otherwise string) string {
	if nearest := nearest.Word(word, known...); nearest != "" {
		return ", did you mean " + nearest + "?"
	}
	return ": " + otherwise
}

// topicFor are words that users look for, and the topics of help that explain them.
var topicFor = map[string]string{
	"login": "credentials", "password": "credentials", "auth-file": "credentials", "token": "credentials", "helper": "credentials",
	"tls": "connection", "certificate": "connection", "ca": "connection", "proxy": "connection", "insecure": "connection",
	"exit": "exit-codes", "errors": "exit-codes", "yaml": "spec", "variant": "platforms", "arch": "platforms", "flags": "connection",
}
