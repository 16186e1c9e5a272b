package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

// measurer is the path of the program that runs and measures others.
type measurer string

func (m measurer) run(ctx context.Context, o cost.Order) ([]cost.Usage, error) {
	in, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, string(m))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	var a cost.Answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return a.Usages, nil
}
