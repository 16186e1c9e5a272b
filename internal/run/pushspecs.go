package run

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxRead is how many specs a run may have to read what the tags of the targets hold. A run over more specs reads the
// digests of the tags only: see plan.Options.
const maxRead = 100

// PushFromSpecs pushes all specs in files and folders, many at a time. One file with one spec is a push of its own.
func (r *Runner) PushFromSpecs(ctx context.Context, words []string, isTemplate bool, o PushOptions) error {
	if len(words) == 1 && words[0] == "-" {
		return r.pushFromStdin(ctx, isTemplate, o)
	}
	files, several, err := specFiles(words)
	if err != nil {
		return err
	}
	specs, closeFiles, err := r.loadSpecs(ctx, files, isTemplate, o)
	defer closeFiles()
	if err != nil {
		return err
	}
	return r.pushLoaded(ctx, specs, several, o)
}

// pushLoaded pushes the specs of files. Several reports whether there may be more than one file.
func (r *Runner) pushLoaded(ctx context.Context, specs []spec.Loaded, several bool, o PushOptions) error {
	if len(specs) == 1 && !several && !o.isForMany() {
		whole, err := specs[0].Whole()
		if err != nil {
			return err
		}
		return r.push(ctx, whole, o)
	}
	o.Files.FailedSeparator = "---\n"
	o.brief = len(specs) > maxRead && !o.Strict && o.PlanFile == ""
	return r.pushMany(ctx, specs, func(s spec.Spec) decision { return r.pushPlans(s, o) }, o)
}

// pushMany pushes specs, many at a time.
func (r *Runner) pushMany(ctx context.Context, specs []spec.Loaded, plans func(spec.Spec) decision, o PushOptions) error {
	switch {
	case o.Files.IsForOne():
		return output.Usagef("the run pushes %s, and a file has room for one digest: use --output jsonl", output.Count(len(specs), "image"))
	case o.AsJSON && !o.Lines:
		return output.Usagef("--output json is for one image: use --output jsonl, which prints a line for each image")
	}
	order, err := spec.Order(specs)
	if err != nil {
		return output.Usage(err) // also about specs of other shards
	}
	all := len(specs)
	specs, shards, err := r.inShard(specs, o)
	switch {
	case err != nil:
		return err
	case len(specs) == 0:
		return r.reportNone(ctx, o)
	}
	o.Rates = dividedBy(o.Rates, shards)
	done, err := r.doneBefore(ctx, o)
	if err != nil {
		return err
	}
	if len(specs) < all {
		if order, err = spec.Order(specs); err != nil {
			return output.Usage(err)
		}
	}
	look := func(i image) image { return i }
	if o.DryRun {
		look = foresee(neededOf(order), o.PlanFile != "")
	}
	images := imagesOfSpecs(specs, order, func(number int) image {
		i := imageOfSpec(specs[order[number].Spec], order[number], done, plans)
		i.number = number
		return look(i)
	})
	j := job{
		places: placesOfAll(specs), several: true,
		images: func(context.Context, *session) (found, error) { return images, nil },
		nameOf: func(n int) string { return specs[order[n].Spec].Name() },
	}
	return r.carryOut(ctx, j, o)
}

// neededOf are the numbers of the steps that others come after.
func neededOf(order []spec.Step) map[int]bool {
	needed := map[int]bool{}
	for _, step := range order {
		for _, n := range step.After {
			needed[n] = true
		}
	}
	return needed
}

// reportNone writes the files of a run whose shard is empty, so that they do not hold the result of an earlier run.
func (r *Runner) reportNone(ctx context.Context, o PushOptions) error {
	results, err := r.createResultFiles(ctx, job{several: true}, o)
	if err != nil {
		return err
	}
	defer results.Files.Discard()
	defer results.PlanFile.Discard()
	print, err := output.NewReport(r.out, true, results).Finish(0, nil)
	if err != nil || print == nil {
		return err
	}
	return print()
}

// isForMany reports whether an option is set that makes sense for many specs only.
func (o PushOptions) isForMany() bool {
	return o.Lines || o.Shard != "" || o.Resume != "" || o.Files.Failed != "" || o.Files.Metrics != ""
}

// doneBefore reads the results of an earlier run, with --resume.
func (r *Runner) doneBefore(ctx context.Context, o PushOptions) (map[string]bool, error) {
	if o.Resume == "" {
		return nil, nil
	}
	f, err := contextio.Open(ctx, o.Resume, os.O_RDONLY)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // the first run of a job that always resumes
	case err != nil:
		return nil, output.Usagef("--resume: %v", err)
	}
	defer f.Close()
	return output.DoneBefore(contextio.NewReader(ctx, f))
}

// specFiles are the files that arguments name, in order: a folder means the specs in it and below it, and a pattern that
// the shell left alone means the files that match. Several reports whether there may be more than one file.
func specFiles(words []string) (files []string, several bool, err error) {
	several = len(words) > 1
	if err := checkStdin(words); err != nil {
		return nil, false, err
	}
	for _, word := range words {
		info, err := os.Stat(word)
		switch {
		case err == nil && info.IsDir():
			several = true
			found, err := specsBelow(word)
			if err != nil {
				return nil, several, output.Usagef("cannot read the folder %s: %v", word, err)
			}
			if len(found) == 0 {
				return nil, several, output.Usagef("no spec is in the folder %s: specs end in .yaml, .yml or .json", word)
			}
			files = append(files, found...)
		case err == nil || word == "-":
			files = append(files, word)
		default:
			matches, _ := filepath.Glob(word)
			if len(matches) == 0 {
				matches = []string{word} // reading says what is wrong
			}
			several = several || len(matches) > 1
			files = append(files, matches...)
		}
	}
	return files, several, nil
}

// specsBelow lists the specs in a folder and below it, in the order of their names. Hidden folders and files are left out.
// The folder may be a symbolic link, as it is where git-sync puts a clone in a pod.
func specsBelow(folder string) (files []string, err error) {
	folder = filepath.Clean(folder) + string(filepath.Separator) // WalkDir follows a link that ends in a separator
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		isHidden := path != folder && entry != nil && len(entry.Name()) > 1 && entry.Name()[0] == '.'
		switch {
		case err != nil:
			return err
		case isHidden && entry.IsDir():
			return fs.SkipDir
		case isHidden || entry.IsDir():
		case slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() { // a pipe would block
				return &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
			}
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// maxKept is how many large files of specs stay open, so that the specs are read again when their turn comes.
const maxKept = 64

// loadSpecs reads all specs in files. The errors of all files are joined. The files have to be closed behind the last use
// of the specs.
func (r *Runner) loadSpecs(ctx context.Context, files []string, isTemplate bool, o PushOptions) (specs []spec.Loaded, closeFiles func(), err error) {
	var kept []io.Closer
	closeFiles = func() {
		for _, file := range kept {
			file.Close()
		}
	}
	var errs []error
	for _, file := range files {
		name, in, err := r.openSpec(ctx, file, isTemplate, o)
		if err != nil {
			return nil, closeFiles, err
		}
		var again io.ReaderAt
		if len(kept) < maxKept {
			again = readAgain(in)
		}
		loaded, notes, err := spec.LoadAll(name, in, again, o.Spec)
		if again == nil {
			in.Close()
		} else {
			kept = append(kept, in)
		}
		r.out.Warn(notes...)
		if errs = append(errs, err); specs == nil {
			specs = loaded // many specs are often in one file
			continue
		}
		specs = append(specs, loaded...)
	}
	return specs, closeFiles, errors.Join(errs...)
}

func placesOfAll(specs []spec.Loaded) (all places) {
	seen := map[spec.Place]bool{}
	add := func(list *[]spec.Place, place spec.Place) {
		if !seen[place] {
			seen[place] = true
			*list = append(*list, place)
		}
	}
	for _, s := range specs {
		for _, target := range s.Outline.Targets {
			add(&all.targets, *target)
		}
	}
	for _, s := range specs {
		for _, source := range s.Outline.Sources {
			add(&all.sources, *source)
		}
	}
	all.ofImages = func(yield func(places) bool) {
		for _, s := range specs {
			if !yield(placesOfOne(s)) {
				return
			}
		}
	}
	return all
}

func placesOfOne(s spec.Loaded) (one places) {
	for _, target := range s.Outline.Targets {
		one.targets = append(one.targets, *target)
	}
	for _, source := range s.Outline.Sources {
		one.sources = append(one.sources, *source)
	}
	return one
}

// imagesOfSpecs are the images of specs, by the numbers of their steps. A spec comes after those that make its sources.
func imagesOfSpecs(specs []spec.Loaded, order []spec.Step, imageOf func(number int) image) found {
	lanes := lanesOf(len(order), func(number int) string { return registriesOf(placesOfOne(specs[order[number].Spec])) })
	images := found{all: len(order)}
	for _, lane := range lanes {
		images.lanes = append(images.lanes, func(yield func(image) bool) {
			for _, number := range lane {
				if !yield(imageOf(number)) {
					return
				}
			}
		})
	}
	return images
}

func imageOfSpec(s spec.Loaded, step spec.Step, done map[string]bool, plans func(spec.Spec) decision) image {
	raw, err := s.Raw()
	whole := sync.OnceValues(s.Whole) // late, because it is large
	return image{
		at: step.Spec, name: s.Name(), after: step.After, raw: raw, err: err,
		done: done != nil && done[registry.DigestOf(raw).String()],
		decide: func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
			whole, err := whole()
			if err != nil {
				return nil, nil, err
			}
			return plans(whole)(ctx, session)
		},
		names: func() []string {
			whole, _ := whole()
			return textsOf(whole.Names())
		},
	}
}

func textsOf(names []spec.Reference) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.String()
	}
	return texts
}
