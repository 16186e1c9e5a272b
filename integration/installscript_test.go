package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallScript runs pipelines/github/install.sh with a release on a server of files: what is right is installed, and
// nothing else.
func TestInstallScript(t *testing.T) {
	t.Parallel()
	good := publishProgram(t)
	for name, test := range map[string]struct {
		version string
		env     map[string]string
		spoil   func(*testing.T, release) // another release than good, changed
		says    string                    // of what fails
	}{
		"number":                    {version: "9.8.7"},
		"number with v":             {version: "v9.8.7"},
		"latest":                    {version: "latest"},
		"nothing":                   {},
		"release of action":         {env: map[string]string{"ACTION_REF": "v9.8.7"}},
		"branch of action":          {env: map[string]string{"ACTION_REF": "v9"}},                              // latest
		"no such release of action": {env: map[string]string{"ACTION_REF": "v9.9.9"}, says: "cannot download"}, // and not latest
		"checksum":                  {version: "9.8.7", env: map[string]string{"MANIFEST_TOOL_SHA256": strings.ToUpper(digest([]byte(readText(t, binary(t))))[7:])}},
		"machine":                   {version: "9.8.7", env: map[string]string{"RUNNER_OS": "", "RUNNER_ARCH": ""}},
		"slash":                     {version: "9.8.7", env: map[string]string{"MANIFEST_TOOL_URL": good.URL + "/"}},
		"no such release":           {version: "9.9.9", says: "cannot download"},
		"branch":                    {version: "main", says: `"main" is not a version`},
		"path in version":           {version: "9.8.7/../../x", says: "is not a version"},
		"shell in version":          {version: "9.8.7;touch pwned", says: "is not a version"},
		"line in version":           {version: "9.8.7\n1", says: "is not a version"},
		"a backslash":               {version: `\n::error::x`, says: `"\n::error::x" is not a version`},
		"unknown processor":         {version: "9.8.7", env: map[string]string{"RUNNER_ARCH": "MIPS"}, says: "no release has a program for linux-MIPS"},
		"unknown system":            {version: "9.8.7", env: map[string]string{"RUNNER_OS": "Plan9"}, says: "no release has a program for Plan9"},
		"not in the release":        {version: "9.8.7", env: map[string]string{"RUNNER_ARCH": "s390x"}, says: "cannot download"},
		"http":                      {version: "9.8.7", env: map[string]string{"MANIFEST_TOOL_URL": "http://mirror.example/releases"}, says: "has to start with https://"},
		"file":                      {version: "9.8.7", env: map[string]string{"MANIFEST_TOOL_URL": "file://" + good.Dir}, says: "has to start with https://"},
		"wrong checksum given": {version: "9.8.7", says: "Nothing was installed",
			env: map[string]string{"MANIFEST_TOOL_SHA256": strings.Repeat("0", 64)}},
		"not on PATH": {version: "path", says: "not on PATH"},
		"another program": {version: "9.8.7", says: "Nothing was installed", spoil: func(t *testing.T, r release) {
			r.put(t, assetName, "#!/bin/sh\ntouch pwned\n")
		}},
		"half a program": {version: "9.8.7", says: "Nothing was installed", spoil: func(t *testing.T, r release) {
			program := readText(t, filepath.Join(r.Dir, assetName))
			r.put(t, assetName, program[:len(program)/2])
		}},
		"no checksums": {version: "9.8.7", says: "cannot download", spoil: func(t *testing.T, r release) {
			if err := os.Remove(filepath.Join(r.Dir, "SHA256SUMS")); err != nil {
				t.Fatal(err)
			}
		}},
		"empty checksums":    {version: "9.8.7", says: "does not list", spoil: withSums("")},
		"other assets only":  {version: "9.8.7", says: "does not list", spoil: withSums(strings.Repeat("1", 64) + "  " + assetName + ".sbom\n")},
		"a page of an error": {version: "9.8.7", says: "does not list", spoil: withSums("<html>\n<body>not found</body>\n")},
		"no hexadecimals":    {version: "9.8.7", says: "no single checksum", spoil: withSums("$(touch${IFS}pwned)  " + assetName + "\n")},
		"a short checksum":   {version: "9.8.7", says: "no single checksum", spoil: withSums("abc  " + assetName + "\n")},
		"two checksums": {version: "9.8.7", says: "no single checksum", spoil: func(t *testing.T, r release) {
			r.put(t, "SHA256SUMS", readText(t, filepath.Join(r.Dir, "SHA256SUMS"))+strings.Repeat("0", 64)+"  "+assetName+"\n")
		}},
		"does not run": {version: "9.8.7", says: "does not run on this machine", spoil: func(t *testing.T, r release) {
			text := "no program at all"
			r.put(t, assetName, text)
			withSums(digest([]byte(text))[7:]+"  "+assetName+"\n")(t, r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := good
			if test.spoil != nil {
				r = publishProgram(t)
				test.spoil(t, r)
			}
			env := map[string]string{"PATH": systemPath(), "MANIFEST_TOOL_URL": r.URL, "RUNNER_OS": runnerOS}
			for name, value := range test.env {
				env[name] = value
			}
			installs(t, env, test.version, test.says)
		})
	}
}

// installs runs the script, which has to fail if it should say something.
func installs(t *testing.T, env map[string]string, version, says string) {
	t.Helper()
	dir := t.TempDir()
	said, err := runScript(t, dir, env, "sh", filepath.Join(repositoryRoot(t), "pipelines/github/install.sh"), version, "bin")
	found, _ := filepath.Glob(filepath.Join(dir, "bin", "*"))
	switch {
	case says == "" && (err != nil || len(found) != 1 || readText(t, found[0]) != readText(t, binary(t))):
		t.Errorf("%v, and installed %q:\n%s", err, found, said)
	case says != "" && (err == nil || !strings.Contains(said, says) || len(found) > 0):
		t.Errorf("%v, installed %q, and not %q in:\n%s", err, found, says, said)
	}
	mustBeUntouched(t, dir)
}

// withSums writes other checksums.
func withSums(text string) func(*testing.T, release) {
	return func(t *testing.T, r release) { r.put(t, "SHA256SUMS", text) }
}

// TestInstallScriptPrograms has systems that lack a program that the script uses, or have another one.
func TestInstallScriptPrograms(t *testing.T) {
	t.Parallel()
	r := publishProgram(t)
	for name, test := range map[string]struct{ programs, says string }{
		"curl":          {"curl sha256sum", ""},
		"wget":          {"wget sha256sum", ""},
		"shasum":        {"curl shasum perl", ""},
		"openssl":       {"wget openssl", ""},
		"no downloader": {"sha256sum", "neither curl nor wget"},
		"no checksums":  {"curl", "none of sha256sum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			common := "sh cat tr awk cut mkdir mktemp mv rm chmod uname dirname env "
			for program := range strings.FieldsSeq(common + test.programs) {
				if err := os.Symlink(installed(t, program), filepath.Join(dir, program)); err != nil {
					t.Fatal(err)
				}
			}
			installs(t, map[string]string{"PATH": dir, "MANIFEST_TOOL_URL": r.URL}, "9.8.7", test.says)
		})
	}
}

// TestInstallScriptPath takes the program that PATH has, and downloads nothing.
func TestInstallScriptPath(t *testing.T) {
	t.Parallel()
	script := filepath.Join(repositoryRoot(t), "pipelines/github/install.sh")
	env := map[string]string{"PATH": withProgram(t), "MANIFEST_TOOL_URL": "https://127.0.0.1:1"}
	if said, err := runScript(t, t.TempDir(), env, "sh", script, "path", "bin"); err != nil || !strings.Contains(said, "manifest-tool version") {
		t.Errorf("%q, %v", said, err)
	}
}

// TestInstallScriptSource builds the source of the action, as a workflow does before there is a release.
func TestInstallScriptSource(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PATH": systemPath()}
	for _, name := range []string{"HOME", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	dir := t.TempDir()
	script := filepath.Join(repositoryRoot(t), "pipelines/github/install.sh")
	said, err := runScript(t, dir, env, "sh", script, "source", "bin")
	if err != nil || !strings.Contains(said, "manifest-tool version") {
		t.Errorf("%q, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "manifest-tool")); err != nil {
		t.Error(err)
	}
}
