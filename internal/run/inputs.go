package run

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PushFromDigests pushes the images that build jobs have pushed by digest. The inputs name the digests.
func (r *Runner) PushFromDigests(ctx context.Context, d spec.Digests, inputs []string, tagsJSON string, o PushOptions) error {
	stdin := 0
	for _, word := range append([]string{tagsJSON}, inputs...) {
		if word == "-" {
			stdin++
		}
	}
	if o.PasswordStdin && stdin > 0 || stdin > 1 {
		return output.Usagef("only one of these can come from stdin: an INPUT, --tags-json or the password")
	}
	for _, word := range inputs {
		in, err := r.input(ctx, word)
		if err != nil {
			return err
		}
		d.Inputs = append(d.Inputs, in)
	}
	names, err := r.tagsJSON(ctx, tagsJSON)
	if err != nil {
		return err
	}
	d.Names = names
	o.namesDigests = true
	s, notes, err := spec.FromDigests(d, o.Spec)
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// input opens the file or folder of an argument. A digest, or an image with its digest or tag, is its own content if
// no file has that name.
func (r *Runner) input(ctx context.Context, word string) (spec.Input, error) {
	isDigest := strings.HasPrefix(word, "sha256:") || strings.Contains(word, "@sha256:")
	switch info, err := os.Stat(word); {
	case err != nil && isDigest:
		return spec.Input{Name: word, Content: []byte(word)}, nil
	case err != nil && hasTag(word):
		image, err := spec.ParseReference(word)
		return spec.Input{Name: word, Image: image}, output.Usage(err)
	case err == nil && info.IsDir():
		return spec.Input{Name: word, Folder: os.DirFS(word)}, nil
	case errors.Is(err, fs.ErrNotExist) && word != "-":
		return spec.Input{}, noInput(word)
	}
	return r.content(ctx, "INPUT", word)
}

// noInput is the error about an argument that names no file. A shell passes on a pattern that fits no file.
func noInput(word string) error {
	where, _ := filepath.Abs(word)
	why, what := "the file does not exist", "check that the build jobs have passed on their artifacts"
	if strings.ContainsAny(word, "*?[") {
		why = "no file matches the pattern"
	} else if ref, err := spec.ParseReference(word); err == nil && ref.Place.Kind == spec.Registry && strings.Contains(word, "/") {
		what += ", or give an image with its tag or digest"
	}
	return output.Usagef("cannot read INPUT %q (full path %s): %s; %s", word, where, why, what)
}

// hasTag reports whether a word is the name of an image on a registry, with its tag.
func hasTag(word string) bool {
	ref, err := spec.ParseReference(word)
	return err == nil && ref.Place.Kind == spec.Registry && ref.Tag != ""
}

// tagsJSON opens what --tags-json names, if the flag is given.
func (r *Runner) tagsJSON(ctx context.Context, word string) (*spec.Input, error) {
	if word == "" {
		return nil, nil
	}
	if variable, ok := strings.CutPrefix(word, "env:"); ok {
		value := r.Getenv(variable)
		if value == "" {
			return nil, output.Usagef("--tags-json %s: the variable is not set, or empty", word)
		}
		return &spec.Input{Name: "$" + variable, Content: []byte(value)}, nil
	}
	in, err := r.content(ctx, "--tags-json", word)
	return &in, err
}

// content reads a file, or stdin.
func (r *Runner) content(ctx context.Context, what, word string) (spec.Input, error) {
	in, from := spec.Input{Name: word}, r.Stdin
	if word == "-" {
		in.Name = "stdin"
	} else {
		f, err := contextio.Open(ctx, word, os.O_RDONLY)
		switch {
		case ctx.Err() != nil:
			return in, ctx.Err()
		case err != nil:
			where, _ := filepath.Abs(word)
			return in, output.Usagef("cannot read %s %q (full path %s): %v", what, word, where, err)
		}
		defer f.Close()
		from = f
	}
	var err error
	in.Content, err = contextio.ReadAll(ctx, from, spec.MaxInput)
	if err != nil && ctx.Err() == nil {
		err = output.Usagef("cannot read %s %q: %v", what, word, err)
	}
	return in, err
}
