package program

import (
	"fmt"
	"os"
	"os/exec"
)

// WorkerName is the name with which the executable is a worker: see Work.
const WorkerName = "worker"

// build builds a command of this package.
func build(name, file string) error {
	const pkg = "github.com/manifest-tool/manifest-tool/internal/scripttest/program/"
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", file, pkg+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released; to load libraries takes time too
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}
