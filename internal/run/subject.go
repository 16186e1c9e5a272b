package run

import (
	"context"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A subject is an argument of verify, diff, outdated and the like: an image, or the spec of an image from a file or a draft.
type subject struct {
	spec.Subject
	spec *spec.Spec // of a file or a draft
}

// readSubject parses an argument, and reads the spec or the draft that it names. The image of a draft has the digests of
// its sources beside their tags.
func (r *Runner) readSubject(ctx context.Context, word, draftsIn string, o PushOptions) (subject, error) {
	parsed, err := spec.ParseSubject(word)
	s := subject{Subject: parsed}
	if err != nil {
		return s, output.Usage(err)
	}
	switch {
	case s.File != "":
		loaded, err := r.loadSpec(ctx, s.File, false, o)
		s.spec = &loaded
		return s, err
	case s.Draft != "":
		d, err := r.readDraft(s.Draft, draftsIn, o.Spec)
		s.spec = &d.Spec
		return s, err
	}
	return s, nil
}

// readSubjects is readSubject for commands that take many: a file may have several specs, and a folder means the specs in
// and below it.
func (r *Runner) readSubjects(ctx context.Context, word, draftsIn string, o PushOptions) ([]subject, error) {
	parsed, err := spec.ParseSubject(word)
	if err != nil || parsed.File == "" {
		s, err := r.readSubject(ctx, word, draftsIn, o)
		return []subject{s}, err
	}
	files, _, err := specFiles([]string{parsed.File})
	if err != nil {
		return nil, err
	}
	specs, closeFiles, err := r.loadSpecs(ctx, files, false, o)
	defer closeFiles()
	if err != nil {
		return nil, err
	}
	subjects := make([]subject, len(specs))
	for i := range specs {
		whole, err := specs[i].Whole()
		if err != nil {
			return nil, err
		}
		parsed.Word = specs[i].Name()
		if len(specs) == 1 && len(files) == 1 && files[0] == parsed.File {
			parsed.Word = word
		}
		subjects[i] = subject{Subject: parsed, spec: &whole}
	}
	return subjects, nil
}

// checkStdin refuses arguments that name stdin more than once.
func checkStdin(words []string) error {
	if first := slices.Index(words, "-"); first >= 0 && slices.Contains(words[first+1:], "-") {
		return output.Usagef("only one spec can come from stdin")
	}
	return nil
}

// readDraft reads a draft by its name.
func (r *Runner) readDraft(name, draftsIn string, o spec.Options) (drafts.Draft, error) {
	ref, err := drafts.ParseList(name)
	if err != nil {
		return drafts.Draft{}, err
	}
	folder, err := r.draftFolder(draftsIn)
	if err != nil {
		return drafts.Draft{}, err
	}
	return folder.Read(ref, o)
}
