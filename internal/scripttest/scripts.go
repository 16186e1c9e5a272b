package scripttest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A script is a file FOLDER/NAME.txtar below the folder of all scripts.
type script struct {
	folder, name string
	path         string
	all          bool // runs on all registries, and not on one alone
}

// load reads all scripts below a folder, in the order of their names.
func load(dir string) ([]script, error) {
	var scripts []script
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		s, err := read(dir, path)
		scripts = append(scripts, s)
		return err
	})
	if err == nil && len(scripts) == 0 {
		err = fmt.Errorf("%s: no script is there", dir)
	}
	return scripts, err
}

// read reads one script. A file that testscript would pass over is an error.
func read(dir, path string) (script, error) {
	name, ok := strings.CutSuffix(filepath.Base(path), ".txtar")
	folder, err := filepath.Rel(dir, filepath.Dir(path))
	if !ok || err != nil || folder == "." || strings.ContainsRune(folder, filepath.Separator) {
		return script{}, fmt.Errorf("%s: a script is FOLDER/NAME.txtar below %s", path, dir)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return script{}, err
	}
	all, err := onAll(string(text))
	if err != nil {
		return script{}, fmt.Errorf("%s: %w", path, err)
	}
	return script{folder: folder, name: name, path: path, all: all}, nil
}

// mark begins the line that says on which real registries a script runs. It is in the comment with
// which the script begins.
const mark = "# registries:"

// onAll reads the mark of a script.
func onAll(text string) (bool, error) {
	var words []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		if word, ok := strings.CutPrefix(line, mark); ok {
			words = append(words, strings.TrimSpace(word))
		}
	}
	if len(words) != 1 || words[0] != "all" && words[0] != "one" {
		return false, fmt.Errorf("the comment at the top needs one line %q or %q, and has %q", mark+" all", mark+" one", words)
	}
	if words[0] == "one" && strings.Contains(text, "$R2") {
		return false, fmt.Errorf("it uses $R2, a second registry, and needs the line %q", mark+" all")
	}
	return words[0] == "all", nil
}
