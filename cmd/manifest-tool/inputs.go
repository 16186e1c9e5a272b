package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// pushFromDigests pushes the images that build jobs have pushed by digest. The inputs name the digests.
func (r *runner) pushFromDigests(ctx context.Context, d spec.Digests, inputs []string, tagsJSON string, o pushOptions) error {
	stdin := 0
	for _, word := range append([]string{tagsJSON}, inputs...) {
		if word == "-" {
			stdin++
		}
	}
	if o.passwordStdin && stdin > 0 || stdin > 1 {
		return usagef("only one thing can come from stdin: an INPUT, --tags-json or the password")
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
	s, notes, err := spec.FromDigests(d, o.spec)
	r.out.warn(notes...)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// input opens what an argument names. A digest, or an image with its digest, is its own content if there is no file
// of that name.
func (r *runner) input(ctx context.Context, word string) (spec.Input, error) {
	isDigest := strings.HasPrefix(word, "sha256:") || strings.Contains(word, "@sha256:")
	switch info, err := os.Stat(word); {
	case err != nil && isDigest:
		return spec.Input{Name: word, Content: []byte(word)}, nil
	case err == nil && info.IsDir():
		return spec.Input{Name: word, Folder: os.DirFS(word)}, nil
	}
	return r.content(ctx, "INPUT", word)
}

// tagsJSON opens what --tags-json names, if the flag is given.
func (r *runner) tagsJSON(ctx context.Context, word string) (*spec.Input, error) {
	if word == "" {
		return nil, nil
	}
	if variable, ok := strings.CutPrefix(word, "env:"); ok {
		value := r.getenv(variable)
		if value == "" {
			return nil, usagef("--tags-json %s: the variable is not set, or empty", word)
		}
		return &spec.Input{Name: "$" + variable, Content: []byte(value)}, nil
	}
	in, err := r.content(ctx, "--tags-json", word)
	return &in, err
}

// content reads a file, or stdin.
func (r *runner) content(ctx context.Context, what, word string) (spec.Input, error) {
	in, from := spec.Input{Name: word}, r.stdin
	if word == "-" {
		in.Name = "stdin"
	} else {
		f, err := openFile(ctx, word, os.O_RDONLY)
		switch {
		case ctx.Err() != nil:
			return in, ctx.Err()
		case err != nil:
			where, _ := filepath.Abs(word)
			return in, usagef("cannot read %s %q, looked for at %s: %v", what, word, where, err)
		}
		defer f.Close()
		from = f
	}
	var err error
	in.Content, err = io.ReadAll(io.LimitReader(contextReader(ctx, from), spec.MaxInput+1))
	if err != nil && ctx.Err() == nil {
		err = usagef("cannot read %s %q: %v", what, word, err)
	}
	return in, err
}
