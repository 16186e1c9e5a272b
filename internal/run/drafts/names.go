package drafts

import (
	"net/url"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// Names are the names of all drafts, valid or not. It reads the names of the files and nothing else, so it is fast
// enough for a shell that completes a word. A name that is too long for a file name is left out.
func (f Folder) Names() []spec.Reference {
	files, _ := f.fileNames() // without a folder there are no names
	var names []spec.Reference
	for _, file := range files {
		if ref, ok := nameOf(file); ok {
			names = append(names, ref)
		}
	}
	return names
}

// nameOf is the inverse of fileName.
func nameOf(file string) (spec.Reference, bool) {
	text := strings.NewReplacer("+", "/", "=", ":").Replace(strings.TrimSuffix(file, suffix))
	text, err := url.PathUnescape(text)
	if err != nil {
		return spec.Reference{}, false
	}
	ref, err := ParseList(text)
	return ref, err == nil && fileName(ref) == file
}
