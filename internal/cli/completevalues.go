package cli

import (
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// A suggester knows what may continue a word. It may return words that do not.
type suggester func(l *commandLine, word string) suggestions

// valuesOf suggests values of a flag, if it is one of the command.
func (l *commandLine) valuesOf(name, word string) suggestions {
	_, flag := l.find(name)
	if flag == nil {
		return suggestions{}
	}
	if choice, ok := flag.(*help.Choice); ok {
		return suggestionsOf(choice.Values, "")
	}
	if suggest := flagValues[nameOf(flag)]; suggest != nil {
		return suggest(l, word)
	}
	return suggestions{}
}

// argument suggests the next argument of the command.
func (l *commandLine) argument(word string) suggestions {
	names := strings.Fields(l.command())[1:]
	if len(names) > 1 && names[0] == "manifest" && names[1] != "inspect" {
		names = names[1:]
	}
	if len(names) > 1 && names[0] == "plan" {
		names = names[1:]
	}
	suggesters := argumentValues[strings.Join(names, " ")]
	n := len(l.arguments)
	if last := len(suggesters) - 1; last >= 0 && n > last && l.path[len(l.path)-1].repeats {
		n = last
	}
	if n >= len(suggesters) {
		return suggestions{}
	}
	return suggesters[n](l, word)
}

// argumentValues are the suggesters of the arguments of each command. Where the usage ends with "...", the last of
// them repeats.
var argumentValues = map[string][]suggester{
	"push":              {drafts},
	"push from-spec":    {anyFile},
	"pushml":            {anyFile},
	"push from-digests": {anyFile},
	"create":            {drafts, places},
	"annotate":          {drafts, members},
	"rm":                {drafts},
	"edit":              {places},
	"copy":              {places},
	"split":             {places},
	"tag":               {places},
	"digest":            {places},
	"ls":                {places},
	"inspect":           {draftsAndPlaces},
	"verify":            {verified},
	"diff":              {comparables, comparables},
	"outdated":          {comparables},
	"manifest inspect":  {draftsAndPlaces, members},
	"apply":             {anyFile},
	"auth login":        nil, "auth logout": nil, // a list would ask the credential helpers
	"spec init":    {places},
	"completion":   {oneOf(shellNames...)},
	"spec lint":    {anyFile},
	"spec convert": {anyFile},
}

// flagValues are the suggesters of all flags that take a value and are no Choice. Those with nil take a value that cannot be
// guessed.
var flagValues = map[string]suggester{
	flagPlatformTags: oneOf("TAG-ARCH", "TAG-ARCHVARIANT", "TAG-OS-ARCH"),

	flagPlatforms:   list(platformsOrAuto),
	flagRequire:     list(platformWords),
	flagExact:       list(platformWords),
	flagRepairFrom:  list(places),
	flagIgnore:      list(ignorable),
	flagRemove:      list(platformWords),
	flagPlatform:    platformWords,
	flagFor:         platformWords,
	flagSetPlatform: list(platformPair),
	flagArchNames:   list(archName),
	flagAdd:         addition,
	flagOS:          knownOS,
	flagArch:        knownArchitectures,
	flagVariant:     variants,

	flagDrafts:       only(dirsOnly),
	flagDraftFile:    anyFile,
	flagCache:        only(dirsOnly),
	flagDockerConfig: anyFile,
	flagAuthFile:     anyFile,
	flagCAFile:       anyFile,
	flagCertFile:     anyFile,
	flagKeyFile:      anyFile,
	flagDigestFile:   anyFile,
	flagMetadataFile: anyFile,
	flagAttestFile:   anyFile,
	flagTagsJSON:     anyFile,
	flagPairs:        anyFile,
	flagResume:       anyFile,
	flagFailedFile:   anyFile,
	flagMetricsFile:  anyFile,
	flagShard:        oneOf("auto"),
	flagPlanFile:     anyFile,
	flagSpecFile:     anyFile,
	flagFromBake:     anyFile,
	flagFromTags:     places,
	flagFromDraft:    drafts,

	flagInsecureRegistry: nil, flagPlainHTTPRegistry: nil, flagAllowRealm: nil,
	flagUsername: nil, flagPassword: nil, flagCreds: nil,
	flagJobs: nil, flagRate: nil, flagTimeout: nil, flagWait: nil, flagRetryOnConflict: nil,
	flagTarget: nil, flagTags: nil, flagTag: nil, flagTagFilter: nil, flagRepo: nil, flagTemplate: nil,
	flagFilter:     nil,
	flagSet:        nil,
	flagAnnotation: nil, flagAnnotations: nil, flagOSVersion: nil, flagOSFeatures: nil,
}

// anyFile lets the shell complete the name of a file.
func anyFile(*commandLine, string) suggestions { return suggestions{files: filesOnly} }

// only lets the shell complete names of one kind.
func only(kind string) suggester {
	return func(*commandLine, string) suggestions { return suggestions{files: kind} }
}

func oneOf(words ...string) suggester {
	return func(*commandLine, string) suggestions { return suggestionsOf(words, "") }
}

func suggestionsOf(words []string, help string) suggestions {
	var s suggestions
	for _, word := range words {
		s.list = append(s.list, suggestion{word, help})
	}
	return s
}

func suggestionsOfNamed(names []run.Named) suggestions {
	var s suggestions
	for _, n := range names {
		s.list = append(s.list, suggestion{n.Name, n.Help})
	}
	return s
}

// without leaves out some words.
func (s suggestions) without(words []string) suggestions {
	s.list = slices.DeleteFunc(s.list, func(c suggestion) bool { return slices.Contains(words, c.word) })
	return s
}

// list suggests the last item of a list with commas. Items that are in the list already are left out.
func list(item suggester) suggester {
	return func(l *commandLine, word string) suggestions {
		end := strings.LastIndex(word, ",") + 1
		s := item(l, word[end:]).without(strings.Split(word[:end], ","))
		s.open = true // a comma may follow
		return s.behind(word[:end])
	}
}

// pair suggests NAME=VALUE: names before the =, then values.
func pair(names func() []string, values func(name string) []string) suggester {
	return func(_ *commandLine, word string) suggestions {
		if name, _, ok := strings.Cut(word, "="); ok {
			return suggestionsOf(values(name), "").behind(name + "=")
		}
		s := suggestionsOf(names(), "")
		for i := range s.list {
			s.list[i].word += "="
		}
		return s
	}
}
