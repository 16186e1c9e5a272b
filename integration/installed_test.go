package integration

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// commandTime bounds each run of a client.
const commandTime = time.Minute

// installed returns the path of a program that the system has to provide.
func installed(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		unavailable(t, name, errors.New("not installed"))
	}
	return path
}

// command runs a program with the environment env, and nothing else, and returns its standard output.
// Its error holds what the program said.
func command(t testing.TB, env []string, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
