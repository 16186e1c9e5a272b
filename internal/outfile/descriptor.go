package outfile

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

var (
	procForm = lazyregexp.New(`^/proc/([0-9]+)(?:/task/[0-9]+)?/fd/([0-9]+)$`)
	devForm  = lazyregexp.New(`^/dev/fd/([0-9]+)$`)
	standard = map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
)

// A Descriptor is a file that a process has open.
type Descriptor struct {
	Number int
	Own    bool // this process has it open
}

// DescriptorOf reports whether a path is the name of an open file, such as /dev/stdout, /dev/fd/3, /proc/1/fd/1, or
// a link to one of them. The program must append to such a path, because the file behind it may be a log of other
// processes.
func DescriptorOf(path string) (Descriptor, bool) {
	path, err := filepath.Abs(path)
	for range 40 {
		if err != nil {
			return Descriptor{}, false
		}
		if n, ok := standard[path]; ok {
			return Descriptor{n, true}, true
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			path = filepath.Join(dir, filepath.Base(path))
		}
		if d, ok := named(path); ok {
			return d, true
		}
		var to string
		to, err = os.Readlink(path)
		if err == nil && !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return Descriptor{}, false
}

// named recognises a path without links.
func named(path string) (Descriptor, bool) {
	if form := devForm().FindStringSubmatch(path); form != nil {
		n, err := strconv.Atoi(form[1])
		return Descriptor{n, true}, err == nil
	}
	form := procForm().FindStringSubmatch(path)
	if form == nil {
		return Descriptor{}, false
	}
	n, err := strconv.Atoi(form[2])
	self, _ := os.Readlink("/proc/self")
	return Descriptor{n, form[1] == self}, err == nil
}
