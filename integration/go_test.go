package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Bounds for the go command. A cold build of distribution takes two minutes on two idle cores, nine on busy ones. One of
// the control plane of Kubernetes takes seven minutes on idle cores.
const (
	fetchTime     = 3 * time.Minute
	buildTime     = 15 * time.Minute
	longBuildTime = time.Hour
)

// runGo runs the go command, with env added to ours, and returns what it printed.
// Its error holds what the command said.
func runGo(limit time.Duration, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second // a compiler that outlives go would hold the pipes open
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("not done after %v", limit)
	}
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), err
}
