package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// containersEnv is an environment in which skopeo and podman see nothing of the user's or the machine's:
// their configuration, credentials and images.
func containersEnv(t testing.TB) []string {
	t.Helper()
	home := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}
	for _, file := range []struct{ variable, name, text string }{
		{"", ".config/containers/policy.json", `{"default": [{"type": "insecureAcceptAnything"}]}`},
		{"CONTAINERS_CONF", "containers.conf", fmt.Sprintf("[engine]\ntmp_dir = %q\nevents_logger = \"none\"\n", home)},
		{"CONTAINERS_STORAGE_CONF", "storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n",
			filepath.Join(home, "storage"), filepath.Join(home, "run"))},
		{"CONTAINERS_REGISTRIES_CONF", "registries.conf", ""},
		{"REGISTRY_AUTH_FILE", "auth.json", "{}"},
	} {
		path := filepath.Join(home, filepath.FromSlash(file.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if file.variable != "" {
			env = append(env, file.variable+"="+path)
		}
	}
	return env
}
