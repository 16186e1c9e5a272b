package integration

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestRegistries proves the harness itself: what goes to a registry comes back through a client that is not ours.
func TestRegistries(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		manifest := pushImage(t, r.Host, "team/app", "v1", "linux", "amd64")
		image := r.Host + "/team/app:v1"

		if got := crane(t, "manifest", image); got != string(manifest) {
			t.Errorf("crane manifest %s: got\n%s\nwant\n%s", image, got, manifest)
		}
		crane(t, "validate", "--remote", image)

		url := "http://" + r.Host + "/v2/team/app/manifests/" + digest(manifest)
		send(t, http.MethodDelete, url, "", nil, http.StatusAccepted)
		send(t, http.MethodGet, url, "", nil, http.StatusNotFound)
	})
}

// crane runs crane without the user's credentials and returns its standard output.
func crane(t testing.TB, args ...string) string {
	t.Helper()
	program := tool(t, "crane")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	return string(out)
}
