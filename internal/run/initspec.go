package run

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// InitOptions are the options of InitSpec and its kind.
type InitOptions struct {
	GlobalOptions
	Target string // the name that the spec pushes to; empty for one that follows from the source
	Pin    bool   // name the images of tags by digest too
	File   string // where the spec goes; empty for stdout
	Force  bool   // replace the file
	Drafts string // the folder of drafts; empty for that of the user
}

// A draftSpec is a spec to be written, with its comments.
type draftSpec struct {
	spec.Spec
	comments spec.Comments
}

// text is the file of the spec. It fails if the file would not be read back as the same spec.
func (d draftSpec) text() ([]byte, error) {
	comments := d.comments
	comments.Head = spec.SchemaComment + "\n" + comments.Head
	text, err := d.WriteCommented(comments)
	if err != nil {
		return nil, err
	}
	_, notes, err := spec.Load("", bytes.NewReader(text), spec.Options{Strict: true})
	if err == nil && len(notes) > 0 {
		err = errors.New(strings.Join(notes, "\n"))
	}
	return text, err
}

// initialise makes specs with a function, and writes them: several as the documents of one file. The file is created
// before the function reads anything.
func (r *Runner) initialise(ctx context.Context, o InitOptions, read func() ([]draftSpec, error)) error {
	path := o.File
	if path == "-" {
		path = ""
	}
	file, err := output.CreateNewFile(ctx, "spec-file", path, o.Force)
	if err != nil {
		return err
	}
	defer file.Discard()
	specs, err := read()
	if err != nil {
		return err
	}
	var texts [][]byte
	for _, s := range specs {
		text, err := s.text()
		if err != nil {
			return registry.Errorf(registry.ErrInvalid, "a spec cannot describe %s: %w", s.Names()[0], err)
		}
		texts = append(texts, text)
	}
	all := bytes.Join(texts, []byte("---\n"))
	if path == "" {
		return r.out.WriteResult(all)
	}
	if err := file.Commit(all); err != nil {
		return err
	}
	r.out.SayWritten(path, len(specs))
	return nil
}

// initTarget is the target of a spec: the one that the user names, or else that of the source.
func initTarget(source spec.Reference, o InitOptions) (string, error) {
	if o.Target != "" {
		return o.Target, nil
	}
	if source.Place.Kind.IsArchive() || source.Digest != (v1.Hash{}) {
		return "", output.Usagef("%s cannot be the target of a spec: name the target with --target", source)
	}
	return source.String(), nil
}

// readSources opens places to read them only, and closes them after a function.
func (r *Runner) readSources(ctx context.Context, o InitOptions, named []spec.Place, read func(*session) error) error {
	session, err := r.open(ctx, o.GlobalOptions, places{sources: named}, noMeter())
	if err != nil {
		return err
	}
	session.archives = r.archiveOptions(PushOptions{})
	return errors.Join(session.advise(ctx, read(session)), session.Close())
}

// madeOf is the first comment of a spec.
func madeOf(what string, more ...string) string {
	lines := append([]string{"Made by manifest-tool spec init of " + what + ".", "You may edit the file. To push: manifest-tool push from-spec FILE"}, more...)
	return strings.Join(lines, "\n")
}

// howNamed says how the entries of a spec name images, as a comment. With --pin, they would have digests.
func howNamed(s spec.Spec, canPin bool) string {
	isTagged := func(e spec.Entry) bool { return e.Source.Digest == (v1.Hash{}) }
	switch {
	case !slices.ContainsFunc(s.Entries, isTagged):
		return "The images stay the same, whatever tags hold later, because each entry has a digest."
	case canPin:
		return "Each push reads the tags again. spec init --pin writes digests beside the tags."
	}
	return "Each push reads the tags again."
}

func images(n int) string { return output.Count(n, "image") }
