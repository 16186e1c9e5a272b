package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A digestReader collects the images that build jobs name, and what is wrong with how they do it.
type digestReader struct {
	strict   bool
	found    []pushed
	tagged   []Entry // images that are named by tag
	problems []Problem
	notes    []string
}

// pushed is an image that a job has pushed, and where to. No place is the repository for all.
type pushed struct {
	digest v1.Hash
	places []Place
	file   string // that names the image
}

func (r *digestReader) problem(name, format string, args ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{Text: shown(name) + ": " + fmt.Sprintf(format, args...)})
	}
}

// doubt is a note, or a problem with Options.Strict.
func (r *digestReader) doubt(name, format string, args ...any) {
	if r.strict {
		r.problem(name, format, args...)
	} else {
		r.note("%s: %s", shown(name), fmt.Sprintf(format, args...))
	}
}

func (r *digestReader) note(format string, args ...any) {
	if len(r.notes) < maxProblems {
		r.notes = append(r.notes, fmt.Sprintf(format, args...))
	}
}

// full reports that reading can stop.
func (r *digestReader) full() bool {
	return len(r.found)+len(r.tagged) > MaxEntries || len(r.problems) >= maxProblems
}

// readAll reads inputs. The error is about all of them; what is wrong with one is a problem.
func (r *digestReader) readAll(inputs []Input) error {
	for _, in := range inputs {
		r.read(in)
	}
	switch {
	case len(inputs) == 0:
		return errors.New("no INPUT given: use a folder of files that are named by digest, a metadata file of buildx, a file with digests, or - for stdin")
	case len(r.found)+len(r.tagged) > MaxEntries:
		return fmt.Errorf("more than %d images, which is the limit of one spec", MaxEntries)
	}
	return nil
}

func (r *digestReader) read(in Input) {
	if in.Image != (Reference{}) {
		r.tagged = append(r.tagged, Entry{Source: in.Image})
		return
	}
	if in.Folder == nil {
		r.file(in.Name, in.Content)
		return
	}
	if _, err := fs.Stat(in.Folder, "oci-layout"); err == nil {
		r.problem(in.Name, "the folder is an OCI layout, not a folder of digests: use oci-layout:%s with push from-spec", in.Name)
		return
	}
	if where, err := filepath.Abs(in.Name); err == nil {
		in.Name = where // a log does not show the folder of the job
	}
	r.folder(in.Name, in.Folder, ".")
}

// folder reads the files of a folder, and of the folders in it: downloads of artifacts make one for each.
// Not everything in it may be passed over, as that may be an architecture which then is missing.
func (r *digestReader) folder(name string, dir fs.FS, at string) {
	files, err := fs.ReadDir(dir, at)
	if err != nil {
		r.problem(path.Join(name, at), "%v", err)
		return
	}
	files = slices.DeleteFunc(files, func(f fs.DirEntry) bool { return strings.HasPrefix(f.Name(), ".") })
	if len(files) == 0 {
		r.problem(path.Join(name, at), "the folder is empty: check that the build jobs have written their digests there")
	}
	for _, f := range files {
		if r.full() {
			return
		}
		file := path.Join(at, f.Name())
		info, err := fs.Stat(dir, file) // of what a link leads to
		switch {
		case err != nil:
			r.problem(path.Join(name, file), "%v", err)
		case info.IsDir() && at == ".":
			r.folder(name, dir, file)
		case !info.Mode().IsRegular():
			r.problem(path.Join(name, file), "expected a regular file whose name is a digest")
		default:
			raw, err := readFile(dir, file)
			if err != nil {
				r.problem(path.Join(name, file), "%v", err)
				continue
			}
			r.file(path.Join(name, file), raw)
		}
	}
}

func readFile(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxInput+1))
}

// entries are the images, each once, from where they are nearest: a target, or else the place named first.
func (r *digestReader) entries(repository Place, targets []Reference) []Entry {
	for i, image := range r.found {
		if len(image.places) == 0 {
			r.found[i].places = []Place{repository}
		}
	}
	r.noteRepeated()
	var order []v1.Hash
	places := map[v1.Hash][]Place{}
	for _, image := range r.found {
		if places[image.digest] == nil {
			order = append(order, image.digest)
		}
		places[image.digest] = append(places[image.digest], image.places...)
	}
	isTarget := func(p Place) bool {
		return slices.ContainsFunc(targets, func(target Reference) bool { return target.Place == p })
	}
	var entries []Entry
	for _, digest := range order {
		at := max(0, slices.IndexFunc(places[digest], isTarget))
		entries = append(entries, Entry{Source: Reference{Place: places[digest][at], Digest: digest}})
	}
	return entries
}

// noteRepeated reports an image that two jobs name: the image of one of them is missing then. A list of all images
// beside their files, and one image in two repositories, are no such repetition.
func (r *digestReader) noteRepeated() {
	lists := map[string]bool{} // files with several images
	first := map[string]pushed{}
	for _, image := range r.found {
		before, again := first[image.file]
		lists[image.file] = lists[image.file] || again && before.digest != image.digest
		first[image.file] = image
	}
	earlier := map[v1.Hash]pushed{}
	for _, image := range r.found {
		before, again := earlier[image.digest]
		switch isList := lists[image.file] || lists[before.file]; {
		case !again:
			earlier[image.digest] = image
		case !slices.Equal(before.places, image.places):
		case before.file != image.file && !isList:
			r.note("%s and %s name the same image %s: one of the build jobs has probably written the digest of the other", shown(before.file), shown(image.file), image.digest)
		case before.file == image.file:
			where := shown(image.file)
			if strings.Contains(where, image.digest.Hex) {
				where = "the command line"
			}
			r.note("%s names the image %s twice: one of the build jobs has probably written the digest of the other", where, image.digest)
		}
	}
}

// shown is the name of a file for a message, on one line.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}
