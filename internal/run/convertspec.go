package run

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/drone"
)

// ConvertOptions are the options of ConvertSpec.
type ConvertOptions struct {
	GlobalOptions
	From   string   // drone, regsync, skopeo or spec; empty to detect it
	Set    []string // variables of a template, NAME=VALUE
	Target string   // of skopeo sync
	Scoped bool     // of skopeo sync
	Strict bool     // what cannot be expressed is an error
	Quiet  bool
}

// FromDrone is the format of templates of Drone's plugin.
const FromDrone = "drone"

// ConvertSpec converts a file of another tool, or an old spec, and prints the result.
func (r *Runner) ConvertSpec(ctx context.Context, file string, o ConvertOptions) error {
	if o.Quiet {
		r.out.SetQuiet()
	}
	name, in, err := r.openSpecFile(ctx, file, PushOptions{GlobalOptions: o.GlobalOptions})
	if err != nil {
		return err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, drone.MaxTemplate+1))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return readError(name, err)
	}
	from := o.From
	if from == "" && (strings.HasSuffix(name, ".tmpl") || bytes.Contains(raw, []byte("{{#"))) {
		from = FromDrone
	}
	switch {
	case from != FromDrone && len(o.Set) > 0:
		return output.Usagef("--set is for templates of Drone's plugin: use --from drone if %s is one", name)
	case from == FromDrone:
		return r.convertTemplate(name, raw, o)
	}
	return r.printConverted(name, raw, spec.ConvertOptions{From: spec.Format(from), Target: o.Target, Scoped: o.Scoped, Strict: o.Strict})
}

// printConverted converts a file that is no template.
func (r *Runner) printConverted(name string, raw []byte, o spec.ConvertOptions) error {
	done, err := spec.Convert(name, raw, o)
	r.out.Note(done.Notes...)
	if !o.Strict {
		r.out.Warn(done.Lost...)
	}
	switch {
	case err != nil:
		return err
	case o.Target != "" && done.Format != spec.SkopeoSync:
		return output.Usagef("--target is for files of skopeo sync, and %s is not one", name)
	}
	return r.out.WriteResult(done.Text)
}

// convertTemplate renders a template of Drone's plugin, and writes the result in the current form.
func (r *Runner) convertTemplate(name string, raw []byte, o ConvertOptions) error {
	if o.Target != "" {
		return output.Usagef("--target is for files of skopeo sync, and %s is a template of Drone's plugin", name)
	}
	values, err := drone.ParseValues(o.Set)
	if err != nil {
		return output.Usagef("--set %v", err)
	}
	names, err := drone.Names(name, raw)
	if err != nil {
		return err
	}
	lookup := values.Lookup(r.Lookup)
	unset := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return values.Sets(name) || drone.HasValue(name, lookup) })
	if len(unset) > 0 && len(unset) == len(names) {
		return output.Usagef("the template %s needs values: give --set %s=VALUE", name, strings.Join(unset, "=VALUE --set "))
	}
	for _, name := range unset {
		r.out.Note(fmt.Sprintf("%s is empty in the template (--set %s=VALUE)", name, name))
	}
	_, rendered, err := renderSpec(name, raw, lookup)
	if err != nil {
		return err
	}
	return r.printConverted(name+renderedMark, rendered, spec.ConvertOptions{From: spec.SpecFormat, Strict: o.Strict})
}
