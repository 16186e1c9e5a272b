package scripttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	for _, test := range []struct {
		name, text string
		all        bool
		err        string
	}{
		{"all", "# about\n# registries: all\nexec true\n", true, ""},
		{"one", "# about\n# registries: one\nexec true\n", false, ""},
		{"first line", "# registries: all\n", true, ""},
		{"behind two lines", "# about\n# more\n# registries: one\n\n", false, ""},
		{"end of file", "# about\n# registries: one", false, ""},
		{"other line ends", "# about\r\n# registries: all\r\n", true, ""},
		{"none", "# about\nexec true\n", false, `has []`},
		{"empty file", "", false, `has []`},
		{"empty", "# registries:\n", false, `has [""]`},
		{"unknown", "# about\n# registries: some\n", false, `has ["some"]`},
		{"names of registries", "# registries: olareg, debian\n", false, `has ["olareg, debian"]`},
		{"upper case", "# registries: All\n", false, `has ["All"]`},
		{"other key", "# about\n# registry: all\n", false, `has []`},
		{"two", "# registries: all\n# registries: one\n", false, `has ["all" "one"]`},
		{"too late", "# about\nexec true\n# registries: all\n", false, `has []`},
		{"in a file", "# about\n\n-- spec.yaml --\n# registries: all\n", false, `has []`},
		{"second registry on one", "# registries: one\ncomplete $R2/app:1.0\n", false, "it uses $R2"},
		{"second registry on all", "# registries: all\ncomplete $R2/app:1.0\n", true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			all, err := onAll(test.text)
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if all != test.all {
				t.Errorf("all is %v", all)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	const good = "# about\n# registries: one\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		err   string
	}{
		{"two folders", map[string]string{"copy/b.txtar": good, "copy/a.txtar": good, "auth/a.txtar": good}, ""},
		{"no script", nil, "no script is there"},
		{"no folder", map[string]string{"copy/a.txtar": good, "a.txtar": good}, "a script is FOLDER/NAME.txtar"},
		{"folder in a folder", map[string]string{"copy/all/a.txtar": good}, "a script is FOLDER/NAME.txtar"},
		{"other suffix", map[string]string{"copy/a.txt": good}, "a script is FOLDER/NAME.txtar"},
		{"unknown mark", map[string]string{"copy/a.txtar": good, "copy/b.txtar": "# registries: two\n"}, "b.txtar: the comment at the top needs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range test.files {
				write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
			}
			scripts, err := load(dir)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			var names []string
			for _, s := range scripts {
				names = append(names, s.folder+"/"+s.name)
			}
			if got := strings.Join(names, " "); err != nil || got != "auth/a copy/a copy/b" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestScriptsAreMarked reads the scripts of the program.
func TestScriptsAreMarked(t *testing.T) {
	if _, err := load("../../cmd/manifest-tool/testdata/script"); err != nil {
		t.Error(err)
	}
}
