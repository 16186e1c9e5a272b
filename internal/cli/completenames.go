package cli

import (
	"path/filepath"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// platformWords suggests common platforms first, and all others when the word has begun.
func platformWords(_ *commandLine, word string) suggestions {
	if word == "" {
		return suggestionsOf(platforms.Common(), "")
	}
	return suggestionsOf(platforms.Known(), "")
}

// platformsOrAuto suggests platforms, and auto for push from-args.
func platformsOrAuto(l *commandLine, word string) suggestions {
	s := platformWords(l, word)
	if strings.HasSuffix(l.command(), " from-args") && strings.HasPrefix(spec.AutoPlatforms, word) && word != "" {
		s.list = append([]suggestion{{spec.AutoPlatforms, "those that the tags of the repository name"}}, s.list...)
	}
	return s
}

// architectures are the words of an architecture and its variant in a platform of Linux.
func architectures() []string {
	var words []string
	for _, platform := range platforms.Common() {
		if word, ok := strings.CutPrefix(platform, "linux/"); ok {
			words = append(words, word)
		}
	}
	return words
}

var (
	platformPair = pair(platforms.Known, func(string) []string { return platforms.Known() })
	archName     = pair(architectures, platforms.OtherNames)
)

func knownOS(*commandLine, string) suggestions { return suggestionsOf(platforms.KnownOS(), "") }

func knownArchitectures(*commandLine, string) suggestions {
	return suggestionsOf(platforms.KnownArchitectures(), "")
}

// variants suggests the variants of the architecture that --arch names.
func variants(l *commandLine, _ string) suggestions {
	return suggestionsOf(platforms.KnownVariants(l.value(flagArch)), "")
}

// addition suggests SOURCE[,platform=PLATFORM].
func addition(l *commandLine, word string) suggestions {
	const key = "platform="
	source, rest, ok := strings.Cut(word, ",")
	switch {
	case !ok:
		return places(l, word)
	case strings.HasPrefix(rest, key):
		return platformWords(l, strings.TrimPrefix(rest, key)).behind(source + "," + key)
	}
	return suggestions{list: []suggestion{{source + "," + key, "the platform that the index lists"}}}
}

// places suggests the kinds of places on disk, and then the files there. Names on a registry are not suggested: the
// shell must not wait for the network.
func places(_ *commandLine, word string) suggestions {
	kind, _, ok := strings.Cut(word, ":")
	switch {
	case ok && kind == spec.OCILayout.String():
		return suggestions{files: dirsOnly, prefix: kind + ":"}
	case ok && (kind == spec.OCIArchive.String() || kind == spec.DockerArchive.String()):
		return suggestions{files: filesOnly, prefix: kind + ":"}
	}
	return suggestions{list: []suggestion{
		{spec.OCILayout.String() + ":", "a folder with an image layout"},
		{spec.OCIArchive.String() + ":", "a tar with an image layout"},
		{spec.DockerArchive.String() + ":", "a tar that docker save wrote"},
	}}
}

// drafts suggests the names of drafts. A name that the line has already is left out.
func drafts(l *commandLine, word string) suggestions {
	var names []run.Named
	for _, n := range l.p.runner.DraftNames(l.draftFolder()) {
		n.Name = familiar(n.Name, word)
		names = append(names, n)
	}
	return suggestionsOfNamed(names).without(l.arguments)
}

// members suggests the images of the draft that the first argument names.
func members(l *commandLine, word string) suggestions {
	var names []run.Named
	for _, n := range l.p.runner.DraftMembers(l.arguments[0], l.draftFolder()) {
		n.Name = familiar(n.Name, word)
		names = append(names, n)
	}
	return suggestionsOfNamed(names)
}

// draftsAndPlaces suggests the names of drafts, and places on disk.
func draftsAndPlaces(l *commandLine, word string) suggestions {
	s := places(l, word)
	if s.files == "" {
		s.list = append(drafts(l, word).list, s.list...)
	}
	return s
}

// familiar is a name on Docker Hub in the form that continues a word: docker.io/library/app may be app.
func familiar(name, word string) string {
	for _, prefix := range []string{"docker.io/", "library/"} {
		short, ok := strings.CutPrefix(name, prefix)
		if !ok || strings.HasPrefix(name, word) {
			break
		}
		name = short
	}
	return name
}

// draftFolder is the folder that --drafts names. The shell has not expanded a ~ in it.
func (l *commandLine) draftFolder() string {
	dir := l.value(flagDrafts)
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		return filepath.Join(l.p.env.Getenv("HOME"), rest)
	}
	return dir
}

// comparables suggests what diff and outdated take: drafts, places on disk, and the files of specs.
func comparables(l *commandLine, word string) suggestions {
	if name, ok := strings.CutPrefix(word, draftPrefix); ok {
		return drafts(l, name).behind(draftPrefix)
	}
	s := places(l, word)
	if s.files != "" {
		return s
	}
	s.list = append(s.list, suggestion{draftPrefix, "a draft"})
	s.files = filesOnly
	return s
}

const draftPrefix = "draft:"
