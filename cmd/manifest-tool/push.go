package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) pushFromSpec(ctx context.Context, file string, o pushOptions) error {
	in, name := p.stdin, "stdin"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return usagef("cannot read the spec: %v", err)
		}
		defer f.Close()
		in, name = f, file
	} else if o.passwordStdin {
		return usagef("the spec and the password cannot both come from stdin")
	}
	s, notes, err := spec.Load(name, in, o.spec)
	p.warn(notes)
	if err != nil {
		return err
	}
	return p.push(ctx, s, o)
}

func (p *program) pushFromArgs(ctx context.Context, args spec.Args, o pushOptions) error {
	s, notes, err := spec.FromArgs(args, o.spec)
	p.warn(notes)
	if err != nil {
		return err
	}
	return p.push(ctx, s, o)
}

func (p *program) warn(notes []string) {
	for _, note := range notes {
		p.log.Warn(note)
	}
}

// push goes the one way: resolve, plan, push, report.
func (p *program) push(ctx context.Context, s spec.Spec, o pushOptions) (err error) {
	digestFile, err := createDigestFile(o.digestFile)
	if err != nil {
		return err
	}
	defer digestFile.discard()
	session, err := p.open(o.globalOptions, s.Places(), !o.dryRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()

	state, err := registry.Resolve(ctx, session, s)
	if err != nil {
		return err
	}
	plan, err := registry.PlanIndex(s, state, registry.PlanOptions{
		IgnoreMissing: o.ignoreMissing,
		Force:         o.force,
		Strict:        o.strict,
	})
	p.warn(plan.Notes)
	if err != nil {
		return err
	}
	if o.dryRun {
		return p.printPlan(plan, o.js)
	}
	report, err := registry.Push(ctx, session, plan)
	if err != nil {
		return err
	}
	return errors.Join(
		digestFile.commit(report.Manifest.Digest.String()),
		p.printReport(plan, report, o.js),
	)
}

// A digestFile is made before anything is sent, so that a folder that is not there stops a push
// before it starts, and gets its name when the push is done.
type digestFile struct {
	path string
	file *os.File
	temp bool
}

func createDigestFile(path string) (*digestFile, error) {
	d := &digestFile{path: path}
	if path == "" {
		return d, nil
	}
	var err error
	if info, e := os.Stat(path); e == nil && !info.Mode().IsRegular() {
		d.file, err = os.OpenFile(path, os.O_WRONLY, 0) // a pipe or a device keeps its name
	} else {
		d.temp = true
		d.file, err = os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	}
	if err != nil {
		return nil, usagef("--digest-file: %v", err)
	}
	return d, nil
}

// commit writes the digest, without a newline, as podman and buildx do.
func (d *digestFile) commit(digest string) error {
	if d.file == nil {
		return nil
	}
	_, err := io.WriteString(d.file, digest)
	err = errors.Join(err, d.file.Close())
	if err == nil && d.temp {
		err = os.Rename(d.file.Name(), d.path)
	}
	return err
}

func (d *digestFile) discard() {
	if d.file != nil {
		d.file.Close()
	}
	if d.temp {
		os.Remove(d.path + ".tmp")
	}
}
