package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// assemble lets manifest-tool put the images of a variant together, and verify the result.
func assemble(ctx context.Context, o options, b build, v variant) error {
	target := "oci-layout:" + filepath.Join(o.out, "manifest-tool") + ":" + v.tag
	spec := filepath.Join(o.out, "parts", v.tag+".yaml")
	if err := os.WriteFile(spec, []byte(specOf(o, b, v, target)), 0o644); err != nil {
		return err
	}
	if err := tool(ctx, o, "push", "from-spec", "--attest", spec); err != nil {
		return err
	}
	return tool(ctx, o, "verify", "--deep", target)
}

func specOf(o options, b build, v variant, target string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "image: %q\ntype: oci\nannotations:\n", target)
	annotations := labels(b, o.created)
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		fmt.Fprintf(&s, "  %s: %q\n", key, annotations[key])
	}
	s.WriteString("manifests:\n")
	for _, part := range v.parts {
		fmt.Fprintf(&s, "  - image: %q\n", "oci-layout:"+part)
	}
	return s.String()
}

// tool runs manifest-tool. Its output is ours.
func tool(ctx context.Context, o options, args ...string) error {
	cmd := exec.CommandContext(ctx, o.tool, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", o.tool, strings.Join(args, " "), err)
	}
	return nil
}
